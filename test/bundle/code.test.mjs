import assert from 'node:assert/strict';
import fs from 'node:fs';
import path from 'node:path';
import { test } from 'node:test';
import { assertSameAnswer } from '../support/compare.mjs';
import { modes, runCached, runNative } from '../support/run.mjs';
import { sandbox } from '../support/sandbox.mjs';
import { timeline, withoutTimeline } from '../support/timeline.mjs';

// What the engine has made of this package's own file is kept as a record (src/cache/own_code.rs). Only the
// published package has that file: scripts/test-bundle.mjs makes one and runs this.

assert.ok(
  process.env.BMES_TEST_PACKAGE,
  'run by scripts/test-bundle.mjs, on a package that has the file',
);

/** @param {{ after: (work: () => void) => void }} context */
function project(context) {
  const box = sandbox(context);
  const print = `console.log(b, new Error('x').stack.includes('bmes'));`;
  box.write('main.mjs', `import { b } from './b.mjs'; ${print}`);
  box.write('b.mjs', `export const b = 1;`);
  return box;
}

/** @typedef {import('../support/sandbox.mjs').Sandbox} Sandbox */

/** @param {Sandbox} box */
function records(box) {
  const files = fs.readdirSync(box.cache('own'), { recursive: true, encoding: 'utf8' });
  return files
    .filter((file) => file.endsWith('.bmes'))
    .map((file) => path.join(box.cache('own'), file));
}

for (const mode of modes) {
  /**
   * What a start says of our own code, if its answer is the native one.
   *
   * @param {Sandbox} box
   * @param {Partial<import('../support/run.mjs').RunOptions>} [more]
   */
  const start = async (box, more = {}) => {
    const common = { cwd: box.project, home: box.home, ...more };
    const native = await runNative('main.mjs', common);
    const run = await runCached('main.mjs', {
      ...common,
      mode,
      cache: box.cache('own'),
      debug: true,
    });
    assertSameAnswer({ ...run, stderr: withoutTimeline(run.stderr) }, native, run.command);
    return timeline(run.stderr)
      .lines.filter((line) => line.startsWith('code '))
      .map((line) => line.split(' ')[1]);
  };

  test(`${mode}: code is kept once, and not made again`, async (context) => {
    const box = project(context);
    assert.deepEqual(await start(box), [], 'a native run keeps none');
    assert.deepEqual(await start(box), ['kept']);
    assert.equal(records(box).length, 1);
    assert.deepEqual(await start(box), [], 'the engine has taken it');
  });

  test(`${mode}: damaged, foreign and missing code is made again`, async (context) => {
    const box = project(context);
    await start(box);
    await start(box);
    const [record = ''] = records(box);
    const bytes = fs.readFileSync(record);
    for (const at of [0, 70, bytes.length >> 1, bytes.length - 1]) {
      const damaged = Buffer.from(bytes);
      damaged[at] = (damaged[at] ?? 0) ^ 1;
      fs.writeFileSync(record, damaged);
      assert.deepEqual(await start(box), ['kept'], `byte ${at}`);
      assert.deepEqual(await start(box), [], `byte ${at}`);
    }
    // Another V8 flag makes other code; each start that is not given its own makes it.
    const flags = { nodeArgs: ['--stack-size=980'] };
    assert.deepEqual([...(await start(box, flags)), ...(await start(box, flags))], ['kept']);
    fs.rmSync(record);
    assert.deepEqual(await start(box), ['kept']);
  });

  test(`${mode}: nothing is kept where nothing may be written`, async (context) => {
    const box = project(context);
    await start(box);
    const readOnly = { env: { BMES_READONLY: '1' } };
    assert.deepEqual(await start(box, readOnly), []);
    assert.deepEqual(records(box), []);
  });
}
