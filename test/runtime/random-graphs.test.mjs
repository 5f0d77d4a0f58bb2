// Random apps: the same ones each time, and one that is new, whose seed is printed.

import assert from 'node:assert/strict';
import { test } from 'node:test';

import { check, describe } from '../differential/check.mjs';
import { editOf } from '../differential/edits.mjs';
import { generate } from '../differential/generate.mjs';
import { modes, testedNode } from '../support/run.mjs';

const FIXED = Array.from({ length: 25 }, (_, at) => 9000 + at);
const NEW = Date.now() % 1_000_000;

test('random apps give the native answer', { concurrency: 2 }, async (context) => {
  const seeds = [...FIXED, NEW];
  await Promise.all(
    seeds.map((seed) =>
      context.test(`seed ${seed}`, async () => {
        const app = generate(seed);
        const task = {
          app,
          isCalm: app.isCalm,
          edit: editOf(seed, app),
          node: testedNode,
          modes: [...modes],
        };
        const found = await check(task);
        assert.ok(!found, found ? `seed ${seed}\n${describe(task, found)}` : '');
      }),
    ),
  );
});
