'use strict';
// `bmes list`: the packs of the cache, and whose they are.

const { existsSync } = require('node:fs');
const { fileURLToPath } = require('node:url');

const {
  EXIT,
  Misuse,
  ago,
  plural,
  printJSON,
  printLines,
  runCommand,
  safe,
  shown,
  size,
  styled,
} = require('./common.js');
const { directory, runtimeName } = require('./store.js');

const HELP = `Usage: bmes list [options]

Lists the packs of the cache, by app: whose they are, how large, when they were made and last used, and what
of a run waits for a learner. Nothing is changed, and being listed is no use.

  bmes list
  bmes list --runtime node-24                      of one runtime
  bmes list --json | jq '.apps[] | select(.isGone) | .entry'

Options:
      --runtime <name>  only those of this runtime: as bmes list names it, or the beginning of it
      --json            print the answer as JSON (docs/commands.md)
  -h, --help            show this

Ends with 0, 1 if a file is damaged or the cache cannot be read, 2 if it was called wrongly.
`;

/**
 * What the core says; src/app/inventory.rs describes it.
 *
 * @typedef {object} App
 * @property {string} key
 * @property {string} runtime
 * @property {string | null} entry
 * @property {string | null} main
 * @property {{ file: string, bytes: number, madeMs: number | null, usedMs: number, modules: number, esModules: number, withBytecode: number, conditions: string[], hooksOnly: string, reachesModules: boolean, entrySha256: string } | null} pack
 * @property {{ state: 'waiting' | 'taken' | 'refused', attempts: number, ageMs: number, reason: string | null } | null} learning
 */

/** @param {string[]} words */
function main(words) {
  return runCommand(
    { name: 'list', help: HELP, options: { runtime: { type: 'string' } }, run: list },
    words,
  );
}

/**
 * @param {{ json: boolean, runtime?: string }} options
 * @param {string[]} words
 */
function list({ json, runtime }, words) {
  if (words.length > 0) throw new Misuse(`unexpected '${words[0]}'`);
  const root = directory();
  const { inventory } = require('../runtime/addon.js');
  const found = JSON.parse(inventory(root));
  const apps = /** @type {App[]} */ (found.apps)
    .filter((app) => runtime === undefined || app.runtime.startsWith(runtime))
    .map((app) => Object.assign(app, { isGone: isMissing(app.entry) }))
    .sort((left, right) => (right.pack?.usedMs ?? Infinity) - (left.pack?.usedMs ?? Infinity));
  const { damaged, passedOver } = found;
  if (json) printJSON({ directory: root, apps, damaged, passedOver });
  else printLines(linesOf(root, apps, damaged, passedOver));
  return damaged.length > 0 ? EXIT.found : EXIT.fine;
}

/**
 * Whether the module where a graph begins is no longer there.
 *
 * @param {string | null} entry
 */
function isMissing(entry) {
  try {
    return entry !== null && !existsSync(fileURLToPath(entry));
  } catch {
    return false;
  }
}

/**
 * @param {string} root
 * @param {(App & { isGone: boolean })[]} apps
 * @param {{ path: string, code: string, message: string }[]} damaged
 * @param {string[]} passedOver
 */
function linesOf(root, apps, damaged, passedOver) {
  const packs = apps.filter((app) => app.pack);
  const bytes = packs.reduce((sum, { pack }) => sum + (pack?.bytes ?? 0), 0);
  const lines = [`${safe(root)}: ${plural(packs.length, 'pack')}, ${size(bytes)}`];
  for (const app of apps) lines.push(...appLines(app));
  for (const { path, code, message } of damaged) {
    lines.push(styled('red', `damaged: ${shown(path)}: ${code} ${safe(message)}`));
  }
  for (const reason of passedOver) lines.push(styled('yellow', `passed over: ${safe(reason)}`));
  return lines;
}

/** @param {App & { isGone: boolean }} app */
function appLines({ key, runtime, entry, pack, learning, isGone, ...app }) {
  const name = entry === null ? `app ${key.slice(0, 12)}` : shown(entry);
  const under = app.main ? ` under ${safe(app.main)}` : '';
  const lines = [styled('bold', `${name}${under}`) + (isGone ? ' (no longer there)' : '')];
  if (pack) {
    const { modules, esModules, withBytecode } = pack;
    const made = pack.madeMs === null ? '' : `made ${ago(Date.now() - pack.madeMs)}, `;
    const used = `used ${ago(Date.now() - pack.usedMs)}`;
    lines.push(
      `  ${runtimeName(runtime)}  ${size(pack.bytes)}, ${made}${used}`,
      `  ${plural(modules, 'module')}, ${withBytecode} of ${esModules} ES modules with bytecode`,
    );
    if (pack.hooksOnly) lines.push(`  on hooks: ${safe(pack.hooksOnly)}`);
    lines.push(`  ${shown(pack.file)}`);
  } else {
    lines.push(`  ${runtimeName(runtime)}  no pack yet`);
  }
  if (learning) lines.push(`  ${learningLine(learning)}`);
  return lines;
}

/** @param {NonNullable<App['learning']>} learning */
function learningLine({ state, attempts, ageMs, reason }) {
  const left = `left ${ago(ageMs)}`;
  if (state === 'refused')
    return `a learner has refused what a run saw, ${left}: ${safe(reason ?? '')}`;
  if (state === 'taken') return `${plural(attempts, 'learner')} took up what a run saw, ${left}`;
  return `what a run saw waits for a learner, ${left}`;
}

module.exports = { main };
