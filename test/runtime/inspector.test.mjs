// Debuggers and profilers: the same scripts under the same URLs with the same text, breakpoints that
// are hit where they were set, the same counts.

import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import {
  assertSameAnswer,
  assertSameAnswerThroughLife,
  assertStage,
  runDebugged,
} from '../support/compare.mjs';
import { attach } from '../support/debugger.mjs';
import { modes, runNative } from '../support/run.mjs';
import { sandbox } from '../support/sandbox.mjs';

const BREAKPOINT = { file: 'adds.js', line: 2, local: 'sum' };

const FILES = {
  'package.json': '{ "type": "module" }',
  'adds.js': 'export function adds(a, b) {\n  const sum = a + b;\n  return sum;\n}\n',
  'commonjs.cjs': 'module.exports = function twice(n) {\n  return n * 2;\n};\n',
  'later.js': `import { adds } from './adds.js';\nexport const later = adds(3, 4);\n`,
  'works.js': `
    import { adds } from './adds.js';
    import twice from './commonjs.cjs';
    export async function works() {
      console.log(adds(1, 2), twice(3));
      const { later } = await import('./later.js');
      console.log(later);
    }`,
  'plain.js': `import { works } from './works.js'; await works();`,
  'opens.js': `
    import inspector from 'node:inspector';
    import { works } from './works.js';
    if (process.env.DEBUG_ME) {
      inspector.open(0, '127.0.0.1');
      inspector.waitForDebugger();
    }
    await works();`,
  'session.js': `
    import { Session } from 'node:inspector/promises';
    import { works } from './works.js';
    const here = new URL('.', import.meta.url).href;
    const isOfApp = (url) => url.startsWith(here) && !url.includes('/node_modules/');
    const session = new Session();
    session.connect();
    const scripts = [];
    session.on('Debugger.scriptParsed', ({ params: { url, endLine, endColumn, isModule } }) => {
      if (isOfApp(url)) scripts.push([url.slice(here.length), endLine, endColumn, isModule].join());
    });
    await session.post('Debugger.enable');
    await session.post('Profiler.enable');
    await session.post('Profiler.startPreciseCoverage', { callCount: true, detailed: true });
    await works();
    const { result } = await session.post('Profiler.takePreciseCoverage');
    for (const { url, functions } of result) {
      // Not this file: its listener is also called for Node's own scripts.
      if (isOfApp(url) && url !== import.meta.url) {
        console.log(url.slice(here.length), JSON.stringify(functions));
      }
    }
    console.log(scripts.sort());`,
  'profiles.js': `
    import { Session } from 'node:inspector/promises';
    import { works } from './works.js';
    const session = new Session();
    session.connect();
    await session.post('HeapProfiler.enable');
    await session.post('Profiler.enable');
    await session.post('Profiler.start');
    for (const end = Date.now() + 30; Date.now() < end;);
    await works();
    const { profile } = await session.post('Profiler.stop');
    const urls = new Set(profile.nodes.map(({ callFrame }) => callFrame.url));
    // Node's own frames differ in number.
    const here = new URL('.', import.meta.url).href;
    const isKnown = (url) => !url || url.startsWith('node:') || url.startsWith(here);
    const others = [...urls].filter((url) => !isKnown(url));
    console.log(urls.has(import.meta.url), others);`,
};

/** @param {import('../support/sandbox.mjs').Sandbox} box */
function fill(box) {
  for (const [file, content] of Object.entries(FILES)) box.write(file, content);
  return box;
}

/** On hooks such an app is never warm: Node's compile cache would make its counts less precise. */
const STAGES = /** @type {const} */ ({
  hooks: ['native', 'linked', 'linked'],
  linker: ['native', 'linked', 'warm'],
});

const ADDRESS = /ws:\/\/127\.0\.0\.1:\d+\/[\w-]+/;

/**
 * Attaches a debugger to a run as soon as it says where.
 *
 * @param {import('../support/sandbox.mjs').Sandbox} box
 * @param {(onStderr: (child: unknown, stderr: string) => void) => Promise<import('../support/run.mjs').Run>} run
 */
async function debugged(box, run) {
  /** @type {ReturnType<typeof attach> | undefined} */
  let attached;
  const answer = await run((_child, stderr) => {
    const address = ADDRESS.exec(stderr)?.[0];
    if (address) attached ??= attach(address, box.project, BREAKPOINT);
  });
  assert.ok(attached, `no address in ${answer.stderr}`);
  const seen = await attached;
  return { seen, answer: { ...answer, stderr: answer.stderr.replace(ADDRESS, 'ws://ADDRESS') } };
}

/** @param {Awaited<ReturnType<typeof attach>>} seen */
function assertWorked({ scripts, pauses }) {
  const files = new Set(scripts.map(({ file }) => file));
  for (const file of ['adds.js', 'works.js', 'later.js', 'commonjs.cjs']) {
    assert.ok(files.has(file), file);
  }
  assert.deepEqual(
    pauses.filter(({ frames }) => frames[0]?.startsWith('adds ')).map(({ local }) => local),
    ['number 3', 'number 7'],
  );
}

for (const mode of modes) {
  describe(`inspector, ${mode}`, { concurrency: 2 }, () => {
    for (const flag of ['--inspect-wait', '--inspect-brk']) {
      for (const byEnvironment of [false, true]) {
        const door = byEnvironment ? 'NODE_OPTIONS' : '--import';
        test(`${flag}, ${door}: a debugger sees what it sees without us`, async (t) => {
          const box = fill(sandbox(t));
          const cache = box.cache('inspector');
          const options = { mode, byEnvironment, cwd: box.project, home: box.home, cache };
          const nodeArgs = [`${flag}=127.0.0.1:0`];
          const native = await debugged(box, (onStderr) =>
            runNative('plain.js', { ...options, nodeArgs, onStderr }),
          );
          assertWorked(native.seen);
          await assertSameAnswerThroughLife({ ...options, entry: 'plain.js' });
          for (const nth of [1, 2, 3]) {
            const run = await debugged(box, (onStderr) =>
              runDebugged('plain.js', { ...options, nodeArgs, onStderr }),
            );
            assertSameAnswer(run.answer, native.answer, `run ${nth}`);
            assert.deepEqual(run.seen, native.seen, `run ${nth}`);
          }
        });
      }
    }

    test('a debugger attached when the app asks sees the same', async (t) => {
      const box = fill(sandbox(t));
      const options = { mode, cwd: box.project, home: box.home, cache: box.cache('inspector') };
      const env = { DEBUG_ME: '1' };
      const native = await debugged(box, (onStderr) =>
        runNative('opens.js', { ...options, env, onStderr }),
      );
      assertWorked(native.seen);
      for (const [nth, stage] of STAGES[mode].entries()) {
        const run = await debugged(box, (onStderr) =>
          runDebugged('opens.js', { ...options, env, onStderr }),
        );
        const what = `run ${nth + 1}`;
        assertStage(
          /** @type {any} */ (run.answer),
          stage,
          stage === 'native' ? undefined : mode,
          what,
        );
        assertSameAnswer(run.answer, native.answer, what);
        assert.deepEqual(run.seen, native.seen, what);
      }
    });

    for (const entry of ['session.js', 'profiles.js']) {
      test(`a session of the app's own, ${entry}`, async (t) => {
        const box = fill(sandbox(t));
        const options = { mode, cwd: box.project, home: box.home, cache: box.cache('inspector') };
        const { native } = await assertSameAnswerThroughLife({
          ...options,
          entry,
          stages: STAGES[mode],
        });
        assert.equal(native.exitCode, 0, native.stderr);
        assert.match(native.stdout, /"ranges"|^true \[\]$/m);
      });
    }
  });
}
