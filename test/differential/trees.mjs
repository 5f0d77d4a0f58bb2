/**
 * Random changes to random project trees, each followed by runs that must give the native answer.
 *
 *     node test/differential/trees.mjs --seed 1 --count 50 --changes 8 --node /path/to/node --mode both
 *
 * `--seed` is the first of `--count` projects; each is warmed and then changed `--changes` times. A sequence
 * that shows a difference is made smaller and printed.
 */

import fs from 'node:fs';
import { parseArgs } from 'node:util';

import { generateProject } from './projects.mjs';
import { checkTree, describeTree, dropRoot, shrinkTree, tally } from './tree-check.mjs';

const { values } = parseArgs({
  options: {
    seed: { type: 'string', default: String(Date.now() % 1_000_000) },
    count: { type: 'string', default: '20' },
    changes: { type: 'string', default: '8' },
    node: { type: 'string', default: process.execPath },
    mode: { type: 'string', default: 'both' },
    jobs: { type: 'string', default: '3' },
    shrink: { type: 'boolean', default: true },
    out: { type: 'string' },
  },
  allowNegative: true,
});

dropRoot();
const first = Number(values.seed);
const seeds = Array.from({ length: Number(values.count) }, (_, at) => first + at);
const modes = values.mode === 'both' ? ['hooks', 'linker'] : [values.mode];
console.log(`projects ${first} to ${first + seeds.length - 1} on ${values.node}`);

let failures = 0;
/** Takes seeds until there are none. */
async function work() {
  for (let seed = seeds.shift(); seed !== undefined; seed = seeds.shift()) {
    /** @type {import('./tree-check.mjs').TreeTask} */
    const task = {
      seed,
      project: generateProject(seed),
      count: Number(values.changes),
      isAged: seed % 3 === 0,
      node: values.node,
      modes,
    };
    let found = await checkTree(task);
    if (!found) continue;
    failures++;
    console.log(`project ${seed} differs: ${found.where}`);
    let small = task;
    if (values.shrink) ({ task: small, found } = await shrinkTree(task, found));
    const text = `project ${seed}\n${describeTree(small, found)}`;
    console.log(text);
    if (values.out) fs.appendFileSync(values.out, `${text}\n\n`);
  }
}
await Promise.all(Array.from({ length: Number(values.jobs) }, work));

const lines = (/** @type {Map<string, number>} */ counts) =>
  [...counts].sort().map(([what, count]) => `  ${what}: ${count}`);
const changes = [...tally.changes.values()].reduce((sum, one) => sum + one, 0);
console.log(
  [
    `${failures} of ${values.count} differ; ${changes} changes, ${tally.answers} of them with another answer`,
    ...lines(tally.changes),
    `runs (${tally.preload} answered as with any preload)`,
    ...lines(tally.stages),
  ].join('\n'),
);
process.exitCode = failures > 0 ? 1 : 0;
