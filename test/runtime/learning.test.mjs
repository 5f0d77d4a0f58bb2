// What a watched run sees is learnt whatever the program does meanwhile, and what cannot be described
// costs no more than itself.

import assert from 'node:assert/strict';
import fs from 'node:fs';
import { describe, test } from 'node:test';
import {
  assertSameAnswer,
  assertSameAnswerThroughLife,
  assertStage,
  runDebugged,
} from '../support/compare.mjs';
import { filesOfKind, runAndLearn } from '../support/learner.mjs';
import { modes, runNative } from '../support/run.mjs';
import { sandbox } from '../support/sandbox.mjs';

/** Programs that do what a recorder may stumble over, by what that is. */
const programs = {
  'require() of JSON that an ES module then resolves': {
    'main.mjs': `
      import { createRequire } from 'node:module';
      import { one } from './one.mjs';
      const require = createRequire(import.meta.url);
      console.log(one, require('./data.json').value, import.meta.resolve('./data.json').slice(-9));`,
    'one.mjs': 'export const one = 1;',
    'data.json': '{ "value": 3 }',
  },
  'a package.json that is required and resolved': {
    'main.mjs': `
      import { createRequire } from 'node:module';
      const require = createRequire(import.meta.url);
      const { version } = require('thing/package.json');
      console.log(version, import.meta.resolve('thing/package.json').length > 0);
      await import('thing').then(({ it }) => console.log(it));`,
    'node_modules/thing/package.json': '{ "version": "1.2.3", "type": "module", "main": "it.js" }',
    'node_modules/thing/it.js': 'export const it = 5;',
  },
  'CommonJS taken out of require.cache': {
    'main.mjs': `
      import { createRequire } from 'node:module';
      import a, { first } from './a.cjs';
      import b, { second } from './b.cjs';
      const require = createRequire(import.meta.url);
      delete require.cache[require.resolve('./a.cjs')];
      console.log(a, first, b, second, require('./a.cjs') === a);`,
    'a.cjs': 'exports.first = 1;',
    'b.cjs': 'exports.second = 2;',
  },
  'all of require.cache emptied': {
    'main.mjs': `
      import { createRequire } from 'node:module';
      import a, { first } from './a.cjs';
      const { cache } = createRequire(import.meta.url);
      for (const file of Object.keys(cache)) delete cache[file];
      console.log(a, first);`,
    'a.cjs': 'exports.first = 1;',
  },
  'toJSON on the prototypes of arrays and objects': {
    'main.mjs': `
      import { first } from './a.cjs';
      Array.prototype.toJSON = () => 'list';
      Object.prototype.toJSON = () => 'object';
      console.log(first);`,
    'a.cjs': 'exports.first = 1;',
  },
  'a required module whose exports cannot be looked at': {
    'main.mjs': `
      import trap from './trap.cjs';
      import { first } from './a.cjs';
      console.log(typeof trap, first);`,
    'a.cjs': 'exports.first = 1;',
    'trap.cjs': `module.exports = new Proxy({}, {
      ownKeys() { return []; },
      get(target, key) { if (key === 'then' || typeof key === 'symbol' || key === '__esModule') return undefined; throw new Error(String(key)); },
    });`,
  },
  'one module that is imported in two ways': {
    'main.mjs': `
      import { createRequire } from 'node:module';
      import data from './data.json' with { type: 'json' };
      import { a } from './a.mjs';
      const again = await import('./data.json', { with: { type: 'json' } });
      const plain = await import('./data.json').catch((error) => error.code);
      console.log(again.default === data, plain, a, createRequire(import.meta.url)('./data.json'));`,
    'a.mjs': 'export const a = 1;',
    'data.json': '{ "value": 3 }',
  },
  'a cycle through CommonJS that is imported late': {
    'main.mjs': `
      import './a.cjs';
      await new Promise((done) => setTimeout(done, 150));
      const { later } = await import('./late.cjs');
      console.log(later);`,
    'a.cjs': 'exports.first = 1;',
    'late.cjs': "exports.later = require('./a.cjs').first + 1;",
  },
};

/** What stands in the way of a recorder; that of what runs from a pack is docs/differences.md's. */
const broken = {
  'main.mjs': `
      import { first } from './a.cjs';
      import './b.mjs';
      const said = [first];
      await import('./c.mjs').then(({ c }) => { said[1] = c; });
      const log = console.log.bind(console);
      const text = said.join();
      log(text);
      setTimeout(() => {}, 100);
      for (const [owner, names] of [
        [Array.prototype, ['push', 'map', 'filter', 'includes', 'join', 'flat', 'flatMap', 'slice']],
        [Map.prototype, ['get', 'set', 'has', 'keys']],
        [Set.prototype, ['add', 'has']],
        [String.prototype, ['startsWith', 'endsWith', 'split', 'slice', 'includes', 'replace']],
        [JSON, ['stringify']],
        [Object, ['keys', 'entries']],
        [globalThis, ['setTimeout', 'clearTimeout', 'setInterval', 'performance']],
      ]) for (const name of names) Object.defineProperty(owner, name, { value: null });`,
  'a.cjs': 'exports.first = 1;',
  'b.mjs': 'Array.prototype.push = null; export {};',
  'c.mjs': 'export const c = 3;',
};

for (const mode of modes) {
  describe(`learning, ${mode}`, { concurrency: 2 }, () => {
    for (const [what, files] of Object.entries(programs)) {
      test(what, async (t) => {
        const box = sandbox(t);
        for (const [file, text] of Object.entries(files)) box.write(file, text);
        const run = { mode, cwd: box.project, home: box.home, cache: box.cache('exit') };
        await assertSameAnswerThroughLife({ ...run, entry: 'main.mjs', ranBy: null });
        // And by a process of its own.
        const native = await runNative('main.mjs', run);
        const apart = { ...run, cache: box.cache('background') };
        assertSameAnswer(await runAndLearn('main.mjs', apart), native, 'a run that is watched');
        const next = await runDebugged('main.mjs', apart);
        assertSameAnswer(next, native, 'the run after it');
        const stage = next.timeline.stage?.stage;
        assert.ok(stage === 'linked' || stage === 'warm', next.timeline.lines.join('\n'));
      });
    }

    test('a URL object as the parent of a resolution', async (t) => {
      const box = sandbox(t);
      box.write('a.mjs', 'export const a = 1;');
      box.write(
        'main.mjs',
        `import { a } from './a.mjs';
        const url = import.meta.resolve('./a.mjs', new URL(import.meta.url));
        console.log(a, url.slice(-5));`,
      );
      const nodeArgs = ['--experimental-import-meta-resolve'];
      const run = { mode, cwd: box.project, home: box.home, cache: box.cache(mode), nodeArgs };
      await assertSameAnswerThroughLife({ ...run, entry: 'main.mjs' });
    });

    for (const learn of ['exit', 'background']) {
      test(`builtins that the app has broken, ${learn}`, async (t) => {
        const box = sandbox(t);
        for (const [file, text] of Object.entries(broken)) box.write(file, text);
        const env = { BMES_LEARN: learn };
        const run = { mode, cwd: box.project, home: box.home, cache: box.cache(learn), env };
        const native = await runNative('main.mjs', run);
        assert.equal(native.exitCode, 0, native.stderr);
        const first = await runAndLearn('main.mjs', run);
        assertSameAnswer(first, native, 'a run that is watched');
        assert.equal(filesOfKind(run.cache, '.pack').length, 1, first.timeline.lines.join('\n'));
      });
    }

    test('CommonJS that is imported after a program was learnt the first time', async (t) => {
      const box = sandbox(t);
      const names = ['one', 'two', 'three'];
      for (const name of names) box.write(`${name}.cjs`, `exports.${name} = '${name}';`);
      box.write(
        'main.mjs',
        `import { one } from './one.cjs';
        console.log(one);
        await new Promise((done) => setTimeout(done, 3300));
        const { two } = await import('./two.mjs');
        console.log(two);`,
      );
      box.write('two.mjs', "export { two } from './two.cjs'; import './three.cjs';");
      const run = { mode, cwd: box.project, home: box.home, cache: box.cache('exit') };
      const native = await runNative('main.mjs', run);
      const first = await runDebugged('main.mjs', run);
      assertSameAnswer(first, native, 'the first run');
      assert.deepEqual(
        first.timeline.lines.filter((line) => line.startsWith('not-learnt')),
        [],
      );
      const second = await runDebugged('main.mjs', run);
      assertSameAnswer(second, native, 'the second run');
      assertStage(second, 'linked', mode, 'the second run');
    });

    test('a CommonJS bin right after its packages were installed anew', async (t) => {
      const box = sandbox(t);
      box.write('bin.cjs', "import('tool').then(({ run }) => run()).then(console.log);");
      box.write('node_modules/tool/package.json', '{ "type": "module", "exports": "./tool.js" }');
      box.write(
        'node_modules/tool/tool.js',
        "import 'dep'; export const run = async () => (await import('./late.js')).late;",
      );
      box.write('node_modules/tool/late.js', "import 'dep'; export const late = 'late';");
      box.write('node_modules/dep/package.json', '{ "type": "module", "exports": "./dep.js" }');
      box.write('node_modules/dep/dep.js', 'export {};');
      const run = { mode, cwd: box.project, home: box.home, cache: box.cache(mode) };
      const options = { ...run, entry: 'bin.cjs', ranBy: null };
      await assertSameAnswerThroughLife({ ...options, stages: ['native', null, null] });
      const native = await runNative('bin.cjs', run);
      // `npm ci`: other folders and files with the same in them.
      fs.cpSync(box.path('node_modules'), box.path('new'), { recursive: true });
      fs.rmSync(box.path('node_modules'), { recursive: true });
      fs.renameSync(box.path('new'), box.path('node_modules'));
      const after = await runDebugged('bin.cjs', run);
      assertSameAnswer(after, native, 'the run after it');
      const aside = after.timeline.reasons.filter((line) => /since the start/.test(line));
      assert.deepEqual(aside, [], after.timeline.lines.join('\n'));
      const said = after.timeline.lines.find((line) => line.startsWith('guard ')) ?? '';
      assert.doesNotMatch(said, /has other entries/);
    });
  });
}
