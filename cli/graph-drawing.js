'use strict';
// A graph as text that others draw: Graphviz' DOT, or Mermaid.

const path = require('node:path');
const { fileURLToPath } = require('node:url');

/** @typedef {import('../index.d.ts').ModuleGraph} ModuleGraph */
/** @typedef {import('../index.d.ts').GraphModule} GraphModule */

/**
 * A node of the drawing: a module, or a whole package.
 *
 * @typedef {object} Box
 * @property {string} label
 * @property {number} bytes
 * @property {boolean} isEntry
 */

/** Strokes by how a module is asked for. */
const STROKES = /** @type {const} */ ({
  'import-statement': { dot: '', mermaid: '-->' },
  'dynamic-import': { dot: ' [style=dashed]', mermaid: '-.->' },
  'require-call': { dot: ' [style=dotted]', mermaid: '==>' },
});

/**
 * @param {ModuleGraph} graph
 * @param {'dot' | 'mermaid'} language
 * @param {boolean} byPackage each package but the entries' own as one node
 */
function drawing(graph, language, byPackage) {
  const own = new Set(graph.entries.map((url) => graph.getModule(url)?.package?.directory));
  /** @type {Map<string, Box>} */
  const boxes = new Map();
  /** @type {Map<string, string>} */
  const boxOf = new Map();
  for (const module of graph) {
    // Every program has those, and they cost it nothing.
    if (module.format === 'builtin') continue;
    const place = byPackage && !own.has(module.package?.directory) ? module.package : null;
    const key = place?.directory ?? module.url;
    const box = boxes.get(key) ?? { label: labelOf(module, place), bytes: 0, isEntry: false };
    box.bytes += module.bytes;
    box.isEntry ||= module.isEntry;
    boxes.set(key, box);
    boxOf.set(module.url, key);
  }
  const ids = new Map([...boxes.keys()].map((key, at) => [key, `n${at}`]));
  const nodes = [...boxes].map(([key, box]) => node(ids.get(key) ?? '', box, language));
  const lines = new Set();
  for (const { url, imports } of graph) {
    const from = boxOf.get(url);
    if (from === undefined) continue;
    for (const edge of imports) {
      const to = edge.url === null ? undefined : boxOf.get(edge.url);
      if (to === undefined || (byPackage && to === from)) continue;
      const stroke = STROKES[edge.kind];
      const ends = [ids.get(from), ids.get(to)];
      lines.add(
        language === 'dot'
          ? `  ${ends.join(' -> ')}${stroke.dot};`
          : `  ${ends.join(` ${stroke.mermaid} `)}`,
      );
    }
  }
  const body = [...nodes, ...lines];
  return language === 'dot'
    ? ['digraph modules {', '  rankdir=LR;', '  node [shape=box];', ...body, '}'].join('\n')
    : ['flowchart LR', ...body].join('\n');
}

/**
 * @param {string} id
 * @param {Box} box
 * @param {'dot' | 'mermaid'} language
 */
function node(id, { label, bytes, isEntry }, language) {
  const size = bytes === 0 ? '' : ` (${(bytes / 1000).toFixed(1)} kB)`;
  const text = `${label}${size}`;
  if (language === 'dot') {
    const escaped = text.replace(/["\\]/g, String.raw`\$&`).replace(/[\r\n]/g, ' ');
    return `  ${id} [label="${escaped}"${isEntry ? ', penwidth=2' : ''}];`;
  }
  // Mermaid knows HTML's escapes and nothing else.
  const escaped = text.replace(/[^\w ./@()-]/g, (c) => `#${c.codePointAt(0)};`);
  return `  ${id}${isEntry ? `(["${escaped}"])` : `["${escaped}"]`}`;
}

/**
 * @param {GraphModule} module
 * @param {GraphModule['package']} place
 */
function labelOf({ url, path: file }, place) {
  if (place) return place.version === null ? place.name : `${place.name} ${place.version}`;
  if (file === null || !url.startsWith('file:')) return url;
  const { search, hash } = new URL(url);
  return `${path.relative('', fileURLToPath(url))}${search}${hash}`;
}

module.exports = { drawing };
