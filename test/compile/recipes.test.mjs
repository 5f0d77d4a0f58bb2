/**
 * How a cache that was made ahead of time is shipped: folders that are copied, mounted read-only, or restored
 * by a CI job, and users without a home. The guide shows the same.
 */

import assert from 'node:assert/strict';
import fs from 'node:fs';
import path from 'node:path';
import { describe, test } from 'node:test';
import { assertSameAnswer, assertStage, runDebugged } from '../support/compare.mjs';
import { runCli, runNative, testedNode } from '../support/run.mjs';
import { sandbox } from '../support/sandbox.mjs';
import { allowLinking } from '../support/self-test.mjs';
import { attacker, withoutOtherUsers } from '../support/users.mjs';

/** @param {import('../support/sandbox.mjs').Sandbox} box */
function writeApp(box) {
  box.write('main.mjs', `import { dep } from 'dep'; import c from './c.cjs'; console.log(dep, c);`);
  box.write('c.cjs', `module.exports = 'commonjs';`);
  box.write('node_modules/dep/package.json', '{"name":"dep","exports":"./index.mjs"}');
  box.write('node_modules/dep/index.mjs', `export const dep = 'dep';`);
}

/**
 * @param {import('../support/sandbox.mjs').Sandbox} box
 * @param {string[]} words
 */
async function compile(box, words) {
  const options = { cwd: box.project, home: box.home, cache: box.cache('c') };
  allowLinking(options.cache, testedNode);
  const run = await runCli(['compile', ...words], options);
  assert.equal(run.exitCode, 0, `${run.stdout}${run.stderr}`);
}

/**
 * @param {Parameters<typeof runDebugged>[1]} how
 * @param {string} what
 */
async function assertWarm(how, what) {
  const run = await runDebugged('main.mjs', how);
  assertSameAnswer(run, await runNative('main.mjs', how), what);
  assertStage(run, 'warm', 'linker', what);
  return run;
}

describe('recipes', { concurrency: 4 }, () => {
  test('BMES_READONLY=1 with a store that compile has filled is warm and writes nothing', async (t) => {
    const box = sandbox(t);
    writeApp(box);
    await compile(box, ['main.mjs']);
    const listed = () => fs.readdirSync(box.cache('c'), { recursive: true }).sort();
    const before = listed();
    const env = { BMES_READONLY: '1' };
    const how = { cwd: box.project, home: box.home, cache: box.cache('c'), env };
    await assertWarm({ ...how, mode: 'linker' }, 'read-only');
    assert.deepEqual(listed(), before);
  });

  test('a store that a CI job restores beside a fresh install is warm, and heals', async (t) => {
    const box = sandbox(t);
    writeApp(box);
    await compile(box, ['main.mjs']);
    const cache = box.cache('c');
    const saved = path.join(box.root, 'saved');
    fs.cpSync(cache, saved, { recursive: true });
    for (const folder of [cache, box.project]) fs.rmSync(folder, { recursive: true });
    writeApp(box);
    fs.cpSync(saved, cache, { recursive: true });
    fs.chmodSync(cache, 0o700);
    /** @type {Parameters<typeof runDebugged>[1]} */
    const how = { mode: 'linker', cwd: box.project, home: box.home, cache };
    await assertWarm(how, 'the first start');
    // What was installed a moment ago tells nothing by its times.
    await new Promise((resolve) => setTimeout(resolve, 2100));
    await assertWarm(how, 'which takes its guards anew');
    const healed = await assertWarm(how, 'a later start');
    assert.match(healed.timeline.lines.join('\n'), /^open hit /m);
  });

  test('a function: its code is read-only, and only a temporary folder can be written', async (t) => {
    const box = sandbox(t);
    writeApp(box);
    await compile(box, ['--out', 'app.bmes', 'main.mjs']);
    const task = path.join(box.root, 'task');
    fs.cpSync(box.project, task, { recursive: true });
    const cache = path.join(box.root, 'tmp');
    fs.mkdirSync(cache, { mode: 0o700 });
    const env = { HOME: '', BMES_PACK: path.join(task, 'app.bmes') };
    /** @type {Parameters<typeof runDebugged>[1]} */
    const how = { mode: 'linker', cwd: task, home: box.home, cache, env };
    await assertWarm(how, 'a cold start');
    const again = await assertWarm(how, 'the next');
    assert.doesNotMatch(again.timeline.lines.join('\n'), /^pack /m);
  });

  test('a service of another user whose home cannot be entered', async (t) => {
    const reason = withoutOtherUsers();
    if (reason) return t.skip(reason);
    const box = sandbox(t);
    writeApp(box);
    await compile(box, ['--frozen', '--out', 'app.bmes', 'main.mjs']);
    fs.chmodSync(box.root, 0o755);
    fs.chmodSync(box.home, 0o000);
    const env = { BMES_PACK: box.path('app.bmes') };
    const how = { cwd: box.project, home: box.home, cache: '', env, user: attacker };
    await assertWarm({ ...how, mode: 'linker' }, 'ProtectHome');
    fs.chmodSync(box.home, 0o700);
  });
});
