'use strict';
// `bmes graph app.mjs`: what an app is made of, why, and what it costs.

const { buildGraph } = require('../index.js');
const { EXIT, Failure, Misuse, printLines, runCommand } = require('./common.js');
const { VIEWS } = require('./graph-views.js');

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
  dot: { type: 'boolean', default: false },
  mermaid: { type: 'boolean', default: false },
  depth: { type: 'string' },
  packages: { type: 'boolean', default: false },
  conditions: { type: 'string', short: 'C', multiple: true },
  'preserve-symlinks': { type: 'boolean', default: false },
  'no-dynamic': { type: 'boolean', default: false },
  external: { type: 'string', multiple: true },
  exclude: { type: 'string', multiple: true },
});

/**
 * @typedef {object} Options
 * @property {boolean} json
 * @property {string} [why]
 * @property {boolean} cycles
 * @property {boolean} duplicates
 * @property {boolean} barrels
 * @property {boolean} unresolved
 * @property {boolean} dot
 * @property {boolean} mermaid
 * @property {string} [depth]
 * @property {boolean} packages
 * @property {string[]} [conditions]
 * @property {boolean} preserve-symlinks
 * @property {boolean} no-dynamic
 * @property {string[]} [external]
 * @property {string[]} [exclude]
 */

/** @param {string[]} words what follows `graph` */
function main(words) {
  return runCommand({ name: 'graph', help: HELP, options: OPTIONS, run: show }, words);
}

/**
 * @param {Options} options
 * @param {string[]} entries
 */
function show(options, entries) {
  const problem = entries.length === 0 ? 'no entry given' : contradiction(options);
  if (problem) throw new Misuse(problem);
  const view = VIEWS.find((each) => each.isAskedFor(options)) ?? assertNever();
  const answer = view.show(graphOf(options, entries), {
    why: options.why ?? '',
    depth: options.depth === undefined ? Infinity : Number(options.depth),
    byPackage: options.packages,
    isJSON: options.json,
  });
  if ('failure' in answer) throw new Failure('BMES_NOT_IN_GRAPH', answer.failure);
  printLines([answer.text]);
  return EXIT.fine;
}

/**
 * @param {Options} options
 * @param {string[]} entries
 */
function graphOf(options, entries) {
  try {
    return buildGraph(entries, {
      conditions: options.conditions ?? [],
      preserveSymlinks: options['preserve-symlinks'],
      preserveSymlinksMain: options['preserve-symlinks'],
      followDynamic: !options['no-dynamic'],
      external: options.external ?? [],
      exclude: options.exclude ?? [],
    });
  } catch (error) {
    const { code, message } = /** @type {Error & { code?: string }} */ (error);
    if (code === 'BMES_INVALID_ARGUMENT') throw new Misuse(message);
    throw error;
  }
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

/** @returns {never} */
function assertNever() {
  throw new Error('the last view takes everything');
}

module.exports = { main };
