// Child processes run with what they inherit: flags and environment, and nothing else of ours.

import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { assertSameAnswer } from '../support/compare.mjs';
import { linkPackage } from '../support/enabled.mjs';
import { cliPath, modes, modeVariable, registerPath, runNative } from '../support/run.mjs';
import { sandbox } from '../support/sandbox.mjs';
import { timeline, withoutTimeline } from '../support/timeline.mjs';

const CHILDREN = {
  /** Those that are given `process.execArgv`: fork, spawn and cluster. */
  withFlags: 4,
  /** Those that are not; the one that is given text keeps its stderr to itself. */
  withoutFlags: 2,
};

/**
 * @typedef {object} Form
 * @property {string} form
 * @property {string[]} nodeArgs
 * @property {string} [options]
 * @property {import('../support/run.mjs').Mode} [mode]
 * @property {Record<'hooks' | 'linker' | 'native', number>} ran How each process ran when all is warm.
 */

const { withFlags, withoutFlags } = CHILDREN;

/** A child whose main module is small CommonJS says so before it says how the ES modules that it imports run. */
const SMALL = 1;

/** @type {Form[]} */
const forms = [
  {
    form: '--require',
    nodeArgs: ['--require', registerPath],
    ran: { linker: 1 + withFlags, hooks: 0, native: SMALL },
  },
  {
    form: '--require in hooks mode',
    nodeArgs: ['--require', registerPath],
    mode: 'hooks',
    ran: { linker: 0, hooks: 1 + withFlags, native: SMALL },
  },
  {
    form: 'NODE_OPTIONS',
    nodeArgs: [],
    options: '--require bmes-cache/register',
    ran: { linker: 1 + withFlags + withoutFlags, hooks: 0, native: SMALL },
  },
  { form: 'bmes run', nodeArgs: [cliPath, 'run'], ran: { linker: 1, hooks: 0, native: 0 } },
  {
    form: 'bmes run --experimental-esm-bytecode',
    nodeArgs: [cliPath, 'run', '--experimental-esm-bytecode'],
    ran: { linker: 1, hooks: 0, native: 0 },
  },
];

describe('children', { concurrency: 2 }, () => {
  for (const { form, nodeArgs, options, mode: forced, ran } of forms) {
    test(form, async (t) => {
      const box = sandbox(t, 'workers');
      linkPackage(box);
      const run = { cwd: box.project, home: box.home };
      const native = await runNative('forks.js', run);
      assert.equal(native.exitCode, 0, native.stderr);
      const env = {
        BMES_CACHE_DIR: box.cache('children'),
        ...(options ? { NODE_OPTIONS: options } : {}),
        ...(forced ? modeVariable(forced) : {}),
      };
      for (const nth of [1, 2, 3]) {
        const debugged = await runNative('forks.js', {
          ...run,
          nodeArgs,
          env: { ...env, BMES_DEBUG: '1' },
        });
        const said = { ...debugged, stderr: withoutTimeline(debugged.stderr) };
        assertSameAnswer(said, native, `run ${nth}`);
        if (nth < 3) continue;
        const { lines } = timeline(debugged.stderr);
        const count = (/** @type {string} */ stage) =>
          lines.filter((line) => line.startsWith(`stage ${stage} `)).length;
        const found = Object.fromEntries(
          [
            ...modes.map((mode) => [mode, `warm mode ${mode}`]),
            ['native', 'native mode native'],
          ].map(([mode, stage]) => [mode, count(stage ?? '')]),
        );
        assert.deepEqual(found, ran, lines.join('\n'));
      }
      assertSameAnswer(await runNative('forks.js', { ...run, nodeArgs, env }), native, 'quiet');
    });
  }

  test('children of a program that has called enable() call it themselves', async (t) => {
    const box = sandbox(t, 'workers');
    linkPackage(box);
    box.write(
      'bin.cjs',
      `require('bmes-cache').enable();
       const { fork } = require('node:child_process');
       import('./shared.js').then(({ shared }) => {
         console.log(shared, process.argv[2]);
         if (!process.argv[2]) fork(__filename, ['child']);
       });`,
    );
    const run = { cwd: box.project, home: box.home };
    const native = await runNative('bin.cjs', { ...run, env: { BMES_DISABLE: '1' } });
    for (const nth of [1, 2, 3]) {
      const env = { BMES_CACHE_DIR: box.cache('enabled'), BMES_DEBUG: '1' };
      const debugged = await runNative('bin.cjs', { ...run, env });
      assertSameAnswer({ ...debugged, stderr: withoutTimeline(debugged.stderr) }, native, 'a run');
      const { lines } = timeline(debugged.stderr);
      const found = lines.flatMap((line) => /^stage (\w+)/.exec(line)?.[1] ?? []);
      assert.equal(found.length, 2, lines.join('\n'));
      if (nth === 3) assert.deepEqual(found, ['warm', 'warm']);
    }
  });
});
