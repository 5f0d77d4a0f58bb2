'use strict';
// One run of an app, chosen when its entry is asked for: linked, on hooks, or native and watched.

const { fileURLToPath } = require('node:url');

const { atExit } = require('./exit.js');
const features = require('./features.js');
const { sessionSettings } = require('./settings.js');
const { TRAIT } = require('./tables.js');
const { mark } = require('./timeline.js');

/**
 * Answers the runtime's questions for the rest of the process.
 *
 * @typedef {object} Run
 * @property {ResolveHook} resolve
 * @property {() => void} [standAside] others have installed hooks: from now on they must be asked
 */

/**
 * @typedef {(specifier: string, context: any, nextResolve: Function) => any} ResolveHook
 * @typedef {(url: string, context: any, nextLoad: Function) => any} LoadHook
 */

/** @type {Run} */
const NATIVE = { resolve: (specifier, context, nextResolve) => nextResolve(specifier, context) };

/**
 * @param {string} entryURL as Node's main asks for it
 * @param {readonly string[]} conditions of imports
 * @param {import('./flags.js').Flags} flags
 * @returns {Run}
 */
function start(entryURL, conditions, flags) {
  if (!entryURL.startsWith('file:')) return standAside('BMES_NO_ENTRY', entryURL);
  const { Session } = require('./addon.js');
  const session = new Session(sessionSettings(fileURLToPath(entryURL), flags));
  const { kind, code, detail } = session.opened;
  mark('open', kind);
  if (session.entryUrl !== entryURL) return standAside('BMES_NO_ENTRY', `${entryURL} is not plain`);
  if (kind !== 'miss') {
    if (kind === 'refreshed') mark('guard', `${code} ${detail}`);
    const run = fromPack(session, conditions);
    if (run) return run;
  } else {
    mark('miss', `${code} ${detail}`);
  }
  mark('stage', 'native mode native');
  return require('./recorder.js').record(session, conditions);
}

/**
 * @param {import('./types.d.ts').Session} session
 * @param {readonly string[]} conditions
 * @returns {Run | undefined}
 */
function fromPack(session, conditions) {
  const tables = session.tables();
  if (tables.conditions.join() !== conditions.join()) {
    mark('miss', `BMES_CONDITIONS packed with ${tables.conditions}, this run has ${conditions}`);
    return undefined;
  }
  // Node explains such an error by loading modules once more, which any load hook disturbs.
  const unlinkable = tables.traits.findIndex((traits) => (traits & TRAIT.unlinkable) !== 0);
  if (unlinkable >= 0) {
    return standAside('BMES_MISSING_EXPORT', `${tables.urls[unlinkable]} cannot be linked`);
  }
  const run = linked(session, tables) ?? require('./hooks.js').answer(session, tables);
  // The last of our steps: what the others save is waited for here.
  atExit(() => finish(session));
  return run;
}

/**
 * @param {import('./types.d.ts').Session} session
 * @param {import('./types.d.ts').Tables} tables
 * @returns {Run | undefined}
 */
function linked(session, tables) {
  if (!features.linker) return undefined;
  if (tables.hooksOnly) {
    mark('stand-aside', `BMES_HOOKS_ONLY ${tables.hooksOnly}`);
    return undefined;
  }
  return require('./linker/main.js').link(session, tables);
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
 */
function standAside(code, detail) {
  mark('stand-aside', `${code} ${detail}`);
  mark('stage', 'native mode native');
  return NATIVE;
}

module.exports = { NATIVE, start };
