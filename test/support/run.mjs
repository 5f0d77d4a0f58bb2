/**
 * Starts an app in a process of its own: natively, or from the cache as a user would.
 *
 * Children get an environment made from nothing, so that neither the test runner's variables nor those
 * of whoever runs the tests can change an answer.
 */

import { spawn } from 'node:child_process';
import fs from 'node:fs';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { allowLinking } from './self-test.mjs';

/** @typedef {'hooks' | 'linker'} Mode The two ways to run a pack; see docs/architecture.md. */

/**
 * @typedef {object} RunOptions
 * @property {string} cwd
 * @property {string} home
 * @property {string[]} [args] The app's own arguments.
 * @property {string[]} [nodeArgs] Flags for Node itself.
 * @property {Record<string, string>} [env] Added to the bare environment.
 * @property {string} [node] The binary; {@link testedNode} when left out.
 * @property {string | null} [stdin] What the app reads; nothing when left out. Null: it is for
 *   `onStdout` to write and to end.
 * @property {(child: import('node:child_process').ChildProcess, stdout: string) => void} [onStdout]
 *   Called with everything printed so far, whenever something is.
 * @property {(child: import('node:child_process').ChildProcess, stderr: string) => void} [onStderr]
 * @property {(child: import('node:child_process').ChildProcess) => void} [onStart]
 * @property {number} [user] User and group id to run as.
 * @property {boolean} [isUntested] The cache may say nothing of this build of the runtime yet.
 * @property {string[]} [through] A command that starts the binary: `['strace', '-f']`.
 */

/**
 * @typedef {object} CacheOptions
 * @property {Mode} mode
 * @property {string} cache
 * @property {boolean} [debug]
 * @property {boolean} [byEnvironment] Turned on by `NODE_OPTIONS` instead of flags.
 */

/**
 * @typedef {object} Run
 * @property {string} command The command line, for messages.
 * @property {string} stdout
 * @property {string} stderr
 * @property {number | null} exitCode
 * @property {NodeJS.Signals | null} signal
 */

export const modes = /** @type {const} */ (['hooks', 'linker']);

/** The Node whose answers are compared. */
export const testedNode = process.env.BMES_TEST_NODE || process.execPath;

/** The package that is tested: this checkout, or one that was made of it. */
export const packageRoot =
  process.env.BMES_TEST_PACKAGE || fileURLToPath(new URL('../../', import.meta.url));
export const registerPath = path.join(packageRoot, 'runtime', 'register.js');
export const cliPath = path.join(packageRoot, 'cli', 'bmes.js');

const TIMEOUT_MS = 60_000;

/**
 * @param {string} entry
 * @param {RunOptions} options
 */
export function runNative(entry, options) {
  return start([...(options.nodeArgs ?? []), entry, ...(options.args ?? [])], options);
}

/**
 * @param {string} entry
 * @param {RunOptions & CacheOptions} options
 */
export function runCached(entry, options) {
  const words = [...(options.nodeArgs ?? []), entry, ...(options.args ?? [])];
  const env = cacheEnvironment(options);
  if (!options.byEnvironment)
    return start([...enabling(), ...words], {
      ...options,
      env: { ...env, ...modeVariable(options.mode) },
    });
  return start(words, { ...options, env: { ...env, ...enablingEnvironment(options) } });
}

/** The flags that turn the cache on. */
export function enabling() {
  return ['--import', registerPath];
}

/**
 * Packs are linked unless hooks are asked for.
 *
 * @param {Mode} mode
 * @returns {Record<string, string>}
 */
export function modeVariable(mode) {
  return mode === 'hooks' ? { BMES_MODE: 'hooks' } : {};
}

/**
 * The same as variables, which children inherit.
 *
 * @param {{ mode: Mode, env?: Record<string, string> }} options
 */
export function enablingEnvironment({ mode, env = {} }) {
  const words = enabling().map((word) => (/\s/.test(word) ? JSON.stringify(word) : word));
  const NODE_OPTIONS = [env.NODE_OPTIONS ?? '', ...words].join(' ').trim();
  return { ...modeVariable(mode), NODE_OPTIONS };
}

/**
 * `bmes <words>`, the command line tool.
 *
 * @param {string[]} words
 * @param {RunOptions & { cache: string, debug?: boolean }} options
 */
export function runCli(words, options) {
  return start([...(options.nodeArgs ?? []), cliPath, ...words], {
    ...options,
    env: cacheEnvironment(options),
  });
}

/** @param {RunOptions & { cache: string, debug?: boolean }} options */
export function cacheEnvironment(options) {
  return {
    ...(options.cache ? { BMES_CACHE_DIR: options.cache } : {}),
    ...(options.debug ? { BMES_DEBUG: '1' } : {}),
    ...options.env,
  };
}

/**
 * @param {string[]} argv
 * @param {RunOptions} options
 * @returns {Promise<Run>}
 */
export function start(argv, options) {
  const binary = options.node ?? testedNode;
  if (!fs.existsSync(options.cwd)) throw new Error(`there is no folder ${options.cwd}`);
  const cache = options.env?.BMES_CACHE_DIR;
  if (cache && options.env?.BMES_MODE !== 'hooks' && !options.isUntested) {
    allowLinking(cache, binary, options.user);
  }
  return new Promise((resolve, reject) => {
    const words = [...(options.through ?? []), binary, ...argv];
    const child = spawn(/** @type {string} */ (words[0]), words.slice(1), {
      cwd: options.cwd,
      ...(options.user === undefined ? {} : { uid: options.user, gid: options.user }),
      env: {
        PATH: process.env.PATH,
        HOME: options.home,
        TZ: 'UTC',
        LANG: 'C.UTF-8',
        NO_COLOR: '1',
        // Each run then does what is asserted of it; those of test/learn/ say otherwise.
        BMES_LEARN: 'exit',
        ...options.env,
      },
      stdio: [options.stdin === undefined ? 'ignore' : 'pipe', 'pipe', 'pipe'],
      // A process group of its own, so that a run that hangs can be ended with all it started.
      detached: true,
    });
    options.onStart?.(child);
    const command = [path.basename(binary), ...argv].join(' ');
    let stdout = '';
    let stderr = '';
    let late = false;
    const timer = setTimeout(() => {
      late = true;
      killGroup(child);
    }, TIMEOUT_MS);
    // Both are pipes, as `stdio` above says.
    child.stdout?.setEncoding('utf8').on('data', (text) => {
      stdout += text;
      options.onStdout?.(child, stdout);
    });
    child.stderr?.setEncoding('utf8').on('data', (text) => {
      stderr += text;
      options.onStderr?.(child, stderr);
    });
    child.stdin?.on('error', () => {}); // An app may end without reading all of it.
    if (options.stdin !== null) child.stdin?.end(options.stdin);
    child.on('error', (error) => {
      clearTimeout(timer);
      reject(error);
    });
    child.on('close', (exitCode, signal) => {
      clearTimeout(timer);
      if (late) {
        reject(new Error(`still running after ${TIMEOUT_MS} ms: ${command}\n${stdout}\n${stderr}`));
      } else resolve({ command, stdout, stderr, exitCode, signal });
    });
  });
}

/** @param {import('node:child_process').ChildProcess} child */
function killGroup(child) {
  if (child.pid === undefined) return;
  try {
    process.kill(-child.pid, 'SIGKILL');
  } catch {
    // All of it has ended by itself meanwhile.
  }
}
