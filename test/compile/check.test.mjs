/**
 * `bmes compile --check`: the program is run once as well, natively and watched, and what only a run can show is
 * in the pack.
 */

import assert from 'node:assert/strict';
import fs from 'node:fs';
import { describe, test } from 'node:test';
import { assertSameAnswer, assertStage, runDebugged } from '../support/compare.mjs';
import { runCli, runNative, testedNode } from '../support/run.mjs';
import { sandbox } from '../support/sandbox.mjs';
import { allowLinking } from '../support/self-test.mjs';

/** @typedef {import('../support/sandbox.mjs').Sandbox} Sandbox */

/** @param {{ after: (work: () => void) => void }} t */
function project(t) {
  const box = sandbox(t);
  box.write(
    'main.mjs',
    `import fs from 'node:fs';
    fs.appendFileSync('runs', 'x');
    const [name = 'none'] = process.argv.slice(2);
    console.log(name, (await import('./plugins/' + name + '.mjs')).default);
    console.error('on stderr');
    process.exitCode = 3;`,
  );
  box.write('plugins/none.mjs', `export default 'none';`);
  box.write('plugins/a.mjs', `import { b } from '../b.mjs'; export default 'a' + b;`);
  box.write('b.mjs', `export const b = 'b';`);
  allowLinking(box.cache('c'), testedNode);
  return box;
}

/**
 * @param {Sandbox} box
 * @param {Record<string, string>} [env]
 */
function how(box, env = {}) {
  const mode = /** @type {const} */ ('linker');
  return { mode, cwd: box.project, home: box.home, cache: box.cache('c'), env, args: ['a'] };
}

/**
 * @param {Sandbox} box
 * @param {string[]} words
 */
const compile = (box, words) => runCli(['compile', ...words], how(box));

/** @param {import('../support/run.mjs').Run} run */
const resultOf = ({ stdout }) => JSON.parse(stdout).results[0];

describe('bmes compile --check', { concurrency: 4 }, () => {
  test('runs the program once, with its arguments, and packs what it has loaded', async (t) => {
    const box = project(t);
    const run = await compile(box, ['--check', 'main.mjs', '--', 'a']);
    assert.equal(run.exitCode, 0, run.stderr);
    assert.match(run.stdout, /^a ab\nmain\.mjs: \d+ modules for node-/);
    assert.match(run.stdout, /checked by a run, which ended with 3\n/);
    assert.match(run.stdout, /imported by a computed name: file:.*\/plugins\/a\.mjs\n/);
    assert.equal(run.stderr, 'on stderr\n');
    assert.equal(box.read('runs'), 'x');
    const first = await runDebugged('main.mjs', how(box));
    assertStage(first, 'warm', 'linker', 'the first run');
    assertSameAnswer(first, await runNative('main.mjs', how(box)), 'the first run');
    assert.doesNotMatch(first.timeline.lines.join('\n'), /learn/, 'there is nothing to add');
  });

  test('fills a portable pack, and its JSON stands alone', async (t) => {
    const box = project(t);
    const run = await compile(box, [
      '--json',
      '--check',
      '--out',
      'app.bmes',
      'main.mjs',
      '--',
      'a',
    ]);
    const { check, packs } = resultOf(run);
    assert.deepEqual(check, { exitCode: 3, signal: null });
    assert.deepEqual(
      packs[0].seen.map((/** @type {string} */ url) => url.slice(url.lastIndexOf('/'))),
      ['/a.mjs', '/b.mjs'],
    );
    assert.equal(run.stderr, 'a ab\non stderr\n');
    const image = `${box.root}/image`;
    fs.cpSync(box.project, image, { recursive: true });
    // Nothing of it is there: it comes from the file.
    const there = { ...how(box, { BMES_PACK: `${image}/app.bmes` }), cwd: image, cache: '' };
    const first = await runDebugged('main.mjs', there);
    assertStage(first, 'warm', 'linker', 'the first run elsewhere');
    assertSameAnswer(first, await runNative('main.mjs', there), 'the first run elsewhere');
  });

  test('a program that cannot be watched is not compiled, and the reason is said', async (t) => {
    const box = project(t);
    box.write(
      'hooks.mjs',
      `import { registerHooks } from 'node:module';
      registerHooks({ resolve: (specifier, context, next) => next(specifier, context) });
      await import('./b.mjs');`,
    );
    box.write('killed.mjs', `import './b.mjs'; process.kill(process.pid, 'SIGKILL');`);
    for (const [entry, code, message] of /** @type {[string, string, RegExp][]} */ ([
      ['hooks.mjs', 'BMES_FOREIGN_HOOKS', /nothing was learnt from its run: the app has installed/],
      ['killed.mjs', 'BMES_NOT_LEARNT', /the run has not come to the end/],
    ])) {
      const run = await compile(box, ['--json', '--check', entry]);
      assert.equal(run.exitCode, 1);
      const { error } = resultOf(run);
      assert.equal(error.code, code);
      assert.match(error.message, message);
    }
  });

  test('it goes with one entry, and not with --store', async (t) => {
    const box = project(t);
    for (const [words, said] of /** @type {[string[], RegExp][]} */ ([
      [['--check', 'main.mjs', 'b.mjs'], /--check takes one entry/],
      [['--check', '--store', 'main.mjs'], /--store is never to do/],
      [['--check', '--', 'main.mjs'], /no entry given/],
    ])) {
      const run = await compile(box, words);
      assert.equal(run.exitCode, 2);
      assert.match(run.stderr, said);
    }
    assert.ok(!fs.existsSync(box.path('runs')), 'nothing has run');
  });
});
