'use strict';
// `bmes report app.mjs`: runs the program natively and from the cache, and shows where the start goes.

const { execFileSync } = require('node:child_process');
const fs = require('node:fs');
const path = require('node:path');

const {
  EXIT,
  Failure,
  Misuse,
  printLines,
  progress,
  runCommand,
  safe,
  splitAtDashes,
} = require('./common.js');

const DEFAULT_FILE = 'report.html';

const HELP = `Usage: bmes report [options] <entry> [-- args...]

Runs a program natively and from the cache, and writes one page that shows where its start goes: which
module, pulled in by whom, costs what. The page needs no network and has no source text in it.

  bmes report app.mjs                        writes ${DEFAULT_FILE} and names the imports that cost most
  bmes report -o start.html bin/cli.js -- --help
  bmes report --budget 300 app.mjs           ends with 1 if it takes longer than 300 ms: for CI
  bmes report --json app.mjs                 the same as data

The program really runs, several times, without a terminal: give it arguments with which it does no harm.
One that does not end by itself is told to (SIGTERM) when it has been idle for a while.

Options:
  -o, --output <file>      the page; ${DEFAULT_FILE} unless --json is given
      --json               print the data, with the version of its schema
      --budget <ms>        end with 1 if the native start takes longer
      --budget-cached <ms> the same of the start from the cache
      --runs <n>           how often each is run; the shortest counts (3)
      --wait <ms>          how long it must be idle to be done (2000)
      --timeout <ms>       when a run is given up (60000)
      --for-node <path>    with this Node; this one otherwise
  -h, --help               show this

Times are of the runtime's own loader and V8's profiler; docs/report.md in the package says how, and what
the measuring itself costs. The cache is a temporary one, made for this.

Ends with 0 if it was measured, 1 if it could not be or took longer than a budget, 2 if it was called
wrongly.
`;

const OPTIONS = /** @type {const} */ ({
  output: { type: 'string', short: 'o' },
  budget: { type: 'string' },
  'budget-cached': { type: 'string' },
  runs: { type: 'string', default: '3' },
  wait: { type: 'string', default: '2000' },
  timeout: { type: 'string', default: '60000' },
  'for-node': { type: 'string' },
});

/** @typedef {import('../report/data.js').Report} Report */

/** @param {string[]} words what follows `report` */
function main(words) {
  const { own, args } = splitAtDashes(words);
  const run = (/** @type {Options} */ options, /** @type {string[]} */ entries) =>
    report(askedOf(options, entries, args));
  return runCommand({ name: 'report', help: HELP, options: OPTIONS, run }, own);
}

/** @param {Asked} asked */
async function report(asked) {
  const made = await make(asked);
  if (asked.isJSON) process.stdout.write(`${JSON.stringify(made)}\n`);
  if (asked.output) {
    const { pageOf } = require('../report/html.js');
    fs.writeFileSync(asked.output, pageOf(made));
  }
  if (!asked.isJSON) printLines(summary(made, asked));
  const over = overBudget(made, asked);
  for (const what of over) process.stderr.write(`bmes report: ${what}\n`);
  return over.length > 0 ? EXIT.found : EXIT.fine;
}

/**
 * @typedef {object} Options
 * @property {boolean} json
 * @property {string} [output]
 * @property {string} [budget]
 * @property {string} [budget-cached]
 * @property {string} runs
 * @property {string} wait
 * @property {string} timeout
 * @property {string} [for-node]
 */

/** @typedef {ReturnType<typeof askedOf>} Asked */

/**
 * @param {Options} options
 * @param {string[]} entries
 * @param {string[]} args of the program
 */
function askedOf(options, entries, args) {
  const [entry] = entries;
  if (entry === undefined) throw new Misuse('no entry given');
  if (entries.length > 1) {
    throw new Misuse(`one entry at a time; what is the program's stands after --: ${entries[1]}`);
  }
  if (options.output === '') throw new Misuse('--output needs the name of a file');
  return {
    entry,
    args,
    output: options.output ?? (options.json ? undefined : DEFAULT_FILE),
    isJSON: options.json,
    budget: optionalNumber('budget', options.budget),
    budgetCached: optionalNumber('budget-cached', options['budget-cached']),
    runs: number('runs', options.runs, 1),
    wait: number('wait', options.wait, 100),
    timeout: number('timeout', options.timeout, 100),
    node: options['for-node'],
  };
}

/**
 * @param {string} name
 * @param {string | undefined} value
 */
function optionalNumber(name, value) {
  return value === undefined ? undefined : number(name, value, 0);
}

/**
 * @param {string} name
 * @param {string} value
 * @param {number} least
 */
function number(name, value, least) {
  const given = /^\d+(?:\.\d+)?$/.test(value) ? Number(value) : Number.NaN;
  if (!(given >= least) || (name === 'runs' && !Number.isInteger(given))) {
    throw new Misuse(`--${name} needs a number of at least ${least}; got '${value}'`);
  }
  return given;
}

/**
 * @param {Asked} asked
 * @returns {Promise<Report>}
 */
async function make({ entry, args, node = process.execPath, runs, wait, timeout }) {
  const version = versionOf(node);
  try {
    require.resolve(path.resolve(entry));
  } catch {
    throw new Failure('BMES_NO_ENTRY', `there is no file ${entry}`);
  }
  const { measure } = require('../report/measure.js');
  const { reportOf } = require('../report/data.js');
  const far = progress(true);
  const measured = await measure({
    node,
    entry,
    args,
    runs,
    wait,
    timeout,
    onProgress: (what) => far.show(`${entry}: ${what}`),
  }).finally(far.end);
  return reportOf(measured, { entry, args, node: version, folder: process.cwd() });
}

/** The first Node whose loader can be watched, and that the cache serves. */
const OLDEST = [22, 15];

/** @param {string} node */
function versionOf(node) {
  const isThis = node === process.execPath && !process.versions.bun && !process.versions.deno;
  let version = process.version;
  if (!isThis) {
    try {
      version = execFileSync(node, ['-p', 'process.versions.bun ? "bun" : process.version'], {
        encoding: 'utf8',
      }).trim();
    } catch (error) {
      const { message } = /** @type {Error} */ (error);
      throw new Failure('BMES_REPORT_NO_START', `cannot start ${node}: ${message}`);
    }
  }
  const [, major, minor] = /^v(\d+)\.(\d+)\./.exec(version) ?? [];
  const isOld =
    Number(major) < OLDEST[0] || (Number(major) === OLDEST[0] && Number(minor) < OLDEST[1]);
  if (major === undefined || isOld) {
    throw new Failure(
      'BMES_UNSUPPORTED_RUNTIME',
      `${node} is ${version}; it takes Node 22.15 or later`,
    );
  }
  return version;
}

/**
 * @param {Report} report
 * @param {Asked} asked
 * @returns {string[]} what takes longer than it may
 */
function overBudget({ native, cached }, { budget, budgetCached }) {
  const over = [];
  if (budget !== undefined && native.milliseconds > budget) {
    over.push(
      `over budget: it starts in ${ms(native.milliseconds)}, and ${budget} ms is the limit`,
    );
  }
  if (budgetCached !== undefined && cached.milliseconds > budgetCached) {
    over.push(
      `over budget: it starts from the cache in ${ms(cached.milliseconds)}, and ${budgetCached} ms is the limit`,
    );
  }
  return over;
}

/** How many are named. */
const MOST_NAMED = 5;

/**
 * @param {Report} report
 * @param {Asked} asked
 */
function summary({ entry, node, native, cached, costliest, modules, warnings, notes }, { output }) {
  const lines = [
    `${entry} starts in ${ms(native.milliseconds)}, from the cache in ${ms(cached.milliseconds)} ` +
      `(${modules.length} modules, Node ${node})`,
  ];
  if (costliest.length > 0) lines.push('', 'costs most, with all that is loaded only for it:');
  for (const { module, importer, native: cost } of costliest.slice(0, MOST_NAMED)) {
    const by = importer < 0 ? '' : `  imported by ${modules[importer].path}`;
    lines.push(`  ${ms(cost).padStart(8)}  ${modules[module].path}${by}`);
  }
  if (warnings.length > 0) lines.push('');
  for (const { code, message } of warnings.slice(0, MOST_NAMED)) lines.push(`${code} ${message}`);
  if (warnings.length > MOST_NAMED) lines.push(`and ${warnings.length - MOST_NAMED} more`);
  if (notes.length > 0) lines.push('', ...notes);
  if (output) lines.push('', `written to ${output}`);
  // What files are called is nothing that a terminal obeys.
  return lines.map(safe);
}

/** @param {number} milliseconds */
function ms(milliseconds) {
  return require('../report/warnings.js').shown(milliseconds);
}

module.exports = { main };
