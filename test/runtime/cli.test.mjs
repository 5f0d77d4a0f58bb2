// The words of the command line tool: help, where options end, flags of Node's, what is said of mistakes.

import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { assertSameAnswer } from '../support/compare.mjs';
import { runCli, runNative } from '../support/run.mjs';
import { sandbox } from '../support/sandbox.mjs';
import { timeline, withoutTimeline } from '../support/timeline.mjs';

/** @param {import('node:test').TestContext} t */
function app(t) {
  const box = sandbox(t);
  box.write('package.json', '{"type":"module","imports":{"#c":{"x":"./x.js","default":"./y.js"}}}');
  box.write(
    'app.mjs',
    `import c from '#c'; import { isMainThread } from 'node:worker_threads';
     console.log(c, process.argv.slice(2), process.execArgv, typeof gc, isMainThread, import.meta.main);`,
  );
  box.write('x.js', `export default 'x';`);
  box.write('y.js', `export default 'y';`);
  return { box, options: { cwd: box.project, home: box.home, cache: box.cache('cli') } };
}

describe('help', { concurrency: 2 }, () => {
  for (const words of [['--help'], ['-h'], ['help']]) {
    test(`bmes ${words.join(' ')} names the commands`, async (t) => {
      const run = await runCli(words, app(t).options);
      assert.deepEqual([run.exitCode, run.stderr], [0, '']);
      assert.match(run.stdout, /^Usage: bmes <command>/);
      for (const command of ['run', 'compile', 'report', 'help'])
        assert.match(run.stdout, new RegExp(`^  ${command} `, 'm'));
    });
  }

  for (const command of ['run', 'compile', 'report']) {
    test(`bmes help ${command} is bmes ${command} --help`, async (t) => {
      const { options } = app(t);
      const run = await runCli(['help', command], options);
      assert.deepEqual([run.exitCode, run.stderr], [0, '']);
      assert.ok(run.stdout.startsWith(`Usage: bmes ${command} `), run.stdout);
      assert.equal((await runCli([command, '--help'], options)).stdout, run.stdout);
    });
  }

  for (const words of [[], ['nope'], ['help', 'nope']]) {
    test(`bmes ${words.join(' ')} is a mistake`, async (t) => {
      const run = await runCli(words, app(t).options);
      assert.deepEqual([run.exitCode, run.stdout], [2, '']);
      assert.match(run.stderr, words.length > 0 ? /unknown command 'nope'/ : /no command given/);
    });
  }
});

describe('what stands before the entry', { concurrency: 2 }, () => {
  /** @type {[words: string[], flags: string[]][]} */
  const cases = [
    [['--'], []],
    [['--conditions=x'], ['--conditions=x']],
    [
      ['--conditions', 'x'],
      ['--conditions', 'x'],
    ],
    [
      ['-C', 'x', '--'],
      ['-C', 'x'],
    ],
    [
      ['--expose-gc', '--conditions=x', '--experimental-esm-bytecode'],
      ['--expose-gc', '--conditions=x'],
    ],
    [['--no-warnings', '--'], ['--no-warnings']],
  ];
  for (const [words, nodeArgs] of cases) {
    test(`bmes run ${words.join(' ')} app.mjs`, async (t) => {
      const { options } = app(t);
      const args = ['--', '--conditions=y', 'z'];
      const native = await runNative('app.mjs', { ...options, nodeArgs, args });
      for (const stage of ['native', 'linked', 'warm']) {
        const run = await runCli(['run', ...words, 'app.mjs', ...args], {
          ...options,
          debug: true,
        });
        assertSameAnswer({ ...run, stderr: withoutTimeline(run.stderr) }, native, words.join(' '));
        assert.equal(timeline(run.stderr).stage?.stage, stage, run.stderr);
      }
    });
  }

  for (const word of ['--nope', '-x', '--pakc=a']) {
    test(`${word} is a mistake`, async (t) => {
      const run = await runCli(['run', word, 'app.mjs'], app(t).options);
      assert.deepEqual([run.exitCode, run.stdout], [2, '']);
      assert.ok(run.stderr.includes(`unknown option '${word}'`), run.stderr);
    });
  }

  test('a pack that is not there is named, and the app runs', async (t) => {
    const { box, options } = app(t);
    const native = await runNative('app.mjs', options);
    const run = await runCli(['run', '--pack', 'nosuch.bmes', 'app.mjs'], options);
    assert.equal(run.stderr, 'bmes run: there is no pack nosuch.bmes; the app runs without it\n');
    assertSameAnswer({ ...run, stderr: '' }, native, 'without its pack');
    const env = { BMES_PACK: box.path('nosuch.bmes') };
    const said = await runCli(['run', 'app.mjs'], {
      ...options,
      env,
      debug: true,
      cache: box.cache('env'),
    });
    const lines = timeline(said.stderr).lines.join('\n');
    assert.ok(lines.includes(`there is no file ${env.BMES_PACK}`), lines);
  });
});
