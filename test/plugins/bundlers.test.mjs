/**
 * The plugins in real bundlers: what was built starts from the cache at once, and is the same bytes as without
 * the plugin. The bundlers are those of `bundlers/`, each as it is now, and some as old as is allowed.
 */

import assert from 'node:assert/strict';
import fs from 'node:fs';
import { describe, test } from 'node:test';
import {
  assertStarts,
  build,
  bytesOf,
  how,
  names,
  project,
  warnings,
} from '../support/bundlers.mjs';

// Those that write to the store wait for what was written just now.
describe('what was built', { concurrency: 6 }, () => {
  for (const name of names) {
    test(`${name}: starts from the cache at once, and is the same bytes`, async (t) => {
      const box = project(t);
      await build(box, name);
      const plain = bytesOf(box.path('dist'));
      assert.ok(plain.some(([file]) => file === 'main.js'));
      await assertStarts({ ...how(box), cache: box.cache('empty') }, 'dist/main.js', 'native');
      fs.rmSync(box.path('dist'), { recursive: true });
      const said = await build(box, name, {});
      assert.deepEqual(warnings(said), []);
      assert.deepEqual(bytesOf(box.path('dist')), plain);
      for (const entry of ['dist/main.js', 'dist/other.js']) {
        await assertStarts(how(box), entry, 'warm');
      }
    });
  }
});
