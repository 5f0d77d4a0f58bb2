/**
 * What does `require('bmes-cache')` cost a program at its very start? It loads one file and no builtin, so
 * that a CLI may have it in its first line whether it calls it or not.
 *
 *     node bench/require.mjs [--rounds 21] [node22 node24 node26]
 *
 * Each round is a process of each Node. What is printed are medians of the time that passes in the
 * `require()`, and of the CPU time of the process in it; and, to know the floor, of an empty file's.
 */

import { spawnSync } from 'node:child_process';
import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { loaderRuntimes, nodeBinary } from '../scripts/runtimes.mjs';
import { median } from './statistics.mjs';

const { values: options, positionals } = parseArgs({
  options: { rounds: { type: 'string', default: '21' } },
  allowPositionals: true,
});
const folder = fs.mkdtempSync(path.join(os.tmpdir(), 'bmes-bench-require-'));
try {
  const empty = path.join(folder, 'empty.js');
  fs.writeFileSync(empty, '');
  const index = fileURLToPath(new URL('../index.js', import.meta.url));
  const names = positionals.length > 0 ? positionals : loaderRuntimes;
  const nodes = await Promise.all(names.map(nodeBinary));
  for (const [at, node] of nodes.entries()) {
    const rounds = Array.from({ length: Number(options.rounds) }, () => ({
      empty: once(node, empty),
      index: once(node, index),
    }));
    const shown = (/** @type {'empty' | 'index'} */ file) => {
      const of = (/** @type {'wall' | 'cpu'} */ time) =>
        median(rounds.map((round) => round[file][time])).toFixed(2);
      return `${of('wall')} ms, CPU ${of('cpu')} ms`;
    };
    console.log(`${names[at]}: ${shown('index')}; an empty file ${shown('empty')}`);
  }
} finally {
  fs.rmSync(folder, { recursive: true });
}

/**
 * @param {string} node
 * @param {string} file
 * @returns {{ wall: number, cpu: number }}
 */
function once(node, file) {
  const script = path.join(folder, 'once.cjs');
  fs.writeFileSync(
    script,
    `const [cpu, wall] = [process.cpuUsage(), performance.now()];
    require(${JSON.stringify(file)});
    const passed = performance.now() - wall;
    const { user, system } = process.cpuUsage(cpu);
    console.log(JSON.stringify({ wall: passed, cpu: (user + system) / 1000 }));`,
  );
  const { status, stdout, stderr } = spawnSync(node, [script], { encoding: 'utf8' });
  if (status !== 0) throw new Error(`${node} ended with ${status}: ${stderr}`);
  return JSON.parse(stdout);
}
