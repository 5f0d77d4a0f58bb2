'use strict';
// Compiles apps, each in a child of the runtime that will run it. `bmes compile`, `prewarm()` and the plugins of
// bundlers are faces of this.

const { spawn } = require('node:child_process');
const { rmSync } = require('node:fs');
const path = require('node:path');

const { flagsOf } = require('../runtime/flags.js');

/**
 * What to compile.
 *
 * @typedef {object} Job
 * @property {string} entry
 * @property {string[]} include patterns of files that are imported by names nobody can read
 * @property {Output} [output] a file of its own instead of the store
 * @property {boolean} isDynamic whether literal `import()`s are followed
 * @property {string} [watched] a cache with what a run of it has taught
 */

/**
 * A pack that serves any place.
 *
 * @typedef {object} Output
 * @property {string} file absolute
 * @property {string} [root] what it is relative to; the nearest folder that holds all of it if left out
 * @property {boolean} leavesOutside what lies outside is left to the runtime
 * @property {boolean} isFrozen nothing but the entry is compared with the disk
 */

/**
 * One pack that was written.
 *
 * @typedef {object} Pack
 * @property {string} entry the URL of the ES module where its graph begins
 * @property {number} modules
 * @property {number} esModules
 * @property {number} sourceBytes
 * @property {number} metadataBytes
 * @property {number} bytecodeBytes
 * @property {number} packBytes
 * @property {string} hooksOnly why the linker must not run it; empty if it may
 * @property {{ url: string, reason: string }[]} left to the runtime
 * @property {string[]} [seen] URLs of ES modules that only a run has shown
 */

/**
 * @typedef {object} How
 * @property {string} node the runtime
 * @property {string[]} nodeFlags its flags
 * @property {NodeJS.ProcessEnv} env
 * @property {AbortSignal} [signal]
 * @property {(done: number, known: number) => void} [onProgress]
 */

/**
 * What somebody asks for.
 *
 * @typedef {object} Request
 * @property {string} node the runtime
 * @property {NodeJS.ProcessEnv} env
 * @property {readonly string[]} [conditions] of imports
 * @property {boolean} [preserveSymlinks]
 * @property {boolean} [preserveSymlinksMain]
 * @property {readonly string[]} [include]
 * @property {boolean} [isDynamic] true if left out
 * @property {Output} [output] for one entry only
 * @property {{ args: readonly string[], stdout: 'inherit' | 2 }} [check] run it once, watched, and take in what it loads
 * @property {AbortSignal} [signal]
 * @property {(entry: string, done: number, known: number) => void} [onProgress]
 * @property {(result: Result) => void} [onResult] as soon as one is there
 */

/**
 * What came of one entry.
 *
 * @typedef {object} Result
 * @property {string} entry as it was given
 * @property {string} [runtime]
 * @property {Pack[]} [packs]
 * @property {{ code: string, message: string }} [error]
 * @property {{ exitCode: number | null, signal: string | null }} [check] how its run has ended
 * @property {number} milliseconds
 */

/**
 * What came of all of them.
 *
 * @typedef {object} Summary
 * @property {number} schema
 * @property {boolean} ok
 * @property {Result[]} results
 */

/** @typedef {{ runtime: string, packs: Pack[] } | { failure: { code: string, message: string } }} Outcome */

/** Of the summary. It goes up when something that was there changes or goes away. */
const SCHEMA = 1;

/** The code of a check whose run has taught nothing. */
const NOT_LEARNT = 'BMES_NOT_LEARNT';

const CHILD = path.join(__dirname, 'compile-child.js');

/**
 * Compiles apps one after the other, each whatever came of those before.
 *
 * @param {readonly string[]} entries
 * @param {Request} request
 * @returns {Promise<Summary>}
 * @throws what `signal` gives as its reason
 */
async function compileAll(entries, request) {
  const { node, env, signal, onProgress, onResult, output } = request;
  const nodeFlags = [
    ...(request.conditions ?? []).map((name) => `--conditions=${name}`),
    ...(request.preserveSymlinks ? ['--preserve-symlinks'] : []),
    ...(request.preserveSymlinksMain ? ['--preserve-symlinks-main'] : []),
  ];
  /** @type {Result[]} */
  const results = [];
  for (const entry of entries) {
    signal?.throwIfAborted();
    const started = performance.now();
    const run = request.check && (await runOnce(entry, request.check, { node, nodeFlags, env }));
    const outcome = await compile(
      {
        entry,
        include: [...(request.include ?? [])],
        isDynamic: request.isDynamic ?? true,
        ...(output ? { output } : {}),
        ...(run ? { watched: run.directory } : {}),
      },
      {
        node,
        nodeFlags,
        env,
        ...(signal ? { signal } : {}),
        ...(onProgress ? { onProgress: (done, known) => onProgress(entry, done, known) } : {}),
      },
    ).finally(() => run?.remove());
    if (run?.problem && 'failure' in outcome && outcome.failure.code === NOT_LEARNT) {
      const [, code = NOT_LEARNT, why] = /^(?:(BMES_[A-Z_]+) )?(.*)$/s.exec(run.problem) ?? [];
      outcome.failure = { code, message: `nothing was learnt from its run: ${why}` };
    }
    const milliseconds = Math.round(performance.now() - started);
    const check = run && { exitCode: run.exitCode, signal: run.signal };
    const result = {
      entry,
      ...('failure' in outcome ? { error: outcome.failure } : outcome),
      ...(check ? { check } : {}),
      milliseconds,
    };
    results.push(result);
    onResult?.(result);
  }
  return { schema: SCHEMA, ok: results.every((result) => !result.error), results };
}

/**
 * @param {string} entry
 * @param {NonNullable<Request['check']>} check
 * @param {{ node: string, nodeFlags: string[], env: NodeJS.ProcessEnv }} how
 */
function runOnce(entry, { args, stdout }, how) {
  return require('./watched-run.js').watchedRun([entry, ...args], { ...how, stdout });
}

/**
 * @param {Job} job
 * @param {How} how
 * @returns {Promise<Outcome>}
 */
function compile(job, { node, nodeFlags, env, signal, onProgress }) {
  // Before they run: a preload is somebody's code, and such an app is not ours to start.
  const { preloads, standAside } = flagsOf(nodeFlags, env.NODE_OPTIONS ?? '');
  if (preloads.length > 0) {
    const message = `${preloads[0]} is preloaded`;
    return Promise.resolve({ failure: { code: 'BMES_FOREIGN_PRELOAD', message } });
  }
  if (standAside) {
    const { code, detail: message } = standAside;
    return Promise.resolve({ failure: { code, message } });
  }
  return new Promise((resolve, reject) => {
    /** @type {Outcome | undefined} */
    let outcome;
    let output = '';
    /** @param {string} message */
    const fail = (message) => {
      outcome ??= { failure: { code: 'BMES_COMPILE_FAILED', message } };
    };
    const child = spawn(node, [...nodeFlags, '--no-warnings', CHILD], {
      // A preload of ours in NODE_OPTIONS is to do nothing here.
      env: { ...env, BMES_DISABLE: '1' },
      stdio: ['ignore', 'pipe', 'pipe', 'ipc'],
    });
    const stop = () => child.kill();
    signal?.addEventListener('abort', stop);
    /** @type {{ error: unknown } | undefined} what a listener of the caller's has thrown */
    let thrown;
    const end = () => {
      signal?.removeEventListener('abort', stop);
      if (!thrown && !signal?.aborted) return resolve(/** @type {Outcome} */ (outcome));
      removeUnfinished(job, child.pid);
      reject(thrown ? thrown.error : signal?.reason);
    };
    for (const stream of [child.stdout, child.stderr]) {
      stream?.setEncoding('utf8').on('data', (text) => (output = (output + text).slice(-4096)));
    }
    child.on('message', (/** @type {any} */ message) => {
      if (!message.progress) return void (outcome ??= message);
      try {
        onProgress?.(message.progress.done, message.progress.known);
      } catch (error) {
        thrown ??= { error };
        stop();
      }
    });
    child.on('error', (error) => {
      fail(`cannot start ${node}: ${error.message}`);
      end();
    });
    child.on('close', (code, killedBy) => {
      fail(`${node} ended with ${killedBy ?? code}\n${output}`.trimEnd());
      end();
    });
    // Bun and Deno give a child that was not started no such function.
    child.send?.(job, (error) => {
      if (error) fail(error.message);
    });
  });
}

/** The Node that runs this; Bun and Deno start apps by themselves, so what is on the `PATH` is meant. */
function ownNode() {
  const { bun, deno } = process.versions;
  return bun || deno ? 'node' : process.execPath;
}

/**
 * What a child that was ended while it wrote has left beside the file. In the store the next sweep does that.
 *
 * @param {Job} job
 * @param {number | undefined} pid
 */
function removeUnfinished({ output }, pid) {
  if (!output) return;
  const { dir, base } = path.parse(output.file);
  rmSync(path.join(dir, `.${base}.${pid}.tmp`), { force: true });
}

module.exports = { compile, compileAll, ownNode };
