/** One real program, run natively and through all stages of the cache, before and after an edit. */

import assert from 'node:assert/strict';
import fs from 'node:fs';
import path from 'node:path';
import { appsDirectory } from '../../scripts/apps.mjs';
import { appsProject } from './apps-project.mjs';
import { assertSameAnswer, assertStage, runDebugged } from './compare.mjs';
import { runCached, runNative } from './run.mjs';

/**
 * @typedef {object} Answer
 * @property {import('./run.mjs').Run} run
 * @property {Record<string, string>} files What it wrote to `out/`.
 */

/** How many runs come after the edit: watched again or taken over, then warm. */
const RUNS_AFTER_EDIT = 2;

/**
 * @param {Parameters<typeof appsProject>[0]} test
 * @param {import('../../scripts/programs.mjs').Program} program
 * @param {import('./run.mjs').Mode} mode
 * @returns {Promise<string[]>} How each run was done: `native by native`, `warm by linker`, ...
 */
export async function assertProgramIsSame(test, program, mode) {
  const { entry, args = [], env = {}, edit, exitCode = 0 } = program;
  const box = await appsProject(test, {});
  fs.cpSync(path.join(appsDirectory, 'programs', program.name), box.project, { recursive: true });
  const out = box.path('out');
  const options = { cwd: box.project, home: box.home, args, env };
  const cached = { ...options, mode, cache: box.cache(mode) };
  /** @type {string[]} */
  const stages = [];

  /**
   * @template {import('./run.mjs').Run} R
   * @param {() => Promise<R>} run
   */
  const answer = async (run) => {
    fs.rmSync(out, { recursive: true, force: true });
    return { run: await run(), files: written(out) };
  };

  /**
   * @param {Answer} native
   * @param {string} what
   */
  const compare = async (native, what) => {
    const { run, files } = await answer(() => runDebugged(entry, cached));
    const said = `${what} of ${program.name} in ${mode} mode`;
    assertSameAnswer(run, native.run, said);
    assert.deepEqual(files, native.files, said);
    assertStage(run, null, undefined, said);
    // The first that is not native: a CommonJS entry is, and its graph is opened after it; workers and
    // children say theirs later.
    const told = run.timeline.lines.filter((line) => line.startsWith('stage '));
    const first = told.find((line) => !line.startsWith('stage native')) ?? told[0] ?? '';
    stages.push(first.replace(/^stage (\w+) mode (\w+).*/, '$1 by $2'));
  };

  const native = await answer(() => runNative(entry, options));
  assert.equal(native.run.exitCode, exitCode, native.run.stderr || native.run.stdout);
  const { stdout, stderr } = native.run;
  assert.notEqual(stdout + stderr + Object.keys(native.files).join(), '', 'it does nothing');
  for (const nth of [1, 2, 3]) await compare(native, `run ${nth}`);
  const quiet = await answer(() => runCached(entry, cached));
  assertSameAnswer(quiet.run, native.run, 'a quiet run');
  assert.deepEqual(quiet.files, native.files, 'a quiet run');

  box.edit(edit.file, edit.from, edit.to);
  const edited = await answer(() => runNative(entry, options));
  assert.notDeepEqual(
    [edited.run.stdout, edited.run.stderr, edited.files],
    [native.run.stdout, native.run.stderr, native.files],
    'the edit changes nothing',
  );
  for (let nth = 1; nth <= RUNS_AFTER_EDIT; nth += 1) {
    await compare(edited, `run ${nth} after the edit`);
  }
  return stages;
}

/**
 * @param {string} directory
 * @returns {Record<string, string>}
 */
function written(directory) {
  if (!fs.existsSync(directory)) return {};
  const entries = fs.readdirSync(directory, { recursive: true, withFileTypes: true });
  const files = entries
    .filter((entry) => entry.isFile())
    .map((entry) => path.join(entry.parentPath, entry.name))
    .sort();
  return Object.fromEntries(
    files.map((file) => [path.relative(directory, file), fs.readFileSync(file, 'latin1')]),
  );
}
