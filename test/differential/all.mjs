/**
 * Everything that is compared with the runtime's own answer beyond `npm test`, on every Node there is.
 *
 *     npm run test:differential -- --graphs 700 --projects 70 --seed 1
 *
 * That many random graphs, and projects changed ten times each, on each Node, in both modes; and the cases
 * written by hand. Each part prints its seeds; the last line counts the parts that found a difference.
 */

import { spawn } from 'node:child_process';
import path from 'node:path';
import { parseArgs } from 'node:util';

import { loaderRuntimes, runtimes } from '../../scripts/runtimes.mjs';

const { values } = parseArgs({
  options: {
    seed: { type: 'string', default: String(Date.now() % 1_000_000) },
    graphs: { type: 'string', default: '700' },
    projects: { type: 'string', default: '70' },
    races: { type: 'string', default: '1000' },
    jobs: { type: 'string', default: '2' },
  },
});

const { seed, jobs } = values;
const parts = [
  ['cases.mjs'],
  ['graphs.mjs', '--seed', seed, '--count', values.graphs, '--jobs', jobs],
  ['microtasks.mjs', '--seed', seed, '--count', values.races],
  ['trees.mjs', '--seed', seed, '--count', values.projects, '--changes', '10', '--jobs', jobs],
];

const paths = await runtimes();
let failed = 0;
for (const name of loaderRuntimes) {
  const node = paths[name];
  if (!node) {
    console.log(`${name} is not there on this platform`);
    continue;
  }
  for (const [file = '', ...words] of parts) {
    const script = path.join(import.meta.dirname, file);
    const line = [script, ...words, '--node', node, '--mode', 'both'];
    console.log(`\n${name} ${file} ${words.join(' ')}`);
    const status = await new Promise((resolve, reject) => {
      spawn(node, line, { stdio: 'inherit' }).on('error', reject).on('close', resolve);
    });
    if (status !== 0) failed++;
  }
}
console.log(`\n${failed} parts found a difference`);
process.exitCode = failed > 0 ? 1 : 0;
