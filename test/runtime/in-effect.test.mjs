// What is in effect is asked of the process: configuration files, preloads that hide themselves, options
// that a later one takes back, files that options name.

import assert from 'node:assert/strict';
import fs from 'node:fs';
import { describe, test } from 'node:test';
import { assertSameAnswer, assertSameAnswerThroughLife, runDebugged } from '../support/compare.mjs';
import { modes, registerPath, runNative, start, testedNode } from '../support/run.mjs';
import { sandbox } from '../support/sandbox.mjs';

const LIFE = ['native', 'linked', 'warm'];
/** The engine's own cache may have been filled by an app before. */
const ANOTHER = ['native', null, 'warm'];
const NATIVE = ['native', 'native', 'native'];

const APP = {
  'package.json': '{ "type": "module" }',
  'app.mjs': `
    import { url } from './linked/real.mjs';
    import { value } from './value.mjs';
    import commonjs from './commonjs.cjs';
    console.log(url.split('/').at(-2), value, commonjs, globalThis.preloaded);
    console.log((await import('./later.mjs')).later, import.meta.resolve('./later.mjs').endsWith('/later.mjs'));`,
  'actual/real.mjs': 'export const { url } = import.meta;',
  'value.mjs': `export const value = 'plain'; globalThis.evaluated = (globalThis.evaluated ?? 0) + 1;`,
  'later.mjs': `export const later = 'later ' + globalThis.evaluated;`,
  'commonjs.cjs': `module.exports = 'commonjs';`,
  'empty.cjs': '',
  'none.cjs': `globalThis.preloaded = 'none.cjs';`,
  'none.mjs': `import { value } from './value.mjs'; globalThis.preloaded = 'none.mjs ' + value;`,
  'loads.cjs': `require('node:module').registerHooks({ load: (url, context, next) => {
    const loaded = next(url, context);
    if (!url.endsWith('/value.mjs')) return loaded;
    return { ...loaded, source: String(loaded.source).replace('plain', 'hooked') };
  } });`,
};

/** @param {Parameters<typeof sandbox>[0]} t */
function project(t, files = {}) {
  const box = sandbox(t);
  for (const [file, text] of Object.entries({ ...APP, ...files })) box.write(file, text);
  fs.mkdirSync(box.path('linked'));
  fs.symlinkSync('../actual/real.mjs', box.path('linked/real.mjs'));
  return box;
}

/** Where we are, which the permission model must let us read. */
const ourselves = fs.realpathSync(new URL('../../', import.meta.url));

/** What this Node knows. */
const major = Number.parseInt((await start(['--version'], where())).stdout.slice(1), 10);

function where() {
  return { cwd: process.cwd(), home: process.cwd(), node: testedNode };
}

/**
 * @param {Parameters<typeof sandbox>[0]} t
 * @param {import('../support/run.mjs').Mode} mode
 * @param {{ files?: Record<string, string>, nodeArgs?: string[], env?: Record<string, string>,
 *   byEnvironment?: boolean, stages?: (string | null)[], ranBy?: string | null, entry?: string }} options
 */
async function life(t, mode, options) {
  const { files, stages = LIFE, ranBy = null, entry = 'app.mjs', ...rest } = options;
  const box = project(t, files);
  const run = { entry, mode, cwd: box.project, home: box.home, cache: box.cache('cache') };
  const answers = await assertSameAnswerThroughLife({
    ...run,
    ...rest,
    stages,
    ranBy: /** @type {any} */ (ranBy),
  });
  return { box, ...answers, run: { ...run, ...rest } };
}

for (const mode of modes) {
  describe(`a preload, ${mode}`, { concurrency: 2 }, () => {
    for (const preload of ['none.cjs', 'none.mjs', 'data:text/javascript,']) {
      const isCommonJS = preload.endsWith('.cjs');
      const path = preload.startsWith('data:') ? preload : `./${preload}`;
      for (const flag of isCommonJS ? ['--import', '--require'] : ['--import']) {
        test(`${flag} ${preload} after us`, async (t) => {
          // What is required is loaded before what is imported.
          const isAfter = flag === '--import' && preload !== 'none.mjs';
          const { native } = await life(t, mode, {
            nodeArgs: [flag, path],
            ranBy: isAfter ? mode : 'hooks',
          });
          if (isCommonJS) assert.match(native.stdout, /none\.cjs/);
        });
        test(`${flag} ${preload} before us`, async (t) => {
          await life(t, mode, {
            env: { NODE_OPTIONS: `${flag} ${path}` },
            byEnvironment: true,
            ranBy: 'hooks',
          });
        });
      }
    }

    test('that installs hooks before us', async (t) => {
      const { native } = await life(t, mode, {
        env: { NODE_OPTIONS: '--require ./loads.cjs' },
        byEnvironment: true,
        stages: NATIVE,
      });
      assert.match(native.stdout, /hooked/);
    });

    test('that installs hooks after us', async (t) => {
      const { native } = await life(t, mode, { nodeArgs: ['--import', './loads.cjs'] });
      assert.match(native.stdout, /hooked/);
    });

    const HIDES = {
      'deletes NODE_OPTIONS': `delete process.env.NODE_OPTIONS;`,
      'empties execArgv': `process.execArgv.length = 0;`,
      'does both': `delete process.env.NODE_OPTIONS; process.execArgv = [];`,
      'sets other options': `process.env.NODE_OPTIONS = '--no-warnings'; process.execArgv.splice(0);`,
    };
    for (const [how, code] of Object.entries(HIDES)) {
      test(`that hides itself and its hooks: it ${how}`, async (t) => {
        const { native } = await life(t, mode, {
          files: { 'hides.cjs': `${code} ${APP['loads.cjs']}` },
          env: { NODE_OPTIONS: '--require ./hides.cjs' },
          byEnvironment: true,
          stages: NATIVE,
        });
        assert.match(native.stdout, /hooked/);
      });

      test(`that hides how symbolic links are treated: it ${how}`, async (t) => {
        const box = project(t, { 'hides.cjs': code });
        const run = { mode, cwd: box.project, home: box.home, cache: box.cache('cache') };
        for (const flag of ['--no-preserve-symlinks', '--preserve-symlinks']) {
          const { native } = await assertSameAnswerThroughLife({
            ...run,
            entry: 'app.mjs',
            env: { NODE_OPTIONS: `--require ./hides.cjs` },
            nodeArgs: [flag],
            byEnvironment: true,
            stages: ANOTHER,
            ranBy: 'hooks',
          });
          assert.match(native.stdout, flag === '--preserve-symlinks' ? /^linked/ : /^actual/);
        }
      });
    }

    test('that deletes variables which are read once', async (t) => {
      const box = project(t, {
        'hides.cjs': `delete process.env.NODE_PRESERVE_SYMLINKS; delete process.env.NODE_V8_COVERAGE;`,
      });
      const run = { mode, cwd: box.project, home: box.home, cache: box.cache('cache') };
      const NODE_OPTIONS = '--require ./hides.cjs';
      for (const NODE_PRESERVE_SYMLINKS of ['0', '1']) {
        await assertSameAnswerThroughLife({
          ...run,
          entry: 'app.mjs',
          env: { NODE_OPTIONS, NODE_PRESERVE_SYMLINKS },
          byEnvironment: true,
          stages: ANOTHER,
          ranBy: 'hooks',
        });
      }
      const env = { NODE_OPTIONS, NODE_V8_COVERAGE: box.path('coverage') };
      const covered = await runDebugged('app.mjs', { ...run, env, byEnvironment: true });
      assert.match(covered.timeline.reasons.join(), /BMES_COVERAGE/);
    });

    test('whose worker cannot see what installs its hooks', async (t) => {
      const { native } = await life(t, mode, {
        files: {
          'main.mjs': `
            import { Worker } from 'node:worker_threads';
            delete process.env.NODE_OPTIONS;
            new Worker(new URL('./app.mjs', import.meta.url));`,
        },
        entry: 'main.mjs',
        env: { NODE_OPTIONS: '--require ./loads.cjs' },
        byEnvironment: true,
        stages: [null, null, null],
      });
      assert.match(native.stdout, /hooked/);
    });

    test('whose worker is told other options', async (t) => {
      const { native } = await life(t, mode, {
        files: {
          'main.mjs': `
            import { once } from 'node:events';
            import { Worker } from 'node:worker_threads';
            const url = new URL('./app.mjs', import.meta.url);
            for (const options of [{}, { env: { ...process.env, NODE_OPTIONS: process.env.NODE_OPTIONS + ' --preserve-symlinks' } },
              { execArgv: ['--preserve-symlinks'] }]) await once(new Worker(url, options), 'exit');
            delete process.env.NODE_OPTIONS;
            await once(new Worker(url), 'exit');`,
        },
        entry: 'main.mjs',
        byEnvironment: true,
        env: { NODE_OPTIONS: '--no-preserve-symlinks' },
        stages: [null, null, null],
      });
      assert.match(native.stdout, /^actual[^]*^linked[^]*^linked[^]*^actual/m);
    });
  });

  describe(`an option, ${mode}`, { concurrency: 2 }, () => {
    test('that a later one takes back', async (t) => {
      await life(t, mode, {
        nodeArgs: ['--preserve-symlinks', '--no-preserve-symlinks'],
        ranBy: mode,
      });
    });

    test('that takes back an earlier one', async (t) => {
      const { native } = await life(t, mode, {
        env: { NODE_OPTIONS: '--no-preserve-symlinks' },
        nodeArgs: ['--preserve_symlinks'],
        ranBy: mode,
      });
      assert.match(native.stdout, /^linked/);
    });

    test('that is on for a moment', async (t) => {
      await life(t, mode, { nodeArgs: ['--inspect', '--no-inspect'], ranBy: mode });
    });

    test('without which no native code is loaded', async (t) => {
      const { runs } = await life(t, mode, { nodeArgs: ['--no-addons'], stages: NATIVE });
      for (const run of runs) assert.match(run.timeline.reasons.join(), /BMES_NO_ADDON/);
    });

    test('that prints which variables are read', async (t) => {
      const box = project(t);
      const run = { cwd: box.project, home: box.home };
      const nodeArgs = ['--trace-env', '--require'];
      const native = await runNative('app.mjs', { ...run, nodeArgs: [...nodeArgs, './empty.cjs'] });
      const ours = await runNative('app.mjs', { ...run, nodeArgs: [...nodeArgs, registerPath] });
      assert.match(native.stderr, /get "NODE_OPTIONS"|get "NODE_DEBUG"/);
      assertSameAnswer(ours, native, 'with register');
    });

    test('that nobody has classified', async (t) => {
      const { runs } = await life(t, mode, { nodeArgs: ['--no-string-slices'], stages: NATIVE });
      for (const run of runs) {
        assert.match(run.timeline.reasons.join(), /BMES_UNKNOWN_FLAG --no-string-slices/);
      }
    });

    for (const options of [
      ['--no-harmony-import-attributes'],
      ['--use-strict'],
      ['--js-decorators'],
    ]) {
      const isKnown = options[0] !== '--js-decorators' || major >= 26;
      const isGone = options[0] === '--no-harmony-import-attributes' && major >= 26;
      if (isKnown && !isGone) {
        test(`that changes the language: ${options}`, async (t) => {
          await life(t, mode, { nodeArgs: options, ranBy: 'hooks' });
        });
      }
    }

    const SERVED = [
      ['--conditions', 'other', '-C', 'third'],
      ['--disable-proto=throw'],
      ['--frozen-intrinsics'],
      ['--disallow-code-generation-from-strings'],
      ['--max_old_space_size=200', '--stack-trace-limit=20'],
      ['--jitless'],
      ['--no-opt', '--single-threaded'],
      ['--no-experimental-detect-module', '--no-experimental-sqlite'],
      ['--no-global-search-paths', '--trace-warnings', '--title', 'other'],
      ['--experimental-import-meta-resolve', '--no-node-snapshot'],
      ['--secure-heap=4096', '--dns-result-order', 'ipv4first', '--inspect-port=0'],
    ];
    for (const options of SERVED) {
      test(`with which the cache is on: ${options.join(' ')}`, async (t) => {
        // Frozen, what the linker reaches the loader by cannot be stood in for.
        const isFrozen = options.includes('--frozen-intrinsics');
        await life(t, mode, { nodeArgs: options, ranBy: isFrozen ? 'hooks' : mode });
      });
    }

    test('of a file of variables', async (t) => {
      const { box, native, run } = await life(t, mode, {
        files: { '.env': 'NODE_OPTIONS="--no-preserve-symlinks"' },
        nodeArgs: ['--env-file=.env'],
        ranBy: mode,
      });
      assert.match(native.stdout, /^actual/);
      box.write('.env', 'NODE_OPTIONS="--preserve-symlinks"');
      const again = await assertSameAnswerThroughLife(
        /** @type {any} */ ({ ...run, stages: ANOTHER, ranBy: mode }),
      );
      assert.match(again.native.stdout, /^linked/);
    });
  });

  // What an option says in a file is as good as on the command line. Node 22 has no stable form of it.
  describe(`a configuration file, ${mode}`, { concurrency: 2, skip: major < 24 }, () => {
    const FILE = '--experimental-config-file=config.json';
    const config = (/** @type {object} */ json) => ({ 'config.json': JSON.stringify(json) });

    for (const preload of ['./loads.cjs', ['./none.cjs', './loads.cjs']]) {
      test(`that installs hooks: ${preload}`, async (t) => {
        const { native } = await life(t, mode, {
          files: config({ nodeOptions: { import: preload } }),
          nodeArgs: [FILE],
          stages: [null, null, null],
        });
        assert.match(native.stdout, /hooked/);
      });
    }

    test('that requires what installs hooks, before us', async (t) => {
      const { native } = await life(t, mode, {
        files: config({ nodeOptions: { require: './loads.cjs' } }),
        nodeArgs: [FILE],
        stages: NATIVE,
      });
      assert.match(native.stdout, /hooked/);
    });

    test('of the default name', async (t) => {
      const { native } = await life(t, mode, {
        files: { 'node.config.json': JSON.stringify({ nodeOptions: { import: './none.cjs' } }) },
        nodeArgs: ['--experimental-default-config-file'],
        ranBy: 'hooks',
      });
      assert.match(native.stdout, /none\.cjs/);
    });

    test('that is edited', async (t) => {
      const files = config({ nodeOptions: { 'preserve-symlinks': false } });
      const { box, run, native } = await life(t, mode, { files, nodeArgs: [FILE], ranBy: mode });
      assert.match(native.stdout, /^actual/);
      const edits = [
        { nodeOptions: { 'preserve-symlinks': true } },
        { nodeOptions: { conditions: ['other'], 'preserve-symlinks': true } },
        { nodeOptions: { 'experimental-detect-module': false } },
      ];
      for (const edit of edits) {
        box.write('config.json', JSON.stringify(edit));
        const again = await assertSameAnswerThroughLife(
          /** @type {any} */ ({ ...run, stages: ANOTHER, ranBy: mode }),
        );
        const isKept = edit.nodeOptions['preserve-symlinks'] === true;
        assert.match(again.native.stdout, isKept ? /^linked/ : /^actual/);
      }
    });

    test('that the command line takes back', async (t) => {
      const { native } = await life(t, mode, {
        files: config({ nodeOptions: { 'preserve-symlinks': true, inspect: true } }),
        nodeArgs: [FILE, '--no-preserve-symlinks', '--no-inspect'],
        ranBy: mode,
      });
      assert.match(native.stdout, /^actual/);
    });

    test('that counts for nothing beside NODE_OPTIONS', async (t) => {
      const { native } = await life(t, mode, {
        files: config({ nodeOptions: { 'preserve-symlinks': true } }),
        nodeArgs: [FILE],
        env: { NODE_OPTIONS: '--no-warnings' },
        ranBy: mode,
      });
      assert.match(native.stdout, /^actual/);
    });

    test('that switches the permission model on', async (t) => {
      const { native, runs } = await life(t, mode, {
        files: {
          'app.mjs': `await import('./value.mjs').catch((error) => console.log(error.code));`,
          ...config({ nodeOptions: { permission: true } }),
        },
        nodeArgs: [
          FILE,
          '--allow-fs-read=app.mjs',
          '--allow-fs-read=package.json',
          `--allow-fs-read=${ourselves}`,
        ],
        stages: NATIVE,
      });
      assert.match(native.stdout, /ERR_ACCESS_DENIED/);
      for (const run of runs) assert.match(run.timeline.reasons.join(), /BMES_PERMISSION/);
    });

    test('with an option that only profiles', async (t) => {
      const { runs } = await life(t, mode, {
        files: config({ nodeOptions: { 'cpu-prof': true } }),
        nodeArgs: [FILE],
        stages: NATIVE,
      });
      for (const run of runs) assert.match(run.timeline.reasons.join(), /BMES_TOOL/);
    });

    test('for other releases', { skip: major < 26 }, async (t) => {
      const nodeOptions = { 'preserve-symlinks': true };
      const { native } = await life(t, mode, {
        files: config({
          configs: [
            { nodeVersion: 1, config: { nodeOptions: { 'cpu-prof': true } } },
            { nodeVersion: major, config: { nodeOptions } },
          ],
        }),
        nodeArgs: [FILE],
        ranBy: mode,
      });
      assert.match(native.stdout, /^linked/);
    });
  });

  describe(`a map of packages, ${mode}`, { concurrency: 2, skip: major < 24 }, () => {
    const map = (/** @type {string} */ a) =>
      JSON.stringify({
        packages: {
          app: { url: '../project', dependencies: { a: 'a', b: 'b' } },
          a: { url: a },
          b: { url: './node_modules/b' },
        },
      });
    const files = {
      'main.mjs': `
        import { name } from 'a';
        import 'b';
        console.log(name, process.argv[2] ? (await import('c').catch((e) => e)).code : '');`,
      'node_modules/a/index.mjs': `export const name = 'a';`,
      'node_modules/a/package.json': `{ "exports": "./index.mjs" }`,
      'node_modules/b/index.mjs': `try { if (process.argv[2]) console.log((await import('a')).name); } catch (e) { console.log(e.code); }`,
      'node_modules/b/package.json': `{ "exports": "./index.mjs" }`,
      'other/index.mjs': `export const name = 'other';`,
      'other/package.json': `{ "exports": "./index.mjs" }`,
      'map.json': map('./node_modules/a'),
    };

    test('that is edited', async (t) => {
      const nodeArgs = ['--experimental-package-map=map.json'];
      const { box, run, native } = await life(t, mode, {
        files,
        nodeArgs,
        entry: 'main.mjs',
        ranBy: 'hooks',
      });
      assert.match(native.stdout, /^a /);
      const late = await assertSameAnswerThroughLife(
        /** @type {any} */ ({
          ...run,
          args: ['late'],
          stages: [null, null, 'warm'],
          ranBy: 'hooks',
        }),
      );
      assert.match(late.native.stdout, /ERR_/);
      box.write('map.json', map('./other'));
      const edited = await assertSameAnswerThroughLife(
        /** @type {any} */ ({ ...run, stages: NATIVE }),
      );
      assert.match(edited.native.stdout, /^other /);
      box.write('map.json', map('./node_modules/a'));
      await assertSameAnswerThroughLife(
        /** @type {any} */ ({ ...run, stages: [null, 'warm'], ranBy: 'hooks' }),
      );
    });
  });

  describe(`the permission model, ${mode}`, { concurrency: 2 }, () => {
    const files = {
      'app.mjs': `await import('./value.mjs').catch((error) => console.log(error.code));`,
    };
    const reads = ['app.mjs', 'package.json', ourselves];

    test('by a flag', async (t) => {
      const { runs } = await life(t, mode, {
        files,
        nodeArgs: ['--permission', ...reads.map((file) => `--allow-fs-read=${file}`)],
        stages: NATIVE,
      });
      for (const run of runs) assert.match(run.timeline.reasons.join(), /BMES_PERMISSION/);
    });
  });
}
