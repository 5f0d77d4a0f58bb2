'use strict';
// Runs the program: natively and from the cache, each with the clock only and with all instruments. The
// cache is one of its own in a temporary folder, made for this program, so that nothing is older than the
// program and nothing stays behind.

const { spawn } = require('node:child_process');
const fs = require('node:fs');
const os = require('node:os');
const path = require('node:path');

const { compile } = require('../learn/compile.js');
const { defaultDirectory } = require('../runtime/environment.js');

/** @typedef {import('./observe.js').Observation} Observation */

/**
 * @typedef {object} Program
 * @property {string} node the runtime
 * @property {string} entry
 * @property {string[]} args its own
 * @property {number} runs how often each is run
 * @property {number} wait for how many milliseconds it must be idle to be done
 * @property {number} timeout milliseconds after which a run is given up
 * @property {(what: string) => void} onProgress
 */

/**
 * The runs of one way to start it.
 *
 * @typedef {object} Measured
 * @property {number[]} starts of the runs with the clock only, in milliseconds
 * @property {Observation} clock the shortest of them
 * @property {Observation} full the shortest of those with all instruments
 * @property {string} stage what the runs were, in words of `BMES_DEBUG`; empty if the cache had no part
 * @property {string[]} reasons why the cache stood aside, if it did
 */

const OBSERVER = path.join(__dirname, 'observe.js');
const REGISTER = path.join(__dirname, '..', 'runtime', 'register.js');

/** The loader's own methods can be reached by it; it changes nothing of what a program does. */
const FLAG = '--expose-internals';

/**
 * V8 compiles without positions and finds them when a profiler asks, by parsing again. Code that comes from
 * the cache would be parsed then, which is what the cache is there to save: so the code that is profiled
 * has its positions. That needs a pack of its own, since code is for the flags it was compiled with.
 */
const PROFILED = '--no-enable-lazy-source-positions';

/** Samples of a start. More of them tell more of small modules, and each takes a while. */
const SAMPLES = 1500;

/** Between samples, in microseconds. */
const SHORTEST_INTERVAL = 100;
const LONGEST_INTERVAL = 1000;

/** By how much all instruments may slow a program down that does not end by itself. */
const SLOWEST = 3;

/** Runs until a cache has all it can have: native, linked, warm. */
const MOST_WARM_UPS = 3;

/** A program that cannot be measured. */
class MeasureError extends Error {
  /**
   * @param {string} code
   * @param {string} message
   */
  constructor(code, message) {
    super(message);
    this.code = code;
  }
}

/**
 * @param {Program} program
 * @returns {Promise<{ native: Measured, cached: Measured }>}
 */
async function measure(program) {
  const folder = fs.realpathSync(fs.mkdtempSync(path.join(os.tmpdir(), 'bmes-report-')));
  try {
    const runner = new Runner(program, folder);
    program.onProgress('native start');
    const first = await runner.run('clock', false);
    runner.expect(first);
    program.onProgress('making its cache');
    copyVerdicts(defaultDirectory(), runner.cache);
    await runner.fillCache('full');
    await runner.fillCache('clock');
    /** @type {Record<'native' | 'cached', { clock: Observation[], full: Observation[] }>} */
    const seen = { native: { clock: [first], full: [] }, cached: { clock: [], full: [] } };
    // Turn by turn: whatever else the machine does meets both.
    for (let turn = 0; turn < program.runs; turn++) {
      for (const way of /** @type {const} */ (['native', 'cached'])) {
        for (const mode of /** @type {const} */ (['clock', 'full'])) {
          program.onProgress(`run ${turn + 1} of ${program.runs}`);
          seen[way][mode].push(await runner.run(mode, way === 'cached'));
        }
      }
    }
    return {
      native: { ...shortestOf(seen.native), stage: '', reasons: [] },
      cached: { ...shortestOf(seen.cached), ...runner.fromCache },
    };
  } finally {
    fs.rmSync(folder, { recursive: true, force: true, maxRetries: 3 });
  }
}

/**
 * What disturbs a start only ever makes it longer, so the shortest is the truest.
 *
 * @param {{ clock: Observation[], full: Observation[] }} seen
 */
function shortestOf({ clock, full }) {
  return {
    starts: clock.map(startOf),
    clock: shortest(clock),
    full: shortest(full),
  };
}

/** @param {Observation[]} list */
function shortest(list) {
  return list.reduce((least, one) => (startOf(one) < startOf(least) ? one : least));
}

/**
 * From the beginning of the process to its last module, without the observer's own preparations.
 *
 * @param {Observation} seen
 */
function startOf({ began, ready, started }) {
  return began + started - ready;
}

class Runner {
  #program;
  #folder;
  #count = 0;
  #interval = LONGEST_INTERVAL;
  /** @type {number | null} */
  #idleAfter = null;
  /** The cache that is made for the program. */
  cache;
  fromCache = { stage: '', reasons: /** @type {string[]} */ ([]) };

  /**
   * @param {Program} program
   * @param {string} folder
   */
  constructor(program, folder) {
    this.#program = program;
    this.#folder = folder;
    this.cache = path.join(folder, 'cache');
  }

  /**
   * What the first run tells of those with all instruments.
   *
   * @param {Observation} first
   */
  expect(first) {
    const interval = Math.round((startOf(first) * 1000) / SAMPLES);
    this.#idleAfter = first.isWaiting ? first.ended * SLOWEST : null;
    this.#interval = Math.min(Math.max(interval, SHORTEST_INTERVAL), LONGEST_INTERVAL);
  }

  /** @param {'clock' | 'full'} mode */
  async fillCache(mode) {
    const { node, entry } = this.#program;
    // Where this fails, the runs below teach the cache.
    const job = { entry, include: [], isDynamic: true };
    await compile(job, { node, nodeFlags: flagsOf(mode, true), env: this.#environment(true) });
    for (let count = 0; count < MOST_WARM_UPS; count++) {
      await this.run(mode, true, { BMES_DEBUG: '1' });
      if (this.fromCache.stage.startsWith('warm')) return;
    }
  }

  /**
   * @param {boolean} isCached
   * @returns {NodeJS.ProcessEnv}
   */
  #environment(isCached) {
    const env = { ...process.env };
    if (!isCached) return { ...env, BMES_DISABLE: '1' };
    for (const name of ['BMES_DISABLE', 'BMES_READONLY', 'BMES_PACK']) delete env[name];
    // Learnt in the process itself: the next run is to have all of it.
    return { ...env, BMES_CACHE_DIR: this.cache, BMES_LEARN: 'exit' };
  }

  /**
   * @param {'clock' | 'full'} mode
   * @param {boolean} isCached
   * @param {NodeJS.ProcessEnv} [more]
   * @returns {Promise<Observation>}
   */
  async run(mode, isCached, more = {}) {
    const { node, entry, args, wait, timeout } = this.#program;
    const file = path.join(this.#folder, `${this.#count++}.json`);
    const order = {
      mode,
      file,
      wait,
      interval: this.#interval,
      idleAfter: this.#idleAfter,
      fromCache: isCached,
    };
    const preload = isCached ? REGISTER : OBSERVER;
    const child = spawn(
      node,
      [...flagsOf(mode, isCached), '--require', preload, path.resolve(entry), ...args],
      {
        env: { ...this.#environment(isCached), ...more, BMES_OBSERVE: JSON.stringify(order) },
        stdio: ['ignore', 'ignore', 'pipe'],
      },
    );
    const { ended, stderr } = await outcome(child, timeout);
    if (more.BMES_DEBUG) this.#readDebug(stderr);
    let seen;
    try {
      seen = JSON.parse(fs.readFileSync(file, 'utf8'));
    } catch {
      throw new MeasureError('BMES_REPORT_NO_DATA', `${entry} ${ended}\n${tail(stderr)}`.trimEnd());
    }
    fs.rmSync(file);
    return seen;
  }

  /** @param {string} stderr */
  #readDebug(stderr) {
    const lines = [...stderr.matchAll(/^bmes: (.*?) \+[\d.]+ms$/gm)].map(([, line]) => line ?? '');
    const stage = lines.findLast((line) => line.startsWith('stage ')) ?? '';
    this.fromCache = {
      stage: stage.replace(/^stage (\S+) mode (\S+).*$/, '$1 $2'),
      reasons: lines.filter((line) => line.startsWith('stand-aside ')),
    };
  }
}

/**
 * What is known of the runtime holds for a new cache as well: its self-test takes seconds.
 *
 * @param {string | undefined} from
 * @param {string} to
 */
function copyVerdicts(from, to) {
  try {
    const runtimes = path.join(from ?? '', 'v1');
    for (const name of fs.readdirSync(runtimes)) {
      const verdict = path.join(runtimes, name, 'self-test');
      if (!fs.existsSync(verdict)) continue;
      const folder = path.join(to, 'v1', name);
      fs.mkdirSync(folder, { recursive: true, mode: 0o700 });
      fs.writeFileSync(path.join(folder, 'self-test'), fs.readFileSync(verdict), { mode: 0o600 });
    }
  } catch {
    // There is none, or it cannot be read: the test is run again.
  }
}

/**
 * @param {'clock' | 'full'} mode
 * @param {boolean} isCached
 */
function flagsOf(mode, isCached) {
  return mode === 'full' && isCached ? [PROFILED, FLAG] : [FLAG];
}

/**
 * @param {import('node:child_process').ChildProcess} child
 * @param {number} timeout
 * @returns {Promise<{ ended: string, stderr: string }>}
 */
function outcome(child, timeout) {
  return new Promise((resolve, reject) => {
    let stderr = '';
    let isLate = false;
    child.stderr
      ?.setEncoding('utf8')
      .on('data', (text) => (stderr = (stderr + text).slice(-65536)));
    const timer = setTimeout(() => {
      isLate = true;
      child.kill('SIGKILL');
    }, timeout);
    child.on('error', (error) => {
      clearTimeout(timer);
      reject(new MeasureError('BMES_REPORT_NO_START', error.message));
    });
    // Its own children may keep the streams open.
    child.on('exit', (code, signal) => {
      clearTimeout(timer);
      child.stderr?.destroy();
      const how = signal ? `was ended by ${signal}` : `ended with ${code}`;
      const ended = isLate ? `did not come to rest within ${timeout} ms` : how;
      resolve({ ended: `${ended} and left no measurement`, stderr });
    });
  });
}

/** @param {string} stderr */
function tail(stderr) {
  return stderr
    .split('\n')
    .filter((line) => !line.startsWith('bmes: '))
    .slice(-12)
    .join('\n');
}

module.exports = { MeasureError, measure, startOf };
