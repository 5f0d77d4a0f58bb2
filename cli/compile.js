'use strict';
// `bmes compile app.mjs`: makes the app's pack, bytecode included, without running the app.

const path = require('node:path');

const { compileAll } = require('../learn/compile.js');
const {
  EXIT,
  Misuse,
  count,
  printLines,
  progress,
  runCommand,
  size,
  splitAtDashes,
} = require('./common.js');

const HELP = `Usage: bmes compile [options] <entry...>
       bmes compile --check [options] <entry> [-- args...]

Makes the pack of each entry ahead of time, so that its first start comes from the cache. Nothing of the
app runs: Node's own resolver and loader and V8 are asked about every module, and the pack is written
only where they agree with what bmes has found.

  bmes compile app.mjs                          the next \`node --import bmes-cache/register app.mjs\` is warm
  bmes compile --conditions=production app.mjs  for \`node --conditions=production ... app.mjs\`
  bmes compile --include 'plugins/**/*.mjs' app.mjs
  bmes compile --store bin/cli.mjs              as a postinstall script: quiet, never fails
  bmes compile --out app.bmes app.mjs           one file, for \`bmes run --pack app.bmes app.mjs\` anywhere
  bmes compile --check app.mjs -- --port 0      runs it once as well, and takes in what it loads

Options:
  -C, --conditions <name>     a condition of imports; as often as needed, in the order of the command line
      --preserve-symlinks, --preserve-symlinks-main
                              as Node is given them
      --include <glob>        files that are imported by names nobody can read; may be repeated
      --no-dynamic            leave out what only \`import()\` reaches
      --for-node <path>       with and for this Node; this one otherwise
      --out <file>            a file that serves any place the app is copied to, instead of the cache; it is
                              used where it is named: BMES_PACK, bmes run --pack, enable({ pack })
      --root <folder>         what that file is relative to; the nearest folder that holds all otherwise
      --external              leave what lies outside of it to Node, instead of an error
      --frozen                nothing but the entry is compared with the disk: for images nobody edits
      --store                 into the cache, and nothing else: prints nothing, ends with 0
      --json                  print what came of it as JSON
  -h, --help                  show this

What is taken into a pack: everything that static imports, literal \`import()\`s and literal
\`require()\`s reach. Modules imported under computed names are found by --include, or by the first run
that imports them. BMES_CACHE_DIR and the other variables are those of a start.

Ends with 0 if all entries were compiled, 1 if one was not, 2 if it was called wrongly.
`;

const OPTIONS = /** @type {const} */ ({
  conditions: { type: 'string', short: 'C', multiple: true },
  'preserve-symlinks': { type: 'boolean', default: false },
  'preserve-symlinks-main': { type: 'boolean', default: false },
  include: { type: 'string', multiple: true },
  'no-dynamic': { type: 'boolean', default: false },
  'for-node': { type: 'string' },
  out: { type: 'string' },
  root: { type: 'string' },
  external: { type: 'boolean', default: false },
  frozen: { type: 'boolean', default: false },
  check: { type: 'boolean', default: false },
  store: { type: 'boolean', default: false },
});

/**
 * @typedef {object} Options
 * @property {boolean} json
 * @property {string} [for-node]
 * @property {string[]} [conditions]
 * @property {boolean} preserve-symlinks
 * @property {boolean} preserve-symlinks-main
 * @property {string[]} [include]
 * @property {boolean} no-dynamic
 * @property {string} [out]
 * @property {string} [root]
 * @property {boolean} external
 * @property {boolean} frozen
 * @property {boolean} check
 * @property {boolean} store
 */

/** @typedef {import('../learn/compile.js').Result} Result */

/** @param {string[]} words what follows `compile` */
function main(words) {
  const { own, args } = splitAtDashes(words);
  const run = (/** @type {Options} */ options, /** @type {string[]} */ entries) =>
    // Without a run there is nobody to have arguments: entries may follow the dashes.
    options.check ? compile(options, entries, args) : compile(options, [...entries, ...args], []);
  return runCommand({ name: 'compile', help: HELP, options: OPTIONS, run }, own);
}

/**
 * @param {Options} options
 * @param {string[]} entries
 * @param {string[]} args of the program
 */
async function compile(options, entries, args) {
  const problem = entries.length === 0 ? 'no entry given' : contradiction(options, entries);
  if (problem) throw new Misuse(problem);
  const summary = await compileAll(entries, requestOf(options, args));
  if (options.json) printLines([JSON.stringify(summary, null, 2)]);
  return summary.ok || options.store ? EXIT.fine : EXIT.found;
}

/**
 * @param {Options} options
 * @param {string[]} entries
 * @returns {string | undefined} what cannot be meant
 */
function contradiction({ check, out, root, external, frozen, store }, entries) {
  if (check && store) return '--check runs the program, which --store is never to do';
  if (check && entries.length > 1) return '--check takes one entry: what follows `--` is its own';
  if (out === undefined) {
    return root !== undefined || external || frozen
      ? '--root, --external and --frozen are about the file that --out names'
      : undefined;
  }
  if (out === '') return '--out needs the name of a file';
  if (store) return '--out writes a file and --store writes none';
  return entries.length > 1 ? '--out takes one entry: a file is of one app' : undefined;
}

/**
 * @param {Options} options
 * @param {string[]} args of the program
 * @returns {import('../learn/compile.js').Request}
 */
function requestOf(options, args) {
  const isQuiet = options.json || options.store;
  const isWatched = process.stderr.isTTY && !isQuiet;
  const far = progress(isWatched);
  return {
    node: options['for-node'] ?? process.execPath,
    env: process.env,
    conditions: options.conditions ?? [],
    preserveSymlinks: options['preserve-symlinks'],
    preserveSymlinksMain: options['preserve-symlinks-main'],
    include: options.include ?? [],
    isDynamic: !options['no-dynamic'],
    ...(options.out === undefined ? {} : { output: outputOf(options, options.out) }),
    // What the program prints is not to stand among ours.
    ...(options.check ? { check: { args, stdout: options.json ? 2 : 'inherit' } } : {}),
    ...(isWatched
      ? { onProgress: (entry, done, known) => far.show(`${entry}: ${done} of ${known}`) }
      : {}),
    onResult: (result) => {
      far.end();
      if (!isQuiet) print(result);
    },
  };
}

/**
 * @param {Options} options
 * @param {string} out
 */
function outputOf({ root, external, frozen }, out) {
  return {
    file: path.resolve(out),
    ...(root === undefined ? {} : { root: path.resolve(root) }),
    leavesOutside: external,
    isFrozen: frozen,
  };
}

/** @param {Result} result */
function print({ entry, runtime, packs, error, check, milliseconds }) {
  if (error) {
    process.stderr.write(`bmes compile: ${entry}: ${error.code} ${error.message}\n`);
    return;
  }
  const all = packs ?? [];
  const sum = (/** @type {(pack: import('../learn/compile.js').Pack) => number} */ of) =>
    all.reduce((total, pack) => total + of(pack), 0);
  const seconds = (milliseconds / 1000).toFixed(1);
  const lines = [
    `${entry}: ${count(sum((pack) => pack.modules))} modules for ${runtime} in ${seconds} s`,
    `  source ${size(sum((pack) => pack.sourceBytes))}, ` +
      `metadata ${size(sum((pack) => pack.metadataBytes))}, ` +
      `bytecode ${size(sum((pack) => pack.bytecodeBytes))}`,
  ];
  if (all.length > 1) lines.push(`  ${all.length} packs, one for each ES module that may be first`);
  if (check) lines.push(`  checked by a run, which ended with ${check.signal ?? check.exitCode}`);
  for (const { hooksOnly, left, seen = [] } of all) {
    for (const url of seen) lines.push(`  imported by a computed name: ${url}`);
    if (hooksOnly) lines.push(`  on hooks, without bytecode: ${hooksOnly}`);
    for (const { url, reason } of left) lines.push(`  left to the runtime: ${url} (${reason})`);
  }
  printLines(lines);
}

module.exports = { main };
