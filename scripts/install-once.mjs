/**
 * Installs one of the packages that stand beside the root (`apps/`, `runtimes/`) when it is needed.
 *
 * Neither belongs in the root's dependencies: together they are a gigabyte that only tests and benches
 * use. Test files run in processes of their own and may all ask at once, so the install is done under a
 * lock, and a stamp with the lockfile's digest says that it is complete and current.
 */

import { spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import fs from 'node:fs';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';

const STALE_LOCK_MS = 10 * 60_000;

/** @param {string} directory */
const digestOfLockfile = (directory) =>
  createHash('sha256')
    .update(fs.readFileSync(path.join(directory, 'package-lock.json')))
    .digest('hex');

/**
 * @param {string} directory Absolute path of a folder with a package.json and a package-lock.json.
 * @returns {Promise<void>}
 */
export async function installOnce(directory) {
  const stamp = path.join(directory, 'node_modules', '.installed');
  const lock = path.join(directory, '.installing');
  const digest = digestOfLockfile(directory);
  while (!isInstalled(stamp, digest)) {
    if (!takeLock(lock)) {
      await sleep(200);
      continue;
    }
    try {
      if (isInstalled(stamp, digest)) return;
      npmCi(directory);
      fs.writeFileSync(stamp, digest);
    } finally {
      fs.rmSync(lock, { recursive: true, force: true });
    }
  }
}

/**
 * @param {string} stamp
 * @param {string} digest
 */
function isInstalled(stamp, digest) {
  return fs.existsSync(stamp) && fs.readFileSync(stamp, 'utf8') === digest;
}

/** @param {string} lock */
function takeLock(lock) {
  try {
    fs.mkdirSync(lock);
    return true;
  } catch (error) {
    if (/** @type {NodeJS.ErrnoException} */ (error).code !== 'EEXIST') throw error;
  }
  const held = fs.statSync(lock, { throwIfNoEntry: false });
  if (held && Date.now() - held.mtimeMs > STALE_LOCK_MS) {
    fs.rmSync(lock, { recursive: true, force: true });
  }
  return false;
}

/** @param {string} directory */
function npmCi(directory) {
  const name = path.basename(directory);
  process.stderr.write(`installing ${name}/ (once)\n`);
  const result = spawnSync('npm', ['ci', '--no-audit', '--no-fund'], {
    cwd: directory,
    encoding: 'utf8',
    maxBuffer: 64 << 20,
    shell: process.platform === 'win32',
  });
  if (result.error) throw result.error;
  if (result.status !== 0) {
    throw new Error(`npm ci in ${name}/ ended with ${result.status}\n${result.stderr}`);
  }
}
