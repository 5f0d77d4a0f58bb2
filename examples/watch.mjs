/**
 * Watches an app and analyses anew what changed:
 *
 *     node examples/watch.mjs src/main.mjs
 *
 * After each change it prints the modules that a bundler, a test runner or a server would have to look at
 * again, and any that are broken now.
 */

import fs from 'node:fs';
import path from 'node:path';
import { analyzeModules, buildGraph } from 'bmes-cache';

const [entry] = process.argv.slice(2);
if (entry === undefined) {
  console.error('usage: watch.mjs entry');
  process.exit(2);
}
const name = (/** @type {string} */ url) => path.relative('', new URL(url).pathname);

/** @type {Map<string, fs.FSWatcher>} */
const watchers = new Map();
/** @type {Set<string>} */
const changed = new Set();
let graph = buildGraph(entry);

/** Folders, not files: editors replace files, and what was missing may appear. */
function watch() {
  const { files, missing, directories } = graph.watched();
  const folders = new Set([
    ...[...files, ...missing].map((it) => path.dirname(it)),
    ...directories,
  ]);
  for (const folder of folders) {
    if (watchers.has(folder) || folder.includes('node_modules') || !fs.existsSync(folder)) continue;
    const watcher = fs.watch(folder, (_, file) => {
      if (changed.size === 0) setTimeout(update, 50);
      changed.add(path.join(folder, file ?? ''));
    });
    watchers.set(folder, watcher);
  }
}

function update() {
  const { modules, rerouted, affected } = graph.changedSince([...changed]);
  changed.clear();
  if (affected.length === 0) return;
  console.log(`changed: ${affected.map(name).join(', ')}`);
  for (const { url, error } of analyzeModules(modules)) {
    if (error)
      console.log(`broken: ${name(url ?? '')}:${error.line}:${error.column} ${error.message}`);
  }
  // Its imports may be others now. Nothing is running, so all of it is a few milliseconds.
  if (modules.length + rerouted.length > 0) graph = buildGraph(entry);
  watch();
}

watch();
console.log(`watching ${graph.size} modules`);
