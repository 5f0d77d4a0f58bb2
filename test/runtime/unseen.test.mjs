// What an app could see of us if it looked: answers, stacks, events. It sees what it does without us.

import { describe, test } from 'node:test';
import { assertSameAnswerThroughLife } from '../support/compare.mjs';
import { modes } from '../support/run.mjs';
import { sandbox } from '../support/sandbox.mjs';

const PARTS = {
  'package.json': '{ "type": "module" }',
  'one.mjs': 'export const one = 1;',
  'below/two.mjs': `import { one } from '../one.mjs'; export const two = one + 1;`,
  'lib.cjs': 'exports.answer = 42;',
  'imports-nope.mjs': `import 'nope';`,
  'requires-nope.cjs': `require('nope');`,
};

/** What stands in a stack of the app's own files, without where they are. */
const OWN = `
  const own = (error) => error.stack.split('\\n').filter((line) => line.includes(' at '))
    .filter((line) => !line.includes('node:')).map((line) => line.replace(/file:\\S*\\//, ''));`;

/** Fails at many depths, with many limits. */
const FRAMES = `${OWN}
  import { createRequire } from 'node:module';
  const require = createRequire(import.meta.url);
  const ways = {
    'import.meta.resolve': () => import.meta.resolve('nope'),
    'require': () => require('nope'),
    'require.resolve': () => require.resolve('nope'),
    'require of CommonJS': () => require('./requires-nope.cjs'),
    'require of a module': () => require('./imports-nope.mjs'),
  };
  const down = (way, n) => n === 0 ? way() : down(way, n - 1);
  for (const [name, way] of Object.entries(ways)) {
    for (const limit of [10, 0, 4, 12, 15, 18, 22, 30, 40, Infinity]) {
      Error.stackTraceLimit = limit;
      for (const depth of [0, 1, 9]) {
        try { down(way, depth); } catch (error) { console.log(name, limit, depth, error.code, own(error)); }
      }
    }
  }`;

/**
 * Entries that look, by what they look at.
 *
 * @type {Record<string, { entry: string, nodeArgs?: string[] }>}
 */
const entries = {
  'import.meta.resolve with a parent': {
    nodeArgs: ['--experimental-import-meta-resolve'],
    entry: `
      import { two } from './below/two.mjs';
      const resolve = (...words) => import.meta.resolve(...words).split('/').slice(-2).join('/');
      console.log(two, resolve('./two.mjs', new URL('./below/', import.meta.url).href));
      console.log(resolve('./two.mjs', import.meta.resolve('./below/two.mjs')), resolve('./one.mjs'));`,
  },
  'a parent that import.meta.resolve ignores': {
    entry: `
      import { two } from './below/two.mjs';
      console.log(two, import.meta.resolve('./one.mjs', 'file:///elsewhere/').split('/').at(-1));`,
  },
  'the stack of an import() that fails': {
    entry: `${OWN}
      import { two } from './below/two.mjs';
      console.log(two);
      for (const wanted of ['nope', './nope.mjs', './one.mjs?a=%2f', 'node:nope', 'data:text/css,a', 'data:,a', './below']) {
        try { await import(wanted); console.log(wanted, 'is there'); }
        catch (error) { console.log(wanted, error.code, error.name, own(error)); }
      }`,
  },
  'the frames above a resolution that fails, at any depth': {
    entry: `import './below/two.mjs'; import './frames.mjs';`,
  },
  'those frames where the app has hooks of its own': {
    entry: `
      import { registerHooks } from 'node:module';
      import './below/two.mjs';
      registerHooks({ resolve: (specifier, context, next) => next(specifier, context) });
      registerHooks({ load: (url, context, next) => next(url, context) });
      await import('./frames.mjs');`,
  },
  'what the loader tells its subscribers': {
    entry: `
      import { tracingChannel } from 'node:diagnostics_channel';
      import { createRequire } from 'node:module';
      const require = createRequire(import.meta.url);
      for (const name of ['module.require', 'module.import']) {
        const tell = (event) => ({ id, url }) => console.log(name, event, id ?? url);
        tracingChannel(name).subscribe({ start: tell('start'), end: tell('end'), asyncStart: tell('asyncStart'),
          asyncEnd: tell('asyncEnd'), error: tell('error') });
      }
      console.log(require('./lib.cjs'), require('./lib.cjs'), require('node:async_hooks') !== undefined);
      console.log(await import('./below/two.mjs'));
      await import('./nope.mjs').catch(() => {});
      console.log(await import('./one.mjs'));`,
  },
  'attributes that a graph was not imported with': {
    entry: `
      import { one } from './one.mjs';
      console.log(one);
      const types = ['javascript', 'json', 'css', '', 'wasm'];
      for (const type of types) {
        for (const wanted of ['./one.mjs', './below/two.mjs', 'node:fs', './lib.cjs']) {
          await import(wanted, { with: { type } }).then(
            (module) => console.log(wanted, type, Object.keys(module).length > 0),
            (error) => console.log(wanted, type, error.code, error.message.replace(/file:\\S*\\//, '')));
        }
      }
      await import('./one.mjs', { with: { other: 'x' } }).catch((error) => console.log(error.code));`,
  },
  'import() in code that vm runs': {
    entry: `
      import vm from 'node:vm';
      import { one } from './one.mjs';
      const filename = new URL('./text.mjs', import.meta.url).pathname;
      const ways = [undefined, () => import('./one.mjs'), vm.constants.USE_MAIN_CONTEXT_DEFAULT_LOADER];
      for (const importModuleDynamically of ways) {
        await vm.runInThisContext("import('./one.mjs')", { filename, importModuleDynamically }).then(
          (module) => console.log(one, module.one), (error) => console.log(one, error.code));
      }
      console.log(vm.SourceTextModule, vm.SyntheticModule);`,
  },
  'what is begun beside it': {
    entry: `
      import { createHook, executionAsyncId, triggerAsyncId } from 'node:async_hooks';
      import { one } from './one.mjs';
      const begun = [];
      createHook({ init: (id, type) => { if (type !== 'PROMISE') begun.push(type); } }).enable();
      console.log(one, executionAsyncId(), triggerAsyncId(), process.getActiveResourcesInfo().length);
      await import('./below/two.mjs');
      let times = 0;
      const timer = setInterval(() => {
        if (++times < 8) return;
        clearInterval(timer);
        console.log(begun, process.getActiveResourcesInfo());
      }, 40);`,
  },
  'what a module has': {
    entry: `
      import { one } from './one.mjs';
      import * as whole from './below/two.mjs';
      console.log(one, Object.getOwnPropertyNames(import.meta), Reflect.ownKeys(whole), whole);
      console.log(Object.getOwnPropertyDescriptors(whole), Object.isExtensible(whole));
      console.log(process.argv.length, process.execArgv.includes('--experimental-vm-modules'));
      console.log(typeof require, typeof module, this);`,
  },
};

for (const mode of modes) {
  describe(`an app that looks at, ${mode}`, () => {
    for (const [what, { entry, nodeArgs = [] }] of Object.entries(entries)) {
      test(what, async (t) => {
        const box = sandbox(t);
        box.write('frames.mjs', FRAMES);
        for (const [file, text] of Object.entries(PARTS)) box.write(file, text);
        box.write('main.mjs', entry);
        await assertSameAnswerThroughLife({
          entry: 'main.mjs',
          mode,
          nodeArgs,
          cwd: box.project,
          home: box.home,
          cache: box.cache(mode),
          stages: ['native', null, null],
          ranBy: null,
        });
      });
    }
  });
}
