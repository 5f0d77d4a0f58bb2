// `enable()`: what a running program imports from then on comes from the cache, with the runtime's own
// answer; where that cannot be had it says why and changes nothing.

import assert from 'node:assert/strict';
import fs from 'node:fs';
import { describe, test } from 'node:test';
import { assertSameAnswer } from '../support/compare.mjs';
import {
  assertSameAnswerEnabled,
  linkPackage,
  runEnabled,
  runUnenabled,
} from '../support/enabled.mjs';
import { onlyPack, storedFiles } from '../support/packs.mjs';
import { modes, registerPath, runNative } from '../support/run.mjs';
import { sandbox } from '../support/sandbox.mjs';

const ENABLE = `require('bmes-cache').enable();`;

const CLI = {
  'cli.mjs': `
    import { value, bump } from './value.mjs';
    import cjs from './lib.cjs';
    import data from './data.json' with { type: 'json' };
    bump();
    console.log(value, cjs, data, import.meta.main, import.meta.filename.length, process.argv.length);
    console.log((await import('./late.mjs')).value === value, Object.keys(import.meta).join());`,
  'value.mjs': 'export let value = 1; export const bump = () => { value++; };',
  'late.mjs': `export * from './value.mjs';`,
  'lib.cjs': `exports.deep = require('./deep.cjs')`,
  'deep.cjs': 'module.exports = 7',
  'data.json': '{"a":1}',
};

/**
 * @typedef {object} Program
 * @property {string} what
 * @property {Record<string, string>} files
 * @property {string} [entry]
 * @property {boolean} [hooksOnly] Not for the linker.
 */

/** @type {Program[]} */
const programs = [
  {
    what: 'a CommonJS file that imports',
    files: { ...CLI, 'bin.cjs': `${ENABLE} import('./cli.mjs');` },
  },
  {
    what: 'a CommonJS file that imports twice',
    files: {
      ...CLI,
      'bin.cjs': `${ENABLE} const a = import('./cli.mjs'); const b = import('./cli.mjs'); Promise.all([a, b]).then(([a, b]) => console.log(a === b));`,
    },
  },
  {
    what: 'a CommonJS file that imports a computed path after CommonJS and builtins',
    files: {
      ...CLI,
      'bin.cjs': `${ENABLE} const path = require('path'); const { pathToFileURL } = require('url');
        console.log(require('./lib.cjs'), require.main === module, Object.keys(require.cache).length > 0);
        import('fs').then(() => import('./lib.cjs')).then(() => import(pathToFileURL(path.join(__dirname, 'cli.mjs'))));`,
    },
  },
  {
    what: 'an ES module that imports',
    entry: 'bin.mjs',
    hooksOnly: true,
    files: {
      ...CLI,
      'bin.mjs': `import { enable } from 'bmes-cache'; import { value } from './value.mjs'; enable(); await import('./cli.mjs'); console.log(value, import.meta.main);`,
    },
  },
  {
    what: 'a CommonJS file that requires an ES module',
    hooksOnly: true,
    files: {
      'bin.cjs': `${ENABLE} console.log(require('./cli.mjs').a); import('./cli.mjs').then((ns) => console.log(ns === require('./cli.mjs')));`,
      'cli.mjs': `import { b } from './b.mjs'; export const a = [b];`,
      'b.mjs': `export const b = 'b';`,
    },
  },
  {
    what: 'CommonJS that reaches into the graph later',
    hooksOnly: true,
    files: {
      'bin.cjs': `${ENABLE} import('./cli.mjs').then((cli) => { console.log(cli.b === require('./b.mjs')); return import('./b.mjs'); }).then((b) => console.log(b.n, b === require('./b.mjs')));`,
      'cli.mjs': `import * as b from './b.mjs'; export { b };`,
      'b.mjs': 'globalThis.n = (globalThis.n ?? 0) + 1; export const n = globalThis.n;',
    },
  },
  {
    what: 'an ES module that was imported before',
    hooksOnly: true,
    files: {
      'bin.cjs': `import('./b.mjs').then((b) => { ${ENABLE} return import('./cli.mjs').then((cli) => console.log(cli.b === b, b.n)); });`,
      'cli.mjs': `import * as b from './b.mjs'; export { b };`,
      'b.mjs': 'globalThis.n = (globalThis.n ?? 0) + 1; export const n = globalThis.n;',
    },
  },
  {
    what: 'an ES module that is being imported',
    hooksOnly: true,
    files: {
      'bin.cjs': `const p = import('./b.mjs'); ${ENABLE} Promise.all([p, import('./cli.mjs')]).then(([b, cli]) => console.log(cli.b === b, b.n));`,
      'cli.mjs': `import * as b from './b.mjs'; export { b };`,
      'b.mjs': 'globalThis.n = (globalThis.n ?? 0) + 1; export const n = globalThis.n;',
    },
  },
  {
    what: 'an ES module that CommonJS imports before',
    hooksOnly: true,
    files: {
      'bin.cjs': `const p = require('./first.cjs'); ${ENABLE} Promise.all([p, import('./cli.mjs')]).then(([b, cli]) => console.log(cli.b === b, b.n));`,
      'first.cjs': `module.exports = import('./b.mjs');`,
      'cli.mjs': `import * as b from './b.mjs'; export { b };`,
      'b.mjs': 'globalThis.n = (globalThis.n ?? 0) + 1; export const n = globalThis.n;',
    },
  },
  {
    what: 'an import in a function that is called before',
    hooksOnly: true,
    files: {
      'bin.cjs': `const p = first(); ${ENABLE} Promise.all([p, import('./cli.mjs')]).then(([b, cli]) => console.log(cli.b === b, b.n)); function first() { return import('./b.mjs'); }`,
      'cli.mjs': `import * as b from './b.mjs'; export { b };`,
      'b.mjs': 'globalThis.n = (globalThis.n ?? 0) + 1; export const n = globalThis.n;',
    },
  },
  {
    what: 'a hashbang, comments and builtins before the call',
    files: {
      ...CLI,
      'bin.cjs': `#!/usr/bin/env node\n// a comment\n/* another\n */\n'use strict';\nconst { join } = require('node:path');\nconst bmes = require("bmes-cache")\nbmes.enable();\nimport(join(__dirname, 'cli.mjs'));`,
    },
  },
  {
    what: 'an ES module that was required before',
    hooksOnly: true,
    files: {
      'bin.cjs': `const b = require('./b.mjs'); ${ENABLE} import('./cli.mjs').then((cli) => console.log(cli.b === b, b.n));`,
      'cli.mjs': `import * as b from './b.mjs'; export { b };`,
      'b.mjs': 'globalThis.n = (globalThis.n ?? 0) + 1; export const n = globalThis.n;',
    },
  },
  {
    what: 'an error in the graph',
    files: {
      'bin.cjs': `${ENABLE} import('./cli.mjs');`,
      'cli.mjs': `import './b.mjs'; console.log('not reached');`,
      'b.mjs': `function thrower() { throw new Error('in the graph'); }\nthrower();`,
    },
  },
  {
    what: 'an error that is caught, and an exit code',
    files: {
      'bin.cjs': `${ENABLE} import('./cli.mjs').catch((error) => { console.error(error); process.exitCode = 3; });`,
      'cli.mjs': `import './b.mjs'; await null; throw new TypeError('late');`,
      'b.mjs': '',
    },
  },
  {
    what: 'process.exit in the middle of evaluation',
    files: {
      'bin.cjs': `${ENABLE} process.on('exit', (code) => console.log('exit', code)); import('./cli.mjs');`,
      'cli.mjs': `import './b.mjs'; process.exit(5);`,
      'b.mjs': '',
    },
  },
];

for (const mode of modes) {
  describe(`enable(), ${mode}`, { concurrency: 2 }, () => {
    for (const { what, files, entry = 'bin.cjs', hooksOnly } of programs) {
      test(what, async (t) => {
        const box = sandbox(t);
        for (const [file, text] of Object.entries(files)) box.write(file, text);
        const ranBy = hooksOnly ? 'hooks' : mode;
        await assertSameAnswerEnabled({ box, entry, mode, ranBy });
      });
    }

    test('an unresolvable import gives its own error each time', async (t) => {
      const box = sandbox(t);
      box.write('bin.cjs', `${ENABLE} import('./cli.mjs');`);
      box.write('cli.mjs', `import './nowhere.mjs';`);
      await assertSameAnswerEnabled({ box, entry: 'bin.cjs', mode, stages: ['native', 'native'] });
    });

    test('every import from outside is a root of the pack', async (t) => {
      const box = sandbox(t);
      box.write('bin.cjs', `${ENABLE} import('./a.mjs').then(() => import('./' + 'b.mjs'));`);
      box.write('a.mjs', `console.log('a')`);
      box.write('b.mjs', `import './only-of-b.mjs'; console.log('b')`);
      box.write('only-of-b.mjs', `console.log('only of b')`);
      await assertSameAnswerEnabled({ box, entry: 'bin.cjs', mode, ranBy: 'hooks' });
      assert.ok(onlyPack(box.cache(mode)).bytes.includes('only of b'));
    });

    test('two programs that reach the same module first have a pack each', async (t) => {
      const box = sandbox(t);
      for (const name of ['one', 'two']) {
        box.write(
          `${name}.cjs`,
          `${ENABLE} import('./shared.mjs').then(() => import('./${name}.mjs'));`,
        );
        box.write(`${name}.mjs`, `console.log('${name}')`);
      }
      box.write('shared.mjs', `console.log('shared')`);
      await assertSameAnswerEnabled({ box, entry: 'one.cjs', mode, ranBy: 'hooks' });
      // Node's compile cache is there by then.
      const stages = ['native', 'warm', 'warm'];
      await assertSameAnswerEnabled({ box, entry: 'two.cjs', mode, ranBy: 'hooks', stages });
      assert.equal(storedFiles(box.cache(mode)).length, 2);
    });

    test('an edit shows at once', async (t) => {
      const box = sandbox(t);
      for (const [file, text] of Object.entries(CLI)) box.write(file, text);
      box.write('bin.cjs', `${ENABLE} import('./cli.mjs');`);
      await assertSameAnswerEnabled({ box, entry: 'bin.cjs', mode });
      box.edit('value.mjs', 'value = 1', 'value = 100');
      await assertSameAnswerEnabled({ box, entry: 'bin.cjs', mode, stages: [null, null] });
    });

    test('a program that is started through a link', async (t) => {
      const box = sandbox(t);
      for (const [file, text] of Object.entries(CLI)) box.write(file, text);
      box.write('bin.cjs', `${ENABLE} import('./cli.mjs');`);
      fs.symlinkSync('bin.cjs', box.path('tool'));
      await assertSameAnswerEnabled({ box, entry: 'tool', mode });
    });
  });
}

/** Prints what enable() has returned; the stub's answer is not compared. */
const TELL = `const told = require('bmes-cache').enable(globalThis.options); process.on('exit', () => console.error('told', JSON.stringify(told)));`;

/**
 * @param {{ stderr: string }} run
 */
function told(run) {
  return JSON.parse(/^told (.*)$/m.exec(run.stderr)?.[1] ?? 'null');
}

/** @param {import('../support/run.mjs').Run} run */
const silent = (run) => ({ ...run, stderr: run.stderr.replace(/^told .*\n/m, '') });

describe('enable() says what came of it', { concurrency: 2 }, () => {
  /** @type {{ what: string, before?: string, env?: Record<string, string>, nodeArgs?: string[], status: string, code?: string, stage?: string }[]} */
  const cases = [
    { what: 'enabled', status: 'enabled' },
    { what: 'off', env: { BMES_DISABLE: '1' }, status: 'disabled', code: 'BMES_DISABLED' },
    {
      what: 'hooks that were installed before',
      before: `require('module').registerHooks({ load: (u, c, n) => u.endsWith('b.mjs') ? { format: 'module', source: 'export const b = "theirs"', shortCircuit: true } : n(u, c) });`,
      status: 'disabled',
      code: 'BMES_FOREIGN_HOOKS',
    },
    {
      what: 'hooks that were registered before',
      before: `process.removeAllListeners('warning'); require('module').register('data:text/javascript,' + encodeURIComponent('export async function load(u, c, n) { return u.endsWith("b.mjs") ? { format: "module", source: "export const b = 7", shortCircuit: true } : n(u, c) }'));`,
      status: 'disabled',
      code: 'BMES_FOREIGN_HOOKS',
    },
    {
      what: 'source maps',
      before: 'process.setSourceMapsEnabled(true);',
      status: 'disabled',
      code: 'BMES_SOURCE_MAPS',
    },
    {
      what: 'an inspector that was opened before',
      before: `require('inspector').open(0, '127.0.0.1'); process.on('exit', () => require('inspector').close());`,
      status: 'disabled',
      code: 'BMES_INSPECTOR',
    },
    {
      what: 'coverage',
      env: { NODE_V8_COVERAGE: 'coverage' },
      status: 'disabled',
      code: 'BMES_COVERAGE',
    },
    {
      what: 'a preload that installs hooks',
      nodeArgs: [
        '--import',
        'data:text/javascript,import { registerHooks } from "module"; registerHooks({});',
      ],
      status: 'disabled',
      code: 'BMES_FOREIGN_HOOKS',
    },
    {
      what: 'a preload that installs none',
      nodeArgs: ['--import', 'data:text/javascript,'],
      status: 'enabled',
    },
    {
      what: 'a relative directory',
      before: `globalThis.options = { directory: 'cache' };`,
      status: 'disabled',
      code: 'BMES_INVALID_ARGUMENT',
    },
    {
      what: 'an option that is misspelt',
      before: `globalThis.options = { direktory: '/cache' };`,
      status: 'disabled',
      code: 'BMES_INVALID_ARGUMENT',
    },
    {
      what: 'a directory that others can write to',
      before: `{ const { BMES_CACHE_DIR: place } = process.env; const fs = require('fs');
        if (place) { fs.mkdirSync(place, { recursive: true }); fs.chmodSync(place, 0o777); } }`,
      status: 'disabled',
      code: 'BMES_STORE_NOT_TRUSTED',
    },
    {
      what: 'a directory that is a file',
      env: { BMES_CACHE_DIR: import.meta.filename },
      status: 'disabled',
      code: 'BMES_STORE_NOT_TRUSTED',
    },
    {
      what: 'a relative directory in the environment',
      env: { BMES_CACHE_DIR: 'cache' },
      status: 'disabled',
      code: 'BMES_STORE_NOT_TRUSTED',
    },
    {
      what: 'a directory that cannot be made',
      env: { BMES_CACHE_DIR: '/proc/nowhere/at/all/esm' },
      status: 'disabled',
      code: 'BMES_STORE_IO',
    },
    {
      what: 'called before',
      before: `require('bmes-cache').enable();`,
      status: 'already-enabled',
      stage: 'enabled',
    },
    {
      what: 'after register',
      nodeArgs: ['--require', registerPath],
      status: 'already-enabled',
      stage: 'enabled',
    },
  ];
  for (const mode of modes) {
    for (const { what, before = '', env, nodeArgs, status, code, stage = status } of cases) {
      test(`${what}, ${mode}`, async (t) => {
        const box = sandbox(t);
        box.write('bin.cjs', `${before} ${TELL} import('./a.mjs');`);
        box.write('a.mjs', `import { b } from './b.mjs'; console.log(b);`);
        box.write('b.mjs', `export const b = 'ours';`);
        /** @type {import('../support/enabled.mjs').Enabled} */
        const program = { box, entry: 'bin.cjs', mode, env };
        const native = await runUnenabled(
          nodeArgs?.[0] === '--require' ? program : { ...program, nodeArgs },
        );
        for (let nth = 1; nth <= 3; nth++) {
          const run = await runEnabled({ ...program, nodeArgs });
          // The inspector prints its address.
          const scrub = (/** @type {import('../support/run.mjs').Run} */ each) => ({
            ...silent(each),
            stderr: silent(each).stderr.replace(/ws:\S+/, 'ws:'),
          });
          assertSameAnswer(scrub(run), scrub(native), `run ${nth}`);
          const answer = told(run);
          assert.equal(answer.status, status, JSON.stringify(answer));
          assert.equal(answer.code, code);
          if (status !== 'enabled') assert.equal(typeof answer.message, 'string');
          if (code === undefined) assert.equal(answer.directory, box.cache(mode));
          const wanted = stage === 'enabled' ? ['native', 'linked', 'warm'][nth - 1] : 'native';
          if (code !== 'BMES_INVALID_ARGUMENT') assert.equal(run.timeline.stage?.stage, wanted);
        }
      });
    }
  }

  for (const mode of modes) {
    test(`a second call says what the first import has told, ${mode}`, async (t) => {
      const box = sandbox(t);
      box.write(
        'bin.cjs',
        `const { enable } = require('bmes-cache'); const first = enable();
         import('./lib.mjs').then(() => import('./a.mjs')).catch((error) => console.log(error.name)).then(() => {
           console.error('told', JSON.stringify([first, enable()]));
         });`,
      );
      // CommonJS says what it exports when it has run, and without that nothing is known of it.
      box.write('lib.mjs', `import './lib.cjs';`);
      box.write('a.mjs', `import { nope } from './lib.cjs';`);
      box.write('lib.cjs', '');
      /** @type {import('../support/enabled.mjs').Enabled} */
      const program = { box, entry: 'bin.cjs', mode };
      const native = await runUnenabled(program);
      for (const expected of ['already-enabled', 'disabled']) {
        const run = await runEnabled(program);
        assertSameAnswer(silent(run), silent(native), expected);
        const [first, second] = told(run);
        assert.equal(first.status, 'enabled');
        assert.equal(second.status, expected);
        if (expected === 'disabled') assert.equal(second.code, 'BMES_MISSING_EXPORT');
      }
    });
  }

  test('what the environment has that is not understood is printed for who asks', async (t) => {
    const box = sandbox(t);
    box.write('bin.cjs', `${ENABLE} import('./a.mjs');`);
    box.write('a.mjs', '');
    const env = { BMES_MAX_SIZE: '12X', BMES_SHARED: 'maybe', BMES_MAXSIZE: '1', BMES_TEST_X: '1' };
    linkPackage(box);
    const options = { cwd: box.project, home: box.home };
    const run = await runNative('bin.cjs', { ...options, env: { ...env, BMES_DEBUG: '1' } });
    const lines = run.stderr.match(/^bmes: environment .*/gm) ?? [];
    assert.equal(lines.length, 3, run.stderr);
    for (const word of [
      'BMES_MAX_SIZE=12X is no size',
      'BMES_SHARED=maybe is',
      'BMES_MAXSIZE is no',
    ]) {
      assert.equal(
        lines.filter((line) => line.startsWith(`bmes: environment ${word}`)).length,
        1,
        word,
      );
    }
    assert.equal((await runNative('bin.cjs', { ...options, env })).stderr, '');
  });

  test('directory and readOnly are obeyed', async (t) => {
    const box = sandbox(t);
    linkPackage(box);
    const directory = box.cache('chosen');
    box.write(
      'bin.cjs',
      `globalThis.options = JSON.parse(process.argv[2]); ${TELL} import('./a.mjs');`,
    );
    box.write('a.mjs', `import './b.mjs';`);
    box.write('b.mjs', '');
    const run = (/** @type {object} */ options) =>
      runNative('bin.cjs', {
        cwd: box.project,
        home: box.home,
        args: [JSON.stringify(options)],
        env: { BMES_CACHE_DIR: box.cache('of the environment') },
      });
    assert.equal(told(await run({ directory, readOnly: true })).status, 'enabled');
    assert.deepEqual(storedFiles(directory), []);
    assert.equal(told(await run({ directory })).directory, directory);
    assert.equal(storedFiles(directory).length, 1);
    assert.deepEqual(storedFiles(box.cache('of the environment')), []);
  });
});
