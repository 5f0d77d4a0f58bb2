'use strict';
// One run of an app, chosen when its entry is asked for: linked, on hooks, or native and watched.

const { statSync } = require('node:fs');
const Module = require('node:module');
const { fileURLToPath } = require('node:url');

const { atExit } = require('./exit.js');
const features = require('./features.js');
const { sessionSettings } = require('./settings.js');
const { keys } = require('./safe.js');
const { FORMAT, TRAIT } = require('./tables.js');
const { mark } = require('./timeline.js');

/**
 * Answers the runtime's questions for the rest of the process.
 *
 * @typedef {object} Run
 * @property {ResolveHook} resolve
 * @property {(specifier: string, context: any, result: any) => void} [note] takes down where something led
 * @property {(foreign: import('./disguise.js').ForeignHooks) => void} [onForeignHooks] others have
 *   installed hooks: they ask us, or must be asked from now on
 * @property {{ code: string, message: string }} [refused] why the rest of the process is native
 */

/**
 * @typedef {(specifier: string, context: any, nextResolve: Function) => any} ResolveHook
 * @typedef {(url: string, context: any, nextLoad: Function) => any} LoadHook
 */

/**
 * What of the way it was started decides how a pack is run.
 *
 * @typedef {object} Start
 * @property {string} hooksOnly why the linker must not run here; empty if it may
 * @property {boolean} isMain whether the entry is the main module
 * @property {boolean} isRequired whether it is asked for by `require()`, which waits for its graph
 * @property {boolean} mapsPackages bare specifiers are resolved by a package map
 */

/** As many `require()`s are found in the time that knowing them in advance takes. */
const MOST_UNANSWERED = 30;

/** A main module of fewer bytes, which requires as little, is compiled before its code has been found. */
const SMALL_BYTES = 1 << 16;

/** @type {Run} */
const NATIVE = { resolve: (specifier, context, nextResolve) => nextResolve(specifier, context) };

/**
 * Looks for the pack of an entry.
 *
 * @param {string} entryURL as the runtime has it, or as its main asks for it
 * @param {readonly string[]} conditions of imports
 * @param {import('./launch.js').Launch} launch
 * @param {boolean} isMain whether it is the main module
 * @returns {{ run: Run } | { session: import('./types.d.ts').Session } | { isAll: boolean }} a session
 *   without a pack is to be watched. A program whose main module is CommonJS is told all it needs: whether
 *   that is all, because it reaches no ES module
 */
function open(entryURL, conditions, launch, isMain) {
  if (!entryURL.startsWith('file:')) return { run: standAside('BMES_NO_ENTRY', entryURL) };
  const { Session } = require('./addon.js');
  const settings = sessionSettings(fileURLToPath(entryURL), launch, isMain);
  /** @type {import('./strip-types.js').Strip} */
  const strip =
    launch.transforms?.strip ?? ((texts) => require('./strip-types.js').stripHere(texts));
  const session = new Session(settings, strip);
  const { kind, code, detail } = session.opened;
  mark('open', kind);
  if (session.namedMiss) mark('pack', session.namedMiss);
  if (session.entryUrl !== entryURL) {
    return { run: standAside('BMES_NO_ENTRY', `${entryURL} is not plain`) };
  }
  if (kind !== 'miss') {
    if (kind === 'refreshed') mark('guard', `${code} ${detail}`);
    const { hooksOnly, flags, readOnly } = launch;
    const isRequired = !conditions.includes('import');
    const { mapsPackages } = flags;
    const tables = session.tables();
    launch.transforms?.usePack(session, tables);
    if (tables.formats[tables.entry] === FORMAT.commonjs) {
      if (!readOnly) atExit(() => keepOwnCode(launch));
      if (!tables.reachesModules) mark('alone', 'it was seen to reach no ES module');
      serveCommonJS(session, tables);
      return { isAll: !tables.reachesModules };
    }
    const run = fromPack(session, tables, conditions, {
      hooksOnly,
      isMain,
      isRequired,
      mapsPackages,
    });
    if (run) {
      if (!readOnly) atExit(() => keepOwnCode(launch));
      return { run };
    }
  } else {
    mark('miss', `${code} ${detail}`);
  }
  return { session };
}

/**
 * @param {import('./types.d.ts').Session} session
 * @param {readonly string[]} conditions of imports
 * @param {import('./launch.js').Launch} launch
 * @param {boolean} [isCommonJS] the main module is, for all that is known
 * @returns {Run}
 */
function watch(session, conditions, launch, isCommonJS = false) {
  let teach;
  try {
    teach = require('./teacher.js').teacher(session, launch);
  } catch (error) {
    const { message } = /** @type {Error} */ (error);
    // Somebody else is at it: the next run has a pack.
    if (message.startsWith('BMES_LEARNING')) return standAside('BMES_LEARNING', message.slice(14));
    mark('not-learnt', message);
    mark('stage', 'native mode native');
    return NATIVE;
  }
  mark('stage', 'native mode native');
  if (isLinkerWanted() && !launch.hooksOnly && !isCommonJS)
    require('./self-test.js').prepareToLink(session);
  return require('./recorder.js').record(session, conditions, launch, teach);
}

/**
 * @param {import('./types.d.ts').Session} session
 * @param {import('./types.d.ts').Tables} tables
 */
function answerRequires(session, tables) {
  const isWorth = session.frozen ? tables.requires.some((some) => some > 0) : requiresMany(tables);
  if (isWorth) require('./path-cache.js').answerRequires(session, tables);
}

/** @param {import('./types.d.ts').Tables} tables */
function requiresMany({ requires }) {
  return requires.reduce((sum, some) => sum + some, 0) > MOST_UNANSWERED;
}

/**
 * A program whose main module is CommonJS: the runtime loads it, and is told where `require()` leads. Its own
 * compile cache is on for it. A small one is left alone: it would pay more than it gets.
 *
 * @param {import('./types.d.ts').Session} session
 * @param {import('./types.d.ts').Tables} tables
 */
function serveCommonJS(session, tables) {
  if (isSmall(tables)) {
    mark('stand-aside', 'BMES_SMALL it starts sooner by itself');
    mark('stage', 'native mode native');
  } else {
    const isFilled = require('./compile-cache.js').useCompileCache(session, tables);
    mark('stage', `${isFilled ? 'warm' : 'linked'} mode commonjs`);
    answerRequires(session, tables);
  }
  atExit(() => {
    if (!session.readOnly && isOutgrown(tables)) {
      mark('outgrown', 'the next run is watched again');
      session.discard();
    }
    finish(session);
  });
}

/**
 * Whether this run has loaded so much more than the pack has that it was made from another kind of run: a
 * tool may have been asked for its version, and then for its work.
 *
 * @param {import('./types.d.ts').Tables} tables
 */
function isOutgrown({ urls }) {
  return keys(/** @type {any} */ (Module)._cache).length > 2 * urls.length + MOST_UNANSWERED;
}

/** @param {import('./types.d.ts').Tables} tables */
function isSmall(tables) {
  if (requiresMany(tables)) return false;
  const stat = statSync(fileURLToPath(tables.urls[tables.entry]), { throwIfNoEntry: false });
  return stat === undefined || stat.size < SMALL_BYTES;
}

/**
 * @param {import('./types.d.ts').Session} session
 * @param {import('./types.d.ts').Tables} tables
 * @param {readonly string[]} conditions
 * @param {Start} start
 * @returns {Run | undefined}
 */
function fromPack(session, tables, conditions, start) {
  if (tables.conditions.join() !== conditions.join()) {
    mark('miss', `BMES_CONDITIONS packed with ${tables.conditions}, this run has ${conditions}`);
    return undefined;
  }
  // Node explains such an error by loading modules once more, which any load hook disturbs.
  const unlinkable = tables.traits.findIndex((traits) => (traits & TRAIT.unlinkable) !== 0);
  if (unlinkable >= 0) {
    return standAside('BMES_MISSING_EXPORT', `${tables.urls[unlinkable]} cannot be linked`);
  }
  const run =
    linked(session, tables, start) ?? require('./hooks.js').answer(session, tables, start);
  answerRequires(session, tables);
  // The last of the session's steps: what the others save is waited for here.
  atExit(() => finish(session));
  return run;
}

/**
 * @param {import('./types.d.ts').Session} session
 * @param {import('./types.d.ts').Tables} tables
 * @param {Start} start
 * @returns {Run | undefined}
 */
function linked(session, tables, start) {
  if (!isLinkerWanted()) return undefined;
  const why = start.hooksOnly || tables.hooksOnly;
  if (why) {
    mark('stand-aside', `BMES_HOOKS_ONLY ${why}`);
    return undefined;
  }
  if (!require('./self-test.js').mayLink(session)) return undefined;
  try {
    return require('./linker/main.js').link(session, tables, start);
  } catch (error) {
    // It has not ended the process.
    session.endLinking();
    throw error;
  }
}

/** Nothing is prepared for the linker, and nothing tested, where hooks were asked for. */
function isLinkerWanted() {
  return features.linker && process.env.BMES_MODE !== 'hooks';
}

/** @param {import('./launch.js').Launch} launch */
function keepOwnCode({ directory, maxSize }) {
  if (directory === undefined) return;
  const outcome = require('./internal.js').keepCode(directory, maxSize);
  if (outcome) mark('code', outcome);
}

/** @param {import('./types.d.ts').Session} session */
function finish(session) {
  try {
    session.finish();
  } catch (error) {
    mark('save', String(error));
  }
}

/**
 * @param {string} code
 * @param {string} detail
 * @returns {Run}
 */
function standAside(code, detail) {
  mark('stand-aside', `${code} ${detail}`);
  mark('stage', 'native mode native');
  return { ...NATIVE, refused: { code, message: detail } };
}

module.exports = { NATIVE, open, watch };
