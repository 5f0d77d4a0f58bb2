/**
 * `bmes compile`: the first run of an app that was compiled comes from its pack, and gives the answer that
 * Node gives without us. Nothing of the app runs while it is compiled.
 */

import assert from 'node:assert/strict';
import fs from 'node:fs';
import path from 'node:path';
import { describe, test } from 'node:test';
import { assertSameAnswer, assertStage, runDebugged } from '../support/compare.mjs';
import { modes, runCli, runNative, testedNode } from '../support/run.mjs';
import { sandbox } from '../support/sandbox.mjs';
import { allowLinking } from '../support/self-test.mjs';

/** The first run after a compilation; on hooks Node's own cache is still empty. */
const FIRST = { hooks: 'linked', linker: 'warm' };

/**
 * @param {import('../support/sandbox.mjs').Sandbox} box
 * @param {string[]} words
 * @param {Record<string, string>} [env]
 */
function compile(box, words, env = {}) {
  allowLinking(box.cache('c'), testedNode);
  return runCli(['compile', ...words], {
    cwd: box.project,
    home: box.home,
    cache: box.cache('c'),
    env,
  });
}

/**
 * @param {import('../support/sandbox.mjs').Sandbox} box
 * @param {import('../support/run.mjs').Mode} mode
 * @param {string[]} [nodeArgs]
 */
function how(box, mode, nodeArgs = []) {
  return { mode, cwd: box.project, home: box.home, cache: box.cache('c'), nodeArgs };
}

/**
 * @param {import('../support/sandbox.mjs').Sandbox} box
 * @param {string} entry
 * @param {string[]} [nodeArgs]
 */
async function assertWarmAtOnce(box, entry, nodeArgs) {
  for (const mode of modes) {
    const run = how(box, mode, nodeArgs);
    const first = await runDebugged(entry, run);
    assertStage(first, FIRST[mode], mode, `the first run in ${mode} mode`);
    assertSameAnswer(first, await runNative(entry, run), `the first run in ${mode} mode`);
  }
}

/**
 * @param {import('../support/run.mjs').Run} run
 * @param {string} what
 */
function assertCompiled(run, what) {
  assert.equal(run.exitCode, 0, `${what}:\n${run.stdout}${run.stderr}`);
  assert.equal(run.stderr, '', what);
}

// Each waits for files that were written just now.
describe('bmes compile', { concurrency: 4 }, () => {
  test('the first run of the fixture app is warm and gives the native answer', async (t) => {
    const box = sandbox(t, 'app');
    const conditions = ['--conditions=fixture'];
    // Nobody has tested this runtime yet: it is done now, and the first run is linked.
    const fresh = { cwd: box.project, home: box.home, cache: box.cache('c') };
    assertCompiled(await runCli(['compile', ...conditions, 'main.js'], fresh), 'compile');
    await assertWarmAtOnce(box, 'main.js', conditions);
  });

  test('nothing of an app is evaluated', async (t) => {
    const box = sandbox(t);
    const leaves = (/** @type {string} */ name) =>
      `require('node:fs').writeFileSync(${JSON.stringify(box.path(`ran-${name}`))}, '');`;
    const leavesByImport = (/** @type {string} */ name) =>
      `import fs from 'node:fs'; fs.writeFileSync(${JSON.stringify(box.path(`ran-${name}`))}, '');`;
    box.write('data.json', '{"answer":42}');
    box.write('lazy.mjs', `${leavesByImport('lazy')} export const lazy = 1;`);
    box.write('hidden.mjs', `${leavesByImport('hidden')} export const hidden = 1;`);
    box.write('required.cjs', `${leaves('required')} exports.value = 1;`);
    box.write(
      'common.cjs',
      `${leaves('common')} exports.common = require('./required.cjs').value;`,
    );
    box.write(
      'node_modules/dep/package.json',
      '{"name":"dep","version":"1.0.0","exports":"./index.js","type":"module"}',
    );
    box.write('node_modules/dep/index.js', `${leavesByImport('dep')} export const dep = await 1;`);
    box.write(
      'main.mjs',
      `${leavesByImport('main')}
    import data from './data.json' with { type: 'json' };
    import { common } from './common.cjs';
    import { dep } from 'dep';
    const name = './hid' + 'den.mjs';
    console.log(data.answer, common, dep, (await import('./lazy.mjs')).lazy, (await import(name)).hidden);`,
    );
    const before = fs.readdirSync(box.project).sort();
    assertCompiled(await compile(box, ['--include', 'hid*.mjs', 'main.mjs']), 'compile');
    assert.deepEqual(fs.readdirSync(box.project).sort(), before);
    await assertWarmAtOnce(box, 'main.mjs');
    // That the app leaves its traces when it runs: the test could fail.
    const names = ['common', 'dep', 'hidden', 'lazy', 'main', 'required'];
    const found = fs.readdirSync(box.project).filter((name) => name.startsWith('ran-'));
    assert.deepEqual(
      found.sort(),
      names.map((name) => `ran-${name}`),
    );
  });

  test('what only import() reaches is in the pack, and is left out with --no-dynamic', async (t) => {
    const box = sandbox(t);
    box.write('lazy.mjs', `import './deeper.mjs'; export default 'lazy';`);
    box.write('deeper.mjs', `export default 1;`);
    box.write('main.mjs', `console.log((await import('./lazy.mjs')).default);`);
    const all = await compile(box, ['--json', 'main.mjs']);
    assert.equal(JSON.parse(all.stdout).results[0].packs[0].modules, 3);
    const few = await compile(box, ['--json', '--no-dynamic', 'main.mjs']);
    assert.equal(JSON.parse(few.stdout).results[0].packs[0].modules, 1);
    for (const mode of modes) {
      const run = how(box, mode);
      const native = await runNative('main.mjs', run);
      assertSameAnswer(await runDebugged('main.mjs', run), native, mode);
    }
  });

  test('a CommonJS program is compiled from each ES module it may reach first', async (t) => {
    const box = sandbox(t);
    box.write('a.mjs', `export const a = 'a';`);
    box.write('b.mjs', `import { c } from './c.cjs'; export const b = 'b' + c;`);
    box.write('c.cjs', `exports.c = 'c';`);
    box.write('bin.cjs', `require('./load.cjs');`);
    box.write(
      'load.cjs',
      `const first = process.argv[2] === 'b' ? import('./b.mjs') : import('./a.mjs');
    first.then((it) => console.log(it));`,
    );
    assertCompiled(await compile(box, ['bin.cjs']), 'compile');
    for (const args of [[], ['b']]) {
      const run = { ...how(box, 'linker'), args };
      const first = await runDebugged('bin.cjs', run);
      assertSameAnswer(first, await runNative('bin.cjs', run), `with ${args}`);
      assertStage(first, 'warm', 'linker', `with ${args}`);
    }
  });

  test('what is broken behind an import() is the same error, and the rest is in the pack', async (t) => {
    const box = sandbox(t);
    box.write('common.cjs', `exports.there = 1;`);
    box.write('asks.mjs', `import { missing } from './common.cjs'; console.log(missing);`);
    box.write('unparsable.mjs', `export const = 1;`);
    box.write('unresolved.mjs', `import 'nowhere'; export {};`);
    box.write('throws.mjs', `throw new TypeError('on purpose');`);
    box.write(
      'main.mjs',
      `for (const load of [
      () => import('./asks.mjs'),
      () => import('./unparsable.mjs'),
      () => import('./unresolved.mjs'),
      () => import('./throws.mjs'),
      () => import('absent-package'),
    ]) await load().catch((error) => console.log(error.name, error.code, error.message));`,
    );
    assertCompiled(await compile(box, ['main.mjs']), 'compile');
    await assertWarmAtOnce(box, 'main.mjs');
  });

  test('an app that cannot start is not compiled, and the reason is said', async (t) => {
    const box = sandbox(t);
    box.write('unresolved.mjs', `import 'nowhere';`);
    box.write('deep.mjs', `import './unresolved.mjs';`);
    box.write('unparsable.mjs', `export const = 1;`);
    box.write('commonjs.cjs', `console.log('nothing but CommonJS');`);
    for (const [entry, code, detail] of [
      ['unresolved.mjs', 'BMES_NOT_PACKED', /unresolved\.mjs: ERR_MODULE_NOT_FOUND .*nowhere/],
      ['deep.mjs', 'BMES_NOT_PACKED', /unresolved\.mjs: ERR_MODULE_NOT_FOUND .*nowhere/],
      ['unparsable.mjs', 'BMES_NOT_PACKED', /unparsable\.mjs/],
      ['commonjs.cjs', 'BMES_NOT_PACKED', /reaches no ES module/],
      ['absent.mjs', 'BMES_NO_ENTRY', /absent\.mjs/],
    ]) {
      const run = await compile(box, ['--json', String(entry)]);
      assert.equal(run.exitCode, 1, run.stdout);
      const { schema, ok, results } = JSON.parse(run.stdout);
      assert.deepEqual([schema, ok, results.length], [1, false, 1]);
      assert.equal(results[0].error.code, code, run.stdout);
      assert.match(results[0].error.message, /** @type {RegExp} */ (detail));
      const said = await compile(box, [String(entry)]);
      assert.match(said.stderr, new RegExp(String(code)));
      const quiet = await compile(box, ['--store', String(entry)]);
      assert.deepEqual([quiet.exitCode, quiet.stdout, quiet.stderr], [0, '', '']);
    }
  });

  test('several entries, one of which fails', async (t) => {
    const box = sandbox(t);
    box.write('a.mjs', `console.log('a');`);
    box.write('b.mjs', `console.log('b');`);
    const run = await compile(box, ['a.mjs', 'absent.mjs', 'b.mjs']);
    assert.equal(run.exitCode, 1);
    assert.match(run.stdout, /^a\.mjs: 1 modules? for node-/m);
    assert.match(run.stdout, /^b\.mjs: 1 modules? for node-/m);
    assert.match(run.stderr, /^bmes compile: absent\.mjs: BMES_NO_ENTRY /);
    await assertWarmAtOnce(box, 'b.mjs');
  });

  test('wrong use ends with 2 and says what is wrong', async (t) => {
    const box = sandbox(t);
    for (const [words, said] of /** @type {[string[], RegExp][]} */ ([
      [[], /no entry given/],
      [['--nonsense', 'a.mjs'], /--nonsense/],
      [['--for-node'], /--for-node/],
    ])) {
      const run = await compile(box, words);
      assert.equal(run.exitCode, 2);
      assert.match(run.stderr, said);
      assert.equal(run.stdout, '');
    }
    const help = await compile(box, ['--help']);
    assert.equal(help.exitCode, 0);
    assert.match(help.stdout, /--include <glob>/);
  });

  test('a preload of somebody else is said and not run', async (t) => {
    const box = sandbox(t);
    box.write('main.mjs', `console.log(1);`);
    const trace = box.path('preloaded');
    box.write('preload.cjs', `require('node:fs').writeFileSync(${JSON.stringify(trace)}, '');`);
    const options = `--require ${box.path('preload.cjs')}`;
    // Our own process has it as well: what it leaves there is not what is asked about.
    const run = await compile(box, ['main.mjs'], { NODE_OPTIONS: options });
    assert.equal(run.exitCode, 1);
    assert.match(run.stderr, /BMES_FOREIGN_PRELOAD/);
  });

  test('an entry by a link, by a folder and without its extension', async (t) => {
    const box = sandbox(t);
    box.write('package.json', '{"type":"module"}');
    box.write('lib/index.js', `import { a } from './a.js'; console.log(a, import.meta.url);`);
    box.write('lib/a.js', `export const a = 1;`);
    fs.mkdirSync(box.path('bin'));
    fs.symlinkSync(path.join('..', 'lib', 'index.js'), box.path('bin/tool'));
    for (const entry of ['lib', 'lib/index', 'bin/tool']) {
      fs.rmSync(box.cache('c'), { recursive: true, force: true });
      assertCompiled(await compile(box, [entry]), entry);
      await assertWarmAtOnce(box, entry);
    }
  });

  test('an edit after the compilation is seen', async (t) => {
    const box = sandbox(t);
    box.write('main.mjs', `import { a } from './a.mjs'; console.log(a);`);
    box.write('a.mjs', `export const a = 'before';`);
    assertCompiled(await compile(box, ['main.mjs']), 'compile');
    box.edit('a.mjs', 'before', 'after');
    const run = await runDebugged('main.mjs', how(box, 'linker'));
    assertSameAnswer(run, await runNative('main.mjs', how(box, 'linker')), 'after an edit');
    assert.match(run.timeline.reasons.join('\n'), /BMES_GUARD_CHANGED .*a\.mjs/);
  });
});
