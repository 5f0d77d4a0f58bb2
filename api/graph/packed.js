'use strict';

// Answers about every module cross in columns (src/explore/json/packed.rs), from which the objects are made.

/** @typedef {import('../../bindings.js').PackedAnswer} PackedAnswer */
/** @typedef {import('../../index.d.ts').GraphModule} GraphModule */
/** @typedef {import('../../index.d.ts').GraphEdge} GraphEdge */
/** @typedef {import('../../index.d.ts').ExpandedExports} ExpandedExports */

/** In the order of `EdgeKind`. */
const KINDS = /** @type {const} */ (['import-statement', 'dynamic-import', 'require-call']);

/** What a URL has before its path. */
const FILE = 'file://';

/** Bits over a small number. */
const FIRST_BIT = 4;

/**
 * A list of texts that crossed as one: each after a line feed, or JSON if one has a line feed itself.
 *
 * @param {string} joined
 * @returns {string[]}
 */
function texts(joined) {
  if (joined === '') return [];
  return joined[0] === '\n' ? joined.slice(1).split('\n') : JSON.parse(joined);
}

/**
 * @param {string} answer everything but the names, and in the next line those
 * @returns {ExpandedExports}
 */
function exportsOf(answer) {
  const end = answer.indexOf('\n');
  return { names: texts(answer.slice(end + 1)), ...JSON.parse(answer.slice(0, end)) };
}

/** @param {PackedAnswer} answer */
function allExportsOf({ lists, numbers, rest }) {
  const [urls = [], all = []] = lists.map(texts);
  /** @type {Record<string, ExpandedExports>} */
  const exports = {};
  let at = 0;
  for (const url of urls) {
    /** @type {string[]} */
    const names = [];
    for (const end = at + 1 + (numbers[at++] ?? 0); at < end; at++) {
      names.push(all[numbers[at] ?? 0] ?? '');
    }
    exports[url] = { names, conflicts: [], missing: [], unknown: [], hasUnresolvedStar: false };
  }
  for (const [module, special] of JSON.parse(rest)) {
    Object.assign(exports[urls[module] ?? ''] ?? {}, special);
  }
  return exports;
}

/** @param {PackedAnswer} answer */
function cyclesOf({ lists, numbers }) {
  const urls = texts(lists[0] ?? '');
  const cycles = [];
  let next = 0;
  for (let at = 0; at < numbers.length; at += 2) {
    const middle = next + (numbers[at] ?? 0);
    const end = middle + (numbers[at + 1] ?? 0);
    cycles.push({ modules: urls.slice(next, middle), path: urls.slice(middle, end) });
    next = end;
  }
  return cycles;
}

/** @param {PackedAnswer} answer */
function graphOf({ lists, numbers, rest }) {
  const [urls = [], paths = [], hashes = [], specifiers = []] = lists.map(texts);
  const { schema, entries, formats, packages, problems, special } = JSON.parse(rest);
  let [at, edge] = [0, 0];
  const next = () => numbers[at++] ?? 0;
  /** @returns {GraphEdge} */
  const request = () => {
    const bits = next();
    const target = next();
    return {
      kind: KINDS[bits & 3] ?? KINDS[0],
      specifier: specifiers[edge++] ?? '',
      url: target === 0 ? null : (urls[target - 1] ?? null),
      with: null,
      external: has(bits, 0),
      error: null,
    };
  };
  /** @type {GraphModule[]} */
  const modules = [];
  /** @type {GraphEdge[]} */
  const edges = [];
  for (const [index, url] of urls.entries()) {
    const bits = next();
    const bytes = next() + next() * 2 ** 32;
    const place = next();
    /** @type {GraphEdge[]} */
    const imports = [];
    for (let left = next(); left > 0; left--) {
      const one = request();
      imports.push(one);
      edges.push(one);
    }
    modules.push({
      url,
      path: has(bits, 5) ? url.slice(FILE.length) : paths[index] || null,
      format: formats[bits & (2 ** FIRST_BIT - 1)],
      bytes,
      contentHash: hashes[index] || null,
      package: place === 0 ? null : { ...packages[place - 1] },
      isEntry: has(bits, 0),
      isExternal: has(bits, 1),
      problem: null,
      hasTopLevelAwait: has(bits, 2),
      hasImportMeta: has(bits, 3),
      hasComputedImports: has(bits, 4),
      imports,
    });
  }
  for (const [index, problem] of problems) Object.assign(modules[index] ?? {}, { problem });
  for (const [index, fields] of special) Object.assign(edges[index] ?? {}, fields);
  return { schema, entries, modules };
}

/**
 * @param {number} bits
 * @param {number} which
 */
function has(bits, which) {
  return (bits & (1 << (FIRST_BIT + which))) !== 0;
}

module.exports = { allExportsOf, cyclesOf, exportsOf, graphOf, texts };
