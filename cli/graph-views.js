'use strict';
// The views of `bmes graph`: each turns a graph into text, or into what is printed as JSON.

const path = require('node:path');
const { fileURLToPath } = require('node:url');

const { SCHEMA, plural, size, styled } = require('./common.js');
const { drawing } = require('./graph-drawing.js');

/** @typedef {import('../index.d.ts').ModuleGraph} ModuleGraph */
/** @typedef {import('../index.d.ts').GraphModule} GraphModule */
/** @typedef {import('../index.d.ts').GraphCost} GraphCost */
/** @typedef {import('./graph.js').Options} Options */

/**
 * @typedef {object} Asked
 * @property {string} why
 * @property {number} depth
 * @property {boolean} byPackage
 * @property {boolean} isJSON
 */

/**
 * @typedef {object} View
 * @property {(options: Options) => boolean} isAskedFor
 * @property {(graph: ModuleGraph, asked: Asked) => { text: string } | { failure: string }} show
 */

/** The first that is asked for is shown. @type {View[]} */
const VIEWS = [
  { isAskedFor: (options) => options.why !== undefined, show: why },
  { isAskedFor: (options) => options.cycles, show: cycles },
  { isAskedFor: (options) => options.duplicates, show: duplicates },
  { isAskedFor: (options) => options.barrels, show: barrels },
  { isAskedFor: (options) => options.unresolved, show: unresolved },
  { isAskedFor: (options) => options.json, show: (graph) => json({ ...graph.toJSON() }) },
  {
    isAskedFor: (options) => options.dot,
    show: (graph, { byPackage }) => ({ text: drawing(graph, 'dot', byPackage) }),
  },
  {
    isAskedFor: (options) => options.mermaid,
    show: (graph, { byPackage }) => ({ text: drawing(graph, 'mermaid', byPackage) }),
  },
  { isAskedFor: () => true, show: tree },
];

const MARKS = /** @type {const} */ ({
  'import-statement': '',
  'dynamic-import': '~',
  'require-call': '=',
});

/** @type {View['show']} */
function tree(graph, { depth, byPackage }) {
  const dim = (/** @type {string} */ text) => styled('dim', text);
  const shown = new Set();
  /** @type {string[]} */
  const lines = [];
  /** @type {{ url: string, mark: string, indent: string, last: boolean | null, level: number }[]} */
  const waiting = graph.entries
    .toReversed()
    .map((url) => ({ url, mark: '', indent: '', last: null, level: 1 }));
  for (let next = waiting.pop(); next; next = waiting.pop()) {
    const { url, mark, indent, last, level } = next;
    const module = graph.getModule(url);
    if (!module) continue;
    const isKnown = shown.has(url);
    // One at the edge of what is shown may be shown whole elsewhere.
    if (level < depth) shown.add(url);
    const branch = last === null ? '' : last ? '`- ' : '|- ';
    const children = isKnown ? [] : childrenOf(graph, module, byPackage);
    const notes = [
      module.isExternal ? '' : dim(sizes(graph, module)),
      isKnown && module.imports.length > 0 ? dim('*') : '',
      module.problem ? `! ${module.problem.message}` : '',
      level === depth && children.length > 0 ? dim(`... ${children.length} more below`) : '',
    ];
    const line = [`${indent}${branch}${mark}${nameOf(url)}`, ...notes].filter(Boolean).join('  ');
    lines.push(line);
    if (level === depth) continue;
    const below = last === null ? '' : `${indent}${last ? '   ' : '|  '}`;
    // The last one pushed is shown first.
    for (let at = children.length - 1; at >= 0; at--) {
      const isLast = at === children.length - 1;
      waiting.push({ ...children[at], indent: below, last: isLast, level: level + 1 });
    }
  }
  lines.push('', summary(graph));
  return { text: lines.join('\n') };
}

/**
 * @param {ModuleGraph} graph
 * @param {GraphModule} module
 * @param {boolean} byPackage what is below a package that is not the module's own is left out
 */
function childrenOf(graph, module, byPackage) {
  const seen = new Set();
  return module.imports.flatMap(({ url, kind }) => {
    if (url === null || seen.has(url) || url.startsWith('node:')) return [];
    seen.add(url);
    if (byPackage && isInstalled(module)) return [];
    return [{ url, mark: MARKS[kind] }];
  });
}

/** @param {GraphModule} module */
function isInstalled({ package: place }) {
  return place?.directory.split(path.sep).includes('node_modules') ?? false;
}

/**
 * @param {ModuleGraph} graph
 * @param {GraphModule} module
 */
function sizes(graph, module) {
  const { modules, bytes } = graph.retained(module.url);
  return modules > 1
    ? `${size(module.bytes)} [${costText({ modules, bytes })}]`
    : size(module.bytes);
}

/** @param {ModuleGraph} graph */
function summary(graph) {
  let [modules, bytes, unread] = [0, 0, 0];
  const packages = new Set();
  for (const module of graph) {
    if (module.isExternal) continue;
    modules += 1;
    bytes += module.bytes;
    if (module.problem) unread += 1;
    if (module.package) packages.add(module.package.directory);
  }
  const parts = [`${costText({ modules, bytes })} in ${plural(packages.size, 'package')}`];
  const lost = graph.unresolved().length;
  if (unread > 0) parts.push(`${plural(unread, 'module')} left to the runtime`);
  if (lost > 0) parts.push(`${plural(lost, 'import')} unresolved (--unresolved)`);
  return parts.join(', ');
}

/** @type {View['show']} */
function why(graph, { why: wanted, isJSON }) {
  const found = matches(graph, wanted);
  if (found.length === 0) {
    return { failure: `--why: nothing in the graph is called ${wanted}` };
  }
  const answers = found.map((url) => Object.assign(graph.why(url), { url }));
  if (isJSON) return json({ modules: answers });
  const blocks = answers.slice(0, MOST_MATCHES).map(({ url, chains, importers, saves }) => {
    const lines = [`${nameOf(url)}  ${importedBy(importers)}; without it: ${costText(saves)} less`];
    for (const chain of chains) {
      lines.push('');
      chain.forEach(({ url: step, saves: saved }, at) => {
        const cost = saved ? `  ${saved.modules > 0 ? `-${costText(saved)}` : '-'}` : '';
        lines.push(`  ${'  '.repeat(Math.min(at, MOST_INDENT))}${nameOf(step)}${cost}`);
      });
    }
    if (importers > chains.length) {
      lines.push('', `  and ${importers - chains.length} more that import it`);
    }
    return lines.join('\n');
  });
  if (answers.length > MOST_MATCHES) {
    blocks.push(`${answers.length - MOST_MATCHES} more modules match; name one, or use --json`);
  }
  const legend = `A minus says what would be gone without that import; "-": nothing, others import it too.`;
  return { text: [...blocks, legend].join('\n\n') };
}

/** Of how many modules the chains are printed. */
const MOST_MATCHES = 3;
/** Deeper steps are not moved further to the right. */
const MOST_INDENT = 24;

/** @param {number} importers */
function importedBy(importers) {
  return importers === 0 ? 'an entry' : `imported by ${plural(importers, 'module')}`;
}

/**
 * The modules that a word names: a module itself, those whose URLs end so, or those of a package, the ones
 * that are imported from outside of it.
 *
 * @param {ModuleGraph} graph
 * @param {string} wanted
 */
function matches(graph, wanted) {
  const exact = graph.getModule(wanted);
  if (exact) return [exact.url];
  const ending = `/${wanted.replaceAll(path.sep, '/').replace(/^\.?\//, '')}`;
  const named = graph.urls().filter((url) => url.endsWith(ending) || url === `node:${wanted}`);
  if (named.length > 0) return named;
  const name = wanted.replace(/^(?:\.\/)?node_modules\//, '');
  /** @type {Map<string, GraphModule['package']>} */
  const places = new Map();
  for (const module of graph) places.set(module.url, module.package);
  const inside = [...places].filter(([, place]) => place?.name === name).map(([url]) => url);
  return inside.filter((url) =>
    graph.importers(url).some((importer) => places.get(importer.url)?.name !== name),
  );
}

/** @type {View['show']} */
function cycles(graph, { isJSON }) {
  const found = graph.cycles();
  if (isJSON) return json({ cycles: found });
  if (found.length === 0) return { text: 'no module imports itself, directly or through others' };
  const blocks = found.map(({ modules, path: way }) => {
    const steps = way.map((url, at) => `  ${at === 0 ? '' : '-> '}${nameOf(url)}`);
    return [`${plural(modules.length, 'module')} that reach each other`, ...steps].join('\n');
  });
  return { text: blocks.join('\n\n') };
}

/** @type {View['show']} */
function duplicates(graph, { isJSON }) {
  const found = graph.duplicates();
  if (isJSON) return json({ duplicates: found });
  if (found.length === 0) return { text: 'every package is there once' };
  const blocks = found.map(({ name, copies }) => {
    const lines = copies.map(
      ({ version, directory, modules, bytes }) =>
        `  ${version ?? 'no version'}  ${costText({ modules: modules.length, bytes })}  ${relative(directory)}`,
    );
    return [`${name}: ${plural(copies.length, 'copy', 'copies')}`, ...lines].join('\n');
  });
  return { text: blocks.join('\n') };
}

/** @type {View['show']} */
function barrels(graph, { isJSON }) {
  const found = graph.barrels();
  if (isJSON) return json({ barrels: found });
  if (found.length === 0) return { text: 'no module passes on the names of many others' };
  const lines = found.map(({ url, exports, used, loads, needs }) => {
    const share = `${used} of ${exports} exports used (${Math.round((used / exports) * 100)} %)`;
    return `${nameOf(url)}\n  ${share}; loads ${costText(loads)}, needs ${costText(needs)}`;
  });
  return { text: lines.join('\n') };
}

/** @type {View['show']} */
function unresolved(graph, { isJSON }) {
  const found = graph.unresolved();
  if (isJSON) return json({ unresolved: found });
  if (found.length === 0) return { text: 'every import leads somewhere' };
  const lines = found.map(
    ({ importer, kind, specifier, code, message }) =>
      `${nameOf(importer)}\n  ${MARKS[kind]}${specifier}  ${code}: ${message}`,
  );
  return { text: lines.join('\n') };
}

/**
 * @param {object} answer
 * @returns {{ text: string }}
 */
function json(answer) {
  return { text: JSON.stringify({ schema: SCHEMA, ...answer }, null, 2) };
}

/** @param {GraphCost} cost */
function costText({ modules, bytes }) {
  return `${plural(modules, 'module')}, ${size(bytes)}`;
}

/**
 * A file as one would type it, anything else by its URL.
 *
 * @param {string} url
 */
function nameOf(url) {
  try {
    const { search, hash } = new URL(url);
    return `${relative(fileURLToPath(url))}${search}${hash}`;
  } catch {
    return url;
  }
}

/** @param {string} absolute */
function relative(absolute) {
  const shorter = path.relative('', absolute);
  return shorter === '' ? '.' : shorter;
}

module.exports = { VIEWS, nameOf };
