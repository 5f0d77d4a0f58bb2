// What a run from the cache does not do as the runtime does, each shown (docs/differences.md says why,
// and how it would be noticed). A test that fails here may mean that a difference is gone: then it leaves
// both lists.

import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { assertStage, runDebugged, scrub } from '../support/compare.mjs';
import { modes, registerPath, runNative } from '../support/run.mjs';
import { sandbox } from '../support/sandbox.mjs';

const { stdout: version } = await runNative('--version', { cwd: '/', home: '/' });
const major = Number.parseInt(version.slice(1), 10);

/**
 * An app's stdout natively and from a warm pack.
 *
 * @param {import('../support/sandbox.mjs').Sandbox} box
 * @param {import('../support/run.mjs').Mode} mode
 * @param {string[]} [nodeArgs]
 * @param {'linked' | 'warm'} [last] what the third run must be
 */
async function bothAnswers(box, mode, nodeArgs = [], last = 'warm') {
  box.write('package.json', '{"type":"module"}');
  const run = { mode, cwd: box.project, home: box.home, cache: box.cache(mode), nodeArgs };
  let ours;
  for (const stage of ['native', 'linked', last]) {
    ours = await runDebugged('main.js', run);
    assertStage(ours, stage, stage === 'native' ? undefined : mode, stage);
  }
  const native = await runNative('main.js', run);
  assert.equal(native.exitCode, 0, native.stderr);
  assert.equal(ours?.exitCode, 0, ours?.stderr ?? '');
  return { native: native.stdout.trim(), ours: ours?.stdout.trim() ?? '' };
}

describe('known differences of every mode', { concurrency: 2 }, () => {
  for (const mode of /** @type {const} */ (['hooks', 'linker'])) {
    test(`functions that are watched show other source text, ${mode}`, async (t) => {
      const box = sandbox(t);
      box.write(
        'main.js',
        [
          `import module from 'node:module';`,
          `import { EventEmitter } from 'node:events';`,
          `const { register, registerHooks } = module;`,
          `console.log(register.name, register.length, registerHooks.name, registerHooks.length);`,
          `console.log(process.emit.name, process.emit.length, Object.hasOwn(process, 'emit'));`,
          `console.log(String(registerHooks).includes('watched') || String(registerHooks).includes('original'));`,
          `console.log(process.emit === EventEmitter.prototype.emit);`,
        ].join('\n'),
      );
      const { native, ours } = await bothAnswers(box, mode);
      const [names, emit] = native.split('\n');
      assert.equal(native, [names, emit, 'false', 'true'].join('\n'));
      assert.equal(ours, [names, emit, 'true', 'false'].join('\n'));
    });

    test(`a patched Module._resolveFilename gets one argument more, ${mode}`, async (t) => {
      const box = sandbox(t);
      box.write('main.js', `import './patches.cjs';`);
      box.write(
        'patches.cjs',
        [
          `const Module = require('module');`,
          `const original = Module._resolveFilename;`,
          `Module._resolveFilename = function (...args) { console.log(typeof args[3]); return original.apply(this, args); };`,
          `require('./other.cjs');`,
        ].join('\n'),
      );
      box.write('other.cjs', '');
      const { native, ours } = await bothAnswers(box, mode);
      assert.equal(native, 'undefined');
      assert.equal(ours, 'object');
    });

    test(`the runtime's table of resolutions has a prototype, ${mode}`, async (t) => {
      const box = sandbox(t);
      const many = Array.from({ length: 40 }, (_, at) => `./many/${at}.cjs`);
      for (const file of many) box.write(file, '');
      box.write('main.js', `import './all.cjs';`);
      box.write(
        'all.cjs',
        [
          ...many.map((file) => `require('${file}');`),
          `console.log(Object.getPrototypeOf(module.constructor._pathCache) === null);`,
          `console.log(Object.keys(module.constructor._pathCache).some((key) => key.includes('many')));`,
        ].join('\n'),
      );
      const { native, ours } = await bothAnswers(box, mode);
      assert.equal(native, 'true\ntrue');
      assert.equal(ours, 'false\ntrue');
    });

    test(`a CommonJS module that is required knows its URL, ${mode}`, async (t) => {
      const box = sandbox(t);
      box.write('main.js', `import './requires.cjs';`);
      box.write('requires.cjs', `require('./legacy.cjs');`);
      box.write(
        'legacy.cjs',
        `const key = Object.getOwnPropertySymbols(module).find((one) => one.description === 'kURL'); console.log(typeof module[key]);`,
      );
      const { native, ours } = await bothAnswers(box, mode);
      assert.equal(native, 'undefined');
      assert.equal(ours, 'string');
    });

    test(`a package.json that an app changes after it was used is read again, ${mode}`, async (t) => {
      const box = sandbox(t);
      const map = (/** @type {string} */ sub) =>
        `{"type":"module","exports":{".":"./index.js","./sub":"./${sub}.js"}}`;
      box.write('node_modules/pkg/package.json', map('one'));
      box.write('node_modules/pkg/index.js', '');
      box.write('node_modules/pkg/one.js', `export const v = 'one';`);
      box.write('node_modules/pkg/two.js', `export const v = 'two';`);
      box.write(
        'main.js',
        [
          `import fs from 'node:fs';`,
          `import 'pkg';`,
          `const file = 'node_modules/pkg/package.json';`,
          `const isTold = fs.existsSync('told');`,
          `if (isTold) fs.writeFileSync(file, '${map('two')}');`,
          `console.log((await import('pkg/sub')).v);`,
          `if (isTold) fs.writeFileSync(file, '${map('one')}');`,
        ].join('\n'),
      );
      assert.deepEqual(await bothAnswers(box, mode), { native: 'one', ours: 'one' });
      box.write('told', '');
      const run = { mode, cwd: box.project, home: box.home, cache: box.cache(mode) };
      assert.equal((await runNative('main.js', run)).stdout, 'one\n');
      assert.equal((await runDebugged('main.js', run)).stdout, 'two\n');
    });

    test(`stacks have another number of the runtime's own frames, ${mode}`, async (t) => {
      const box = sandbox(t);
      box.write(
        'main.js',
        [
          `Error.stackTraceLimit = 100;`,
          `const resolved = await import('no-such-package').catch((error) => error);`,
          `console.log(resolved.stack.split('\\n').filter((line) => line.includes('node:internal')).length);`,
          `console.log(resolved.stack.split('\\n').filter((line) => line.includes('main.js')).length);`,
        ].join('\n'),
      );
      const { native, ours } = await bothAnswers(box, mode);
      assert.notEqual(ours.split('\n')[0], native.split('\n')[0]);
      assert.equal(ours.split('\n')[1], native.split('\n')[1]);
    });

    test(`the compile cache is on where CommonJS or hooks use it, ${mode}`, async (t) => {
      const box = sandbox(t);
      box.write(
        'main.js',
        [
          `import './legacy.cjs';`,
          `import { enableCompileCache, getCompileCacheDir } from 'node:module';`,
          `console.log(typeof getCompileCacheDir());`,
          `console.log(enableCompileCache(process.cwd() + '/own').directory.includes('/own'));`,
        ].join('\n'),
      );
      box.write('legacy.cjs', '');
      const { native, ours } = await bothAnswers(box, mode);
      assert.equal(native, 'undefined\ntrue');
      assert.equal(ours, 'string\nfalse');
    });
  }

  // Only imports of ES modules are known before the app runs.
  for (const mode of modes) {
    test(`an app whose CommonJS alone loads the inspector counts fewer blocks, ${mode}`, async (t) => {
      const box = sandbox(t);
      box.write('main.js', `import takes from './counts.cjs'; await import('./late.js'); takes();`);
      box.write(
        'counts.cjs',
        [
          `const { Session } = require('node:inspector');`,
          `const session = new Session();`,
          `session.connect();`,
          `session.post('Profiler.enable');`,
          `session.post('Profiler.startPreciseCoverage', { callCount: true, detailed: true });`,
          `module.exports = () => session.post('Profiler.takePreciseCoverage', (_, { result }) => {`,
          `  const late = result.find(({ url }) => url.endsWith('/late.js'));`,
          `  const { functions } = late;`,
          `  const { isBlockCoverage, ranges } = functions.find((f) => f.functionName === 'eager');`,
          `  console.log(ranges[0].count, isBlockCoverage, ranges.length);`,
          `});`,
        ].join('\n'),
      );
      box.write(
        'late.js',
        `export const no = (function eager(n) { if (n) { return 'yes'; } return 'no'; })(0);`,
      );
      const { native, ours } = await bothAnswers(box, mode);
      assert.equal(native, '1 true 2');
      assert.equal(ours, '1 false 1');
    });
  }
});

describe('known differences of the linker', { concurrency: 2 }, () => {
  test('code that is made where nothing says so imports later', async (t) => {
    const box = sandbox(t);
    box.write(
      'main.js',
      [
        `import { make } from './maker.js';`,
        `import './late.js';`,
        `let count = 0, isDone = false;`,
        `make(Function)('return import("./late.js")')().then(() => { isDone = true; console.log(count); });`,
        `const next = () => { if (!isDone && count < 1000) { count++; queueMicrotask(next); } };`,
        `next();`,
      ].join('\n'),
    );
    box.write('maker.js', `export const make = (F) => (text) => F(text);`);
    box.write('late.js', '');
    const { native, ours } = await bothAnswers(box, 'linker');
    assert.ok(Number(ours) > Number(native), `${ours} microtasks, natively ${native}`);
  });
});

// Not ours: the runtime itself, with anything at all preloaded by `--import`.
describe('known differences of --import', { concurrency: 2 }, () => {
  for (const [what, files] of Object.entries({
    'an entry that is not there is another error': { 'other.js': '' },
    'a warning right before a fatal error of loading is lost': {
      'main.js': `import './lib/broken.js'; import './typeless/x.js';`,
      'lib/package.json': '{"type":"commonjs"}',
      'lib/broken.js': 'import.meta.url;',
      'typeless/package.json': '{}',
      'typeless/x.js': 'export {};',
    },
  })) {
    test(what, async (t) => {
      if (major < 24 && files['main.js'])
        return t.skip('Node 22 does not come to the warning at all');
      const box = sandbox(t);
      box.write('package.json', '{"type":"module"}');
      for (const [file, text] of Object.entries(files)) box.write(file, text);
      const run = { cwd: box.project, home: box.home, env: { BMES_CACHE_DIR: box.cache('any') } };
      const preloaded = (/** @type {string[]} */ nodeArgs) =>
        runNative('main.js', { ...run, nodeArgs }).then(({ stderr }) => scrub(stderr));
      const native = await preloaded([]);
      const anything = await preloaded(['--import', 'data:text/javascript,']);
      assert.notEqual(anything, native);
      assert.equal(await preloaded(['--import', registerPath]), anything);
      assert.equal(await preloaded(['--require', registerPath]), native);
    });
  }
});

describe('no longer different', { concurrency: 2 }, () => {
  for (const mode of /** @type {const} */ (['hooks', 'linker'])) {
    test(`listeners of the process are the app's, ${mode}`, async (t) => {
      const box = sandbox(t);
      box.write(
        'main.js',
        `console.log(process.listenerCount('exit'), Object.keys(process._events).join());`,
      );
      const { native, ours } = await bothAnswers(box, mode);
      assert.equal(ours, native);
    });
  }

  test('nothing shows how the loader was reached', async (t) => {
    const box = sandbox(t);
    box.write(
      'main.js',
      [
        `import vm from 'node:vm';`,
        `import { getHeapSnapshot } from 'node:v8';`,
        `const own = (object) => Reflect.ownKeys(object).map((key) => {`,
        `  const { value, ...rest } = Object.getOwnPropertyDescriptor(object, key);`,
        `  return [String(key), typeof value, rest];`,
        `});`,
        `console.log(JSON.stringify([own(Function.prototype), own(Array.prototype), own(vm), own(vm.Script)]));`,
        `console.log(Function.prototype.bind.name, String(Function.prototype.bind), Object.getPrototypeOf(vm.Script).name);`,
        `console.log(typeof vm.SourceTextModule, process.execArgv.includes('--experimental-vm-modules'));`,
        `console.log(String(import.meta.resolve), process.moduleLoadList.filter((name) => name.includes('vm')).join());`,
      ].join('\n'),
    );
    const { native, ours } = await bothAnswers(box, 'linker');
    assert.equal(ours, native);
  });

  test('an import() settles when it would natively', async (t) => {
    const box = sandbox(t);
    const specifiers = [
      ...[0, 1, 2, 3, 1].map((depth) => `./late${depth}.js`),
      './nowhere.js',
      './throws.js',
      './throws.js',
      './broken.js',
      './cycle1.js',
      './cycle2.js',
      './tla.js',
      './leaves.js',
      './late.cjs',
      'node:dgram',
    ];
    box.write(
      'main.js',
      [
        `for (const specifier of ${JSON.stringify(specifiers)}) {`,
        `  let count = 0, isDone = false;`,
        `  const settled = () => { isDone = true; console.log(specifier, count); };`,
        `  const late = import(specifier).then(settled, settled);`,
        `  const next = () => { if (!isDone && count < 1000) { count++; queueMicrotask(next); } };`,
        `  next();`,
        `  await late;`,
        `}`,
      ].join('\n'),
    );
    box.write('late0.js', '');
    for (const depth of [1, 2, 3]) box.write(`late${depth}.js`, `import './late${depth - 1}.js';`);
    box.write('throws.js', `import './late.js'; throw new Error();`);
    box.write('late.js', '');
    box.write('broken.js', 'let x = ;');
    box.write('cycle1.js', `import './cycle2.js'; import './late4.js';`);
    box.write('cycle2.js', `import './cycle1.js'; import './late3.js';`);
    box.write('late4.js', `import './late3.js'; import './late0.js';`);
    box.write('tla.js', `import './tla2.js'; await 0;`);
    box.write('tla2.js', `await null; await null;`);
    box.write('leaves.js', `import 'node:zlib'; import './data.json' with { type: 'json' };`);
    box.write('data.json', '1');
    box.write('late.cjs', '');
    const { native, ours } = await bothAnswers(box, 'linker');
    assert.equal(ours, native);
  });

  // The engine keeps ten frames, and those of our hooks are among them.
  for (const mode of /** @type {const} */ (['hooks', 'linker'])) {
    test(`no frame of the app is pushed out of a stack, ${mode}`, async (t) => {
      const box = sandbox(t);
      box.write('main.js', `import './legacy.cjs';`);
      box.write(
        'legacy.cjs',
        [
          `const deep = (n) => (n > 0 ? deep(n - 1) : require('./nowhere.cjs'));`,
          `for (let n = 0; n < 12; n++) {`,
          `  try { deep(n); } catch (e) { console.log(n, e.stack.split('\\n').filter((line) => line.includes('legacy.cjs:')).length); }`,
          `}`,
        ].join('\n'),
      );
      const { native, ours } = await bothAnswers(box, mode);
      assert.equal(ours, native);
    });
  }

  // The engine samples a stack at once when a profile is started.
  for (const mode of modes) {
    test(`a profile shows files of the app alone, ${mode}`, async (t) => {
      const box = sandbox(t);
      box.write(
        'main.js',
        [
          `import { Session } from 'node:inspector';`,
          `import { tracingChannel } from 'node:diagnostics_channel';`,
          `const session = new Session();`,
          `session.connect();`,
          `session.post('Profiler.enable');`,
          `tracingChannel('module.import').subscribe({ start: () => session.post('Profiler.start') });`,
          `await import('./late.js');`,
          `session.post('Profiler.stop', (_, { profile }) => {`,
          `  const urls = new Set(profile.nodes.map(({ callFrame }) => callFrame.url));`,
          `  console.log([...urls].filter((url) => url && !url.startsWith('node:')).join());`,
          `});`,
        ].join('\n'),
      );
      box.write('late.js', '');
      // Node's compile cache is off for such an app, and nothing of this one is in ours.
      const { native, ours } = await bothAnswers(box, mode, [], 'linked');
      assert.match(native, /^file:\S*main\.js$/);
      assert.equal(ours, native);
    });
  }

  test('an app that asked for vm modules is warned of them', async (t) => {
    const box = sandbox(t);
    box.write('package.json', '{"type":"module"}');
    box.write('main.js', `import vm from 'node:vm'; new vm.SourceTextModule('');`);
    const nodeArgs = ['--experimental-vm-modules'];
    const run = { cwd: box.project, home: box.home, nodeArgs };
    const native = await runNative('main.js', run);
    assert.match(native.stderr, /VM Modules is an experimental feature/);
    const cache = box.cache('linker');
    for (const stage of ['native', 'linked', 'warm']) {
      const ours = await runDebugged('main.js', { ...run, mode: 'linker', cache });
      assertStage(ours, stage, stage === 'native' ? undefined : 'linker', stage);
      assert.equal(scrub(ours.stderr), scrub(native.stderr), stage);
    }
  });
});
