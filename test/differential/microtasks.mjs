/**
 * Random graphs that count microtasks while `import()`s race, natively and from the cache, compared.
 *
 *     node test/differential/microtasks.mjs --seed 1 --count 5000 --node /path/to/node --mode both
 *
 * `--seed` is the first of `--count` seeds, of which `--batch` make one app.
 */

import { parseArgs } from 'node:util';
import { checkRaces, describeRace } from './races-check.mjs';

const { values } = parseArgs({
  options: {
    seed: { type: 'string', default: String(Date.now() % 1_000_000) },
    count: { type: 'string', default: '1000' },
    batch: { type: 'string', default: '100' },
    node: { type: 'string', default: process.execPath },
    mode: { type: 'string', default: 'both' },
    show: { type: 'string', default: '3' },
  },
});

const [first, count, batch] = [values.seed, values.count, values.batch].map(Number);
const modes = values.mode === 'both' ? ['hooks', 'linker'] : [values.mode];
console.log(`seeds ${first} to ${first + count - 1} on ${values.node}`);
let differ = 0;
for (const mode of /** @type {import('../support/run.mjs').Mode[]} */ (modes)) {
  let ofMode = 0;
  for (let at = 0; at < count; at += batch) {
    const found = await checkRaces(first + at, Math.min(batch, count - at), mode, values.node);
    for (const each of found.slice(0, Math.max(0, Number(values.show) - ofMode)))
      console.log(describeRace(each));
    ofMode += found.length;
  }
  console.log(`${mode}: ${ofMode} of ${count} differ`);
  differ += ofMode;
}
process.exitCode = differ > 0 ? 1 : 0;
