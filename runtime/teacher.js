'use strict';
// What is done with what a watched run has seen.
//
//   background   it is left in the store, and a process of ours makes the pack of it (learn/)
//   exit         this process makes the pack, at its end or after some seconds
//   off          nothing: this run is not watched

const path = require('node:path');

const { detached, v8Options } = require('./detached.js');
const { mark } = require('./timeline.js');

/** @typedef {'background' | 'exit' | 'off'} Learning */

/**
 * Called whenever something new was seen and the program is idle, and at the end of the run.
 *
 * @typedef {(
 *   session: import('./types.d.ts').Session,
 *   observe: () => import('../bindings.js').Observation,
 *   isAtEnd: boolean,
 * ) => boolean} Teach whether it was taken up
 */

const LEARNER = path.join(__dirname, '..', 'learn', 'main.js');

/** Names by number, as the core keeps them for all threads. */
const POLICIES = /** @type {const} */ (['background', 'exit', 'off']);

/** How long a program runs before it is learnt though it has not ended: it may never end by itself. */
const LONG_RUN_MS = 3000;

/**
 * What holds for this thread. The main thread's word holds for all.
 *
 * @param {import('./launch.js').Launch} launch
 * @returns {Learning}
 */
function policyOf({ learn, isWorker }) {
  const { learningPolicy } = require('./addon.js');
  return POLICIES[learningPolicy(POLICIES.indexOf(learn) + 1, isWorker) - 1];
}

/**
 * Takes the right to watch a run.
 *
 * @param {import('./types.d.ts').Session} session
 * @param {import('./launch.js').Launch} launch
 * @returns {Teach}
 * @throws {Error} with a code and why it is not to be watched
 */
function teacher(session, launch) {
  const learning = policyOf(launch);
  if (learning === 'off') throw new Error('BMES_LEARN_OFF it was asked not to learn');
  // Learners may have died over this app.
  const isAlive = session.watch();
  if (learning === 'exit') return here(launch);
  try {
    if (!isAlive) throw new Error('BMES_LEARNER_DIED several times');
    return inBackground(launch);
  } catch (error) {
    mark('learner', `${error}; this process learns by itself`);
    return here(launch);
  }
}

/**
 * @param {import('./launch.js').Launch} launch
 * @returns {Teach}
 */
function here({ isWorker, transforms }) {
  const { uptime } = process;
  // Loaded now: by the end the app may have broken what `require()` needs.
  const withStrip = stripping(transforms);
  return (session, observe, isAtEnd) => {
    // A worker is often ended from outside.
    if (!isAtEnd && !isWorker && 1000 * uptime() < LONG_RUN_MS) return false;
    withStrip((strip) => session.learn(observe(), strip));
    return true;
  };
}

/**
 * Who gives the texts of TypeScript, for as long as something is done with them.
 *
 * @param {import('./launch.js').Launch['transforms']} transforms
 * @returns {(act: (strip: import('./strip-types.js').Strip) => void) => void}
 */
function stripping(transforms) {
  if (transforms) return (act) => act(transforms.strip);
  return require('./strip-types.js').withStripper;
}

/**
 * @param {import('./launch.js').Launch} launch
 * @returns {Teach}
 */
function inBackground({ directory, transforms }) {
  const words = [...(process.env.NODE_OPTIONS ?? '').split(/\s+/), ...process.execArgv];
  const start = detached(LEARNER, [...v8Options(words), '--no-warnings']);
  return (session, observe) => {
    const seen = observe();
    const why = session.leave(seen);
    if (why !== null) {
      mark('not-learnt', why);
      return true;
    }
    try {
      const settings = transforms ? [JSON.stringify(transforms.settings())] : [];
      mark('learner', `process ${start([`${directory}`, session.key, ...settings])}`);
    } catch (error) {
      mark('learner', `${error}; this process learns by itself`);
      stripping(transforms)((strip) => session.learn(seen, strip));
    }
    return true;
  };
}

module.exports = { teacher };
