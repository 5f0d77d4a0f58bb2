/** Damage in every place, or in as many as there is time for, each answered as it must be. */

import assert from 'node:assert/strict';
import fs from 'node:fs';
import path from 'node:path';
import { putPack, withFlippedBit } from './packs.mjs';

/** @typedef {import('./store-process.mjs').StoreProcess} StoreProcess */

/** Damage, or a header that says it is of something else. */
const codes = new Set(['BMES_STORE_DAMAGED', 'BMES_STORE_FOREIGN']);

/**
 * Puts bytes in the place of an entry that must be refused; then the next save must replace it.
 *
 * @param {StoreProcess} cache It has saved record 1.
 * @param {string} entry
 * @param {Uint8Array} bytes
 * @param {string} what
 */
async function assertRefused(cache, entry, bytes, what) {
  fs.writeFileSync(entry, bytes, { mode: 0o600 });
  const { value, reason } = await cache.load();
  assert.equal(value, null, `${what} was loaded`);
  assert.ok(codes.has(reason?.code ?? ''), `${what}: ${reason?.code}`);
  await cache.assertSaves();
  await cache.assertLoads();
}

/**
 * Flips a bit, and then all bits, of every byte.
 *
 * @param {StoreProcess} cache It has saved record 1.
 * @param {string} entry
 * @param {number} [step] Every how manieth byte.
 */
export async function flipEntry(cache, entry, step = 1) {
  const whole = fs.readFileSync(entry);
  let places = 0;
  for (let at = 0; at < whole.length; at += step) {
    await assertRefused(cache, entry, withFlippedBit(whole, at), `bit flipped in byte ${at}`);
    const inverted = Buffer.from(whole);
    inverted[at] = (inverted[at] ?? 0) ^ 0xff;
    await assertRefused(cache, entry, inverted, `byte ${at} inverted`);
    places += 1;
  }
  return places;
}

/**
 * @param {StoreProcess} cache It has saved record 1.
 * @param {string} entry
 * @param {number} [step] Every how manieth length.
 */
export async function truncateEntry(cache, entry, step = 1) {
  const whole = fs.readFileSync(entry);
  let places = 0;
  for (let length = 0; length < whole.length; length += step) {
    await assertRefused(cache, entry, whole.subarray(0, length), `${length} bytes`);
    places += 1;
  }
  return places;
}

/**
 * Flips bits of an app's pack and cuts it, and asks for all of the app's modules each time.
 *
 * @param {StoreProcess} cache Over the app's cache.
 * @param {Awaited<ReturnType<typeof import('./warm.mjs').warmApp>>} app
 * @param {number} most How many places; all if there are fewer.
 */
export async function flipPack(cache, app, most) {
  const files = fs
    .readdirSync(app.box.project, { recursive: true, encoding: 'utf8' })
    .filter((name) => name.endsWith('.js') || name.endsWith('.mjs'))
    .map((name) => fs.realpathSync(path.join(app.box.project, name)))
    .sort();
  const whole = (await cache.ask('digests', { files })).value;
  const found = whole.filter((/** @type {string} */ digest) =>
    /^[0-9a-f]{64}$/.test(digest),
  ).length;
  assert.ok(found > 3, `only ${found} modules of the app are found in its pack`);
  const { bytes, file } = app.pack;
  const step = Math.max(1, Math.floor(bytes.length / most));
  let [places, refused] = [0, 0];
  for (let at = 0; at < bytes.length; at += step) {
    for (const damaged of [withFlippedBit(bytes, at), bytes.subarray(0, at)]) {
      putPack(file, damaged);
      const { value } = await cache.ask('digests', { files });
      value.forEach((/** @type {string} */ digest, /** @type {number} */ index) => {
        const right = whole[index];
        const isMiss = digest.startsWith('BMES_');
        assert.ok(isMiss || digest === right, `byte ${at}: another record of ${files[index]}`);
        refused += Number(isMiss && digest !== right);
      });
      places += 1;
    }
  }
  putPack(file, bytes);
  assert.deepEqual((await cache.ask('digests', { files })).value, whole, 'after the damage');
  return { places, refused };
}
