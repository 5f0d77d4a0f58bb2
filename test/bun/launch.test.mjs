// Bun starts apps with its own loader, so `bmes run` and the preload are `bun app.mjs` in other words.
// `bun test` runs this file: the runtime it tests is the one that runs it.

import assert from 'node:assert/strict';
import fs from 'node:fs';
import path from 'node:path';
import { describe, test } from 'node:test';
import { assertSameAnswer } from '../support/compare.mjs';
import { cliPath, registerPath, runCli, runNative } from '../support/run.mjs';
import { sandbox } from '../support/sandbox.mjs';
import { storedFiles } from '../support/packs.mjs';
import { timeline, withoutTimeline } from '../support/timeline.mjs';

const MISSING = 'no-such-file.js';

const FILES = {
  'package.json': '{ "type": "module", "scripts": { "script": "echo from a script" } }',
  'main.js': `
    import './dependency.js';
    console.log(process.argv.slice(1), process.execArgv, import.meta.main, import.meta.path);
    console.log(Bun.main, process.title === process.argv0, process.listenerCount('exit'));
    await 1;
    console.error('on stderr');`,
  'dependency.js': 'console.log(import.meta.main);',
  'main.cjs': `
    console.log(require.main === module, module.id, Object.keys(require.cache).length);
    import('./dependency.js');`,
  'typed.ts': 'const text: string = process.argv[2]; console.log(text);',
  'exits.js': `process.on('exit', (code) => console.log('exit', code)); process.exitCode = 42;`,
  'throws.js': `import './dependency.js'; throw new TypeError('thrown in the app');`,
  'rejects.js': `Promise.reject(new TypeError('rejected in the app')); setTimeout(() => {}, 1000);`,
  'unparsable.js': 'import {;',
  'stdin.js': `
    let text = '';
    for await (const chunk of process.stdin.setEncoding('utf8')) text += chunk;
    console.log(text.length);`,
  'kills-itself.js': `process.kill(process.pid, process.argv[2]); setInterval(() => {}, 1000);`,
  'waits.js': `
    process.on('SIGTERM', () => { console.log('caught'); process.exit(7); });
    setInterval(() => {}, 1000);
    console.log('ready');`,
  'worker.js': `
    import { Worker, isMainThread } from 'node:worker_threads';
    import { fork } from 'node:child_process';
    console.log(isMainThread, process.argv.slice(2), process.execArgv);
    if (isMainThread && !process.send) {
      new Worker(new URL(import.meta.url), { argv: ['in a worker'] })
        .on('exit', () => fork(import.meta.filename, ['forked']));
    }
    if (process.send) process.disconnect();`,
  // To Bun these are a command of its own, a script and a folder.
  'install.js': `console.log('not the package manager', process.argv[1]);`,
  'script.js': `console.log('not the script', process.argv[1]);`,
  'folder/index.js': `console.log('index', process.argv[1]);`,
};

/**
 * @type {{ what: string, entry: string, args?: string[], stdin?: string, ends: number | string,
 *   bunSays?: string }[]} `bunSays` is how the entry is said to Bun, where a word means another thing.
 */
const CASES = [
  {
    what: 'arguments',
    entry: 'main.js',
    args: ['a', '--b=c d', '--', '-x', '', '--help', "it's"],
    ends: 0,
  },
  { what: 'a relative path', entry: './folder/../main.js', ends: 0 },
  { what: 'a CommonJS entry', entry: 'main.cjs', args: ['a'], ends: 0 },
  { what: 'TypeScript', entry: 'typed.ts', args: ['text'], ends: 0 },
  { what: 'an exit code', entry: 'exits.js', ends: 42 },
  { what: 'an uncaught error', entry: 'throws.js', ends: 1 },
  { what: 'an unhandled rejection', entry: 'rejects.js', ends: 1 },
  { what: 'a syntax error', entry: 'unparsable.js', ends: 1 },
  { what: 'a missing entry', entry: MISSING, ends: 1 },
  { what: 'stdin', entry: 'stdin.js', stdin: 'line\n'.repeat(40_000), ends: 0 },
  { what: 'death by SIGTERM', entry: 'kills-itself.js', args: ['SIGTERM'], ends: 'SIGTERM' },
  { what: 'death by SIGKILL', entry: 'kills-itself.js', args: ['SIGKILL'], ends: 'SIGKILL' },
  { what: 'workers and children', entry: 'worker.js', ends: 0 },
  { what: 'a folder', entry: 'folder', bunSays: './folder', ends: 0 },
  { what: "a word that is Bun's command", entry: 'install', bunSays: './install', ends: 0 },
  { what: 'a word that is a script', entry: 'script', bunSays: './script', ends: 0 },
];

/** @param {Parameters<typeof sandbox>[0]} t */
function project(t) {
  const box = sandbox(t);
  for (const [file, content] of Object.entries(FILES)) box.write(file, content);
  return box;
}

/** @param {string} stderr */
function assertSaysUnsupported(stderr) {
  const { reasons, stage } = timeline(stderr);
  assert.match(reasons.join(), /^stand-aside BMES_UNSUPPORTED_RUNTIME /);
  assert.deepEqual(stage, { stage: 'native', mode: 'native' });
}

assert.ok(process.versions.bun, 'this file is for `bun test`');

for (const { name, words, env } of [
  { name: 'bmes run', words: ['run'], env: {} },
  {
    name: 'bmes run --experimental-esm-bytecode',
    words: ['run', '--experimental-esm-bytecode'],
    env: {},
  },
  {
    name: 'BUN_EXPERIMENTAL_ESM_BYTECODE=1 bmes run',
    words: ['run'],
    env: { BUN_EXPERIMENTAL_ESM_BYTECODE: '1' },
  },
]) {
  describe(`${name} is bun in other words`, () => {
    for (const { what, entry, bunSays = entry, args = [], stdin, ends } of CASES) {
      test(what, async (t) => {
        const box = project(t);
        const options = { cwd: box.project, home: box.home, cache: box.cache('bun'), stdin };
        const native = await runNative(bunSays, { ...options, args });
        assert.equal(native.signal ?? native.exitCode, ends, native.stderr);
        const run = await runCli([...words, entry, ...args], { ...options, env });
        assertSameAnswer(run, native, name);
        const debugged = await runCli([...words, entry, ...args], { ...options, env, debug: true });
        assertSaysUnsupported(debugged.stderr);
        assertSameAnswer(
          { ...debugged, stderr: withoutTimeline(debugged.stderr) },
          native,
          `${name} with BMES_DEBUG`,
        );
        assert.deepEqual(storedFiles(options.cache), []);
      });
    }

    test("Bun's own flags stay", async (t) => {
      const box = project(t);
      const nodeArgs = ['--smol', '--define', 'process.title:"defined"'];
      const options = { cwd: box.project, home: box.home, cache: box.cache('bun'), nodeArgs };
      const native = await runNative('main.js', options);
      assert.match(native.stdout, /--smol/);
      const run = await runCli([...words, 'main.js'], { ...options, env });
      assertSameAnswer(run, native, name);
    });

    test('a signal reaches the app', async (t) => {
      const box = project(t);
      const run = await runCli([...words, 'waits.js'], {
        cwd: box.project,
        home: box.home,
        cache: box.cache('bun'),
        env,
        onStdout: (child, stdout) => {
          if (stdout === 'ready\n') child.kill('SIGTERM');
        },
      });
      assert.deepEqual([run.stdout, run.exitCode], ['ready\ncaught\n', 7], run.stderr);
    });
  });
}

describe('bun --preload bmes-cache/register changes nothing', () => {
  for (const { what, entry, bunSays = entry, args = [], stdin, ends } of CASES) {
    test(what, async (t) => {
      const box = project(t);
      box.write('empty.cjs', '');
      const options = { cwd: box.project, home: box.home, stdin, args };
      // A preload shows in `execArgv` and in `require.cache`, whatever it does.
      const native = await runNative(bunSays, {
        ...options,
        nodeArgs: ['--preload', box.path('empty.cjs')],
      });
      assert.equal(native.signal ?? native.exitCode, ends, native.stderr);
      const run = await runNative(bunSays, {
        ...options,
        nodeArgs: ['--preload', registerPath],
        env: { BMES_DEBUG: '1', BMES_CACHE_DIR: box.cache('bun') },
      });
      const named = (/** @type {string} */ text) =>
        text.replaceAll(registerPath, box.path('empty.cjs'));
      // Bun looks for the entry before it runs preloads.
      if (entry !== MISSING) assertSaysUnsupported(run.stderr);
      assertSameAnswer(
        { ...run, stdout: named(run.stdout), stderr: named(withoutTimeline(run.stderr)) },
        native,
        'with the preload',
      );
      assert.deepEqual(storedFiles(box.cache('bun')), []);
    });
  }

  test('by the name of the package', async (t) => {
    const box = project(t);
    fs.mkdirSync(box.path('node_modules'));
    fs.symlinkSync(path.dirname(path.dirname(cliPath)), box.path('node_modules/bmes-cache'), 'dir');
    const run = await runNative('typed.ts', {
      cwd: box.project,
      home: box.home,
      args: ['text'],
      nodeArgs: ['--preload', 'bmes-cache/register'],
      env: { BMES_DEBUG: '1' },
    });
    assertSaysUnsupported(run.stderr);
    assert.deepEqual([run.stdout, run.exitCode], ['text\n', 0]);
  });
});
