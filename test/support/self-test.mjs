/**
 * The self-test's verdict, put into the caches of tests.
 *
 * An app is linked only where the linker has passed its self-test on this build of the runtime, which takes
 * about a second. Here it is run once for each binary and version of our files, in whatever test needs it
 * first, and what it left is copied into every other cache. What a test asks of the self-test itself is in
 * test/runtime/self-test.test.mjs.
 */

import { spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { fileURLToPath } from 'node:url';

const root = fileURLToPath(new URL('../../', import.meta.url));
export const selfTestPath = path.join(root, 'learn', 'self-test', 'main.js');

/** @type {Map<string, { folder: string, file: string } | null>} by binary */
const verdicts = new Map();

/**
 * Makes an app that uses this cache linkable, as it would be after the first run of any.
 *
 * @param {string} cache
 * @param {string} node
 * @param {number} [user] whose it is to be
 */
export function allowLinking(cache, node, user) {
  // Some tests name a place that must not be there.
  if (!cache.startsWith(os.tmpdir())) return;
  const verdict = verdictOf(node);
  if (!verdict) return;
  const target = path.join(cache, 'v1', verdict.folder);
  if (fs.existsSync(path.join(target, 'self-test'))) return;
  try {
    put(verdict.file, [cache, path.join(cache, 'v1'), target], user);
  } catch {
    // A test of what there is instead of a cache.
  }
}

/**
 * @param {string} file
 * @param {string[]} folders the last is where it is put
 * @param {number | undefined} user
 */
function put(file, folders, user) {
  fs.mkdirSync(path.dirname(folders[0] ?? ''), { recursive: true });
  for (const folder of folders) {
    if (fs.existsSync(folder)) continue;
    fs.mkdirSync(folder, { mode: 0o700 });
    if (user !== undefined) fs.chownSync(folder, user, user);
  }
  // Other runs may be reading it.
  const own = `${folders.at(-1)}/self-test-${process.pid}`;
  fs.copyFileSync(file, own);
  fs.chmodSync(own, 0o600);
  if (user !== undefined) fs.chownSync(own, user, user);
  fs.renameSync(own, path.join(path.dirname(own), 'self-test'));
}

/** @param {string} node */
function verdictOf(node) {
  let known = verdicts.get(node);
  if (known === undefined) verdicts.set(node, (known = find(node)));
  return known;
}

/**
 * @param {string} node
 * @returns {{ folder: string, file: string } | null} null where it has failed: the tests will tell
 */
function find(node) {
  const shared = path.join(os.tmpdir(), `bmes-self-tests-${os.userInfo().uid}-${stamp(node)}`);
  if (!fs.existsSync(shared)) {
    const made = fs.mkdtempSync(path.join(os.tmpdir(), 'bmes-self-tests-'));
    spawnSync(node, [selfTestPath, path.join(made, 'cache')], { env: { PATH: process.env.PATH } });
    try {
      fs.renameSync(path.join(made, 'cache', 'v1'), shared);
    } catch {
      // Another test was first, or there is none.
    }
    fs.rmSync(made, { recursive: true, force: true });
  }
  if (!fs.existsSync(shared)) return null;
  const folder = fs.readdirSync(shared).find((name) => name.startsWith('node-'));
  return folder ? { folder, file: path.join(shared, folder, 'self-test') } : null;
}

/**
 * Changes with everything that a verdict rests on.
 *
 * @param {string} node
 */
function stamp(node) {
  const hash = createHash('sha256');
  const files = ['runtime', 'learn'].flatMap((folder) =>
    fs
      .readdirSync(path.join(root, folder), { recursive: true, encoding: 'utf8' })
      .map((name) => path.join(root, folder, name)),
  );
  const addons = fs.readdirSync(root).filter((name) => name.endsWith('.node'));
  for (const file of [...files.sort(), ...addons.map((name) => path.join(root, name)), node]) {
    const { mtimeMs, size } = fs.statSync(file);
    hash.update(`${file} ${mtimeMs} ${size}\n`);
  }
  return hash.digest('hex').slice(0, 16);
}
