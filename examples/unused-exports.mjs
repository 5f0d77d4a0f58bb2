/**
 * Finds exports that nobody uses:
 *
 *     node examples/unused-exports.mjs src/main.mjs [more entries]
 *
 * Prints `file:line:column name` for each, of files outside of node_modules, and ends with 1 if there are
 * any. A name is used if some module imports it, through however many others, or has the whole namespace.
 * What entries export is for others.
 */

import path from 'node:path';
import { analyzeModule, buildGraph } from 'bmes-cache';

const entries = process.argv.slice(2);
if (entries.length === 0) {
  console.error('usage: unused-exports.mjs entry...');
  process.exit(2);
}
const graph = buildGraph(entries, { packages: 'external' });

let found = 0;
for (const { url, path: file, format, isEntry } of graph) {
  if (format !== 'module' || file === null || isEntry || file.includes('node_modules')) continue;
  const { names, isWhole } = graph.usedExports(url);
  if (isWhole) continue;
  const used = new Set(names);
  const { exports } = analyzeModule(graph.source(url), url, { details: true });
  for (const { exportName, line, column } of exports) {
    if (used.has(exportName)) continue;
    console.log(`${path.relative('', file)}:${line}:${column} ${exportName}`);
    found += 1;
  }
}
if (found > 0) process.exitCode = 1;
