'use strict';
// Turns what was seen of one start into an account of it: every moment belongs to one module and one phase,
// or to one of the things that are no module's. Nothing is estimated: what the loader did has been timed,
// and what lies in between is told by the stacks that V8's profiler has sampled there.

const { pathToFileURL } = require('node:url');

/** What a module's time goes to. */
const PHASES = /** @type {const} */ (['resolve', 'read', 'compile', 'link', 'evaluate']);

/** What is no module's. */
const OTHERS = /** @type {const} */ (['runtime', 'cache', 'loader', 'work', 'waiting']);

/** @typedef {typeof PHASES[number]} Phase */
/** @typedef {typeof OTHERS[number]} Other */
/** @typedef {Record<Phase, number>} Times milliseconds */

/**
 * @typedef {object} Account
 * @property {Map<string, Times>} modules by URL
 * @property {Record<Other, number>} others
 * @property {number} start of all: what the two above add up to
 */

/** @typedef {import('./observe.js').Observation} Observation */
/** @typedef {import('./observe.js').Step} Step */

/**
 * A stretch of time in which one step, or none, was the innermost.
 *
 * @typedef {{ start: number, end: number, step: Step | undefined, within: string }} Stretch
 */

/** Steps whose time is theirs. In the others the app's own code runs. @type {Record<string, Phase>} */
const EXACT = {
  resolve: 'resolve',
  read: 'read',
  compile: 'compile',
  make: 'link',
  link: 'link',
  instantiate: 'link',
  source: 'read',
  fromPack: 'compile',
};

/** Those in which the loader may ask our hooks. */
const ASKS_HOOKS = new Set(['resolve', 'read', 'make', 'compile']);

/**
 * @param {Observation} seen
 * @param {string} ownRoot the URL of this package's folder, whose files are not the app's
 * @returns {Account}
 */
function account(seen, ownRoot) {
  const { began, ready, started } = seen;
  /** @type {Account} */
  const result = {
    modules: new Map(),
    others: { runtime: began, cache: 0, loader: 0, work: 0, waiting: 0 },
    start: began + started - ready,
  };
  const steps = withMaking(seen.steps).filter(([, start]) => start >= ready && start < started);
  const stacks = new Stacks(seen.profile, ownRoot);
  const samples = stacks.timeline(seen.profileZero);
  let at = 0;
  // Where no source comes from a pack, nothing of ours is asked.
  const hasHooks = steps.some(([kind]) => kind === 'source');
  /** @type {Owner} */
  let last = { other: 'runtime' };
  for (const stretch of stretches(steps, ready, started)) {
    const { step, start, end } = stretch;
    const phase = step && EXACT[step[0]];
    /** @type {Owner | undefined} */
    const timed = phase && step?.[3] ? { url: urlOf(step[3]), phase } : undefined;
    if (timed && !(hasHooks && ASKS_HOOKS.has(step?.[0] ?? ''))) {
      add(timed, end - start);
      continue;
    }
    while (at > 0 && samples[at]?.start > start) at--;
    while (at + 1 < samples.length && samples[at + 1].start <= start) at++;
    let from = start;
    for (let here = at; from < end; here++) {
      const until = Math.min(samples[here + 1]?.start ?? Infinity, end);
      const found = ownerOf(samples[here]?.node, stretch, last);
      last = timed && !('other' in found && found.other === 'cache') ? timed : found;
      add(last, until - from);
      from = until;
    }
  }
  return result;

  /**
   * @param {Owner} owner
   * @param {number} ms
   */
  function add(owner, ms) {
    if ('other' in owner) {
      result.others[owner.other] += ms;
      return;
    }
    let times = result.modules.get(owner.url);
    if (!times) result.modules.set(owner.url, (times = noTimes()));
    times[owner.phase] += ms;
  }

  /**
   * @param {number | undefined} node
   * @param {Stretch} stretch
   * @param {Owner} before
   * @returns {Owner}
   */
  function ownerOf(node, { step, within }, before) {
    if (node === undefined) return { other: step ? 'loader' : 'work' };
    const reading = stacks.read(node);
    // The collector and the engine itself have no stack: they work for whom they have interrupted.
    if (reading === 'none') return before;
    if ('loads' in reading) {
      const url = within ? urlOf(within) : reading.for;
      return url ? { url, phase: reading.loads } : { other: 'loader' };
    }
    return reading;
  }
}

/** @typedef {{ url: string, phase: Phase } | { other: Other }} Owner */

/** @returns {Times} */
function noTimes() {
  return { resolve: 0, read: 0, compile: 0, link: 0, evaluate: 0 };
}

/** @param {string} place a URL, or the path that CommonJS has */
function urlOf(place) {
  return /^[a-z][a-z\d+.-]+:/.test(place) ? place : pathToFileURL(place).href;
}

/**
 * A record that comes from a pack is made between the request for its source and the next step: that is
 * what compiling is there. On hooks the loader makes it, which is timed by itself.
 *
 * @param {readonly Step[]} steps
 * @returns {Step[]} in the order in which they began, outer ones first
 */
function withMaking(steps) {
  const sorted = [...steps].sort((a, b) => a[1] - b[1] || b[2] - a[2]);
  /** @type {Step[]} */
  const all = [];
  /** @type {Step[]} */
  const open = [];
  for (const [at, step] of sorted.entries()) {
    all.push(step);
    const [kind, start, end, about] = step;
    while (open.length > 0 && open[open.length - 1][2] <= start) open.pop();
    const outer = open.at(-1);
    const until = Math.min(sorted[at + 1]?.[1] ?? end, outer?.[2] ?? Infinity);
    if (kind === 'source' && outer?.[0] !== 'read' && until > end) {
      all.push(['fromPack', end, until, about, '']);
    }
    open.push(step);
  }
  return all;
}

/**
 * Cuts the time from `from` to `to` where steps begin and end. Steps lie within each other or apart.
 *
 * @param {readonly Step[]} steps
 * @param {number} from
 * @param {number} to
 * @returns {Stretch[]}
 */
function stretches(steps, from, to) {
  /** @type {Stretch[]} */
  const cut = [];
  /** @type {Step[]} */
  const open = [];
  /** The CommonJS modules that are being loaded. @type {string[]} */
  const requires = [];
  let time = from;
  /** @param {number} until */
  const cutTo = (until) => {
    const end = Math.min(until, to);
    if (end > time) {
      cut.push({ start: time, end, step: open.at(-1), within: requires.at(-1) ?? '' });
      time = end;
    }
  };
  /** @param {number} until */
  const close = (until) => {
    for (let top = open.at(-1); top && top[2] <= until; top = open.at(-1)) {
      cutTo(top[2]);
      open.pop();
      if (top[0] === 'require') requires.pop();
    }
  };
  for (const step of steps) {
    close(step[1]);
    cutTo(step[1]);
    open.push(step);
    if (step[0] === 'require') requires.push(step[3]);
  }
  close(Infinity);
  cutTo(to);
  return cut;
}

/** What the CommonJS loader is doing, by its functions: the innermost that is here decides. */
const OF_LOADER = new Map(
  /** @type {[string, Phase][]} */ (
    Object.entries({
      wrapSafe: 'compile',
      compileFunctionForCJSLoader: 'compile',
      cjsPreparseModuleExports: 'compile',
      stripTypeScriptModuleTypes: 'compile',
      readFileSync: 'read',
      loadSource: 'read',
      'Module._resolveFilename': 'resolve',
      'Module._findPath': 'resolve',
      _resolveFilename: 'resolve',
      _findPath: 'resolve',
      resolveForCJSWithHooks: 'resolve',
      defaultResolveImpl: 'resolve',
      toRealPath: 'resolve',
      stat: 'resolve',
      trySelf: 'resolve',
      resolveExports: 'resolve',
      getPackageScopeConfig: 'resolve',
      getNearestParentPackageJSON: 'resolve',
    })
  ),
);

/** What a stack says: whose it is; or that the loader is at work, and who has asked it to. */
/** @typedef {Owner | { loads: Phase, for: string } | 'none'} Reading */

/** The samples of V8's profiler, read once for each distinct stack. */
class Stacks {
  #profile;
  #ownRoot;
  /** @type {Map<number, any>} */
  #nodes = new Map();
  /** @type {Map<number, number>} */
  #parents = new Map();
  /** @type {Map<number, Reading>} */
  #readings = new Map();

  /**
   * @param {any} profile
   * @param {string} ownRoot
   */
  constructor(profile, ownRoot) {
    this.#profile = profile;
    this.#ownRoot = ownRoot;
    for (const node of profile.nodes) {
      this.#nodes.set(node.id, node.callFrame);
      for (const child of node.children ?? []) this.#parents.set(child, node.id);
    }
  }

  /**
   * @param {number} zero
   * @returns {{ start: number, node: number }[]}
   */
  timeline(zero) {
    const { samples, startTime, timeDeltas } = this.#profile;
    let time = startTime - zero;
    const list = samples.map((/** @type {number} */ node, /** @type {number} */ at) => {
      time += timeDeltas[at];
      return { start: time / 1000, node };
    });
    // The sampler may be late by one: what it says of two samples is in the order of their times.
    return list.sort((/** @type {any} */ a, /** @type {any} */ b) => a.start - b.start);
  }

  /** @param {number} id */
  read(id) {
    let reading = this.#readings.get(id);
    if (!reading) this.#readings.set(id, (reading = this.#interpret(id)));
    return reading;
  }

  /**
   * From the innermost frame outwards.
   *
   * @param {number} id
   * @returns {Reading}
   */
  #interpret(id) {
    /** @type {Phase | undefined} */
    let loads;
    let isLoader = false;
    let isCache = false;
    let isInternal = false;
    let isUser = false;
    // The innermost of the loader, ours and the app's is at work.
    for (
      let at = /** @type {number | undefined} */ (id);
      at !== undefined;
      at = this.#parents.get(at)
    ) {
      const { functionName, url, lineNumber, columnNumber } = this.#nodes.get(at);
      if (functionName === '(idle)') return { other: 'waiting' };
      if (functionName === '(garbage collector)' || functionName === '(program)') return 'none';
      const isOfLoader = url.startsWith('node:internal/modules/');
      if (!isUser && (isOfLoader || url === '')) loads ??= OF_LOADER.get(functionName);
      if (url === '') continue;
      if (url.startsWith('node:internal/bmes/') || this.#isOwn(url)) {
        isCache ||= !isLoader && !url.endsWith('/report/observe.js');
      } else if (url.startsWith('node:')) {
        isInternal = true;
        isLoader ||= isOfLoader && !isUser && !isCache;
      } else {
        if (isCache && !isUser) return { other: 'cache' };
        const isTopLevel = functionName === '' && lineNumber <= 0 && columnNumber <= 0;
        if (isLoader && !isUser) return { loads: loads ?? 'link', for: urlOf(url) };
        isUser = true;
        if (isTopLevel) return { url: urlOf(url), phase: 'evaluate' };
      }
    }
    if (isUser) return { other: 'work' };
    if (isCache) return { other: 'cache' };
    if (isLoader) return { loads: loads ?? 'link', for: '' };
    return isInternal ? { other: 'work' } : 'none';
  }

  /** @param {string} url */
  #isOwn(url) {
    const href = urlOf(url);
    return href.startsWith(this.#ownRoot) && OWN.test(href.slice(this.#ownRoot.length));
  }
}

/** The folders of this package that run in an app's process. */
const OWN = /^(?:runtime|report|cli|dist|learn)\//;

module.exports = { OTHERS, PHASES, account, noTimes, urlOf };
