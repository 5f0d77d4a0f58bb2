'use strict';
// What a start would be, as `bmes why` tells it: served or not, how, and why for each module.

const { probe } = require('./probe.js');

/** @typedef {import('./probe.js').Reason} Reason */

/**
 * How a module comes into a run:
 *
 * - `bytecode`: compiled before, from the pack;
 * - `text`: its text and where its specifiers lead come from the pack, and the engine compiles it;
 * - `loader`: the same, in a record of the runtime's own loader, which answers what it asks for;
 * - `runtime`: found by the pack, read and run by the runtime;
 * - `native`: the runtime does all of it, as without the cache.
 *
 * @typedef {'bytecode' | 'text' | 'loader' | 'runtime' | 'native'} From
 */

/**
 * @typedef {object} ModuleVerdict
 * @property {string} url
 * @property {import('./probe.js').Module['format']} format
 * @property {From} from
 * @property {string | null} reason why it is not bytecode; null where it is
 * @property {Reason | null} fault what is wrong with what the pack holds of it
 */

/**
 * @typedef {object} Verdict
 * @property {string | null} entry the URL of the module where the graph begins; null where none was looked at
 * @property {boolean} served
 * @property {'native' | 'linked' | 'warm'} stage
 * @property {'native' | 'hooks' | 'linker' | 'commonjs'} mode
 * @property {(Reason & { phase: string })[]} reasons what is said by `BMES_DEBUG=1`, in its words and order: why it is
 *   not served, not linked, not learnt, or not served as it was
 * @property {string} runtime
 * @property {string | null} key of the app
 * @property {import('./probe.js').Explained['pack']} pack
 * @property {{ total: number, changed: import('./probe.js').Explained['moved'], touched: import('./probe.js').Explained['moved'] }} guards
 * @property {ModuleVerdict[]} modules
 * @property {import('./probe.js').Explained['others']} others
 * @property {{ state: 'none' | 'learning' | 'waiting' | 'taken' | 'refused', attempts: number, ageMs: number | null, reason: string | null }} learning
 */

/**
 * @param {string} entry
 * @param {import('./probe.js').How} how
 * @returns {Promise<{ starts: Verdict[], isCommonJS: boolean } | { failure: Reason }>}
 */
async function verdicts(entry, how) {
  const asked = await probe(entry, how);
  if ('failure' in asked) return asked;
  return { starts: asked.starts.map(verdictOf), isCommonJS: asked.isCommonJS };
}

/**
 * @param {import('./probe.js').Start} start
 * @returns {Verdict}
 */
function verdictOf({ runtime, marks, explained, status }) {
  const { stage, mode } = stageOf(marks);
  const reasons = marks.flatMap(reasonOf);
  if (status?.code && reasons.length === 0) {
    reasons.push({ phase: 'stand-aside', code: status.code, message: status.message });
  }
  const moved = explained?.moved ?? [];
  const { pack = null, others = [], guards = 0 } = explained ?? {};
  return {
    entry: explained?.entry || null,
    served: stage !== 'native',
    stage,
    mode,
    reasons,
    runtime,
    key: explained?.key ?? null,
    pack,
    guards: {
      total: guards,
      changed: moved.filter(({ what }) => what !== null),
      touched: moved.filter(({ what }) => what === null),
    },
    modules: (explained?.modules ?? []).map((module) => moduleVerdict(module, mode)),
    others,
    learning: learningOf(explained),
  };
}

/**
 * @param {readonly import('./probe.js').Mark[]} marks
 * @returns {Pick<Verdict, 'stage' | 'mode'>}
 */
function stageOf(marks) {
  const last = marks.findLast(({ phase }) => phase === 'stage');
  const [stage = 'native', , mode = 'native'] = last?.detail.split(' ') ?? [];
  return /** @type {any} */ ({ stage, mode });
}

/** Phases whose detail is a code and what it is about. */
const WITH_CODE = /^(miss|guard|stand-aside|not-learnt|pack|compile-cache)$/;

/**
 * @param {import('./probe.js').Mark} mark
 * @returns {Verdict['reasons']}
 */
function reasonOf({ phase, detail }) {
  if (phase === 'environment')
    return [{ phase, code: 'BMES_INVALID_ENVIRONMENT', message: detail }];
  const [, code, message] = /^(?:Error: )?(BMES_[A-Z_]+) ?(.*)$/s.exec(detail) ?? [];
  return WITH_CODE.test(phase) && code ? [{ phase, code, message }] : [];
}

/**
 * @param {import('./probe.js').Module} module
 * @param {Verdict['mode']} mode
 * @returns {ModuleVerdict}
 */
function moduleVerdict(module, mode) {
  const { url, format, fault } = module;
  return { url, format, ...fromWhere(module, mode), fault };
}

/** What the runtime does with what is no ES module. */
const OF_RUNTIME = {
  commonjs: 'CommonJS is read, compiled and run by the runtime',
  json: 'JSON is read by the runtime',
  builtin: 'it is a module of the runtime',
  other: 'it is left to the runtime',
};

/**
 * @param {import('./probe.js').Module} module
 * @param {Verdict['mode']} mode
 * @returns {{ from: From, reason: string | null }}
 */
function fromWhere({ format, hasBytecode, asksRuntime, formatDetected, leftToRuntime }, mode) {
  if (mode === 'native') return { from: 'native', reason: 'this start is native' };
  if (format !== 'module') {
    return { from: 'runtime', reason: leftToRuntime || OF_RUNTIME[format] };
  }
  if (formatDetected) {
    return { from: 'runtime', reason: 'only its syntax says that it is an ES module' };
  }
  if (mode === 'hooks') {
    return { from: 'text', reason: "the app is on hooks: the engine's own cache has its code" };
  }
  if (asksRuntime.length > 0) {
    return { from: 'loader', reason: `it has ${asksRuntime.join(', ')}` };
  }
  return hasBytecode
    ? { from: 'bytecode', reason: null }
    : { from: 'text', reason: 'the pack has no bytecode of it yet' };
}

/**
 * @param {import('./probe.js').Explained | undefined} explained
 * @returns {Verdict['learning']}
 */
function learningOf(explained) {
  const { isBeingLearnt, learning } = explained ?? {};
  const state = isBeingLearnt ? 'learning' : (learning?.state ?? 'none');
  const { attempts = 0, ageMs = null, reason = null } = learning ?? {};
  return { state, attempts, ageMs, reason };
}

module.exports = { verdicts };
