'use strict';
// A child in our place, where a process cannot replace itself.

const { spawn } = require('node:child_process');

/** What a terminal or a supervisor sends to end or reload a program. */
const PASSED_ON = /** @type {const} */ ([
  'SIGINT',
  'SIGTERM',
  'SIGHUP',
  'SIGQUIT',
  'SIGUSR1',
  'SIGUSR2',
  'SIGBREAK',
]);

/** @param {string[]} argv */
function runChild(argv) {
  /** @type {import('node:child_process').ChildProcess[]} */
  const children = [];
  // Before the child is there: a signal in between must not end us and leave it behind.
  for (const signal of PASSED_ON) {
    try {
      process.on(signal, () => children.forEach((child) => child.kill(signal)));
    } catch {
      // Not known on this platform.
    }
  }
  const child = spawn(process.execPath, argv, { stdio: 'inherit' });
  children.push(child);
  child.on('error', (error) => {
    process.stderr.write(`bmes run: cannot start ${process.execPath}: ${error.message}\n`);
    process.exitCode = 1;
  });
  child.on('exit', (code, signal) => {
    if (!signal) {
      process.exitCode = code ?? 1;
      return;
    }
    // Die as the child did, so that whoever waits for us sees the same.
    process.removeAllListeners(signal);
    process.kill(process.pid, signal);
  });
}

module.exports = { runChild };
