// An app that changes its own files, or has them changed, after its start: what it imports then is what
// is there then. The pack was made by runs in which nothing was changed.

import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { assertSameAnswer, assertStage, runDebugged } from '../support/compare.mjs';
import { modes, runNative } from '../support/run.mjs';
import { sandbox } from '../support/sandbox.mjs';

/** @typedef {import('../support/sandbox.mjs').Sandbox} Sandbox */

/**
 * @typedef {object} Late
 * @property {string} specifier
 * @property {(box: Sandbox) => void} make
 * @property {string} change
 * @property {string} back
 * @property {string} says
 */

/**
 * What is imported late, by specifier, and what the app does before and after where it is told to.
 * `says` is printed then, and not otherwise.
 *
 * @type {Record<string, Late> & { 'the same size and time': Late }}
 */
const changes = {
  'a link that points elsewhere': {
    specifier: './current/x.js',
    make: (box) => {
      box.write('one/x.js', `export const v = 'one';`);
      box.write('two/x.js', `export const v = 'two';`);
      box.write('current', '');
      box.relink('current', 'one');
    },
    change: `fs.unlinkSync('current'); fs.symlinkSync('two', 'current');`,
    back: `fs.unlinkSync('current'); fs.symlinkSync('one', 'current');`,
    says: 'late two',
  },
  'other "exports" of a package': {
    specifier: 'pkg',
    make: (box) => {
      box.write('node_modules/pkg/package.json', '{"type":"module","exports":"./one.js"}');
      box.write('node_modules/pkg/one.js', `export const v = 'one';`);
      box.write('node_modules/pkg/two.js', `export const v = 'two';`);
    },
    change: replaced('node_modules/pkg/package.json', 'one', 'two'),
    back: replaced('node_modules/pkg/package.json', 'two', 'one'),
    says: 'late two',
  },
  'a nearer package that what is imported asks for': {
    specifier: './near/uses.js',
    make: (box) => {
      box.write('node_modules/pkg/package.json', '{"type":"module","exports":"./one.js"}');
      box.write('node_modules/pkg/one.js', `export const v = 'one';`);
      box.write('near/uses.js', `export { v } from 'pkg';`);
    },
    change:
      `fs.mkdirSync('near/node_modules'); fs.cpSync('node_modules/pkg', 'near/node_modules/pkg', { recursive: true });` +
      replaced('near/node_modules/pkg/one.js', 'one', 'two'),
    back: `fs.rmSync('near/node_modules', { recursive: true });`,
    says: 'late two',
  },
  'another "type" of what is imported': {
    specifier: './typed/x.js',
    make: (box) => {
      box.write('typed/package.json', '{"type":"module"}');
      box.write('typed/x.js', `console.log(typeof module);`);
    },
    change: replaced('typed/package.json', 'module', 'commonjs'),
    back: replaced('typed/package.json', 'commonjs', 'module'),
    says: 'object',
  },
  'the same size and time': {
    specifier: './x.js',
    make: (box) => box.write('x.js', `export const v = 'one';`),
    change: replaced('x.js', 'one', 'two'),
    back: replaced('x.js', 'two', 'one'),
    says: 'late two',
  },
};

changes['the same size and time, resolved before'] = {
  ...changes['the same size and time'],
  change: `import.meta.resolve('./x.js'); ${changes['the same size and time'].change}`,
};

/**
 * JavaScript that replaces text in a file and puts its times back.
 *
 * @param {string} file
 * @param {string} from
 * @param {string} to
 */
function replaced(file, from, to) {
  return (
    `{ const { atime, mtime } = fs.statSync('${file}');` +
    `fs.writeFileSync('${file}', fs.readFileSync('${file}', 'utf8').replace('${from}', '${to}'));` +
    `fs.utimesSync('${file}', atime, mtime); }`
  );
}

for (const mode of modes) {
  for (const form of ['literal', 'computed']) {
    describe(
      `changed before it is imported, ${mode}, ${form} specifier`,
      { concurrency: 2 },
      () => {
        for (const [what, { specifier, make, change, back, says }] of Object.entries(changes)) {
          test(what, async (t) => {
            const box = sandbox(t);
            make(box);
            box.write('package.json', '{"type":"module"}');
            const written = form === 'literal' ? `'${specifier}'` : `['${specifier}'].join()`;
            box.write(
              'main.js',
              [
                `import fs from 'node:fs';`,
                `const isTold = process.argv[2] === 'change';`,
                `if (isTold) { ${change} }`,
                `const { v } = await import(${written});`,
                `if (isTold) { ${back} }`,
                `console.log('late', v);`,
              ].join('\n'),
            );
            const run = { mode, cwd: box.project, home: box.home, cache: box.cache(mode) };
            for (const stage of ['native', 'linked', 'warm']) {
              assertStage(await runDebugged('main.js', run), stage, undefined, 'while warming up');
            }
            const told = { ...run, args: ['change'] };
            const native = await runNative('main.js', told);
            assert.ok(native.stdout.includes(says), `natively it says ${native.stdout}`);
            const first = await runDebugged('main.js', told);
            assertSameAnswer(first, native, 'the run that changes');
            assertStage(first, 'warm', mode, 'the run that changes');
            assertSameAnswer(
              await runDebugged('main.js', run),
              await runNative('main.js', run),
              'the next',
            );
            assertSameAnswer(await runDebugged('main.js', told), native, 'another that changes');
          });
        }
      },
    );
  }
}

describe('what the app has already it keeps', { concurrency: 2 }, () => {
  for (const mode of modes) {
    test(`a module that a package led to before its map was changed, ${mode}`, async (t) => {
      const box = sandbox(t);
      box.write('package.json', '{"type":"module"}');
      box.write('node_modules/pkg/package.json', '{"type":"module","exports":"./one.js"}');
      box.write('node_modules/pkg/one.js', `export const v = 'one';`);
      box.write('node_modules/pkg/two.js', `export const v = 'two';`);
      box.write(
        'main.js',
        [
          `import fs from 'node:fs';`,
          `import * as first from 'pkg';`,
          `if (process.argv[2]) ${replaced('node_modules/pkg/package.json', 'one', 'two')}`,
          `const again = await import('pkg');`,
          `if (process.argv[2]) ${replaced('node_modules/pkg/package.json', 'two', 'one')}`,
          `console.log(first === again, again.v);`,
        ].join('\n'),
      );
      const run = { mode, cwd: box.project, home: box.home, cache: box.cache(mode) };
      for (const stage of ['native', 'linked', 'warm']) {
        assertStage(await runDebugged('main.js', run), stage, undefined, 'while warming up');
      }
      const told = { ...run, args: ['change'] };
      const native = await runNative('main.js', told);
      assert.equal(native.stdout, 'true one\n');
      assertSameAnswer(await runDebugged('main.js', told), native, 'the run that changes');
    });
  }
});

describe('found by random changes', { concurrency: 2 }, () => {
  for (const mode of modes) {
    test(`what is an ES module by its syntax only is warned of when it is late, ${mode}`, async (t) => {
      const box = sandbox(t);
      box.write('package.json', '{"type":"module"}');
      box.write('main.js', `console.log((await import('./lib/x.js')).v);`);
      box.write('lib/package.json', '{}');
      box.write('lib/x.js', `export const v = 1;`);
      const run = { mode, cwd: box.project, home: box.home, cache: box.cache(mode) };
      const native = await runNative('main.js', run);
      assert.match(native.stderr, /MODULE_TYPELESS_PACKAGE_JSON/);
      for (const stage of ['native', 'linked', 'warm']) {
        const result = await runDebugged('main.js', run);
        assertStage(result, stage, stage === 'native' ? undefined : mode, stage);
        assertSameAnswer(result, native, stage);
      }
    });

    test(`a missing export of late CommonJS is explained, ${mode}`, async (t) => {
      const box = sandbox(t);
      box.write('package.json', '{"type":"module"}');
      // Imported by CommonJS, under a name that is computed: no pack knows of it.
      box.write('main.js', `import './importer.cjs';`);
      box.write(
        'importer.cjs',
        `import(['./asks.js'].join()).catch((error) => console.log(error.message));`,
      );
      box.write('asks.js', `import { absent } from './legacy.cjs'; console.log(absent);`);
      box.write('legacy.cjs', `exports.present = 1;`);
      const run = { mode, cwd: box.project, home: box.home, cache: box.cache(mode) };
      const native = await runNative('main.js', run);
      assert.match(native.stdout, /is a CommonJS module/);
      for (const stage of ['native', 'linked', 'warm']) {
        const result = await runDebugged('main.js', run);
        assertStage(result, stage, stage === 'native' ? undefined : mode, stage);
        assertSameAnswer(result, native, stage);
      }
    });

    test(`CommonJS is loaded in the runtime's order, ${mode}`, async (t) => {
      const box = sandbox(t);
      box.write('package.json', '{"type":"module"}');
      box.write(
        'main.js',
        `import './deep.js'; import './b.cjs'; import './shallow.js'; import './last.cjs';`,
      );
      box.write('deep.js', `import './deeper.js'; import './shallow.js';`);
      box.write('deeper.js', `import './a.cjs'; import './d.cjs';`);
      box.write('shallow.js', `import './c.cjs'; import './a.cjs';`);
      for (const name of ['a', 'b', 'c', 'd'])
        box.write(`${name}.cjs`, `exports.name = '${name}';`);
      const keys = `Object.keys(require.cache).map((file) => require('path').basename(file)).join()`;
      box.write('last.cjs', `console.log(${keys});`);
      const run = { mode, cwd: box.project, home: box.home, cache: box.cache(mode) };
      const native = await runNative('main.js', run);
      for (const stage of ['native', 'linked', 'warm']) {
        const result = await runDebugged('main.js', run);
        assertStage(result, stage, stage === 'native' ? undefined : mode, stage);
        assertSameAnswer(result, native, stage);
      }
    });
  }
});
