/** Runs an app of races natively and in each stage, and says which of its graphs differ. */

import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { runDebugged } from '../support/compare.mjs';
import { runNative } from '../support/run.mjs';
import { generateRaces } from './races.mjs';

/** How many runs it may take until everything comes from the pack. */
const MAX_RUNS = 8;

/**
 * @typedef {object} Found
 * @property {string} where the graph, `mode` and stage
 * @property {string} native
 * @property {string} ours
 * @property {string} files
 */

/**
 * @param {number} seed
 * @param {number} count
 * @param {import('../support/run.mjs').Mode} mode
 * @param {string} node
 * @returns {Promise<Found[]>}
 */
export async function checkRaces(seed, count, mode, node) {
  const root = fs.realpathSync(fs.mkdtempSync(path.join(os.tmpdir(), 'bmes-races-')));
  try {
    const files = generateRaces(seed, count);
    const cwd = path.join(root, 'project');
    for (const [name, text] of Object.entries(files)) {
      fs.mkdirSync(path.dirname(path.join(cwd, name)), { recursive: true });
      fs.writeFileSync(path.join(cwd, name), text);
    }
    const home = path.join(root, 'home');
    fs.mkdirSync(home, { mode: 0o700 });
    const options = { cwd, home, node, mode, cache: path.join(root, 'cache') };
    const native = await runNative('main.js', options);
    if (native.signal === 'SIGABRT' || native.signal === 'SIGTRAP') {
      // V8 itself ends the process at some graphs: there is no answer of theirs to compare with.
      if (count === 1) return [];
      const half = Math.ceil(count / 2);
      const found = await checkRaces(seed, half, mode, node);
      return [...found, ...(await checkRaces(seed + half, count - half, mode, node))];
    }
    if (native.exitCode !== 0 || lines(native.stdout).length !== count) {
      throw new Error(`seeds from ${seed} do not run natively: ${native.stderr}`);
    }
    /** @type {Found[]} */
    const found = [];
    let stage;
    for (let nth = 0; nth < MAX_RUNS && stage?.stage !== 'warm'; nth += 1) {
      const run = await runDebugged('main.js', options);
      stage = run.timeline.stage;
      const where = `run ${nth + 1}, ${stage?.stage} by ${stage?.mode} for ${mode}`;
      found.push(...differences(where, native.stdout, run.stdout, files));
      if (run.exitCode !== 0) throw new Error(`${where}, seeds from ${seed}: ${run.stderr}`);
      if (found.length > 0) return found;
    }
    if (stage?.stage !== 'warm' || stage.mode !== mode) {
      throw new Error(`seeds from ${seed} are never warm by ${mode}: ${JSON.stringify(stage)}`);
    }
    return found;
  } finally {
    fs.rmSync(root, { recursive: true, force: true, maxRetries: 3 });
  }
}

/** @param {string} stdout */
function lines(stdout) {
  return stdout.split('\n').filter(Boolean);
}

/**
 * @param {string} where
 * @param {string} native
 * @param {string} ours
 * @param {Record<string, string>} files
 * @returns {Found[]}
 */
function differences(where, native, ours, files) {
  const own = lines(ours);
  return lines(native).flatMap((line, at) => {
    if (line === own[at]) return [];
    const [graph] = line.split(' ');
    const texts = Object.entries(files).filter(([name]) => name.startsWith(`${graph}/`));
    return {
      where: `${graph}: ${where}`,
      native: line,
      ours: own[at] ?? '(nothing)',
      files: texts.map(([name, text]) => `// ${name}\n${text}`).join('\n'),
    };
  });
}

/** @param {Found} found */
export function describeRace({ where, native, ours, files }) {
  return `${where}\n  native ${native}\n  ours   ${ours}\n${files}`;
}
