/**
 * What the plugins are told, and what they do when something changes. None of it depends on the line of Node: one is
 * enough.
 */

import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import fs from 'node:fs';
import { createRequire } from 'node:module';
import path from 'node:path';
import { describe, test } from 'node:test';
import {
  assertStarts,
  build,
  buildEnvironments,
  bundlers,
  folder,
  how,
  jobOf,
  names,
  project,
  warnings,
} from '../support/bundlers.mjs';
import { assertSameAnswer, runDebugged } from '../support/compare.mjs';
import { storedFiles } from '../support/packs.mjs';
import { packageRoot, runNative, start } from '../support/run.mjs';

/** A watcher that sees nothing is waited for no longer. */
const LIMITED = { timeout: 120_000 };

const current = names.filter((name) => !name.endsWith('-oldest'));

describe('options', { concurrency: 4 }, () => {
  for (const name of current) {
    test(`${name}: a portable pack beside each entry`, async (t) => {
      const box = project(t);
      const said = await build(box, name, { pack: true, frozen: true, include: 'm*.js' });
      assert.deepEqual(warnings(said), []);
      const packs = fs.readdirSync(box.path('dist')).filter((file) => file.endsWith('.bmes'));
      assert.deepEqual(packs, ['main.bmes']);
      const moved = path.join(box.root, 'moved');
      fs.cpSync(box.project, moved, { recursive: true });
      const env = { BMES_PACK: path.join(moved, 'dist', 'main.bmes') };
      const run = { ...how(box, env), cwd: moved, cache: box.cache('other') };
      await assertStarts(run, 'dist/main.js', 'warm');
    });

    test(`${name}: what is not for Node is left alone unless asked for`, async (t) => {
      // Rollup knows no targets.
      const isKnown = name !== 'rollup';
      const box = project(t);
      const browser = { isForNode: !isKnown, entries: ['other'] };
      const off = isKnown ? {} : { enabled: false };
      const cacheDir = box.cache('untouched');
      assert.deepEqual(warnings(await build(box, name, { ...off, cacheDir }, browser)), []);
      assert.deepEqual(storedFiles(cacheDir), []);
      await build(box, name, { pack: true, enabled: true }, browser);
      const built = fs.readdirSync(box.path('dist'));
      assert.ok(built.includes('other.bmes'), built.join());
    });

    test(`${name}: what cannot be compiled is a warning, or an error if asked for`, async (t) => {
      const box = project(t);
      const node = box.path('no-such-node');
      const said = await build(box, name, { node });
      assert.equal(warnings(said).length, 2, said.map((it) => it.message).join('\n'));
      for (const message of warnings(said)) {
        assert.match(message, /(main|other)\.js starts without the cache: .*no-such-node/s);
        assert.match(message, /BMES_COMPILE_FAILED/);
      }
      await assertStarts(how(box), 'dist/main.js', 'native');
      const quiet = await build(box, name, { node, silent: true });
      assert.doesNotMatch(quiet.map((it) => it.message).join('\n'), /no-such-node|bmes-cache/);
      await assert.rejects(build(box, name, { node, failOnError: true }), /no-such-node/);
    });

    test(`${name}: an option that there is not is refused by name`, async (t) => {
      const box = project(t);
      const message = /options\.failOnErorr is no option; there is entries, include/;
      await assert.rejects(build(box, name, { failOnErorr: true }), message);
    });
  }

  for (const name of names.filter((each) => bundlers[each].watch)) {
    test(
      `${name}: when something changes, what has changed is compiled again`,
      LIMITED,
      async (t) => {
        const box = project(t);
        const ends = queue();
        const { job } = jobOf(box, name, { pack: true });
        const close = await bundlers[name].watch(job, ends.push);
        try {
          await ends.next();
          const before = fs.readFileSync(box.path('dist/other.bmes'));
          const at = fs.statSync(box.path('dist/other.bmes')).mtimeMs;
          box.edit('src/a.js', 'first', 'second');
          // A watcher may begin to look only now: it is told until it has seen it. A build that this has begun may
          // be at work on the output while it is started; another follows then.
          const nudge = () => fs.utimesSync(box.path('src/a.js'), new Date(), new Date());
          const run = how(box, { BMES_PACK: box.path('dist/main.bmes') });
          let first;
          do {
            await ends.next(nudge);
            first = await runDebugged('dist/main.js', { ...run, cache: '' });
          } while (!first.stdout.startsWith('second') || first.timeline.stage?.stage !== 'warm');
          assertSameAnswer(first, await runNative('dist/main.js', run), 'after an edit');
          assert.deepEqual(fs.readFileSync(box.path('dist/other.bmes')), before);
          assert.equal(fs.statSync(box.path('dist/other.bmes')).mtimeMs, at, 'it was not written');
        } finally {
          await close();
        }
      },
    );
  }

  test('wrong options are errors that say what is right', () => {
    const wrong = { code: 'BMES_INVALID_ARGUMENT', name: 'TypeError' };
    for (const [options, message] of /** @type {[unknown, RegExp][]} */ ([
      [1, /options must be an object/],
      [{ include: 1 }, /options\.include must be a pattern or a RegExp/],
      [{ include: ['a', {}] }, /options\.include\[1\] must be a pattern/],
      [{ pack: '' }, /options\.pack must name a file/],
      [{ pack: 1 }, /options\.pack must be a string/],
      [{ frozen: true }, /options\.frozen is about the file of options\.pack/],
      [{ enabled: 'yes' }, /options\.enabled must be a boolean/],
      [{ silent: 'no' }, /options\.silent must be a boolean/],
      [{ cacheDir: '' }, /options\.cacheDir must name a directory/],
      [{ entries: [''] }, /options\.entries\[0\] must name a file/],
    ])) {
      for (const plugin of new Set(names.map((name) => bundlers[name].plugin))) {
        assert.throws(() => pluginBy(plugin)(options), { ...wrong, message }, plugin);
      }
    }
  });

  test('several entries need several packs, or a choice', async (t) => {
    const box = project(t);
    const [said] = warnings(await build(box, 'rollup', { pack: 'app.bmes' }));
    assert.match(
      said ?? '',
      /options\.pack is a file of one app, and there are 2: main\.js, other\.js/,
    );
    const chosen = { pack: 'app.bmes', exclude: /^other/ };
    assert.deepEqual(warnings(await build(box, 'rollup', chosen)), []);
    const run = how(box, { BMES_PACK: box.path('dist/app.bmes') });
    await assertStarts({ ...run, cache: '' }, 'dist/main.js', 'warm');
  });

  test('a file that imports the output is compiled instead of it, if it is named', async (t) => {
    const box = project(t);
    box.write('server.mjs', `console.log('server'); await import('./dist/main.js');`);
    const options = { entries: 'server.mjs', pack: true };
    assert.deepEqual(warnings(await build(box, 'vite', options)), []);
    const packs = fs.readdirSync(box.path('dist')).filter((file) => file.endsWith('.bmes'));
    assert.deepEqual(packs, ['server.bmes']);
    const run = how(box, { BMES_PACK: box.path('dist/server.bmes') });
    await assertStarts({ ...run, cache: '' }, 'server.mjs', 'warm');
  });

  test('of the environments that Vite builds, those of servers are compiled', async (t) => {
    const box = project(t);
    const { job, said } = jobOf(box, 'vite', { pack: 'packs/[name].bmes' }, { entries: ['other'] });
    await buildEnvironments(job);
    assert.deepEqual(warnings(said), []);
    const packs = fs.readdirSync(box.path('dist'), { recursive: true, encoding: 'utf8' });
    assert.deepEqual(
      packs.filter((file) => file.endsWith('.bmes')),
      ['server/packs/other.bmes'],
    );
    const run = how(box, { BMES_PACK: box.path('dist/server/packs/other.bmes') });
    await assertStarts({ ...run, cache: '' }, 'dist/server/other.js', 'warm');
  });

  test('esbuild: warnings are printed as its own, at its levels', async (t) => {
    const box = project(t);
    box.write(
      'build.mjs',
      `import { build } from ${JSON.stringify(path.join(folder, 'node_modules/esbuild/lib/main.js'))};
      import bmesCache from ${JSON.stringify(path.join(packageRoot, 'plugins', 'esbuild.js'))};
      const [logLevel] = process.argv.slice(2);
      await build({
        entryPoints: ['src/other.js'], outdir: 'dist', bundle: true, platform: 'node', format: 'esm', logLevel,
        plugins: [bmesCache({ node: './no-such-node' })],
      });`,
    );
    const options = { cwd: box.project, home: box.home };
    const { stderr } = await start(['build.mjs', 'warning'], options);
    assert.match(
      stderr,
      /WARNING.*other\.js starts without the cache: .*no-such-node.*plugin bmes-cache/s,
    );
    assert.equal((await start(['build.mjs', 'error'], options)).stderr, '');
  });

  test('output that is no ES module is left alone, and that is said', async (t) => {
    const box = project(t);
    const cjs = { entries: ['other'], format: 'cjs' };
    const said = await build(box, 'rollup', { pack: true }, cjs);
    assert.deepEqual(warnings(said), []);
    assert.match(said.at(-1)?.message ?? '', /nothing to compile: .* no ES module/);
    assert.deepEqual(fs.readdirSync(box.path('dist')), ['other.js']);
  });

  test('NODE_OPTIONS of the build are not those of the start', async (t) => {
    const box = project(t);
    box.write('preload.cjs', '');
    const { NODE_OPTIONS } = process.env;
    process.env.NODE_OPTIONS = `--require ${box.path('preload.cjs')}`;
    t.after(() => {
      if (NODE_OPTIONS === undefined) delete process.env.NODE_OPTIONS;
      else process.env.NODE_OPTIONS = NODE_OPTIONS;
    });
    assert.deepEqual(warnings(await build(box, 'rollup', { pack: true })), []);
  });
});

test('the types are those that each bundler takes', () => {
  const tsc = path.join(packageRoot, 'node_modules', 'typescript', 'bin', 'tsc');
  const argv = [tsc, '--noEmit', '-p', path.join(folder, 'tsconfig.json')];
  const { status, stdout } = spawnSync(process.execPath, argv, { encoding: 'utf8' });
  assert.equal(status, 0, stdout);
});

/** @param {string} name */
function pluginBy(name) {
  return createRequire(import.meta.url)(path.join(packageRoot, 'plugins', `${name}.js`));
}

/** What ends one after the other, for who waits for it. */
function queue() {
  /** @type {unknown[]} */
  const ended = [];
  /** @type {(() => void) | undefined} */
  let wake;
  return {
    push: (/** @type {unknown} */ error) => {
      ended.push(error);
      wake?.();
    },
    /** @param {() => void} [nudge] called again and again until something ends */
    next: async (nudge) => {
      const timer = nudge && setInterval(nudge, 500);
      try {
        if (ended.length === 0) await new Promise((resolve) => (wake = () => resolve(undefined)));
      } finally {
        clearInterval(timer);
      }
      const error = ended.shift();
      if (error) throw error;
    },
  };
}
