import assert from 'node:assert/strict';
import fs from 'node:fs';
import path from 'node:path';
import { describe, test } from 'node:test';
import { assertSameAnswer, assertSameAnswerThroughLife } from '../support/compare.mjs';
import { modes, runCached, runCli, runNative } from '../support/run.mjs';
import { sandbox } from '../support/sandbox.mjs';
import { onlyPack, storedFiles } from '../support/packs.mjs';
import { timeline, withoutTimeline } from '../support/timeline.mjs';

/**
 * The ways to say `bmes run`, and how an app that is warm must then be run.
 *
 * @type {{ name: string, words: string[], env: Record<string, string>, mode: string }[]}
 */
const launches = [
  { name: 'bmes run', words: ['run'], env: {}, mode: 'linker' },
  { name: 'bmes run, on hooks', words: ['run'], env: { BMES_MODE: 'hooks' }, mode: 'hooks' },
  {
    name: 'bmes run --experimental-esm-bytecode',
    words: ['run', '--experimental-esm-bytecode'],
    env: {},
    mode: 'linker',
  },
];

/**
 * @typedef {object} Case
 * @property {string} what
 * @property {string} entry
 * @property {string[]} [args]
 * @property {string} [stdin]
 * @property {number | string} ends The exit code or the signal it ends with natively.
 * @property {boolean} [importFlagShows] Node itself treats this entry otherwise once there is any
 *   `--import`: through that door the answer to compare with is Node's with an empty one.
 */

/** @type {Case[]} */
const answers = [
  {
    what: 'arguments are passed on as they are',
    entry: 'argv.js',
    args: ['a', '--b=c d', '--', '-x', '', '--help', '--json', "it's"],
    ends: 0,
  },
  { what: 'a relative path is the same app', entry: './argv.js', ends: 0 },
  { what: 'stdin is read to its end', entry: 'stdin.js', stdin: 'line\n'.repeat(40_000), ends: 0 },
  { what: 'the exit code is passed on', entry: 'exits.js', args: ['42'], ends: 42 },
  { what: 'an uncaught error is reported once', entry: 'throws.js', ends: 1 },
  {
    what: 'a CommonJS entry is the main module',
    entry: 'commonjs.cjs',
    ends: 0,
    importFlagShows: true,
  },
  { what: 'children and workers are as they would be', entry: 'child.js', ends: 0 },
  {
    what: 'a missing entry fails as it would',
    entry: 'no-such-file.js',
    ends: 1,
    importFlagShows: true,
  },
  {
    what: 'death by SIGTERM is reported',
    entry: 'kills-itself.js',
    args: ['SIGTERM'],
    ends: 'SIGTERM',
  },
  {
    what: 'death by SIGKILL is reported',
    entry: 'kills-itself.js',
    args: ['SIGKILL'],
    ends: 'SIGKILL',
  },
];

for (const { name, words, env, mode } of launches) {
  describe(`${name} is node in other words`, { concurrency: 2 }, () => {
    for (const { what, entry, args = [], stdin, ends } of answers) {
      test(what, async (t) => {
        const box = sandbox(t, 'launch');
        const options = { cwd: box.project, home: box.home, cache: box.cache(name), stdin, env };
        const native = await runNative(entry, { ...options, args, env: {} });
        assert.equal(native.signal ?? native.exitCode, ends, native.stderr);
        for (const nth of ['first', 'second', 'third', 'fourth']) {
          const run = await runCli([...words, entry, ...args], options);
          assertSameAnswer(run, native, `the ${nth} run`);
        }
      });
    }

    for (const signal of /** @type {const} */ (['SIGINT', 'SIGTERM', 'SIGHUP'])) {
      for (const entry of ['handles-signals.js', 'waits.js']) {
        test(`${signal} reaches the app, ${entry}`, async (t) => {
          const box = sandbox(t, 'launch');
          const options = {
            cwd: box.project,
            home: box.home,
            cache: box.cache(name),
            onStdout: signalWhenReady(signal),
          };
          const native = await runNative(entry, options);
          for (const nth of ['first', 'second', 'third']) {
            options.onStdout = signalWhenReady(signal);
            const run = await runCli([...words, entry], { ...options, env });
            assertSameAnswer(run, native, `the ${nth} run`);
          }
        });
      }
    }

    test(`a warm app is run by ${mode === 'linker' ? 'the linker' : 'hooks'}`, async (t) => {
      const box = sandbox(t, 'launch');
      const options = {
        cwd: box.project,
        home: box.home,
        cache: box.cache(name),
        env,
        debug: true,
      };
      for (const stage of ['native', 'linked', 'warm']) {
        const run = await runCli([...words, 'argv.js'], options);
        const said = timeline(run.stderr);
        assert.equal(said.stage?.stage, stage, run.stderr);
        if (stage !== 'native') assert.equal(said.stage?.mode, mode, run.stderr);
      }
    });

    test('--pack names a pack, which is not written to', async (t) => {
      const box = sandbox(t, 'launch');
      const options = { cwd: box.project, home: box.home, cache: box.cache(name), env };
      const native = await runNative('argv.js', { ...options, args: ['--pack', 'x'], env: {} });
      for (let nth = 0; nth < 3; nth += 1) await runCli([...words, 'argv.js'], options);
      const pack = onlyPack(options.cache);
      const named = path.join(box.home, 'app.bmes');
      fs.writeFileSync(named, pack.bytes, { mode: 0o600 });
      for (const option of [['--pack', named], [`--pack=${named}`]]) {
        const cache = box.cache(`${name} ${option.length}`);
        const all = [...words, ...option, 'argv.js', '--pack', 'x'];
        const run = await runCli(all, { ...options, cache, debug: true });
        assertSameAnswer({ ...run, stderr: withoutTimeline(run.stderr) }, native, 'from the pack');
        const { stage } = timeline(run.stderr);
        // On hooks "warm" is Node's own compile cache, which is not in a pack.
        assert.equal(stage?.stage, mode === 'linker' ? 'warm' : 'linked', run.stderr);
        assert.deepEqual(storedFiles(cache), []);
      }
      assert.deepEqual(fs.readFileSync(named), Buffer.from(pack.bytes));
      const misuse = await runCli([...words, '--pack'], options);
      assert.equal(misuse.exitCode, 2);
      assert.match(misuse.stderr, /--pack needs the name of a file/);
    });

    test('BMES_DISABLE=1 leaves the app alone', async (t) => {
      const box = sandbox(t, 'launch');
      const options = { cwd: box.project, home: box.home, cache: box.cache(name) };
      const native = await runNative('argv.js', { ...options, args: ['x'] });
      for (let nth = 0; nth < 2; nth += 1) {
        const run = await runCli([...words, 'argv.js', 'x'], {
          ...options,
          env: { ...env, BMES_DISABLE: '1' },
        });
        assertSameAnswer(run, native, 'disabled');
      }
      assert.deepEqual(storedFiles(options.cache), []);
    });
  });
}

for (const mode of modes) {
  describe(`--import bmes-cache/register, ${mode}`, { concurrency: 2 }, () => {
    for (const { what, entry, args = [], stdin, importFlagShows = false } of answers) {
      test(what, async (t) => {
        const box = sandbox(t, 'launch');
        const options = { cwd: box.project, home: box.home, cache: box.cache(mode), stdin, args };
        const nodeArgs = importFlagShows ? ['--import', 'data:text/javascript,'] : [];
        const native = await runNative(entry, { ...options, nodeArgs });
        for (const nth of ['first', 'second', 'third', 'fourth']) {
          const run = await runCached(entry, { ...options, mode });
          assertSameAnswer(run, native, `the ${nth} run`);
        }
      });
    }

    test('BMES_DISABLE=1 leaves the app alone', async (t) => {
      const box = sandbox(t, 'launch');
      const options = {
        mode,
        cwd: box.project,
        home: box.home,
        cache: box.cache(mode),
        debug: true,
      };
      const native = await runNative('throws.js', options);
      const run = await runCached('throws.js', { ...options, env: { BMES_DISABLE: '1' } });
      assertSameAnswer({ ...run, stderr: withoutTimeline(run.stderr) }, native, 'disabled');
      assert.deepEqual(storedFiles(options.cache), []);
    });

    test('BMES_READONLY=1 writes nothing', async (t) => {
      const box = sandbox(t, 'launch');
      const options = { mode, cwd: box.project, home: box.home, cache: box.cache(mode) };
      const native = await runNative('argv.js', options);
      const run = await runCached('argv.js', { ...options, env: { BMES_READONLY: '1' } });
      assertSameAnswer(run, native, 'read-only');
      assert.deepEqual(storedFiles(options.cache), []);
    });

    test('a cache folder that cannot be made does not matter', async (t) => {
      const box = sandbox(t, 'launch');
      fs.writeFileSync(path.join(box.root, 'file'), '');
      await assertSameAnswerThroughLife({
        entry: 'argv.js',
        mode,
        cwd: box.project,
        home: box.home,
        cache: path.join(box.root, 'file', 'cache'),
        stages: [null, null],
      });
    });

    test('without BMES_CACHE_DIR the cache is in the home folder', async (t) => {
      const box = sandbox(t, 'launch');
      const options = { mode, cwd: box.project, home: box.home, cache: '' };
      await runCached('argv.js', options);
      assert.notDeepEqual(storedFiles(path.join(box.home, '.bun-cache', 'esm')), []);
    });
  });
}

/** @param {NodeJS.Signals} signal */
function signalWhenReady(signal) {
  let sent = false;
  /**
   * @param {import('node:child_process').ChildProcess} child
   * @param {string} stdout
   */
  return (child, stdout) => {
    if (sent || !stdout.includes('ready')) return;
    sent = true;
    child.kill(signal);
  };
}
