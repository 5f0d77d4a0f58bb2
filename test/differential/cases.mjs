/**
 * Apps written by hand to be hard to start from a cache, run natively and from it, compared.
 *
 *     node test/differential/cases.mjs --node /path/to/node --mode both [--only word] [--jobs 2]
 *
 * Every run must give the native answer, and the third must be warm in the mode that was asked for, or what
 * the case says instead and why. A case that meets a known difference names its row of docs/differences.md
 * and says what exactly becomes of the native answer.
 */

import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { parseArgs } from 'node:util';

import { runDebugged, scrub } from '../support/compare.mjs';
import { modes, runCached, runNative } from '../support/run.mjs';
import modulesCases from './cases/modules.mjs';
import programsCases from './cases/programs.mjs';
import realmCases from './cases/realm.mjs';

/** @typedef {import('./cases/files.mjs').Case} Case */
/** @typedef {import('../support/run.mjs').Mode} Mode */

const { values } = parseArgs({
  options: {
    node: { type: 'string', default: process.execPath },
    mode: { type: 'string', default: 'both' },
    only: { type: 'string', default: '' },
    jobs: { type: 'string', default: '2' },
  },
});

const rows = fs
  .readFileSync(new URL('../../docs/differences.md', import.meta.url), 'utf8')
  .split('\n')
  .filter((line) => line.startsWith('| '));

/** @param {import('../support/run.mjs').Run} run */
const answerOf = (run) =>
  `${scrub(run.stdout)}--- stderr\n${scrub(run.stderr)}--- ${run.exitCode} ${run.signal}`;

const RUNS = ['learns', 'links', 'is warm', 'is quiet'];

/**
 * @param {string} name
 * @param {Case} one
 * @param {Mode} mode
 * @param {string} root an empty folder
 * @returns {Promise<string>} the stages it went through
 */
async function compare(name, one, mode, root) {
  const { entry = 'main.mjs', known } = one;
  const project = path.join(root, 'project');
  fs.mkdirSync(path.join(root, 'home'), { mode: 0o700 });
  for (const [file, text] of Object.entries(one.files)) {
    fs.mkdirSync(path.dirname(path.join(project, file)), { recursive: true });
    fs.writeFileSync(path.join(project, file), text);
  }
  one.setup?.(project);
  if (known && !rows.some((row) => row.startsWith(`| ${known.row}`))) {
    throw new Error(`docs/differences.md has no row "${known.row}"`);
  }
  const { nodeArgs, args, env } = one;
  const home = path.join(root, 'home');
  const options = { cwd: project, home, node: values.node, nodeArgs, args, env };
  const cached = { ...options, mode, cache: path.join(root, 'cache') };
  const native = answerOf(await runNative(entry, options));
  const stages = [];
  for (const [index, what] of RUNS.entries()) {
    const isQuiet = what === 'is quiet';
    const debugged = isQuiet ? undefined : await runDebugged(entry, cached);
    const run = debugged ?? (await runCached(entry, cached));
    const lines = debugged?.timeline.lines ?? [];
    const isKnown =
      known && (!known.mode || known.mode === mode) && !(known.fromPack && index === 0);
    const wanted = isKnown ? known.ours(native) : native;
    const found = answerOf(run);
    if (found !== wanted) {
      throw new Error(
        `the run that ${what} differs\n--- wanted\n${wanted}\n--- found\n${found}\n--- timeline\n${lines.join('\n')}`,
      );
    }
    stages.push(lines.findLast((line) => line.startsWith('stage '))?.replace(/ \+.*/, '') ?? what);
    if (what === 'is warm') checkEnding(one, mode, lines);
  }
  return stages.join(', ');
}

/**
 * @param {Case} one
 * @param {Mode} mode
 * @param {string[]} lines of the timeline; those of workers and children among them
 */
function checkEnding(one, mode, lines) {
  const wanted = one.ends?.[mode] ?? { stage: 'warm', mode, because: '' };
  const stage = `stage ${wanted.stage} mode ${wanted.mode} `;
  const isSo =
    lines.some((line) => line.startsWith(stage)) &&
    lines.some((line) => line.includes(wanted.because));
  if (!isSo) throw new Error(`wanted ${stage}${wanted.because}\n--- timeline\n${lines.join('\n')}`);
}

const parts = [realmCases, programsCases, modulesCases];
const all = parts.flatMap((part) => Object.entries(part));
if (new Set(all.map(([name]) => name)).size !== all.length) throw new Error('two cases of a name');
const wantedModes = modes.filter((mode) => values.mode === 'both' || values.mode === mode);
const chosen = all
  .filter(([name]) => name.includes(values.only))
  .flatMap(([name, one]) => wantedModes.map((mode) => ({ name, one, mode })));
if (chosen.length === 0) throw new Error('no case is of that name and mode');

let failed = 0;
async function work() {
  for (let next = chosen.shift(); next; next = chosen.shift()) {
    const { name, one, mode } = next;
    const root = fs.realpathSync(fs.mkdtempSync(path.join(os.tmpdir(), 'bmes-case-')));
    try {
      console.log(`case ${name} [${mode}] ${await compare(name, one, mode, root)}`);
    } catch (error) {
      failed++;
      console.log(`FAIL ${name} [${mode}] ${error}\n`);
    } finally {
      fs.rmSync(root, { recursive: true, force: true });
    }
  }
}
const count = chosen.length;
await Promise.all(Array.from({ length: Number(values.jobs) }, work));
console.log(`${count} runs through all stages, ${failed} failed`);
process.exitCode = failed > 0 ? 1 : 0;
