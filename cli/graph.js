'use strict';
// `bmes graph app.mjs`: what an app is made of, why, and what it costs.

const { parseArgs } = require('node:util');

const { buildGraph } = require('../index.js');
const { VIEWS } = require('./graph-views.js');

const FAILED = 1;
const USAGE_ERROR = 2;

const HELP = `Usage: bmes graph [options] <entry...>

Shows the modules that an app is made of, found by Node's own rules without running it: what imports
what, why a module is there, and what would be gone without an import.

  bmes graph app.mjs                     the tree of imports, with sizes
  bmes graph --depth 2 app.mjs           its first levels
  bmes graph --why node_modules/zod app.mjs
                                         who brings zod in, and what that costs
  bmes graph --barrels app.mjs           index files of which little is used
  bmes graph --duplicates app.mjs        packages that are there more than once
  bmes graph --dot app.mjs | dot -Tsvg > graph.svg

What to show (the tree, if nothing is said):
      --why <module>          the shortest chains of imports to a module: a path, a URL, the end of one, or the
                              name of a package; each step says what would be gone without that import
      --cycles                modules that import each other, and the way round
      --duplicates            packages of one name in several versions or places
      --barrels               modules that pass on the names of others, and how much of each is used
      --unresolved            imports that lead nowhere, and Node's reason

How:
      --json                  as JSON; \`schema\` is the version of its shape
      --dot, --mermaid        the graph for Graphviz or Mermaid
      --depth <number>        how deep the tree goes; all of it otherwise
      --packages              packages as one node each, in pictures and the tree

What belongs to it:
  -C, --conditions <name>     a condition of imports; as often as needed
      --preserve-symlinks     as Node is given it
      --no-dynamic            without what only \`import()\` reaches
      --external <name>       leave a specifier alone; may be repeated, one * stands for anything
      --exclude <path>        leave what is in a file or folder unread; may be repeated
  -h, --help                  show this

In the tree \`~\` marks an import(), \`=\` a require(), \`*\` what was shown above. A size is a module's own; in
brackets, what only it brings in. Cycles and duplicates are no failure: the command ends with 0, with 1 if
there is no graph or no such module, with 2 if it was called wrongly.
`;

const OPTIONS = /** @type {const} */ ({
  why: { type: 'string' },
  cycles: { type: 'boolean', default: false },
  duplicates: { type: 'boolean', default: false },
  barrels: { type: 'boolean', default: false },
  unresolved: { type: 'boolean', default: false },
  json: { type: 'boolean', default: false },
  dot: { type: 'boolean', default: false },
  mermaid: { type: 'boolean', default: false },
  depth: { type: 'string' },
  packages: { type: 'boolean', default: false },
  conditions: { type: 'string', short: 'C', multiple: true },
  'preserve-symlinks': { type: 'boolean', default: false },
  'no-dynamic': { type: 'boolean', default: false },
  external: { type: 'string', multiple: true },
  exclude: { type: 'string', multiple: true },
  help: { type: 'boolean', short: 'h', default: false },
});

/** @typedef {ReturnType<typeof parse>['values']} Options */

/** @param {string[]} words what follows `graph` */
function main(words) {
  let parsed;
  try {
    parsed = parse(words);
  } catch (error) {
    return misuse(/** @type {Error} */ (error).message);
  }
  const { values: options, positionals: entries } = parsed;
  if (options.help) return void process.stdout.write(HELP);
  const problem = entries.length === 0 ? 'no entry given' : contradiction(options);
  if (problem) return misuse(problem);
  let graph;
  try {
    graph = buildGraph(entries, {
      conditions: options.conditions ?? [],
      preserveSymlinks: options['preserve-symlinks'],
      preserveSymlinksMain: options['preserve-symlinks'],
      followDynamic: !options['no-dynamic'],
      external: options.external ?? [],
      exclude: options.exclude ?? [],
    });
  } catch (error) {
    const { code, message } = /** @type {Error & { code?: string }} */ (error);
    if (code === 'BMES_INVALID_ARGUMENT') return misuse(message);
    process.stderr.write(`bmes graph: ${code ?? 'failed'} ${message}\n`);
    process.exitCode = FAILED;
    return;
  }
  const view = VIEWS.find((each) => each.isAskedFor(options)) ?? assertNever();
  const answer = view.show(graph, {
    why: options.why ?? '',
    depth: options.depth === undefined ? Infinity : Number(options.depth),
    byPackage: options.packages,
    isJSON: options.json,
    hasColour: hasColour(process.stdout),
  });
  if ('failure' in answer) {
    process.stderr.write(`bmes graph: ${answer.failure}\n`);
    process.exitCode = FAILED;
    return;
  }
  process.stdout.write(`${answer.text}\n`);
}

/** @param {string[]} words */
function parse(words) {
  return parseArgs({ args: words, options: OPTIONS, allowPositionals: true });
}

/**
 * @param {Options} options
 * @returns {string | undefined} what cannot be meant
 */
function contradiction(options) {
  const { json, dot, mermaid, depth, packages } = options;
  const forms = [json && '--json', dot && '--dot', mermaid && '--mermaid'].filter(Boolean);
  if (forms.length > 1) return `${forms.join(' and ')} are different forms; choose one`;
  const subjects = [
    options.why !== undefined && '--why',
    options.cycles && '--cycles',
    options.duplicates && '--duplicates',
    options.barrels && '--barrels',
    options.unresolved && '--unresolved',
  ].filter(Boolean);
  if (subjects.length > 1) return `${subjects.join(' and ')} are different questions; ask one`;
  if (subjects.length > 0 && (dot || mermaid)) {
    return `${subjects[0]} has no picture; leave ${forms[0]} out`;
  }
  if (options.why === '') return '--why needs a module';
  if (depth !== undefined && (subjects.length > 0 || forms.length > 0)) {
    return '--depth is about the tree';
  }
  if (depth !== undefined && !/^[1-9]\d*$/.test(depth)) return '--depth must be a number from 1';
  if (packages && (subjects.length > 0 || json)) return '--packages is about pictures and the tree';
  return undefined;
}

/** @param {NodeJS.WriteStream} stream */
function hasColour(stream) {
  return Boolean(stream.isTTY) && stream.hasColors() && !process.env.NO_COLOR;
}

/** @returns {never} */
function assertNever() {
  throw new Error('the last view takes everything');
}

/** @param {string} problem */
function misuse(problem) {
  process.stderr.write(`bmes graph: ${problem}\nTry 'bmes graph --help'.\n`);
  process.exitCode = USAGE_ERROR;
}

module.exports = { main };
