/**
 * Random module graphs, run natively and from the cache, compared.
 *
 *     node test/differential/graphs.mjs --seed 1 --count 100 --node /path/to/node --mode both
 *
 * `--seed` is the first of `--count` seeds. A graph that shows a difference is made smaller and printed.
 */

import fs from 'node:fs';
import { parseArgs } from 'node:util';

import { check, describe, shrink, tally } from './check.mjs';
import { editOf } from './edits.mjs';
import { generate } from './generate.mjs';

const { values } = parseArgs({
  options: {
    seed: { type: 'string', default: String(Date.now() % 1_000_000) },
    count: { type: 'string', default: '50' },
    node: { type: 'string', default: process.execPath },
    mode: { type: 'string', default: 'both' },
    jobs: { type: 'string', default: '2' },
    shrink: { type: 'boolean', default: true },
    out: { type: 'string' },
  },
  allowNegative: true,
});

const first = Number(values.seed);
const seeds = Array.from({ length: Number(values.count) }, (_, at) => first + at);
const modes = values.mode === 'both' ? ['hooks', 'linker'] : [values.mode];
console.log(`seeds ${first} to ${first + seeds.length - 1} on ${values.node}`);

let failures = 0;
/** Takes seeds until there are none. */
async function work() {
  for (let seed = seeds.shift(); seed !== undefined; seed = seeds.shift()) {
    const app = generate(seed);
    /** @type {import('./check.mjs').Task} */
    const task = { app, isCalm: app.isCalm, edit: editOf(seed, app), node: values.node, modes };
    let found = await check(task);
    if (!found) continue;
    failures++;
    console.log(`seed ${seed} differs (${found.kind}) at ${found.where}`);
    let small = task;
    if (values.shrink) ({ task: small, found } = await shrink(task, found));
    const text = `seed ${seed}\n${describe(small, found)}`;
    console.log(text);
    if (values.out) fs.appendFileSync(values.out, `${text}\n\n`);
  }
}
await Promise.all(Array.from({ length: Number(values.jobs) }, work));

console.log(`${failures} of ${values.count} differ`);
console.log(
  [...tally]
    .sort()
    .map(([what, count]) => `  ${what}: ${count}`)
    .join('\n'),
);
process.exitCode = failures > 0 ? 1 : 0;
