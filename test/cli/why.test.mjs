// `bmes why` says what the next start will be, and why, in every case that is not an edit on the disk (those
// are in test/runtime/guards.test.mjs): what stands aside, what is damaged, what waits, what has died.

import assert from 'node:assert/strict';
import fs from 'node:fs';
import path from 'node:path';
import { describe, test } from 'node:test';
import { assertSameAnswer, assertStage, runDebugged } from '../support/compare.mjs';
import { filesOfKind } from '../support/learner.mjs';
import { putPack, withFlippedBit } from '../support/packs.mjs';
import {
  cacheEnvironment,
  modes,
  packageRoot,
  registerPath,
  runCli,
  runNative,
  start,
} from '../support/run.mjs';
import { sandbox } from '../support/sandbox.mjs';
import { namesIn } from '../support/stored.mjs';
import { timeline } from '../support/timeline.mjs';
import { assertSameVerdict, askWhy, askWhyAll } from '../support/why.mjs';

const files = {
  'package.json': '{ "type": "module" }',
  'main.mjs': `
    import { a } from './a.mjs'; import { c } from './c.cjs'; import { later } from './asks.mjs';
    import { writeFileSync } from 'node:fs';
    writeFileSync('it-ran', ''); console.log(a, c, (await later()).default);`,
  'a.mjs': `export const a = 'a';`,
  'asks.mjs': `export const url = import.meta.url; export const later = () => import('./later.mjs');`,
  'later.mjs': `export default eval('1');`,
  'c.cjs': `exports.c = 'c';`,
  // Preloads of others.
  'hooks.mjs': `import { registerHooks } from 'node:module'; registerHooks({ load: (url, context, next) => next(url, context) });`,
  'plain.cjs': `globalThis.preloaded = true;`,
};

/**
 * @param {import('node:test').TestContext} t
 * @param {import('../support/run.mjs').Mode} mode
 * @param {Record<string, string>} more
 */
function app(t, mode, more = {}) {
  const box = sandbox(t);
  for (const [name, text] of Object.entries({ ...files, ...more })) box.write(name, text);
  /** @type {import('../support/why.mjs').Options} */
  const run = { mode, cwd: box.project, home: box.home, cache: box.cache('why') };
  return { box, run };
}

/**
 * @param {import('node:test').TestContext} t
 * @param {import('../support/run.mjs').Mode} mode
 * @param {Record<string, string>} [more]
 */
async function warm(t, mode, more) {
  const { box, run } = app(t, mode, more);
  for (const stage of ['native', 'linked', 'warm']) {
    assertStage(await runDebugged('main.mjs', run), stage, undefined, 'while warming up');
  }
  fs.rmSync(box.path('it-ran'));
  return { box, run, pack: filesOfKind(run.cache, '.pack')[0] ?? assert.fail('no pack') };
}

/**
 * What it says, held against the start that follows; the app has not run for it.
 *
 * @param {import('../support/sandbox.mjs').Sandbox} box
 * @param {import('../support/why.mjs').Options} run
 */
async function askAndRun(box, run) {
  const why = await askWhy('main.mjs', run);
  assert.ok(!fs.existsSync(box.path('it-ran')), 'the app ran');
  const next = await runDebugged('main.mjs', run);
  assertSameVerdict(why, next, 'the next run');
  return { why, next };
}

for (const mode of modes) {
  describe(`what the next start is, ${mode}`, { concurrency: 2 }, () => {
    test('nothing is there', async (t) => {
      const { box, run } = app(t, mode);
      const { why } = await askAndRun(box, run);
      assert.deepEqual([why.served, why.stage], [false, 'native']);
      assert.deepEqual(
        why.reasons.map(({ code }) => code),
        ['BMES_STORE_MISSING'],
      );
    });

    test('a warm app: how each module comes into it', async (t) => {
      const { box, run, pack } = await warm(t, mode);
      const { why } = await askAndRun(box, run);
      assert.deepEqual([why.served, why.stage, why.mode, why.reasons], [true, 'warm', mode, []]);
      assert.equal(why.pack?.file, pack);
      const found = Object.fromEntries(
        why.modules.map(({ url, from }) => [path.basename(url), from]),
      );
      const linked = {
        'main.mjs': 'bytecode',
        'a.mjs': 'bytecode',
        'asks.mjs': 'loader',
        'later.mjs': 'loader',
      };
      const onHooks = {
        'main.mjs': 'text',
        'a.mjs': 'text',
        'asks.mjs': 'text',
        'later.mjs': 'text',
      };
      assert.deepEqual(found, {
        ...(mode === 'linker' ? linked : onHooks),
        'c.cjs': 'runtime',
        'node:fs': 'runtime',
      });
      if (mode !== 'linker') return;
      const reasonOf = (/** @type {string} */ name) =>
        why.modules.find(({ url }) => url.endsWith(name))?.reason;
      assert.equal(reasonOf('asks.mjs'), 'it has import(), import.meta');
      assert.equal(reasonOf('later.mjs'), 'it has eval, Function or constructor()');
    });

    test('the second run of the linker: what has no bytecode', async (t) => {
      const { box, run } = app(t, mode);
      await runDebugged('main.mjs', run);
      fs.rmSync(box.path('it-ran'));
      const { why } = await askAndRun(box, run);
      assert.equal(why.stage, 'linked');
      assert.equal(why.modules.find(({ url }) => url.endsWith('/a.mjs'))?.from, 'text');
    });

    test('hooks of others, learnt', async (t) => {
      const { box, run } = app(t, mode);
      const among = { ...run, nodeArgs: ['--import', './hooks.mjs'] };
      await runDebugged('main.mjs', among);
      fs.rmSync(box.path('it-ran'));
      const { why } = await askAndRun(box, among);
      assert.deepEqual([why.served, why.mode], [true, 'hooks']);
    });

    test('a damaged pack', async (t) => {
      const { box, run, pack } = await warm(t, mode);
      const bytes = fs.readFileSync(pack);
      /** @type {[bytes: Uint8Array, code: string][]} */
      const damages = [
        [withFlippedBit(bytes, 300), 'BMES_PACK_DAMAGED'],
        [bytes.subarray(0, 500), 'BMES_PACK_LENGTH'],
        [Buffer.alloc(0), 'BMES_PACK_NOT_A_PACK'],
      ];
      for (const [damaged, code] of damages) {
        putPack(pack, damaged);
        const why = await askWhy('main.mjs', run);
        assert.deepEqual([why.served, why.reasons[0]?.code], [false, code]);
      }
      const { why } = await askAndRun(box, run);
      assert.equal(why.served, false);
    });

    test('a damaged module of a pack is named', async (t) => {
      const { run, pack } = await warm(t, mode);
      const bytes = fs.readFileSync(pack);
      const at = bytes.indexOf(`export const a = 'a'`, 0, 'latin1');
      putPack(pack, withFlippedBit(bytes, at));
      const why = await askWhy('main.mjs', run);
      const faults = why.modules.filter(({ fault }) => fault);
      assert.deepEqual(
        faults.map(({ fault }) => fault?.code),
        ['BMES_PACK_DAMAGED'],
      );
      assert.match(faults[0]?.url ?? '', /\/a\.mjs$/);
      assertSameVerdict(why, await runDebugged('main.mjs', run), 'the next run');
    });

    test('a pack that the user has named', async (t) => {
      const { box, run } = await warm(t, mode);
      const compiled = await runCli(['compile', '--out', 'app.bmes', 'main.mjs'], run);
      assert.equal(compiled.exitCode, 0, compiled.stderr);
      const named = { ...run, cache: box.cache('empty'), env: { BMES_PACK: 'app.bmes' } };
      const { why } = await askAndRun(box, named);
      assert.equal(why.served, true);
      assert.deepEqual([why.pack?.isNamed, why.pack?.file], [true, box.path('app.bmes')]);
      const asOption = await runCli(['why', '--json', '--pack', 'app.bmes', 'main.mjs'], {
        ...run,
        cache: box.cache('empty too'),
      });
      assert.equal(JSON.parse(asOption.stdout).starts[0].pack.isNamed, true);
    });

    test('TypeScript that was written to is asked about as a start does', async (t) => {
      if (!process.features.typescript) return t.skip('this Node strips no types');
      const { box, run } = await warm(t, mode, {
        'a.mjs': `export { a } from './typed.ts';`,
        'typed.ts': `export const a: string = 'a';`,
      });
      box.write('typed.ts', `export const a: string = 'another';`);
      const { why } = await askAndRun(box, run);
      assert.deepEqual([why.served, why.reasons[0]?.code], [true, 'BMES_GUARD_CHANGED']);
      assert.deepEqual(
        why.guards.changed.map((guard) => path.basename(guard.path)),
        ['typed.ts'],
      );
    });

    test('an entry that is not there', async (t) => {
      const { run } = app(t, mode);
      const { starts, served } = await askWhyAll('nowhere.mjs', run);
      assert.equal(served, false);
      assert.equal(starts[0]?.reasons.at(-1)?.code, 'BMES_NO_ENTRY');
    });
  });

  describe(`CommonJS main modules, ${mode}`, { concurrency: 2 }, () => {
    const mains = {
      'import()': `import('./main.mjs');`,
      'require()': `require('./a.mjs');`,
      'by package.json': `import('../main.mjs');`,
      'through CommonJS': `require('./next.cjs');`,
      'enable()': `require(process.env.PACKAGE).enable(); import('./main.mjs');`,
    };
    for (const [what, text] of Object.entries(mains)) {
      test(what, async (t) => {
        const entry = what === 'by package.json' ? 'commonjs/main.js' : 'main.cjs';
        const { box, run } = app(t, mode, {
          [entry]: text,
          'next.cjs': `exports.ran = import('./main.mjs');`,
          'commonjs/package.json': '{ "type": "commonjs" }',
        });
        const asked = { ...run, env: { PACKAGE: packageRoot } };
        for (const stage of ['native', 'linked', 'warm']) {
          const { starts, isCommonJS } = await askWhyAll(entry, asked);
          assert.ok(!fs.existsSync(box.path('it-ran')), 'the app ran');
          assert.deepEqual([isCommonJS, starts.length], [true, 2]);
          const next = await runDebugged(entry, asked);
          // Small as it is, it is left alone itself.
          const own = starts[0]?.reasons.map(({ code }) => code);
          assert.deepEqual(own, [stage === 'native' ? 'BMES_STORE_MISSING' : 'BMES_SMALL']);
          assertSameVerdict(starts[1] ?? assert.fail(), next, stage);
          assertStage(next, stage, undefined, stage);
          fs.rmSync(box.path('it-ran'), { force: true });
        }
      });
    }

    test('two that may be first are asked about one by one', async (t) => {
      const { box, run } = app(t, mode, {
        'main.cjs': `process.argv[2] ? import('./a.mjs') : import('./main.mjs');`,
      });
      await runDebugged('main.cjs', run);
      fs.rmSync(box.path('it-ran'));
      const { starts, served } = await askWhyAll('main.cjs', run);
      const found = starts.map((one) => [path.basename(one.entry ?? ''), one.served]);
      assert.deepEqual(found, [
        ['main.cjs', false],
        ['a.mjs', false],
        ['main.mjs', true],
      ]);
      assert.equal(served, false);
    });

    test('one that reaches none, and is worth it', async (t) => {
      const { run } = app(t, mode, {
        'main.cjs': `require('./next.cjs');\n//${'x'.repeat(1 << 16)}`,
        'next.cjs': `import('node:fs');`,
      });
      for (const stage of ['native', 'linked', 'warm']) {
        const { starts, served } = await askWhyAll('main.cjs', run);
        assert.deepEqual([starts.length, served], [1, stage !== 'native']);
        assert.deepEqual(starts[0]?.stage, stage);
        assertStage(await runDebugged('main.cjs', run), stage, undefined, stage);
      }
    });

    test('one that reaches none by a literal', async (t) => {
      const { run } = app(t, mode, { 'main.cjs': `import('./' + 'main.mjs');` });
      const { starts, isCommonJS, served } = await askWhyAll('main.cjs', run);
      assert.deepEqual([starts.length, isCommonJS, served], [1, true, false]);
    });
  });
}

describe('what stands aside, and what is another app', { concurrency: 2 }, () => {
  /** @type {Record<string, { code: string, nodeArgs?: string[], env?: Record<string, string> }>} */
  const aside = {
    'the cache is off': { env: { BMES_DISABLE: '1' }, code: 'BMES_DISABLED' },
    'source maps': { nodeArgs: ['--enable-source-maps'], code: 'BMES_SOURCE_MAPS' },
    'an option that nobody knows': {
      nodeArgs: ['--no-string-slices'],
      code: 'BMES_UNKNOWN_FLAG',
    },
    'an option that changes nothing': { nodeArgs: ['--no-warnings'], code: '' },
    coverage: { env: { NODE_V8_COVERAGE: 'coverage' }, code: 'BMES_COVERAGE' },
    'a changed language': { nodeArgs: ['--use-strict'], code: 'BMES_STORE_MISSING' },
    'a preload': { nodeArgs: ['--require', './plain.cjs'], code: 'BMES_STORE_MISSING' },
    'hooks of others': { nodeArgs: ['--import', './hooks.mjs'], code: 'BMES_STORE_MISSING' },
  };
  for (const [what, { code, ...how }] of Object.entries(aside)) {
    test(what, async (t) => {
      const { box, run } = await warm(t, 'linker');
      const { why } = await askAndRun(box, { ...run, ...how });
      assert.equal(why.served, code === '');
      assert.equal(why.reasons[0]?.code ?? '', code);
    });
  }
});

describe('what is known of linking', { concurrency: 2 }, () => {
  test('a runtime that nobody has tested', async (t) => {
    const { box, run } = app(t, 'linker');
    const untested = { ...run, isUntested: true };
    await runDebugged('main.mjs', untested);
    for (const name of namesIn(run.cache)) {
      if (path.basename(name) === 'self-test') fs.rmSync(name);
    }
    fs.rmSync(box.path('it-ran'));
    const { why } = await askAndRun(box, untested);
    assert.deepEqual([why.mode, why.reasons[0]?.code], ['hooks', 'BMES_UNTESTED_RUNTIME']);
  });
});

describe('how it is called', { concurrency: 2 }, () => {
  test('the text for people names the guard, the path and both values', async (t) => {
    const { box, run } = await warm(t, 'linker');
    box.write('a.mjs', `import './later.mjs'; import 'nowhere'; export const a = 'a';`);
    const said = await runCli(['why', 'main.mjs'], run);
    assert.deepEqual([said.exitCode, said.stderr], [1, '']);
    assert.match(said.stdout, /^main\.mjs: not served: the next start is native, node-/);
    assert.match(said.stdout, /BMES_GUARD_CHANGED .*a\.mjs content changed; /);
    assert.match(
      said.stdout,
      /a\.mjs content changed\n +was a file of 21 bytes, SHA-256 \S+, written \S+\n +is  a file of 61 bytes/,
    );
  });

  test("what a preload prints is not printed, and arguments are the app's", async (t) => {
    const { box, run } = await warm(t, 'linker', { 'loud.cjs': 'console.log(process.argv)' });
    const loud = { ...run, nodeArgs: ['--require', './loud.cjs'] };
    await runDebugged('main.mjs', loud);
    fs.rmSync(box.path('it-ran'));
    const said = await runCli(
      ['why', '--json', '--require', './loud.cjs', 'main.mjs', '--', '--json'],
      run,
    );
    assert.equal(JSON.parse(said.stdout).served, true);
  });

  test('a preload that ends the process is a failure with its words', async (t) => {
    const { run } = app(t, 'linker', {
      'ends.cjs': `console.error('no licence'); process.exit(7);`,
    });
    const said = await runCli(['why', '--require', './ends.cjs', 'main.mjs'], run);
    assert.equal(said.exitCode, 1);
    assert.match(said.stderr, /BMES_PROBE_FAILED .*ended with 7 before it came to the app/);
    assert.match(said.stderr, /no licence/);
  });

  test('registered elsewhere, it is where it was', async (t) => {
    const { box, run } = await warm(t, 'linker');
    const NODE_OPTIONS = `--require ./plain.cjs --import ${JSON.stringify(registerPath)}`;
    const why = await askWhy('main.mjs', { ...run, env: { NODE_OPTIONS } });
    const env = { ...cacheEnvironment({ ...run, debug: true }), NODE_OPTIONS };
    const next = await start(['main.mjs'], { ...run, env });
    assertSameVerdict(why, { timeline: timeline(next.stderr) }, 'the next run');
    assert.ok(fs.existsSync(box.path('it-ran')));
  });

  test('native runs are what they were', async (t) => {
    const { box, run } = await warm(t, 'linker');
    const native = await runNative('main.mjs', run);
    await runCli(['why', 'main.mjs'], run);
    assertSameAnswer(await runNative('main.mjs', run), native, box.project);
  });
});
