/**
 * `bmes compile --for-node`: with and for another Node than the one that runs the command.
 */

import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { runtimes } from '../../scripts/runtimes.mjs';
import { assertSameAnswer, assertStage, runDebugged } from '../support/compare.mjs';
import { runCli, runNative, testedNode } from '../support/run.mjs';
import { sandbox } from '../support/sandbox.mjs';
import { allowLinking } from '../support/self-test.mjs';

const { node20, node22, node24, node26 } = await runtimes();
const others = Object.entries({ node20, node22, node24, node26 }).filter(
  ([, binary]) => binary && binary !== testedNode,
);

/** @param {{ after: (work: () => void) => void }} t */
function project(t) {
  const box = sandbox(t);
  box.write('main.mjs', `import { a } from './a.mjs'; console.log(a, process.versions.modules);`);
  box.write('a.mjs', `export const a = 'a';`);
  allowLinking(box.cache('c'), testedNode);
  return box;
}

describe('bmes compile --for-node', { concurrency: 4 }, () => {
  for (const [name, binary] of others) {
    test(`${name} compiles for the tested one, which is warm at once`, async (t) => {
      const box = project(t);
      const how = { cwd: box.project, home: box.home, cache: box.cache('c') };
      const words = ['compile', '--json', '--for-node', testedNode, 'main.mjs'];
      const compiled = await runCli(words, { ...how, node: binary ?? '' });
      assert.equal(compiled.exitCode, 0, compiled.stdout);
      const run = { ...how, mode: /** @type {const} */ ('linker') };
      const first = await runDebugged('main.mjs', run);
      assertStage(first, 'warm', 'linker', 'the first run');
      assertSameAnswer(first, await runNative('main.mjs', run), 'the first run');
    });
  }

  test('what was compiled for another is none of the tested one', async (t) => {
    const [, binary = ''] = others.find(([name]) => name !== 'node20') ?? [];
    if (!binary) return t.skip('there is no other Node on this platform');
    const box = project(t);
    const how = { cwd: box.project, home: box.home, cache: box.cache('c') };
    allowLinking(how.cache, binary);
    for (const out of [[], ['--out', 'app.bmes']]) {
      const compiled = await runCli(['compile', '--for-node', binary, ...out, 'main.mjs'], how);
      assert.equal(compiled.exitCode, 0, compiled.stderr);
    }
    const env = { BMES_PACK: box.path('app.bmes') };
    const run = { ...how, env, mode: /** @type {const} */ ('linker') };
    const first = await runDebugged('main.mjs', run);
    assertStage(first, 'native', undefined, 'the tested one');
    assertSameAnswer(first, await runNative('main.mjs', run), 'the tested one');
    assert.match(first.timeline.lines.join('\n'), /^pack BMES_PACK_FOREIGN .*node-\d+.*node-\d+/m);
    const other = await runDebugged('main.mjs', { ...how, node: binary, mode: 'linker' });
    assertStage(other, 'warm', 'linker', 'the other');
  });

  test('a Node that cannot start apps from the cache is named', async (t) => {
    if (!node20) return t.skip('there is no Node 20 on this platform');
    const box = project(t);
    const how = { cwd: box.project, home: box.home, cache: box.cache('c') };
    const run = await runCli(['compile', '--for-node', node20, 'main.mjs'], how);
    assert.equal(run.exitCode, 1);
    assert.match(run.stderr, /main\.mjs: BMES_UNSUPPORTED_RUNTIME v20\./);
  });
});
