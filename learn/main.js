'use strict';
// The learner: takes up what a run of an app has left in the store and makes the app's pack of it,
// bytecode included. A process of its own, that nobody waits for and that prints nothing; whatever
// ends it, what it was left stays for the next one.
//
//   node [V8 options of the app] learn/main.js <directory> <key> [settings of what transforms its types]

const os = require('node:os');

const { compileAll } = require('./bytecode.js');

/** More than any app takes, on the slowest machine that has the patience for it. */
const LIMIT_MS = 5 * 60_000;

/** What was left while one round was made is for the next; a program that never stops is not. */
const ROUNDS = 3;

/**
 * @param {string} directory
 * @param {string} key
 * @param {string | undefined} settings
 */
function learn(directory, key, settings) {
  const { Session } = require('../runtime/addon.js');
  const { runtimeIdentity } = require('../runtime/environment.js');
  const stripping = stripperOf(settings);
  const { build, runtime } = runtimeIdentity();
  let failure;
  for (let round = 0; round < ROUNDS; round++) {
    try {
      const session = stripping((strip) => Session.takeUp(directory, runtime, build, key, strip));
      session.save(compileAll(session));
      session.finish();
      session.done();
    } catch (error) {
      failure = error;
    }
    // Whoever found us at work has started nobody.
    if (!Session.isLeft(directory, runtime, build, key)) break;
  }
  if (failure) throw failure;
}

/**
 * @param {string | undefined} settings
 * @returns {typeof import('../runtime/strip-types.js').withStripper}
 */
function stripperOf(settings) {
  if (settings === undefined) return require('../runtime/strip-types.js').withStripper;
  const { withTransformer } = require('../runtime/transform-types.js');
  const known = JSON.parse(settings);
  return (act) => withTransformer(known, act);
}

function main() {
  setTimeout(() => process.exit(1), LIMIT_MS).unref();
  try {
    os.setPriority(os.constants.priority.PRIORITY_LOW);
  } catch {
    // It is only slower for others.
  }
  const [directory, key, settings] = process.argv.slice(2);
  try {
    learn(directory, key, settings);
  } catch (error) {
    // Nobody listens. A reason that matters is in the store by now.
    process.exitCode = 1;
    if (process.stderr.isTTY) process.stderr.write(`${error}\n`);
  }
}

main();
