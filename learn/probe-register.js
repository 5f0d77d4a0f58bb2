'use strict';
// The preload of a process that only asks (`bmes why`). It stands where `bmes-cache/register` would, and what
// a start would do is decided by the same code in the same place, up to the words that say what this run
// is. They are told to whoever asked, and the process ends: nothing of the app has been loaded, and nothing
// was written.
//
// A CommonJS main module has to run before its first ES module is asked for. In its place a line runs that
// asks for the one that is to be looked at.

const fs = require('node:fs');
const Module = require('node:module');
const path = require('node:path');
const { fileURLToPath } = require('node:url');

const { runtimeIdentity } = require('../runtime/environment.js');
const { loadLaunch } = require('../runtime/internal.js');

/** Where the answer goes. */
const ANSWER = 3;

/** Says which ES module is to be asked for in place of a CommonJS main module. */
const FIRST = 'BMES_PROBE_FIRST';

/** @typedef {import('./probe.js').Mark} Mark */
/** @typedef {import('../bindings.js').SessionSettings} SessionSettings */

/**
 * What a run told the core about itself, and what there is to be found.
 *
 * @type {{ settings: SessionSettings, explained: import('./probe.js').Explained } | undefined}
 */
let asked;

/** @type {Mark[]} */
const marks = [];

/** @type {{ url: string, isRequired: boolean } | undefined} */
const first = process.env[FIRST] ? JSON.parse(process.env[FIRST]) : undefined;
delete process.env[FIRST];

/** The stand-in has been put in the main module's place. */
let isAsking = false;

/**
 * @param {string} phase
 * @param {string} detail
 */
function onMark(phase, detail) {
  marks.push({ phase, detail });
  if (phase !== 'stage') return;
  try {
    decided();
  } catch (error) {
    answer({ failure: String(error) });
  }
}

/** What this run is has been said. */
function decided() {
  // A small CommonJS program is left alone, what it reaches is not.
  const isAside = marks.some(
    ({ phase, detail }) => phase === 'stand-aside' && !detail.startsWith('BMES_SMALL'),
  );
  if (first && isAsking) return answer({});
  // Nobody would hear of an ES module.
  if (marks.some((mark) => mark.phase === 'alone')) return answer({ beginnings: [] });
  const beginnings = isAside ? undefined : commonJSBeginnings();
  if (!beginnings?.isCommonjs) return answer({});
  if (!first) return answer({ beginnings: beginnings.modules });
  askFor(first);
}

/**
 * What may be first, if the main module is CommonJS.
 *
 * @returns {{ isCommonjs: boolean, modules: { url: string, isRequired: boolean }[] } | undefined}
 */
function commonJSBeginnings() {
  const { readFlags } = require('../runtime/flags.js');
  const { withStripper } = require('../runtime/strip-types.js');
  const { appSettings } = require('./app-settings.js');
  const { mainFile } = require('./ask.js');
  const { beginnings } = require('../runtime/addon.js');
  const flags = readFlags(false);
  const named = flags.flags.filter((flag) => flag.startsWith('--conditions='));
  const conditions = [...named.map((flag) => flag.slice('--conditions='.length)), 'node-addons'];
  try {
    const main = mainFile(process.argv[1]) ?? process.argv[1];
    const own = appSettings(main, true, flags);
    return JSON.parse(withStripper((strip) => beginnings(own, conditions, strip)));
  } catch {
    // The runtime cannot run it either.
    return undefined;
  }
}

/**
 * Has the main module ask for an ES module, and for nothing else.
 *
 * @param {{ url: string, isRequired: boolean }} wanted
 */
function askFor({ url, isRequired }) {
  isAsking = true;
  marks.length = 0;
  asked = undefined;
  const text = isRequired
    ? `require(${JSON.stringify(fileURLToPath(url))})`
    : `import(${JSON.stringify(url)})`;
  const prototype = /** @type {any} */ (Module).prototype;
  const { _compile } = prototype;
  /** @this {any} @param {string} _ @param {any[]} rest */
  prototype._compile = function (_, ...rest) {
    return _compile.call(this, text, ...rest);
  };
}

/**
 * Sessions of this process look, and write nothing. What a start would be told, they are told.
 *
 * @returns {() => void} to be called when the launch has made the runtime forget our files
 */
function onlyLook() {
  const name = require.resolve('../runtime/addon.js');
  const addon = /** @type {any} */ (require(name));
  const { Session, explain } = addon;
  /**
   * @param {SessionSettings} settings
   * @param {import('../runtime/strip-types.js').Strip} strip
   */
  const OnlyLooking = function (settings, strip) {
    const session = new Session({ ...settings, readOnly: true }, strip);
    const explained = JSON.parse(explain(settings, strip));
    asked = { settings, explained };
    if (settings.readOnly) return session;
    const obstacle = session.obstacle.bind(session);
    const { crashed } = explained;
    // The runtime would leave something in its own cache.
    Module.enableCompileCache = /** @type {any} */ (() => {});
    return Object.defineProperties(session, {
      readOnly: { value: false },
      watch: { value: () => true },
      // A start that may write sees the mark of one that has died.
      obstacle: {
        value: () => obstacle() ?? (crashed ? { kind: 'crashed', detail: crashed } : null),
      },
    });
  };
  // Its own properties cannot be set.
  const found = /** @type {NodeJS.Module} */ (require.cache[name]);
  found.exports = Object.defineProperty({ ...addon }, 'Session', { value: OnlyLooking });
  return () => {
    require.cache[name] = found;
  };
}

/** @param {object} more */
function answer(more) {
  const report = { ...runtimeIdentity(), marks, explained: asked?.explained, ...more };
  const bytes = Buffer.from(JSON.stringify({ ...report, settings: asked?.settings }));
  for (let at = 0; at < bytes.length;) {
    at += fs.writeSync(ANSWER, bytes, at);
  }
  // At once: what is done at the end of a run is for runs.
  /** @type {any} */ (process).reallyExit(0);
}

// What is kept of our own code belongs to starts: there is none to be found at no place.
let keepLooking = () => {};
try {
  keepLooking = onlyLook();
} catch (error) {
  // The launch says that there is no addon.
  const { code } = /** @type {{ code?: string }} */ (error);
  if (code !== 'BMES_NO_ADDON') throw error;
}
const launch = loadLaunch(path.sep);
launch.listen(onMark);
const status = launch.register();
keepLooking();
// It was refused before there was anything to tell.
if (status.status !== 'enabled') answer({ status });
