// Graphs whose `import()`s race and count microtasks: the same ones each time, and some that are new, whose
// seeds are printed.

import assert from 'node:assert/strict';
import { test } from 'node:test';

import { checkRaces, describeRace } from '../differential/races-check.mjs';
import { modes, testedNode } from '../support/run.mjs';

const COUNT = 150;
const FIXED = 1;
const NEW = 100_000 + (Date.now() % 1_000_000);

for (const mode of modes) {
  for (const seed of [FIXED, NEW]) {
    test(`import() settles in the microtask in which it would natively, ${mode}, seeds from ${seed}`, async () => {
      const found = await checkRaces(seed, COUNT, mode, testedNode);
      assert.deepEqual(found.map(describeRace), []);
    });
  }
}
