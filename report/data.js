'use strict';
// The report as data: what `--json` prints and the page is made of. There is no source text in it, and
// paths are relative to the folder the command was started in.

const fs = require('node:fs');
const path = require('node:path');
const { fileURLToPath, pathToFileURL } = require('node:url');

const { PHASES, account, noTimes } = require('./account.js');
const { analyze, findBarrels } = require('./barrels.js');
const { dominatorsOf, graphOf, sumsUpwards } = require('./graph.js');
const { startOf } = require('./measure.js');
const { Packages } = require('./packages.js');
const { warningsOf } = require('./warnings.js');

/** Of the data. It goes up when something that was there changes or goes away. */
const SCHEMA = 1;

/** @typedef {import('./account.js').Times} Times */
/** @typedef {{ native: number, cached: number }} Both milliseconds natively and from the cache */

/**
 * @typedef {object} Module
 * @property {string} url relative to the folder, or `node:...`
 * @property {string} path the same, for people
 * @property {number} package its row
 * @property {number} bytes of its file; 0 if it has none
 * @property {number} parent the row of the first that asked for it; -1 for the entry
 * @property {number[]} imports rows of what it asked for
 * @property {Times} native
 * @property {Times} cached
 * @property {Both} own the sum of those
 * @property {Both} all with everything that it was the first to ask for, directly or not
 * @property {Both} only with everything that is loaded through it alone: what would be saved without it
 */

/**
 * @typedef {object} PackageRow
 * @property {string} name
 * @property {string} version
 * @property {string} folder relative
 * @property {number} modules how many
 * @property {number} native milliseconds of them all
 * @property {number} cached
 */

/**
 * One start.
 *
 * @typedef {object} Start
 * @property {number} milliseconds from the beginning of the process to the last module: what was measured
 *   with nothing but a clock in the process
 * @property {number[]} runs all of these
 * @property {number} instrumented the same with all instruments
 * @property {number} factor by which times seen with instruments are multiplied
 * @property {number} ended when the process ended, or was found waiting
 * @property {boolean} isWaiting
 * @property {number | null} exitCode
 * @property {Times} modules sums over all of them
 * @property {Record<import('./account.js').Other, number>} others
 * @property {string} stage
 * @property {string[]} reasons
 */

/**
 * An import, by what would be saved without it.
 *
 * @typedef {object} Costly
 * @property {number} module its row
 * @property {number} importer the row of the first that asked for it; -1 if nobody of the program has
 * @property {number} native milliseconds
 * @property {number} cached
 */

/**
 * @typedef {object} Report
 * @property {typeof SCHEMA} schema
 * @property {string} entry
 * @property {string[]} args
 * @property {string} node its version
 * @property {string} platform
 * @property {Start} native
 * @property {Start} cached
 * @property {Module[]} modules the first is the entry
 * @property {PackageRow[]} packages
 * @property {Costly[]} costliest imports, the dearest first
 * @property {import('./warnings.js').Warning[]} warnings
 * @property {string[]} notes what else must be known of the measurement, in sentences
 */

const ownRoot = pathToFileURL(`${path.dirname(__dirname)}/`).href;

/**
 * @param {{ native: import('./measure.js').Measured, cached: import('./measure.js').Measured }} measured
 * @param {{ entry: string, args: string[], node: string, folder: string }} about
 * @returns {Report}
 */
function reportOf(measured, { entry, args, node, folder }) {
  const isOurs = (/** @type {string} */ url) =>
    url.startsWith(`${ownRoot}report/`) || url.startsWith(`${ownRoot}runtime/`);
  const entryURL = pathToFileURL(fs.realpathSync(resolveEntry(entry))).href;
  const graph = graphOf(measured.native.full, entryURL, isOurs);
  const accounts = {
    native: scaled(measured.native),
    cached: scaled(measured.cached),
  };
  // What only the run from the cache has loaded is found nowhere else.
  for (const one of [accounts.native, accounts.cached]) {
    for (const url of one.account.modules.keys()) {
      if (!graph.urls.includes(url)) addLast(graph, url);
    }
  }
  const dominators = dominatorsOf(graph.imports);
  const sums = {
    native: sumsOf(graph, dominators, accounts.native.account),
    cached: sumsOf(graph, dominators, accounts.cached.account),
  };
  const packages = new Packages();
  const files = graph.urls.map(readModule);
  const names = graph.urls.map((url) => relativeURL(url, folder));
  /** @type {Module[]} */
  const modules = graph.urls.map((url, row) => ({
    url: names[row],
    path: shownPath(names[row]),
    package: packages.rowOf(url),
    bytes: files[row].bytes,
    parent: graph.parents[row],
    imports: graph.imports[row],
    native: accounts.native.account.modules.get(url) ?? noTimes(),
    cached: accounts.cached.account.modules.get(url) ?? noTimes(),
    own: both(sums.native.own, sums.cached.own, row),
    all: both(sums.native.all, sums.cached.all, row),
    only: both(sums.native.only, sums.cached.only, row),
  }));
  const packageRows = packages.list.map(({ name, version, folder: place }, row) => {
    const inside = modules.filter((one) => one.package === row);
    return {
      name,
      version,
      folder: place && (path.relative(folder, place) || '.'),
      modules: inside.length,
      native: inside.reduce((sum, one) => sum + one.own.native, 0),
      cached: inside.reduce((sum, one) => sum + one.own.cached, 0),
    };
  });
  const barrels = findBarrels(
    graph,
    files.map(({ metadata }) => metadata),
  );
  return rounded({
    schema: SCHEMA,
    entry: shownPath(names[0]),
    args,
    node,
    platform: `${process.platform}-${process.arch}`,
    native: accounts.native.start,
    cached: accounts.cached.start,
    modules,
    packages: packageRows,
    costliest: costliestOf(modules, dominators),
    warnings: warningsOf(modules, packageRows, barrels),
    notes: notesOf(accounts.native.start, accounts.cached.start),
  });
}

/** How many imports are listed. */
const MOST_COSTLY = 20;

/** What carries nearly all of an app is no choice of its author's. */
const SPINE = 0.9;

/**
 * Where another package begins, or a part of the app's own does.
 *
 * @param {Module[]} modules
 * @param {number[]} dominators
 * @returns {Costly[]}
 */
function costliestOf(modules, dominators) {
  const [entry] = modules;
  const candidates = modules.flatMap((one, row) => {
    const above = modules[dominators[row]];
    if (!above || one.only.native === 0) return [];
    const isOwn = one.package === entry.package;
    const begins = isOwn
      ? one.only.native < SPINE * entry.only.native
      : one.package !== above.package && !one.url.startsWith('node:');
    if (!begins) return [];
    const { parent: importer, only } = one;
    return [{ module: row, importer, native: only.native, cached: only.cached }];
  });
  return candidates.sort((a, b) => b.native - a.native).slice(0, MOST_COSTLY);
}

/**
 * @param {Start} native
 * @param {Start} cached
 */
function notesOf(native, cached) {
  const notes = [];
  if (cached.stage === '') {
    notes.push('The cache had no part in it: no ES module was reached from a file.');
  } else if (cached.stage.startsWith('native')) {
    notes.push('The cache left this program to the runtime.');
  }
  notes.push(...cached.reasons.map((reason) => `From the cache: ${reason}`));
  if (native.exitCode) notes.push(`The program ended with ${native.exitCode}.`);
  if (native.exitCode !== cached.exitCode) {
    notes.push(`It ended with ${native.exitCode} natively and ${cached.exitCode} from the cache.`);
  }
  if (native.isWaiting) notes.push('It did not end by itself: it was told to when it was idle.');
  return notes;
}

/**
 * The runtime takes an entry without its extension as well.
 *
 * @param {string} entry
 */
function resolveEntry(entry) {
  return require.resolve(path.resolve(entry));
}

/**
 * Times seen with instruments are longer than they are without. Both starts are known, so what came after
 * the runtime's own start is multiplied by what they differ.
 *
 * @param {import('./measure.js').Measured} measured
 */
function scaled({ starts, clock, full, stage, reasons }) {
  const seen = account(full, ownRoot);
  const milliseconds = startOf(clock);
  const factor = (milliseconds - clock.began) / (seen.start - full.began);
  for (const times of seen.modules.values()) for (const phase of PHASES) times[phase] *= factor;
  for (const name of /** @type {const} */ (['cache', 'loader', 'work', 'waiting'])) {
    seen.others[name] *= factor;
  }
  seen.others.runtime = clock.began + (seen.others.runtime - full.began) * factor;
  const modules = noTimes();
  for (const times of seen.modules.values()) {
    for (const phase of PHASES) modules[phase] += times[phase];
  }
  /** @type {Start} */
  const start = {
    milliseconds,
    runs: starts,
    instrumented: seen.start,
    factor,
    ended: clock.ended - (clock.ready - clock.began),
    isWaiting: clock.isWaiting,
    exitCode: clock.exitCode ?? null,
    modules,
    others: seen.others,
    stage,
    reasons,
  };
  return { account: seen, start };
}

/**
 * @param {import('./graph.js').Graph} graph
 * @param {string} url
 */
function addLast(graph, url) {
  graph.imports[0].push(graph.urls.push(url) - 1);
  graph.imports.push([]);
  graph.specifiers.push(new Map());
  graph.parents.push(0);
}

/**
 * @param {import('./graph.js').Graph} graph
 * @param {number[]} dominators
 * @param {import('./account.js').Account} account
 */
function sumsOf(graph, dominators, { modules }) {
  const own = graph.urls.map((url) => {
    const times = modules.get(url);
    return times ? PHASES.reduce((sum, phase) => sum + times[phase], 0) : 0;
  });
  return { own, all: sumsUpwards(graph.parents, own), only: sumsUpwards(dominators, own) };
}

/**
 * @param {number[]} native
 * @param {number[]} cached
 * @param {number} row
 * @returns {Both}
 */
function both(native, cached, row) {
  return { native: native[row], cached: cached[row] };
}

/** What is read to see which names modules pass on. */
const MODULE = /\.(?:m?js|jsm)$/;

/** @param {string} url */
function readModule(url) {
  try {
    const file = fileURLToPath(url);
    const bytes = fs.readFileSync(file);
    const metadata =
      MODULE.test(file) && isModule(bytes) ? analyze(bytes.toString('utf8')) : undefined;
    return { bytes: bytes.length, metadata };
  } catch {
    return { bytes: 0, metadata: undefined };
  }
}

/**
 * CommonJS has neither, and would be analysed as a module without imports.
 *
 * @param {Buffer} bytes
 */
function isModule(bytes) {
  return bytes.includes('import') || bytes.includes('export');
}

/**
 * @param {string} url
 * @param {string} folder
 */
function relativeURL(url, folder) {
  if (!url.startsWith('file:')) return url;
  const base = `${pathToFileURL(folder).href}/`;
  if (url.startsWith(base)) return url.slice(base.length);
  return path.relative(folder, fileURLToPath(url)).replaceAll(path.sep, '/');
}

/** @param {string} name */
function shownPath(name) {
  // Folders of packages say nothing, the packages do.
  const at = name.lastIndexOf('node_modules/');
  const short = at < 0 ? name : name.slice(at + 'node_modules/'.length);
  try {
    return decodeURI(short);
  } catch {
    return short;
  }
}

/**
 * To a microsecond: nothing here is known better.
 *
 * @template T
 * @param {T} value
 * @returns {T}
 */
function rounded(value) {
  return JSON.parse(
    JSON.stringify(value, (key, one) =>
      typeof one === 'number' && !Number.isInteger(one) && key !== 'factor'
        ? Math.round(one * 1000) / 1000
        : one,
    ),
  );
}

module.exports = { SCHEMA, reportOf };
