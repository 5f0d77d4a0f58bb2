'use strict';
// `bmes inspect <file>`: what a file of the cache holds, what a source is to the cache, or which pack an entry
// starts from.

const fs = require('node:fs');
const path = require('node:path');

const {
  EXIT,
  Failure,
  Misuse,
  count,
  plural,
  printJSON,
  printLines,
  runCommand,
  safe,
  shown,
  size,
  styled,
  table,
} = require('./common.js');

const HELP = `Usage: bmes inspect [options] <file>

Shows what a file holds: a record, an entry of the cache, a pack of either kind, a note about linking (what the
self-test has said of a runtime, an app's mark), or the source of a module.
Files may be damaged, cut or of another release: what can be read is shown, and what is wrong is named.

  bmes inspect ~/.bun-cache/esm/v1/*/5be1*.pack
  bmes inspect --json app.bmes | jq '.modules[] | select(.bytecodeBytes == 0) | .url'
  bmes inspect src/util.mjs          imports and exports, as they go into its record
  bmes inspect --pack src/main.mjs   the packs that begin at this entry, of all runtimes and options

Options:
      --pack     the file is an entry: show what the cache has of it
      --guards   list what a pack rests on
      --edges    list where a pack's specifiers lead
      --json     print the answer as JSON (docs/commands.md); it has all of it
  -h, --help     show this

Ends with 0, 1 if the file is damaged or there is nothing to be shown, 2 if it was called wrongly.
`;

/** No file of the cache is longer, and none of a project's sources. */
const MAX_BYTES = 1024 ** 3;

/** @param {string[]} words */
function main(words) {
  const options = /** @type {const} */ ({
    pack: { type: 'boolean', default: false },
    guards: { type: 'boolean', default: false },
    edges: { type: 'boolean', default: false },
  });
  return runCommand({ name: 'inspect', help: HELP, options, run: inspectFile }, words);
}

/**
 * @typedef {object} Options
 * @property {boolean} json
 * @property {boolean} pack
 * @property {boolean} guards
 * @property {boolean} edges
 */

/**
 * @param {Options} options
 * @param {string[]} words
 */
function inspectFile(options, words) {
  const [file] = words;
  if (file === undefined) throw new Misuse('no file given');
  if (words.length > 1) throw new Misuse(`one file at a time; unexpected '${words[1]}'`);
  const found = options.pack ? packsOf(file) : inspected(read(file), file);
  const faults = faultsOf(found);
  if (options.json) printJSON({ file: path.resolve(file), ...found });
  else printLines(linesOf(file, found, options));
  return faults.length > 0 ? EXIT.found : EXIT.fine;
}

/** @param {string} file */
function read(file) {
  try {
    const stat = fs.statSync(file);
    if (!stat.isFile()) throw new Failure('BMES_INSPECT', `${file} is no regular file`);
    if (stat.size > MAX_BYTES) {
      throw new Failure('BMES_INSPECT', `${file} is longer than any file of the cache`);
    }
    return fs.readFileSync(file);
  } catch (error) {
    if (error instanceof Failure) throw error;
    throw new Failure('BMES_STORE_IO', /** @type {Error} */ (error).message);
  }
}

/**
 * @param {Buffer} bytes
 * @param {string} file
 */
function inspected(bytes, file) {
  const { inspect } = require('../runtime/addon.js');
  const found = inspect(bytes);
  if (found !== null) return JSON.parse(found);
  if (!isText(bytes)) {
    throw new Failure('BMES_INSPECT', `${file} is neither a file of the cache nor text`);
  }
  return source(bytes.toString('utf8'), file);
}

/** @param {Buffer} bytes */
function isText(bytes) {
  return require('node:buffer').isUtf8(bytes) && !bytes.includes(0);
}

/**
 * @param {string} text
 * @param {string} file
 */
function source(text, file) {
  const { analyzeModule } = require('../index.js');
  const { pathToFileURL } = require('node:url');
  const url = pathToFileURL(path.resolve(file)).href;
  const facts = { kind: 'source', bytes: Buffer.byteLength(text), packs: packFilesOf(file) };
  try {
    return { ...facts, metadata: analyzeModule(text, url) };
  } catch (error) {
    const { code, message } = /** @type {Error & { code: string }} */ (error);
    return { ...facts, fault: { code, message } };
  }
}

/**
 * The packs that begin at a file. Where there is no cache there are none.
 *
 * @param {string} file
 * @returns {string[]}
 */
function packFilesOf(file) {
  try {
    return appsOf(file).flatMap(({ pack }) => pack?.file ?? []);
  } catch {
    return [];
  }
}

/**
 * @param {string} entry
 * @returns {any[]}
 */
function appsOf(entry) {
  const { storedApps } = require('../runtime/addon.js');
  const { directory } = require('./store.js');
  return JSON.parse(storedApps(directory(), path.resolve(entry)));
}

/** @param {string} entry */
function packsOf(entry) {
  const apps = appsOf(entry);
  if (apps.length === 0) {
    throw new Failure(
      'BMES_STORE_MISSING',
      `the cache has nothing of ${entry}; try 'bmes why ${entry}'`,
    );
  }
  for (const app of apps) app.contents = app.pack && inspected(read(app.pack.file), app.pack.file);
  return { kind: 'app', apps };
}

/**
 * @param {any} found
 * @returns {{ code: string, message: string, offset?: number }[]}
 */
function faultsOf({ fault, record, pack, apps }) {
  return [
    fault,
    ...(record ? faultsOf(record) : []),
    ...(pack ? faultsOf(pack) : []),
    ...(apps ?? []).flatMap((/** @type {any} */ one) =>
      one.contents ? faultsOf(one.contents) : [],
    ),
  ].filter(Boolean);
}

/**
 * @param {string} name
 * @param {any} found
 * @param {Options} options
 * @returns {string[]}
 */
function linesOf(name, found, options) {
  const lines = [];
  switch (found.kind) {
    case 'record':
      lines.push(`${safe(name)}: a record of format ${found.formatVersion}, ${size(found.bytes)}`);
      lines.push(...recordLines(found));
      break;
    case 'app':
      return found.apps.flatMap((/** @type {any} */ app) => appLines(app, options));
    case 'entry':
      lines.push(
        `${safe(name)}: an entry of the cache, ${size(found.bytes)}: ${what(found.holds)}`,
      );
      lines.push(`  runtime ${found.runtime}`, `  key     ${found.key}`);
      if (found.record) lines.push(...recordLines(found.record));
      break;
    case 'pack':
      lines.push(`${safe(name)}: a pack of format ${found.formatVersion}, ${size(found.bytes)}`);
      lines.push(...packLines(found, options));
      break;
    case 'portablePack':
      lines.push(`${safe(name)}: a portable pack, ${size(found.bytes)}`);
      if (found.label) lines.push(...labelLines(found.label));
      if (found.pack) lines.push(...packLines(found.pack, options));
      break;
    case 'note':
      lines.push(`${safe(name)}: a note about linking, ${size(found.bytes)}`);
      lines.push(...noteLines(found));
      break;
    default:
      lines.push(`${safe(name)}: the source of a module, ${size(found.bytes)}`);
      if (found.metadata) lines.push(...metadataLines(found.metadata));
      if (found.packs.length > 0) {
        lines.push(
          `  where ${plural(found.packs.length, 'pack')} of the cache ${found.packs.length === 1 ? 'begins' : 'begin'} (--pack)`,
        );
      }
  }
  for (const { code, message, offset } of faultsOf(found)) {
    const at = offset === undefined ? '' : ` (byte ${offset})`;
    const rows = message
      .split('\n')
      .map((line, row) => (row === 0 ? safe(line) : `    ${safe(line)}`));
    lines.push(styled('red', `  ${code} ${rows.join('\n')}${at}`));
  }
  return lines;
}

/** @param {any} note */
function noteLines({ runtime, outcome, tries, detail }) {
  const lines = runtime === null ? [] : [`  runtime ${runtime}`];
  if (outcome === null) return lines;
  const began = outcome === 'begun' ? `, ${plural(tries, 'time')} in a row without an end` : '';
  lines.push(`  it has ${outcome}${began}`);
  if (detail) lines.push(`  ${safe(detail)}`);
  return lines;
}

/** @param {string} holds */
function what(holds) {
  return (
    { record: 'a record', transcript: 'what a run has seen' }[holds] ??
    'of a kind that is not known'
  );
}

/** @param {any} record */
function recordLines({ metadataBytes, bytecodeBytes, metadata }) {
  return [
    `  metadata ${size(metadataBytes)}, bytecode ${size(bytecodeBytes)}`,
    ...(metadata ? metadataLines(metadata) : []),
  ];
}

/** @param {import('../index.d.ts').ModuleMetadata} metadata */
function metadataLines({ requestedModules, importEntries, exportEntries, starExports }) {
  /** @type {string[][]} */
  const rows = [];
  for (const { specifier, attributes } of requestedModules) {
    const clause = attributes ? ` with ${JSON.stringify(attributes)}` : '';
    rows.push(['request', `${specifier}${clause}`]);
  }
  for (const { moduleRequest, importName, localName } of importEntries) {
    rows.push(['import', `${importName} of ${moduleRequest} as ${localName}`]);
  }
  for (const { exportName, moduleName, importName, localName } of exportEntries) {
    const from = moduleName ? `${importName ?? '*'} of ${moduleName}` : localName;
    rows.push(['export', from === exportName ? exportName : `${exportName}: ${from}`]);
  }
  for (const specifier of starExports) rows.push(['export', `* of ${specifier}`]);
  return indented(rows);
}

/** @param {any} label */
function labelLines({ runtime, build, entry, settings, is_frozen: isFrozen }) {
  return [
    `  made for ${safe(runtime)} (${safe(build)})`,
    `  entry ${safe(entry)}${isFrozen ? ', frozen: only it is compared with the disk' : ''}`,
    ...settings.map((/** @type {string} */ setting) => `  setting ${safe(setting)}`),
  ];
}

/**
 * @param {any} app
 * @param {Options} options
 */
function appLines({ runtime, key, pack, contents, learning }, options) {
  if (!pack)
    return [`${runtime}: no pack yet; what a run saw is ${learning?.state}`, `  key ${key}`];
  return [`${shown(pack.file)}: a pack of ${runtime}`, ...packLines(contents, options)];
}

/**
 * @param {any} pack
 * @param {Options} options
 */
function packLines(
  { runtime, app, roots, conditions, hooksOnly, sections, modules, guards },
  options,
) {
  const lines = [`  runtime ${runtime}`, `  app     ${app}`];
  if (!modules) return lines;
  lines.push(...roots.map((/** @type {string} */ url) => `  root    ${shown(url)}`));
  lines.push(`  conditions ${safe(conditions.join(', '))}`);
  if (hooksOnly) lines.push(`  on hooks: ${safe(hooksOnly)}`);
  const parts = sections.map((/** @type {any} */ part) => [
    part.name,
    part.rows === null ? '' : plural(part.rows, 'row'),
    size(part.bytes),
    `at ${count(part.offset)}`,
  ]);
  lines.push('', ...indented(parts), '');
  lines.push(
    ...indented([
      ['format', 'text', 'metadata', 'bytecode', 'edges', 'module'],
      ...modules.map(moduleRow),
    ]),
  );
  if (options.edges) lines.push('', ...edgeLines(modules));
  if (options.guards) lines.push('', ...indented(guards.map(guardRow)));
  else lines.push('', `  ${plural(guards.length, 'guard')} (--guards lists them)`);
  return lines;
}

/** @param {any} module */
function moduleRow({
  format,
  sourceBytes,
  metadataBytes,
  bytecodeBytes,
  edges,
  url,
  traits,
  leftToRuntime,
}) {
  const notes = [...traits, leftToRuntime && `left to the runtime: ${leftToRuntime}`].filter(
    Boolean,
  );
  const name = `${shown(url)}${notes.length > 0 ? ` (${safe(notes.join(', '))})` : ''}`;
  return [
    format,
    size(sourceBytes),
    size(metadataBytes),
    size(bytecodeBytes),
    `${edges.length}`,
    name,
  ];
}

/** @param {any[]} modules */
function edgeLines(modules) {
  return modules.flatMap(({ url, edges }) => [
    `  ${shown(url)}`,
    ...edges.map((/** @type {any} */ { kind, specifier, attributes, target }) => {
      const clause = attributes ? ` (${attributes} attributes)` : '';
      const to = target === null ? 'for the runtime to say' : shown(modules[target].url);
      return `    ${kind} ${safe(specifier)}${clause} -> ${to}`;
    }),
  ]);
}

/** @param {any} guard */
function guardRow({ path: where, found }) {
  const words = {
    file: () => `SHA-256 ${found.sha256.slice(0, 16)}, ${plural(found.size, 'byte')}`,
    directory: () => `inode ${found.inode}`,
    symlink: () => `to ${safe(found.target)}`,
    absent: () => '',
  };
  const word = words[/** @type {keyof typeof words} */ (found.kind)]?.() ?? '';
  return [found.kind, shown(where), word + (found.isYoung ? ', young' : '')];
}

/** @param {string[][]} rows */
function indented(rows) {
  return table(rows.map((row) => row.map(safe))).map((line) => `  ${line}`);
}

module.exports = { main };
