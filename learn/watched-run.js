'use strict';
// Runs an app once, natively and watched, as its first run without a pack would be: what it loads by names
// nobody can read is then known, and all it did has been compared with the crawl. What was learnt lies in a
// cache of its own.

const { spawn } = require('node:child_process');
const { mkdtempSync, rmSync } = require('node:fs');
const { tmpdir } = require('node:os');
const path = require('node:path');

const REGISTER = path.join(__dirname, '..', 'runtime', 'register.js');

/**
 * What came of a run.
 *
 * @typedef {object} WatchedRun
 * @property {string} directory the cache with what was learnt
 * @property {number | null} exitCode
 * @property {string | null} signal
 * @property {string} problem why nothing was learnt: a code and what it is about; empty if nobody said so
 * @property {() => void} remove takes the cache away
 */

/**
 * @param {readonly string[]} words the entry and its arguments
 * @param {{ node: string, nodeFlags: string[], env: NodeJS.ProcessEnv, stdout: 'inherit' | 2 }} how `stdout` is the app's
 * @returns {Promise<WatchedRun>}
 */
async function watchedRun(words, { node, nodeFlags, env, stdout }) {
  const directory = mkdtempSync(path.join(tmpdir(), 'bmes-check-'));
  const remove = () => rmSync(directory, { recursive: true, force: true });
  let problem = '';
  /** @param {string} line of ours, of `BMES_DEBUG` */
  const note = (line) => {
    const [, said = ''] =
      /^bmes: (?:not-learnt|stand-aside) (?:Error: )?(.*) \+[\d.]+ms$/.exec(line) ?? [];
    problem ||= said;
  };
  const child = spawn(node, [...nodeFlags, '--import', REGISTER, ...words], {
    stdio: ['inherit', stdout, 'pipe'],
    env: {
      ...env,
      BMES_CACHE_DIR: directory,
      BMES_LEARN: 'exit',
      BMES_DEBUG: '1',
      // The linker is not to be tested for a cache that goes away.
      BMES_MODE: 'hooks',
      BMES_PACK: '',
      BMES_DISABLE: '',
      BMES_READONLY: '',
    },
  });
  // A terminal sends it to both; it is for the app.
  const ignore = () => {};
  process.on('SIGINT', ignore);
  try {
    const [exitCode, signal] = await ended(child, note);
    return { directory, exitCode, signal, problem, remove };
  } catch (error) {
    remove();
    throw error;
  } finally {
    process.off('SIGINT', ignore);
  }
}

/**
 * @param {import('node:child_process').ChildProcess} child
 * @param {(line: string) => void} note what is ours of its errors; the rest is passed on
 * @returns {Promise<[number | null, string | null]>}
 */
function ended(child, note) {
  return new Promise((resolve, reject) => {
    let rest = '';
    child.stderr?.setEncoding('utf8').on('data', (text) => {
      const lines = `${rest}${text}`.split('\n');
      rest = lines.pop() ?? '';
      for (const line of lines) {
        if (line.startsWith('bmes: ')) note(line);
        else process.stderr.write(`${line}\n`);
      }
      // A question that waits for its answer on the same line.
      if (rest !== '' && !'bmes: '.startsWith(rest.slice(0, 6))) {
        process.stderr.write(rest);
        rest = '';
      }
    });
    child.on('error', reject);
    child.on('close', (code, signal) => {
      process.stderr.write(rest);
      resolve([code, signal]);
    });
  });
}

module.exports = { watchedRun };
