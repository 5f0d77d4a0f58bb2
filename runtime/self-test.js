'use strict';
// Whether the linker may run here: this build of the runtime must have passed a self-test once, and the
// last starts of this app must not have died while it was linked.

const path = require('node:path');

const { atExit } = require('./exit.js');
const { mark } = require('./timeline.js');

const SELF_TEST = path.join(__dirname, '../learn/self-test/main.js');

/** A program that runs this long may never exit by itself. */
const AFTER_START_MS = 1000;

const ISSUES = 'https://github.com/bmes-cache/bmes-cache/issues';

/**
 * @param {import('./types.d.ts').Session} session
 */
function mayLink(session) {
  const obstacle = session.obstacle();
  if (!obstacle) return true;
  mark('stand-aside', explain(obstacle));
  if (obstacle.kind === 'untested') beginSelfTest(session);
  return false;
}

/**
 * The same before there is anything to be linked, so that the next run may.
 *
 * @param {import('./types.d.ts').Session} session
 */
function prepareToLink(session) {
  if (session.obstacle()?.kind === 'untested') beginSelfTest(session);
}

/** @param {{ kind: string, detail: string }} obstacle */
function explain({ kind, detail }) {
  const { version } = process;
  switch (kind) {
    case 'crashed':
      return `BMES_CRASHED ${detail}; until it is tried again, in an hour to a month, it runs on hooks. If nobody has ended it from outside, please report it with the output of BMES_DEBUG=1: ${ISSUES}`;
    case 'failed':
      return `BMES_SELF_TEST the linker's self-test has failed on ${version}: ${detail}. Please report it: ${ISSUES}`;
    default:
      return `BMES_UNTESTED_RUNTIME the linker's self-test has not passed on ${version} yet`;
  }
}

/**
 * Starts it beside the app, once that has started.
 *
 * @param {import('./types.d.ts').Session} session
 */
function beginSelfTest(session) {
  let isBegun = false;
  const begin = () => {
    if (isBegun) return;
    isBegun = true;
    try {
      session.startSelfTest(process.execPath, [SELF_TEST], environment());
    } catch (error) {
      mark('self-test', String(error));
    }
  };
  setTimeout(begin, AFTER_START_MS).unref();
  atExit(begin);
}

/** Without what the app is told, which may preload files of its own. */
function environment() {
  return Object.entries(process.env).flatMap(([name, value]) =>
    value === undefined || /^(NODE|BMES)_/i.test(name) ? [] : [name, value],
  );
}

module.exports = { mayLink, prepareToLink };
