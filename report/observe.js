'use strict';
// Runs inside the program that is measured, before anything of it, and notes what the runtime's own loader
// does and when. `bmes report` starts it; without its variable it does nothing.
//
// What is noted comes from the loader's methods themselves: each is called as before, with two readings of
// the clock around it. Whose code ran in between is told by V8's profiler. Two modes: `clock` only takes the
// time at which the start is over, so that what `full` costs is known.

const VARIABLE = 'BMES_OBSERVE';

/** How often a program that does not end is looked at. */
const LOOK_MS = 100;

/** A program that waits is busy for less than this share of the time. */
const IDLE_SHARE = 0.05;

/** How long a program may take to end once it has been told to. */
const GRACE_MS = 2000;

/**
 * One thing that the loader did: what, from when to when, about which module, for whom.
 *
 * @typedef {[kind: Kind, start: number, end: number, about: string, by: string, specifier?: string]} Step
 *
 * @typedef {'resolve' | 'read' | 'compile' | 'make' | 'link' | 'instantiate' | 'evaluate' | 'require' | 'source' | 'fromPack'} Kind
 */

/**
 * What is left in the file. Times are milliseconds since the process began.
 *
 * @typedef {object} Observation
 * @property {'clock' | 'full'} mode
 * @property {number} began when the observer was loaded: all before is the runtime's own start
 * @property {number} ready when it had prepared itself: what lies between is its own
 * @property {number} started the end of the start: the last module that was evaluated
 * @property {number} ended when the program ended, or was found waiting
 * @property {boolean} isWaiting it did not end by itself
 * @property {number | undefined} exitCode
 * @property {Step[]} steps
 * @property {[parent: string, children: string[]][]} required what CommonJS has taken in
 * @property {any} [profile] V8's, whose times count from `profileZero`
 * @property {number} profileZero microseconds
 */

const asked = process.env[VARIABLE];
if (asked !== undefined) {
  delete process.env[VARIABLE];
  begin(JSON.parse(asked));
}

/**
 * What the process is told by its variable.
 *
 * @typedef {object} Order
 * @property {'clock' | 'full'} mode
 * @property {string} file where to leave what was seen
 * @property {number} wait for how many milliseconds a program must be idle to be done
 * @property {number} interval between the profiler's samples, in microseconds
 * @property {number | null} idleAfter in mode `full`, when a program may be found waiting, in milliseconds;
 *   null if it ends by itself
 * @property {boolean} fromCache
 */

/** @param {Order} order */
function begin({ mode, file, wait, interval, idleAfter, fromCache }) {
  const { performance } = require('node:perf_hooks');
  const now = performance.now.bind(performance);
  const began = now();
  const fs = require('node:fs');
  const { writeFileSync, renameSync } = fs;
  const isFull = mode === 'full';

  hideOurselves();
  /** @type {Step[]} */
  const steps = [];
  let pending = 0;
  let lastEnd = 0;
  let lastChange = began;
  let isWritten = false;

  const { ModuleWrap } = internalBinding('module_wrap');
  watchEvaluation(ModuleWrap.prototype);
  // CommonJS runs to its end before the first tick.
  process.nextTick(() => settle(now()));
  process.on('exit', (code) => write(false, code));
  setInterval(look, LOOK_MS).unref();

  /** @type {import('node:inspector').Session | undefined} */
  let session;
  if (isFull) {
    watchLoader(internal('internal/modules/esm/loader').getOrInitializeCascadedLoader());
    watchLinking(ModuleWrap.prototype);
    watchRequire();
    if (fromCache) watchPack();
    const { Session } = require('node:inspector');
    session = new Session();
    session.connect();
    session.post('Profiler.enable');
    session.post('Profiler.setSamplingInterval', { interval });
    session.post('Profiler.start');
  }
  const ready = now();

  /** @param {number} at */
  function settle(at) {
    lastEnd = at;
    lastChange = at;
  }

  /**
   * The evaluation of a graph, by its root.
   *
   * @param {any} prototype
   */
  function watchEvaluation(prototype) {
    const { then } = Promise.prototype;
    for (const name of ['evaluate', 'evaluateSync']) {
      const original = prototype[name];
      if (typeof original !== 'function') continue;
      /** @this {any} @param {any[]} args */
      prototype[name] = function (...args) {
        pending++;
        const start = now();
        const done = () => {
          pending--;
          settle(now());
        };
        let isLater = false;
        try {
          const result = original.apply(this, args);
          if (typeof result?.then === 'function') {
            isLater = true;
            then.call(result, done, done);
          }
          return result;
        } finally {
          if (isFull) steps.push(['evaluate', start, now(), this.url, '']);
          if (!isLater) done();
        }
      };
    }
  }

  /**
   * A method with a clock around it.
   *
   * @param {any} object
   * @param {string} name
   * @param {Kind} kind
   * @param {(self: any, args: any[], result: any) => [about: string, by?: string, specifier?: string]} about
   */
  function time(object, name, kind, about) {
    const original = object[name];
    if (typeof original !== 'function') return;
    /** @this {any} @param {any[]} args */
    object[name] = function (...args) {
      const start = now();
      let result;
      try {
        result = original.apply(this, args);
        return result;
      } finally {
        const end = now();
        const [url, by, specifier] = about(this, args, result);
        steps.push([kind, start, end, url ?? '', by ?? '', specifier]);
        lastChange = end;
      }
    };
  }

  /**
   * Everything that the loader does for a module on its way in. All of it is synchronous, and what is
   * done for one module is inside of what is done for the module that asked for it.
   *
   * @param {any} loader
   */
  function watchLoader(loader) {
    // Node 22 says what is asked for first, and then by whom; later ones the other way round.
    const isOld = typeof loader.resolve === 'function';
    time(loader, 'resolveSync', 'resolve', (_, args, result) =>
      isOld ? [result?.url, args[1], args[0]] : [result?.url, args[0], args[1]?.specifier],
    );
    time(loader, 'resolve', 'resolve', (_, args, result) => [result?.url, args[1], args[0]]);
    time(loader, 'load', 'read', (_, [url]) => [url]);
    // Its own share is the translation, once `load` is taken out.
    for (const name of [
      'loadAndTranslate',
      'loadAndTranslateForRequireInImportedCJS',
      'loadAndTranslateForImportInRequiredESM',
    ]) {
      time(loader, name, 'compile', (_, [first]) => [
        typeof first === 'string' ? first : first?.url,
      ]);
    }
    time(loader, 'getOrCreateModuleJob', 'make', (_, [parent], job) => [job?.url, parent]);
  }

  /** @param {any} prototype */
  function watchLinking(prototype) {
    time(prototype, 'link', 'link', ({ url }) => [url]);
    time(prototype, 'instantiate', 'instantiate', ({ url }) => [url]);
    time(prototype, 'instantiateSync', 'instantiate', ({ url }) => [url]);
  }

  /** CommonJS tells by itself. What was asked for is the last that its parent has taken in. */
  function watchRequire() {
    const Module = /** @type {any} */ (require('node:module'));
    const { tracingChannel } = require('node:diagnostics_channel');
    /** @type {number[]} */
    const starts = [];
    const known = new WeakSet();
    tracingChannel('module.require').subscribe(
      /** @type {any} */ ({
        start() {
          starts.push(now());
        },
        end(/** @type {any} */ { parentFilename, id }) {
          const start = starts.pop();
          if (start === undefined) return;
          const child = childrenOf(Module._cache[parentFilename]).at(-1) ?? Module._cache[id];
          // One that was there before costs nothing here, and neither does a builtin.
          if (!child || known.has(child)) return;
          known.add(child);
          lastChange = now();
          steps.push(['require', start, lastChange, child.filename ?? '', parentFilename ?? '']);
        },
      }),
    );
  }

  /** What comes from a pack: the record of a module is made right after its source was asked for. */
  function watchPack() {
    const { dlopen } = process;
    /** @param {any[]} args */
    process.dlopen = function (...args) {
      const result = dlopen.apply(process, /** @type {any} */ (args));
      const [{ exports }, name] = args;
      if (exports.Session?.prototype.source && /bmes-cache/.test(name)) {
        process.dlopen = dlopen;
        watchSources(exports.Session.prototype);
      }
      return result;
    };
  }

  /** @param {any} pack the prototype */
  function watchSources(pack) {
    /** @type {string[]} */
    let urls = [];
    const { tables } = pack;
    pack.tables = function (/** @type {any[]} */ ...args) {
      const result = tables.apply(this, args);
      urls = result.urls;
      return result;
    };
    time(pack, 'source', 'source', (_, [index]) => [urls[index] ?? '']);
  }

  /**
   * Looks whether a program that goes on is only waiting. The profiler's signals wake the event loop, so
   * with it nobody can tell: there the run with the clock only has told.
   */
  let before = performance.eventLoopUtilization();
  let quietSince = began;
  function look() {
    const current = performance.eventLoopUtilization();
    const { utilization } = performance.eventLoopUtilization(current, before);
    before = current;
    const at = now();
    if (isFull ? idleAfter === null || at < idleAfter : utilization > IDLE_SHARE) quietSince = at;
    if (pending > 0 || at - Math.max(quietSince, lastChange) < wait) return;
    write(true, undefined);
    process.kill(process.pid, 'SIGTERM');
    setTimeout(() => process.kill(process.pid, 'SIGKILL'), GRACE_MS).unref();
  }

  /**
   * @param {boolean} isWaiting
   * @param {number | undefined} exitCode
   */
  function write(isWaiting, exitCode) {
    if (isWritten) return;
    isWritten = true;
    const ended = now();
    /** @type {Observation} */
    const seen = {
      mode,
      began,
      ready,
      // A program that ends in the middle of its modules has started for all of its time.
      started: pending > 0 || lastEnd === 0 ? ended : lastEnd,
      ended: isWaiting ? lastChange : ended,
      isWaiting,
      exitCode,
      steps,
      required: isFull ? requiredByAll() : [],
      profileZero: Number(process.hrtime.bigint() / 1000n) - now() * 1000,
    };
    session?.post('Profiler.stop', (error, result) => {
      if (!error) seen.profile = result.profile;
    });
    // A program that is still running may find half of it.
    writeFileSync(`${file}.part`, JSON.stringify(seen));
    renameSync(`${file}.part`, file);
  }
}

/** @returns {[parent: string, children: string[]][]} */
function requiredByAll() {
  /** @type {Record<string, NodeJS.Module>} */
  const cache = /** @type {any} */ (require('node:module'))._cache;
  return Object.entries(cache).map(([filename, module]) => [
    filename,
    childrenOf(module).map((child) => child.filename),
  ]);
}

/**
 * What a module of CommonJS was the first to require. Programs put into the table of modules what they like: a
 * mock has exports and nothing else.
 *
 * @param {NodeJS.Module | undefined} module
 * @returns {readonly NodeJS.Module[]}
 */
function childrenOf(module) {
  const children = module?.children;
  return Array.isArray(children) ? children.filter((child) => child?.filename) : [];
}

/** The program finds itself started as it would be. */
function hideOurselves() {
  const words = process.execArgv;
  for (const flag of ['--expose-internals', '--no-enable-lazy-source-positions']) {
    const at = words.indexOf(flag);
    if (at >= 0) words.splice(at, 1);
  }
  const own = words.indexOf(__filename);
  if (own > 0) words.splice(own - 1, 2);
  delete require.cache[__filename];
}

/**
 * @param {string} name
 * @returns {any}
 */
function internal(name) {
  return require(name);
}

/**
 * @param {string} name
 * @returns {any}
 */
function internalBinding(name) {
  const { emitWarning } = process;
  process.emitWarning = () => {};
  try {
    return internal('internal/test/binding').internalBinding(name);
  } finally {
    process.emitWarning = emitWarning;
  }
}
