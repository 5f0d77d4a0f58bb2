// A module is one module however it is reached, and whatever the app has done to the runtime before.

import { test } from 'node:test';

import { assertSameAnswerThroughLife } from '../support/compare.mjs';
import { modes } from '../support/run.mjs';
import { sandbox } from '../support/sandbox.mjs';

const DEPENDENCY = 'export let n = 1; export const inc = () => { n++; };';

/** @type {Record<string, Record<string, string>>} */
const apps = {
  'reached from a module with a query': {
    'main.mjs': `
      import * as dep from './dep.mjs';
      const { back, self } = await import(['./other.mjs', '?q'].join(''));
      dep.inc();
      console.log(back === dep, back.n, self === await import('./main.mjs'), await import('./dep.mjs') === dep);`,
    'other.mjs': `export * as back from './dep.mjs'; export * as self from './main.mjs';`,
    'dep.mjs': DEPENDENCY,
  },
  'linked by the runtime first, imported later': {
    'main.mjs': `
      import './dep.mjs';
      await import(['./other.mjs', '#h'].join(''));
      console.log(Object.keys(await import(['./dep', '.mjs'].join(''))));`,
    'other.mjs': `export * as dep from './dep.mjs'; import './dep.mjs';`,
    'dep.mjs': DEPENDENCY,
  },
  'microtasks until an import settles': {
    'main.mjs': `
      import './dep.mjs';
      for (const name of ['./dep.mjs', './dep.mjs', 'node:fs', './nowhere.mjs', 'no-such-package']) {
        let ticks = 0;
        let done = false;
        import(name).then(() => { done = true; }, () => { done = true; });
        for (; !done; ticks++) await null;
        console.log(name, ticks);
      }`,
    'dep.mjs': DEPENDENCY,
  },
  'a module that exports then': {
    'main.mjs': `for (let i = 0; i < 2; i++) console.log(await import('./dep.mjs'));`,
    'dep.mjs': `export function then(resolve) { console.log('then'); resolve(42); }`,
  },
  'frozen intrinsics': {
    'main.mjs': `import './freeze.mjs'; console.log((await import('./dep.mjs')).n, import.meta.resolve('./x').length > 0);`,
    'freeze.mjs': `Object.freeze(Error); Object.freeze(Object.prototype); Object.freeze(Promise.prototype);`,
    'dep.mjs': DEPENDENCY,
  },
  'attributes that do not fit': {
    'main.mjs': `
      import './dep.mjs';
      await import('./dep.mjs', { with: { type: 'json' } }).catch((error) => console.log(error.code));`,
    'dep.mjs': DEPENDENCY,
  },
  'observers of imports': {
    'main.mjs': `
      import { tracingChannel } from 'node:diagnostics_channel';
      tracingChannel('module.import').subscribe({ start: ({ url }) => console.log('start', url) });
      await import('./dep.mjs');
      await import('node:fs');`,
    'dep.mjs': DEPENDENCY,
  },
  'an error that is explained by the await of the entry': {
    'main.mjs': `import './dep.mjs'; await null;`,
    'dep.mjs': `require('fs');`,
  },
  'require of what does not exist': {
    'main.mjs': `import './dep.cjs';`,
    'dep.cjs': `require('./nowhere.cjs');`,
  },
};

for (const mode of modes) {
  for (const [name, files] of Object.entries(apps)) {
    test(`${name}, ${mode}`, async (context) => {
      const box = sandbox(context);
      for (const [file, text] of Object.entries(files)) box.write(file, text);
      await assertSameAnswerThroughLife({
        entry: 'main.mjs',
        mode,
        cwd: box.project,
        home: box.home,
        cache: box.cache(mode),
        stages: [null, null, null],
        ranBy: null,
      });
    });
  }
}

/** Hooks that the app installs decide from then on, so such an app is not learnt. */
for (const mode of modes) {
  test(`hooks installed by the app, ${mode}`, async (context) => {
    const box = sandbox(context);
    box.write(
      'main.mjs',
      `import './hooks.mjs'; console.log((await import('./dep.mjs')).default);`,
    );
    box.write(
      'hooks.mjs',
      `import { registerHooks } from 'node:module';
       registerHooks({
         load(url, context, next) {
           const result = next(url, context);
           return url.endsWith('dep.mjs') ? { ...result, source: 'export default "changed"' } : result;
         },
       });`,
    );
    box.write('dep.mjs', 'export default "real";');
    await assertSameAnswerThroughLife({
      entry: 'main.mjs',
      mode,
      cwd: box.project,
      home: box.home,
      cache: box.cache(mode),
      stages: [null, null],
      ranBy: null,
    });
  });
}
