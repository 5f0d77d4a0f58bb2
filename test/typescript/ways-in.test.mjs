import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { assertSameAnswer, runDebugged } from '../support/compare.mjs';
import { assertSameAnswerEnabled } from '../support/enabled.mjs';
import { modeVariable, modes, registerPath, runNative, start } from '../support/run.mjs';
import { sandbox } from '../support/sandbox.mjs';

const files = {
  'package.json': '{ "type": "module" }',
  'lib.ts': `export const where = (): string => (new Error('here') as Error).stack!.split('\\n')[1] as string;`,
  'cli.ts': `import { where } from './lib.ts'; console.log(where(), process.argv.length as number);`,
};

describe('TypeScript is reached in other ways too', { concurrency: true }, () => {
  for (const mode of modes) {
    for (const entry of ['bin.cjs', 'bin.cts']) {
      const type = entry === 'bin.cts' ? ' as Promise<unknown>' : '';
      const bin = `require('bmes-cache').enable(); import('./cli.ts')${type};`;
      test(`enable() in ${entry}, ${mode}`, async (t) => {
        const box = sandbox(t);
        for (const [file, text] of Object.entries({ ...files, [entry]: bin }))
          box.write(file, text);
        await assertSameAnswerEnabled({ box, entry, mode });
      });
    }

    test(`a worker of TypeScript is linked by itself, ${mode}`, async (t) => {
      const box = sandbox(t);
      for (const [file, text] of Object.entries(files)) box.write(file, text);
      box.write(
        'main.ts',
        `import { Worker } from 'node:worker_threads';
new Worker(new URL('./cli.ts', import.meta.url)) as unknown;`,
      );
      const options = { mode, cwd: box.project, home: box.home, cache: box.cache(mode) };
      const native = await runNative('main.ts', options);
      /** @type {string[]} */
      let stages = [];
      for (let count = 0; count < 6; count++) {
        const run = await runDebugged('main.ts', options);
        assertSameAnswer(run, native, `run ${count + 1}`);
        stages = run.timeline.lines.filter((line) => line.startsWith('stage '));
      }
      assert.deepEqual(
        stages.map((line) => line.replace(/ \+.*/, '')),
        [`stage warm mode ${mode}`, `stage warm mode ${mode}`],
      );
    });

    test(`hooks of others hear what they would natively, ${mode}`, async (t) => {
      const box = sandbox(t);
      for (const [file, text] of Object.entries(files)) box.write(file, text);
      // What is loaded to load us is none of the app's.
      box.write(
        'hooks.mjs',
        `import { registerHooks } from 'node:module';
const isOurs = (url) => /\\/(cli|lib)\\.ts$/.test(url);
registerHooks({
  resolve(specifier, context, next) {
    const result = next(specifier, context);
    if (isOurs(result.url)) console.log('resolve', specifier.slice(-8), result.format);
    return result;
  },
  load(url, context, next) {
    const result = next(url, context);
    if (isOurs(url)) console.log('load', context.format, result.format, String(result.source));
    return result;
  },
});`,
      );
      const nodeArgs = ['--import', './hooks.mjs'];
      const options = { mode, cwd: box.project, home: box.home, cache: box.cache(mode) };
      const native = await runNative('cli.ts', { ...options, nodeArgs });
      assert.match(native.stdout, /load module-typescript module-typescript .*as Error/);
      for (const stage of ['native', 'linked', 'warm']) {
        const env = { BMES_CACHE_DIR: options.cache, BMES_DEBUG: '1', ...modeVariable(mode) };
        const run = await start(['--import', registerPath, ...nodeArgs, 'cli.ts'], {
          ...options,
          env,
        });
        assert.equal(run.stdout, native.stdout);
        assert.match(run.stderr, new RegExp(`stage ${stage} mode (native|hooks)`));
      }
    });

    test(`a child of --require, ${mode}`, async (t) => {
      const box = sandbox(t);
      for (const [file, text] of Object.entries(files)) box.write(file, text);
      const options = { cwd: box.project, home: box.home };
      const native = await runNative('cli.ts', options);
      const env = { BMES_CACHE_DIR: box.cache(mode), ...modeVariable(mode) };
      for (let count = 0; count < 3; count++) {
        const run = await start(['--require', registerPath, 'cli.ts'], { ...options, env });
        assertSameAnswer(run, native, `run ${count + 1}`);
      }
    });
  }
});
