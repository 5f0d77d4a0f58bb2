// `BMES_READONLY=1` with a store that is filled: what is there is used, nothing is written, whatever the
// app loads besides.

import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import fs from 'node:fs';
import path from 'node:path';
import { describe, test } from 'node:test';
import { assertSameAnswer, assertStage, runDebugged } from '../support/compare.mjs';
import { modes, runNative, testedNode } from '../support/run.mjs';
import { sandbox } from '../support/sandbox.mjs';

/** Whether the tested Node can be told to write nothing to its own compile cache. */
const script = `console.log(String(require('module').enableCompileCache).includes('readOnly'))`;
const canReadOnly = spawnSync(testedNode, ['-e', script], { encoding: 'utf8' }).stdout.startsWith(
  'true',
);

/**
 * Every file there is, with what a write would change.
 *
 * @param {string} folder
 */
function written(folder) {
  return fs
    .readdirSync(folder, { recursive: true, encoding: 'utf8' })
    .map((name) => {
      const { ino, mtimeMs, size } = fs.lstatSync(path.join(folder, name));
      return `${name} ${ino} ${mtimeMs} ${size}`;
    })
    .sort();
}

for (const mode of modes) {
  describe(`a read-only start from a filled store, ${mode}`, { concurrency: 2 }, () => {
    for (const isCopied of [false, true]) {
      test(isCopied ? 'after a copy of the app' : 'where nothing has moved', async (t) => {
        const box = sandbox(t);
        box.write(
          'main.mjs',
          `import { b } from './b.mjs'; import c from './c.cjs';
           console.log(b, c, process.argv[2] && (await import(process.argv[2])).default);`,
        );
        box.write('b.mjs', `export const b = 'b';`);
        box.write('c.cjs', `module.exports = { c: require('./d.cjs') };`);
        box.write('d.cjs', `exports.d = () => 1;`);
        box.write('late.cjs', `module.exports = function late() { return 1; };`);
        const options = { mode, cwd: box.project, home: box.home, cache: box.cache(mode) };
        for (let n = 0; n < 4; n++) await runDebugged('main.mjs', options);
        if (isCopied) {
          fs.renameSync(box.project, `${box.project}-before`);
          fs.cpSync(`${box.project}-before`, box.project, {
            recursive: true,
            preserveTimestamps: true,
          });
        }
        const before = written(options.cache);
        const env = { BMES_READONLY: '1' };
        for (const args of [[], ['./late.cjs'], []]) {
          const native = await runNative('main.mjs', { ...options, args });
          const run = await runDebugged('main.mjs', { ...options, args, env });
          assertSameAnswer(run, native, `read-only with ${args}`);
          // Elsewhere the runtime would fill its own compile cache, so that is left off.
          const stage = mode === 'linker' || canReadOnly ? 'warm' : 'linked';
          assertStage(run, stage, mode, `read-only with ${args}`);
          const saysWhy = run.timeline.lines.some((line) =>
            line.includes('compile-cache BMES_READONLY'),
          );
          assert.equal(saysWhy, !canReadOnly);
          assert.deepEqual(written(options.cache), before);
        }
      });
    }
  });
}
