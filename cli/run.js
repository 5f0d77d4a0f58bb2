'use strict';
// `bmes run app.mjs args`: what `node app.mjs args` does, from the cache.
//
// The process becomes the app: arguments and main module are what they would be, and Node's own
// main starts it. Flags of Node's can only be given at the start, so with one of these the process
// replaces itself once. In Bun it always does, with the app: Bun's loader starts a second main module
// differently from the first.

const { existsSync } = require('node:fs');
const Module = require('node:module');
const path = require('node:path');

const { WITH_VALUE, isFlagOfNode } = require('./node-flags.js');

const USAGE = 'Usage: bmes run [options] [Node flags] [--] <entry> [args...]\n';
const HELP = `${USAGE}
Does what 'node <entry> [args...]' does, from the cache. The first run is native and teaches the cache, the
second comes from it, the third has bytecode too.

Options:
  --pack <file>                  a pack to use where the cache has none that holds
  --transform-types              transform TypeScript and JSX by esbuild, which must be installed, instead of
                                 only stripping types: enums, decorators, .tsx, paths of a tsconfig.json.
                                 Not what Node does by itself; see docs/typescript.md in the package
  --experimental-esm-bytecode    asks for bytecode, which is the default
  -h, --help                     show this

Flags of Node's stand before the entry as well: bmes run --conditions=x app.mjs

Environment:
  BMES_CACHE_DIR, BMES_MAX_SIZE, BMES_READONLY, BMES_SHARED, BMES_PACK, BMES_TRANSFORM_TYPES, BMES_DISABLE,
  BMES_DEBUG; see docs/guide.md in the package
`;
const USAGE_ERROR = 2;

/** @param {string[]} words what follows `run` */
function main(words) {
  let pack = '';
  let transformTypes = false;
  /** @type {string[]} */
  const flags = [];
  let at = 0;
  for (; words[at]?.startsWith('-'); at++) {
    const [name, inline] = words[at].split(/=(.*)/s);
    if (name === '--') {
      at++;
      break;
    }
    if (name === '-h' || name === '--help') {
      process.stdout.write(HELP);
      return;
    }
    if (name === '--pack') {
      pack = inline ?? words[++at] ?? '';
      if (pack === '') return misuse('--pack needs the name of a file');
    } else if (words[at] === '--transform-types') {
      transformTypes = true;
    } else if (isFlagOfNode(name)) {
      flags.push(words[at]);
      if (inline === undefined && WITH_VALUE.has(name)) flags.push(words[++at] ?? '');
    } else if (words[at] !== '--experimental-esm-bytecode') {
      // That one asks for what is done anyway: bytecode.
      return misuse(`unknown option '${words[at]}'`);
    }
  }
  const app = words.slice(at);
  if (app.length === 0) return misuse('no entry given');
  if (pack && !existsSync(pack)) {
    process.stderr.write(`bmes run: there is no pack ${pack}; the app runs without it\n`);
  }
  if (process.versions.bun) return becomeBun([...flags, ...app], flags.length);
  if (flags.length > 0) {
    const self = [path.join(__dirname, 'bmes.js'), 'run', ...(pack ? ['--pack', pack] : [])];
    if (transformTypes) self.push('--transform-types');
    return replaceProcess([...process.execArgv, ...flags, ...self, '--', ...app]);
  }
  return become(app, { pack: pack || undefined, transformTypes });
}

/**
 * Makes this process the app's.
 *
 * @param {string[]} words the entry and its arguments
 * @param {{ pack: string | undefined, transformTypes: boolean }} how
 */
function become([entry, ...args], how) {
  process.argv.splice(1, Infinity, path.resolve(entry), ...args);
  process.mainModule = undefined;
  require('../runtime/internal.js').loadLaunch().register(how);
  /** @type {any} */ (Module).runMain();
}

/**
 * `bun app.mjs`. A bare word is a command or a script of a `package.json` to Bun, but a file to us.
 *
 * @param {string[]} words flags, the entry and its arguments
 * @param {number} entryAt
 */
function becomeBun(words, entryAt) {
  require('../runtime/internal.js').loadLaunch().register();
  const [entry = ''] = words.splice(entryAt, 1);
  const isBareWord = !/[./\\]/.test(entry);
  words.splice(entryAt, 0, isBareWord ? `./${entry}` : entry);
  replaceProcess([...process.execArgv, ...words]);
}

/**
 * This runtime with other words. Replacing the process keeps its id, its streams and its signals;
 * where that cannot be done, a child gets the streams, and every signal is passed on.
 *
 * @param {string[]} argv what follows the runtime's own name
 */
function replaceProcess(argv) {
  const { execve } = /** @type {any} */ (process);
  if (execve && process.platform !== 'win32') {
    try {
      execve.call(process, process.execPath, [process.argv0, ...argv], process.env);
    } catch {
      // Not allowed here (a worker, a policy): a child does as well.
    }
  }
  require('./child.js').runChild(argv);
}

/** @param {string} problem */
function misuse(problem) {
  process.stderr.write(`bmes run: ${problem}\n${USAGE}`);
  process.exitCode = USAGE_ERROR;
}

module.exports = { main };
