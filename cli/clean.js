'use strict';
// `bmes clean`: removes what is chosen from the cache, and nothing that is not its own.

const path = require('node:path');

const { runtimeIdentity } = require('../runtime/environment.js');
const {
  EXIT,
  Misuse,
  plural,
  printJSON,
  printLines,
  runCommand,
  safe,
  shown,
  size,
  styled,
} = require('./common.js');
const { answerOf, directory, indented, kindRows, openCache, runtimeName } = require('./store.js');

const HELP = `Usage: bmes clean (--app <entry> | --runtime <name> | --all) [options]

Removes from the cache what is chosen. Only files that lie where the cache puts such files, under names that
it gives, are removed; links are never followed; what others have put there is left and named.

  bmes clean --app src/main.mjs        the packs of one app, of all runtimes and options
  bmes clean --runtime node-22         what Node 22 has left
  bmes clean --runtime other           what any other runtime than this one has left
  bmes clean --all --dry-run           what there is to remove

Options:
      --app <entry>     packs, transcripts and marks of the app that begins there; may be repeated. What it
                        shares with others, records and the engine's own cache, stays
      --runtime <name>  everything of a runtime: as bmes list names it, or the beginning of it; 'other' for all
                        but this one; may be repeated
      --all             everything
  -n, --dry-run         only say what would be removed
      --json            print the answer as JSON (docs/commands.md)
  -h, --help            show this

Everything can be removed at any time, also while apps run: the next start is native and makes it anew. Ends
with 0, 1 if something that was chosen is still there, 2 if it was called wrongly.
`;

/** @param {string[]} words */
function main(words) {
  const options = /** @type {const} */ ({
    app: { type: 'string', multiple: true },
    runtime: { type: 'string', multiple: true },
    all: { type: 'boolean', default: false },
    'dry-run': { type: 'boolean', short: 'n', default: false },
  });
  return runCommand({ name: 'clean', help: HELP, options, run: clean }, words);
}

/**
 * @param {{ json: boolean, app?: string[], runtime?: string[], all: boolean, 'dry-run': boolean }} options
 * @param {string[]} words
 */
function clean({ json, app, runtime, all, 'dry-run': isRehearsal }, words) {
  if (words.length > 0) throw new Misuse(`unexpected '${words[0]}'; an app is named by --app`);
  const chosen = [app, runtime, all || undefined].filter((one) => one !== undefined);
  if (chosen.length !== 1)
    throw new Misuse('choose one of --app <entry>, --runtime <name> and --all');
  const root = directory();
  const cache = openCache();
  const choice = all
    ? {}
    : app
      ? appsAt(root, app)
      : { runtimes: runtimesNamed(cache, runtime ?? []) };
  const found = answerOf(cache, cache.clean(choice, isRehearsal));
  if (json) printJSON({ directory: root, isRehearsal, ...found });
  else printLines(linesOf(root, isRehearsal, found));
  return found.left.length > 0 || found.passedOver.length > 0 ? EXIT.found : EXIT.fine;
}

/**
 * @param {string} root
 * @param {string[]} entries
 */
function appsAt(root, entries) {
  const { storedApps } = require('../runtime/addon.js');
  const apps = entries.flatMap((entry) => JSON.parse(storedApps(root, path.resolve(entry))));
  return { apps: apps.flatMap(({ runtime, key }) => [runtime, key]) };
}

/**
 * The folders that are meant.
 *
 * @param {import('./store.js').ModuleCache} cache
 * @param {string[]} names
 */
function runtimesNamed(cache, names) {
  const { runtimes } = answerOf(cache, cache.sizes());
  const { runtimeFolder } = require('../runtime/addon.js');
  const { runtime, build } = runtimeIdentity();
  const own = runtimeFolder(runtime, build);
  return Object.keys(runtimes).filter((folder) =>
    names.some((name) =>
      name === 'other' ? isRuntime(folder) && folder !== own : isNamed(folder, name),
    ),
  );
}

/**
 * A whole name, or whole parts of its beginning: `node-2` is not Node 22.
 *
 * @param {string} folder
 * @param {string} name
 */
function isNamed(folder, name) {
  return folder === name || (folder.startsWith(name) && /^[-.]/.test(folder.slice(name.length)));
}

/** @param {string} folder */
function isRuntime(folder) {
  return runtimeName(folder) !== folder;
}

/**
 * @param {string} root
 * @param {boolean} isRehearsal
 * @param {{ removed: { files: number, bytes: number }, kinds: Record<string, { files: number, bytes: number }>, left: { path: string, reason: string }[], passedOver: string[] }} found
 */
function linesOf(root, isRehearsal, { removed, kinds, left, passedOver }) {
  const would = isRehearsal ? 'would be removed' : 'removed';
  const lines = [
    `${safe(root)}: ${plural(removed.files, 'file')}, ${size(removed.bytes)} ${would}`,
  ];
  lines.push(...indented(kindRows(kinds)));
  for (const { path: file, reason } of left) {
    lines.push(styled('yellow', `  left: ${shown(file)} ${safe(reason)}`));
  }
  for (const reason of passedOver) lines.push(styled('yellow', `  passed over: ${safe(reason)}`));
  return lines;
}

module.exports = { main };
