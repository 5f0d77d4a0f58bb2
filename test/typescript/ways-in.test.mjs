import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { assertSameAnswer, runDebugged } from '../support/compare.mjs';
import { assertSameAnswerEnabled } from '../support/enabled.mjs';
import { modes, registerPath, runNative, start } from '../support/run.mjs';
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

    test(`a child of --require, ${mode}`, async (t) => {
      const box = sandbox(t);
      for (const [file, text] of Object.entries(files)) box.write(file, text);
      const options = { cwd: box.project, home: box.home };
      const native = await runNative('cli.ts', options);
      const env = {
        BMES_CACHE_DIR: box.cache(mode),
        ...(mode === 'hooks' ? { BMES_MODE: 'hooks' } : {}),
      };
      for (let count = 0; count < 3; count++) {
        const run = await start(['--require', registerPath, 'cli.ts'], { ...options, env });
        assertSameAnswer(run, native, `run ${count + 1}`);
      }
    });
  }
});
