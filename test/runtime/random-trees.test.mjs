// Random changes to random project trees: the same ones each time, and one that is new, whose seed is
// printed. `node test/differential/trees.mjs` runs any number of them.

import assert from 'node:assert/strict';
import { test } from 'node:test';

import { generateProject } from '../differential/projects.mjs';
import { checkTree, describeTree, dropRoot } from '../differential/tree-check.mjs';
import { modes, testedNode } from '../support/run.mjs';

const FIXED = [9000, 9001, 9002, 9003, 9004, 9005];
const NEW = Date.now() % 1_000_000;

dropRoot();

test('random changes to a tree give the native answer', { concurrency: 2 }, async (context) => {
  await Promise.all(
    [...FIXED, NEW].map((seed) =>
      context.test(`project ${seed}`, async () => {
        const task = {
          seed,
          project: generateProject(seed),
          count: 4,
          isAged: seed % 3 === 0,
          node: testedNode,
          modes: [...modes],
        };
        const found = await checkTree(task);
        assert.ok(!found, found ? `project ${seed}\n${describeTree(task, found)}` : '');
      }),
    ),
  );
});
