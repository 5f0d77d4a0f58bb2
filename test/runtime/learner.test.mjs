// The process that makes packs: what it makes, when it is started, what its death leaves.

import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import fs from 'node:fs';
import path from 'node:path';
import { describe, test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { assertSameAnswer, assertStage, runDebugged } from '../support/compare.mjs';
import { linkPackage, runEnabled, runUnenabled } from '../support/enabled.mjs';
import { background, filesOfKind, runAndLearn, untilLearnt } from '../support/learner.mjs';
import { modes, runNative, testedNode } from '../support/run.mjs';
import { sandbox } from '../support/sandbox.mjs';
import { askWhy } from '../support/why.mjs';

const learner = fileURLToPath(new URL('../../learn/main.js', import.meta.url));

/** A service: it says when it listens, and never ends by itself. */
const service = {
  'main.mjs': `
    import http from 'node:http';
    import { answer } from './answer.mjs';
    import { name } from './name.cjs';
    const server = http.createServer((request, response) => response.end(answer + name));
    server.listen(0, () => console.log('listening'));`,
  'answer.mjs': "export { answer } from './deep.mjs';",
  'deep.mjs': "export const answer = 'yes';",
  'name.cjs': "exports.name = 'service';",
};

/** @param {import('../support/timeline.mjs').Stage | null} stage */
function isFromPack(stage) {
  return stage?.stage === 'linked' || stage?.stage === 'warm';
}

for (const mode of modes) {
  describe(`the learner, ${mode}`, { concurrency: 2 }, () => {
    /**
     * @param {import('node:test').TestContext} t
     * @param {Record<string, string>} files
     * @param {string} [name]
     */
    function fixture(t, files, name = mode) {
      const box = sandbox(t);
      for (const [file, text] of Object.entries(files)) box.write(file, text);
      const env = background;
      return { box, run: { mode, cwd: box.project, home: box.home, cache: box.cache(name), env } };
    }

    test('makes a whole pack: the second run of the linker is warm', async (t) => {
      const { box, run } = fixture(t, {
        'main.mjs':
          "import { a } from './a.mjs'; console.log(a, await (await import('./b.mjs')).b);",
        'a.mjs': "import { c } from './c.cjs'; export const a = c;",
        'b.mjs': 'export const b = Promise.resolve(2);',
        'c.cjs': 'exports.c = 1;',
      });
      const native = await runNative('main.mjs', run);
      assertSameAnswer(await runAndLearn('main.mjs', run), native, 'the first run');
      const second = await runDebugged('main.mjs', run);
      assertSameAnswer(second, native, 'the second run');
      assertStage(second, mode === 'linker' ? 'warm' : null, mode, 'the second run');
      assert.ok(isFromPack(second.timeline.stage));
      // An edit sends it to its learner again, which keeps what is still true.
      box.write('a.mjs', "import './new.mjs'; export const a = 5;");
      box.write('new.mjs', 'export {};');
      const edited = await runNative('main.mjs', run);
      assertSameAnswer(await runAndLearn('main.mjs', run), edited, 'a run after an edit');
      const after = await runDebugged('main.mjs', run);
      assertSameAnswer(after, edited, 'the run after that');
      assertStage(after, mode === 'linker' ? 'warm' : null, mode, 'the run after that');
    });

    for (const signal of /** @type {const} */ (['SIGKILL', 'SIGTERM', 'SIGINT'])) {
      test(`a service that ends by ${signal} soon after it listens`, async (t) => {
        const { run } = fixture(t, service);
        const first = await runDebugged('main.mjs', { ...run, onStderr: endWhenLeft(signal) });
        assert.equal(first.signal, signal);
        await untilLearnt(run.cache);
        const second = await runDebugged('main.mjs', {
          ...run,
          onStdout: (child) => void child.kill(signal),
        });
        assert.equal(second.stdout, 'listening\n');
        assert.ok(isFromPack(second.timeline.stage), second.timeline.lines.join('\n'));
      });
    }

    test('what is loaded later is added', async (t) => {
      const { run } = fixture(t, {
        'main.mjs': `
          import './a.mjs';
          setTimeout(() => import('./late.mjs'), 700);
          setTimeout(() => import('./later.mjs').then(({ later }) => console.log(later)), 1500);`,
        'a.mjs': 'export {};',
        'late.mjs': "import './c.cjs';",
        'later.mjs': "import './late.mjs'; export const later = 'later';",
        'c.cjs': '',
      });
      const first = await runAndLearn('main.mjs', run);
      // A new one, or that which is still at work and looks again.
      const left = first.timeline.lines.filter((line) =>
        /^(learner process|not-learnt BMES_LEARNING another process)/.test(line),
      );
      assert.ok(left.length > 1, first.timeline.lines.join('\n'));
      const second = await runDebugged('main.mjs', run);
      assert.equal(second.stdout, 'later\n');
      assert.ok(isFromPack(second.timeline.stage));
      const [pack] = filesOfKind(run.cache, '.pack');
      assert.ok(pack && fs.readFileSync(pack).includes('later.mjs'));
    });

    test('a learner that is killed at any moment leaves what it was given', async (t) => {
      const { run } = fixture(t, service);
      /** @type {number[]} */
      const killed = [];
      for (const delay of [0, 5, 20, 60]) {
        fs.rmSync(run.cache, { recursive: true, force: true });
        const end = endWhenLeft('SIGKILL');
        const first = await runDebugged('main.mjs', {
          ...run,
          onStderr: (child, text) => {
            end(child, text);
            const id = Number(/learner process (\d+)/.exec(text)?.[1] ?? 0);
            if (!id || killed.includes(id)) return;
            killed.push(id);
            setTimeout(stop, delay, id);
          },
        });
        assert.equal(first.signal, 'SIGKILL');
        await sleep(100);
        // In this order: what was left is taken away when there is a pack.
        const isLeft = filesOfKind(run.cache, '.seen').length === 1;
        if (!isLeft) assert.equal(filesOfKind(run.cache, '.pack').length, 1);
        // The next one takes up where it was, or there is nothing left to do.
        const next = await runDebugged('main.mjs', {
          ...run,
          onStdout: (child) => void (isFromPackNow(run.cache) && child.kill('SIGTERM')),
          onStderr: endWhenLeft('SIGTERM'),
        });
        assert.equal(next.stdout, 'listening\n');
        // One that died between the pack and its end leaves nothing to be learnt.
        if (!isFromPack(next.timeline.stage)) await untilLearnt(run.cache);
      }
      assert.equal(killed.length, 4);
    });

    test('an app whose learners die is learnt by its own process', async (t) => {
      const { run } = fixture(t, { 'main.mjs': "import './a.mjs';", 'a.mjs': 'export {};' });
      for (const nth of [1, 2, 3, 4]) {
        const next = await runDebugged('main.mjs', {
          ...run,
          // Started by a program that lets nothing of its live on, as the first process of a container.
          onStderr: (_child, text) => {
            const id = Number(/learner process (\d+)/.exec(text)?.[1] ?? 0);
            if (id) stop(id);
          },
        });
        const said = next.timeline.lines.join('\n');
        if (nth < 4) assert.match(said, /learner process/);
        else assert.match(said, /BMES_LEARNER_DIED/);
        if (nth < 4) {
          await attempt(run.cache);
          const { learning } = await askWhy('main.mjs', run);
          assert.deepEqual([learning.state, learning.attempts], ['taken', nth]);
        }
      }
      assert.equal(filesOfKind(run.cache, '.pack').length, 1);
      assert.equal(filesOfKind(run.cache, '.seen').length, 0);
    });

    test('off: nothing is watched, nothing is written', async (t) => {
      const { run } = fixture(t, { 'main.mjs': "import './a.mjs';", 'a.mjs': 'export {};' });
      const first = await runDebugged('main.mjs', { ...run, env: { BMES_LEARN: 'off' } });
      assertStage(first, 'native', 'native', 'off');
      assert.match(first.timeline.lines.join('\n'), /not-learnt BMES_LEARN_OFF/);
      assertNothingKept(run.cache);
    });

    test('a read-only cache starts no learner', async (t) => {
      const { run } = fixture(t, { 'main.mjs': "import './a.mjs';", 'a.mjs': 'export {};' });
      const env = { ...background, BMES_READONLY: '1' };
      const first = await runDebugged('main.mjs', { ...run, env });
      assert.match(first.timeline.lines.join('\n'), /not-learnt BMES_READONLY/);
      assert.doesNotMatch(first.timeline.lines.join('\n'), /learner/);
      assertNothingKept(run.cache);
    });

    test('what cannot be learnt is tried once, and says why', async (t) => {
      const { box, run } = fixture(t, { 'main.mjs': "import './none.mjs';" });
      const native = await runNative('main.mjs', run);
      const first = await runDebugged('main.mjs', run);
      assertSameAnswer(first, native, 'the first run');
      const said = await refusal(run, 'main.mjs');
      assert.match(said, /BMES_NOT_PACKED the entry did not load/);
      const { learning } = await askWhy('main.mjs', run);
      assert.equal(learning.state, 'refused');
      assert.match(learning.reason ?? '', /^BMES_NOT_PACKED the entry did not load/);
      // Something else is seen: it is tried again.
      box.write('none.mjs', 'export {};');
      await runAndLearn('main.mjs', run);
      assert.ok(isFromPack((await runDebugged('main.mjs', run)).timeline.stage));
    });

    test('workers have a learner of their own, by the word of the main thread', async (t) => {
      const { run } = fixture(t, {
        'main.mjs': `
          import { Worker } from 'node:worker_threads';
          import './a.mjs';
          const env = { ...process.env, BMES_LEARN: 'background' };
          new Worker(new URL('worker.mjs', import.meta.url), { env }).on('exit', console.log);`,
        'a.mjs': 'export {};',
        'worker.mjs': "import './a.mjs';",
      });
      await runAndLearn('main.mjs', run, 2);
      const second = await runDebugged('main.mjs', run);
      const stages = second.timeline.lines.filter((line) => line.startsWith('stage '));
      assert.equal(stages.length, 2);
      for (const line of stages) assert.doesNotMatch(line, /stage native/);
      const off = { ...run, cache: `${run.cache}-off`, env: { BMES_LEARN: 'off' } };
      const silent = await runDebugged('main.mjs', off);
      assert.equal(silent.stdout, '0\n');
      assert.doesNotMatch(silent.timeline.lines.join('\n'), /learner process/);
    });
  });
}

/**
 * Ends a service that is watched a moment after it has left what it saw. It does so when it has loaded
 * nothing for 60 ms; how long that takes on a busy machine is none of a test's business.
 *
 * @param {NodeJS.Signals} signal
 */
function endWhenLeft(signal) {
  let isEnded = false;
  return (
    /** @type {import('node:child_process').ChildProcess} */ child,
    /** @type {string} */ text,
  ) => {
    if (isEnded || !/bmes: (learner process|not-learnt|stand-aside BMES_LEARNING)/.test(text))
      return;
    isEnded = true;
    setTimeout(() => child.kill(signal), 100);
  };
}

/** @param {string} cache */
function isFromPackNow(cache) {
  return filesOfKind(cache, '.pack').length > 0;
}

/** @param {string} cache */
function assertNothingKept(cache) {
  for (const kind of ['.seen', '.lock', '.pack']) assert.deepEqual(filesOfKind(cache, kind), []);
}

/** @param {number} id */
function stop(id) {
  try {
    process.kill(id, 'SIGKILL');
  } catch {
    // It has ended.
  }
}

/**
 * A learner that is killed when it has begun, by whoever looks.
 *
 * @param {string} cache
 */
async function attempt(cache) {
  const [left] = filesOfKind(cache, '.seen');
  assert.ok(left, 'nothing was left');
  const before = attemptsIn(left);
  const key = path.basename(left, '.seen');
  // `exit` in its first statement after it has taken up what was left: a death that costs no luck.
  const dies = `process.argv.splice(1, 1); const { Session } = require(${JSON.stringify(
    path.join(path.dirname(learner), '..', 'runtime', 'addon.js'),
  )}); Session.prototype.save = () => process.kill(process.pid, 'SIGKILL'); require(${JSON.stringify(learner)});`;
  if (before === 0 || attemptsIn(left) === before) {
    const child = spawn(testedNode, ['-e', dies, '-', learner, cache, key], { stdio: 'ignore' });
    await new Promise((resolve) => child.on('exit', resolve));
  }
  assert.equal(attemptsIn(left), before + 1);
}

/** @param {string} file */
function attemptsIn(file) {
  return Number(/"attempts":(\d+)/.exec(fs.readFileSync(file, 'latin1'))?.[1]);
}

/**
 * Waits until a learner has refused what was left; says what the next run says of it.
 *
 * @param {Parameters<typeof runDebugged>[1]} run
 * @param {string} entry
 */
async function refusal(run, entry) {
  for (const end = Date.now() + 60_000; Date.now() < end; await sleep(20)) {
    const [left] = filesOfKind(run.cache, '.seen');
    if (left && fs.readFileSync(left, 'latin1').includes('"Refused"')) break;
  }
  const next = await runDebugged(entry, run);
  assert.doesNotMatch(next.timeline.lines.join('\n'), /learner process/);
  return next.timeline.lines.join('\n');
}

for (const mode of modes) {
  test(`enable({ learn }), ${mode}`, async (t) => {
    const box = sandbox(t);
    linkPackage(box);
    box.write(
      'bin.cjs',
      "require('bmes-cache').enable({ learn: 'background' }); import('./a.mjs');",
    );
    box.write('a.mjs', "console.log('a');");
    const program = { box, entry: 'bin.cjs', mode, env: { BMES_LEARN: 'off' } };
    const native = await runUnenabled(program);
    const first = await runEnabled(program);
    assertSameAnswer(first, native, 'the first run');
    assert.match(first.timeline.lines.join('\n'), /learner process/);
    await untilLearnt(box.cache(mode));
    const second = await runEnabled(program);
    assert.ok(isFromPack(second.timeline.stage), second.timeline.lines.join('\n'));
    box.write('bin.cjs', "console.log(require('bmes-cache').enable({ learn: 'soon' }).code);");
    const wrong = await runEnabled(program);
    assert.equal(wrong.stdout, 'BMES_INVALID_ARGUMENT\n');
  });
}
