'use strict';
// The learner: takes up what a run of an app has left in the store and makes the app's pack of it,
// bytecode included. A process of its own, that nobody waits for and that prints nothing; whatever
// ends it, what it was left stays for the next one.
//
//   node [V8 options of the app] learn/main.js <directory> <key>

const os = require('node:os');

const { compileAll } = require('./bytecode.js');

/** More than any app takes, on the slowest machine that has the patience for it. */
const LIMIT_MS = 5 * 60_000;

/** What was left while one round was made is for the next; a program that never stops is not. */
const ROUNDS = 3;

/**
 * @param {string} directory
 * @param {string} key
 */
function learn(directory, key) {
  const { Session } = require('../runtime/addon.js');
  const { runtimeIdentity } = require('../runtime/environment.js');
  const { withStripper } = require('../runtime/strip-types.js');
  const { build, runtime } = runtimeIdentity();
  let failure;
  for (let round = 0; round < ROUNDS; round++) {
    try {
      const session = withStripper((strip) =>
        Session.takeUp(directory, runtime, build, key, strip),
      );
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

function main() {
  setTimeout(() => process.exit(1), LIMIT_MS).unref();
  try {
    os.setPriority(os.constants.priority.PRIORITY_LOW);
  } catch {
    // It is only slower for others.
  }
  const [directory, key] = process.argv.slice(2);
  try {
    learn(directory, key);
  } catch (error) {
    // Nobody listens. A reason that matters is in the store by now.
    process.exitCode = 1;
    if (process.stderr.isTTY) process.stderr.write(`${error}\n`);
  }
}

main();
