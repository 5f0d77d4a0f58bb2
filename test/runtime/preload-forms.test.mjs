// Every way to preload `register`, in front of every kind of entry.

import assert from 'node:assert/strict';
import fs from 'node:fs';
import { describe, test } from 'node:test';
import { pathToFileURL } from 'node:url';
import { assertSameAnswer, assertStage } from '../support/compare.mjs';
import { linkPackage } from '../support/enabled.mjs';
import { cliPath, modes, modeVariable, registerPath, runNative } from '../support/run.mjs';
import { sandbox } from '../support/sandbox.mjs';
import { timeline, withoutTimeline } from '../support/timeline.mjs';

const linked = './node_modules/bmes-cache/runtime/register.js';

/**
 * With any `--import` Node itself takes another way to a CommonJS entry: the answer to compare with is
 * the one of an empty one.
 *
 * @type {{ form: string, nodeArgs?: string[], options?: string, imports?: boolean }[]}
 */
const forms = [
  { form: '--import, a path', nodeArgs: ['--import', registerPath], imports: true },
  { form: '--import, a URL', nodeArgs: [`--import=${pathToFileURL(registerPath)}`], imports: true },
  { form: '--import, the name', nodeArgs: ['--import', 'bmes-cache/register'], imports: true },
  { form: '--require, the name', nodeArgs: ['--require', 'bmes-cache/register'] },
  { form: '-r, a link', nodeArgs: ['-r', linked] },
  { form: 'NODE_OPTIONS, --import', options: '--import bmes-cache/register', imports: true },
  { form: 'NODE_OPTIONS, --require', options: '--require bmes-cache/register' },
  {
    form: 'both at once',
    nodeArgs: ['--import', 'bmes-cache/register'],
    options: '--require=bmes-cache/register',
    imports: true,
  },
];

const SHARED = {
  'shared.mjs': `globalThis.evaluated = (globalThis.evaluated ?? 0) + 1; export const n = globalThis.evaluated;`,
  'b.mjs': `export * from './shared.mjs'; export const meta = [import.meta.main, typeof import.meta.resolve];`,
};

/** @type {{ what: string, entry: string, files: Record<string, string>, hooksOnly?: boolean, first?: string }[]} */
const entries = [
  {
    what: 'an ES module',
    entry: 'main.mjs',
    files: {
      ...SHARED,
      'main.mjs': `import * as b from './b.mjs'; console.log(b, import.meta.main, process.execArgv.includes('--experimental-vm-modules'));`,
    },
  },
  {
    what: 'CommonJS that imports',
    entry: 'main.cjs',
    files: {
      ...SHARED,
      'main.cjs': `console.log(require.main === module, process.argv.length); import('./b.mjs').then((b) => console.log(b));`,
    },
  },
  {
    what: 'CommonJS that imports a computed path late, twice',
    entry: 'main.cjs',
    hooksOnly: true,
    files: {
      ...SHARED,
      'main.cjs': `setTimeout(async () => { const name = (x) => require('url').pathToFileURL(__dirname + '/' + x + '.mjs'); const b = await import(name('b')); const s = await import(name('shared')); console.log(b.n === s.n, s.n); }, 5);`,
    },
  },
  {
    what: 'CommonJS that requires an ES module',
    entry: 'main.cjs',
    hooksOnly: true,
    files: {
      ...SHARED,
      'main.cjs': `const b = require('./b.mjs'); console.log(b); import('./shared.mjs').then((s) => console.log(s === require('./shared.mjs')));`,
    },
  },
  {
    what: 'CommonJS that requires a package of ES modules',
    entry: 'main.cjs',
    hooksOnly: true,
    files: {
      'main.cjs': `const p = require('./package/index.js'); console.log(p.a, p.b);`,
      'package/package.json': '{"type":"module"}',
      'package/index.js': `export { a } from './a.js'; export { b } from './b.js';`,
      'package/a.js': `export const a = 'a';`,
      'package/b.js': `export const b = 'b';`,
    },
  },
  {
    what: 'CommonJS without an extension to tell it',
    entry: 'main.js',
    files: {
      ...SHARED,
      'main.js': `exports.x = 1; import('./b.mjs').then((b) => console.log(b));`,
    },
  },
  {
    what: 'CommonJS whose import fails',
    entry: 'main.cjs',
    files: {
      'main.cjs': `import('./a.mjs').catch((error) => { console.log(error); return import('./nowhere.mjs'); });`,
      'a.mjs': `import './b.mjs'; throw new Error('in a.mjs');`,
      'b.mjs': '',
    },
  },
];

for (const mode of modes) {
  for (const { form, nodeArgs = [], options, imports } of forms) {
    describe(`${form}, ${mode}`, { concurrency: 2 }, () => {
      for (const { what, entry, files, hooksOnly } of entries) {
        test(what, async (t) => {
          const box = sandbox(t);
          linkPackage(box);
          for (const [file, text] of Object.entries(files)) box.write(file, text);
          const run = { cwd: box.project, home: box.home };
          const plain = imports ? ['--import', 'data:text/javascript,'] : [];
          const native = await runNative(entry, { ...run, nodeArgs: plain });
          const env = {
            BMES_CACHE_DIR: box.cache(mode),
            ...modeVariable(mode),
            ...(options ? { NODE_OPTIONS: options } : {}),
          };
          for (const stage of ['native', 'linked', 'warm']) {
            const debugged = await runNative(entry, {
              ...run,
              nodeArgs,
              env: { ...env, BMES_DEBUG: '1' },
            });
            const said = {
              ...debugged,
              stderr: withoutTimeline(debugged.stderr),
              timeline: timeline(debugged.stderr),
            };
            assertSameAnswer(said, native, stage);
            const ranBy = stage === 'native' ? undefined : hooksOnly ? 'hooks' : mode;
            assertStage(said, stage, ranBy, stage);
            const opened = said.timeline.lines.filter((line) => line.startsWith('learn '));
            // A main module that is CommonJS is an app, and what it reaches another.
            const apps = what.startsWith('CommonJS') ? 2 : 1;
            assert.equal(opened.length, stage === 'native' ? apps : 0, 'each learnt once');
          }
          assertSameAnswer(await runNative(entry, { ...run, nodeArgs, env }), native, 'quiet');
        });
      }
    });
  }
}

describe('register stands aside for', { concurrency: 2 }, () => {
  for (const mode of modes) {
    test(`asynchronous hooks that a CommonJS entry installs before its first import, ${mode}`, async (t) => {
      const box = sandbox(t);
      box.write(
        'main.cjs',
        `process.noDeprecation = true; require('module').register('./hooks.mjs', require('url').pathToFileURL(__filename)); import('./a.mjs');`,
      );
      box.write(
        'hooks.mjs',
        `export async function load(u, c, n) { return u.endsWith('b.mjs') ? { format: 'module', source: 'export default "theirs"', shortCircuit: true } : n(u, c); }`,
      );
      box.write('a.mjs', `import b from './b.mjs'; console.log(b);`);
      box.write('b.mjs', `export default 'real';`);
      await assertAside(box, mode, 'main.cjs', 'BMES_FOREIGN_HOOKS');
    });

    test(`the thread of asynchronous hooks, ${mode}`, async (t) => {
      const box = sandbox(t);
      box.write(
        'main.mjs',
        `import { register } from 'node:module'; process.removeAllListeners('warning'); register('./hooks.mjs', import.meta.url); console.log((await import('./b' + '.mjs')).default);`,
      );
      box.write(
        'hooks.mjs',
        `import { x } from './x.mjs'; export async function load(u, c, n) { return u.endsWith('b.mjs') ? { format: 'module', source: 'export default ' + x, shortCircuit: true } : n(u, c); }`,
      );
      box.write('x.mjs', 'export const x = 7;');
      box.write('b.mjs', `export default 'real';`);
      await assertAside(box, mode, 'main.mjs', 'BMES_WORKER');
    });
  }
});

/**
 * @param {import('../support/sandbox.mjs').Sandbox} box
 * @param {import('../support/run.mjs').Mode} mode
 * @param {string} entry
 * @param {string} code
 */
async function assertAside(box, mode, entry, code) {
  const run = { cwd: box.project, home: box.home };
  const native = await runNative(entry, run);
  const nodeArgs = ['--require', registerPath];
  const env = { BMES_CACHE_DIR: box.cache(mode), BMES_DEBUG: '1', ...modeVariable(mode) };
  for (const nth of [1, 2, 3]) {
    const debugged = await runNative(entry, { ...run, nodeArgs, env });
    const said = { ...debugged, stderr: withoutTimeline(debugged.stderr) };
    assertSameAnswer(said, native, `run ${nth}`);
    const { reasons } = timeline(debugged.stderr);
    assert.ok(
      reasons.some((line) => line.includes(code)),
      debugged.stderr,
    );
  }
}

test('NODE_OPTIONS and `bmes run` together are one cache', async (t) => {
  const box = sandbox(t, 'launch');
  linkPackage(box);
  const run = { cwd: box.project, home: box.home };
  const native = await runNative('argv.js', run);
  for (const option of ['--import', '--require']) {
    for (const stage of ['native', 'linked', 'warm']) {
      const debugged = await runNative('argv.js', {
        ...run,
        nodeArgs: [cliPath, 'run'],
        env: {
          BMES_CACHE_DIR: box.cache(option),
          NODE_OPTIONS: `${option} bmes-cache/register`,
          BMES_DEBUG: '1',
        },
      });
      const said = {
        ...debugged,
        stderr: withoutTimeline(debugged.stderr),
        timeline: timeline(debugged.stderr),
      };
      assertSameAnswer(said, native, stage);
      assertStage(said, stage, undefined, stage);
      const opened = said.timeline.lines.filter((line) => line.startsWith('open '));
      assert.equal(opened.length, 1, said.timeline.lines.join('\n'));
    }
  }
  assert.ok(fs.existsSync(box.cache('--import')));
});
