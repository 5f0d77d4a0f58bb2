/**
 * The files of a cache folder as an outsider sees them: to damage a pack, or put another in its place,
 * a test needs no knowledge of how packs are named or laid out.
 */

import fs from 'node:fs';
import path from 'node:path';

/** What the cache knows about itself as a whole, and what it knows of linking. */
const ACCOUNTS = /(^|[\\/])(usage|counters|lock|self-test|[0-9a-f]+\.mark)$/;

/**
 * Every regular file of a cache, except its accounts, the engine's own compile cache and records: a start
 * keeps none but that of our own code (test/bundle).
 *
 * @param {string} cache
 */
export function storedFiles(cache) {
  if (!fs.existsSync(cache)) return [];
  return fs
    .readdirSync(cache, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => path.join(entry.parentPath, entry.name))
    .filter(
      (file) => !/compile-cache|node-compile|[\\/]records[\\/]/.test(path.relative(cache, file)),
    )
    .filter((file) => !ACCOUNTS.test(file));
}

/**
 * The pack of the one app that ran with this cache: nothing else there is as large.
 *
 * @param {string} cache
 */
export function onlyPack(cache) {
  const [file] = storedFiles(cache)
    .map((name) => ({ name, size: fs.statSync(name).size }))
    .sort((left, right) => right.size - left.size);
  if (!file) throw new Error(`no pack in ${cache}`);
  return { file: file.name, bytes: fs.readFileSync(file.name) };
}

/**
 * Puts bytes where a pack was, as its owner and with its permissions, whatever a run did to it since.
 *
 * @param {string} file
 * @param {Uint8Array} bytes
 */
export function putPack(file, bytes) {
  fs.mkdirSync(path.dirname(file), { recursive: true, mode: 0o700 });
  fs.rmSync(file, { force: true });
  fs.writeFileSync(file, bytes, { mode: 0o600 });
}

/**
 * @param {Uint8Array} bytes
 * @param {number} at
 */
export function withFlippedBit(bytes, at) {
  const damaged = Uint8Array.from(bytes);
  damaged[at] = (damaged[at] ?? 0) ^ (1 << (at % 8));
  return damaged;
}
