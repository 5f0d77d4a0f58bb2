/**
 * `prewarm()`: what `bmes compile` does, as a function.
 */

import assert from 'node:assert/strict';
import fs from 'node:fs';
import { createRequire } from 'node:module';
import { describe, test } from 'node:test';
import { pathToFileURL } from 'node:url';
import { runtimes } from '../../scripts/runtimes.mjs';
import { assertSameAnswer, assertStage, runDebugged } from '../support/compare.mjs';
import { packageRoot, runCli, runNative, start, testedNode } from '../support/run.mjs';
import { sandbox } from '../support/sandbox.mjs';
import { allowLinking } from '../support/self-test.mjs';

/** @type {typeof import('../../index.js')} */
const { prewarm } = createRequire(import.meta.url)(packageRoot);

const paths = await runtimes();

/**
 * @param {import('../support/sandbox.mjs').Sandbox} box
 * @param {Record<string, string>} [env]
 */
function how(box, env = {}) {
  const cache = box.cache('c');
  allowLinking(cache, testedNode);
  // Where `require()` looks last depends on the home: it is that of who compiles.
  const home = process.env.HOME ?? '';
  return { mode: /** @type {const} */ ('linker'), cwd: box.project, home, cache, env };
}

/** @param {import('../support/sandbox.mjs').Sandbox} box */
function writeApp(box) {
  box.write('main.mjs', `import { a } from './a.mjs'; console.log(a, import.meta.filename);`);
  box.write('a.mjs', `export const a = 'a';`);
}

/** @param {any} summary */
function withoutTimes(summary) {
  const results = summary.results.map((/** @type {any} */ { milliseconds, ...rest }) => {
    assert.equal(typeof milliseconds, 'number');
    return rest;
  });
  return { ...summary, results };
}

/**
 * What it is rejected with.
 *
 * @param {any} options
 */
async function refusal(options) {
  try {
    await prewarm(options);
  } catch (error) {
    return /** @type {any} */ (error);
  }
  return assert.fail(`it was not rejected: ${JSON.stringify(options)}`);
}

describe('prewarm', { concurrency: 4 }, () => {
  test('gives what `bmes compile --json` prints, and the first run is warm', async (t) => {
    const box = sandbox(t);
    writeApp(box);
    const run = how(box);
    const entry = box.path('main.mjs');
    const summary = await prewarm({ entries: entry, cacheDir: run.cache, node: testedNode });
    const first = await runDebugged('main.mjs', run);
    assertStage(first, 'warm', 'linker', 'the first run');
    assertSameAnswer(first, await runNative('main.mjs', run), 'the first run');
    const command = await runCli(['compile', '--json', entry], run);
    assert.deepEqual(withoutTimes(summary), withoutTimes(JSON.parse(command.stdout)));
  });

  test('makes a file that serves another place', async (t) => {
    const box = sandbox(t);
    writeApp(box);
    const out = box.path('app.bmes');
    await prewarm({ entries: pathToFileURL(box.path('main.mjs')), out, node: testedNode });
    const moved = `${box.root}/moved`;
    fs.cpSync(box.project, moved, { recursive: true });
    const run = { ...how(box, { BMES_PACK: `${moved}/app.bmes` }), cwd: moved };
    const first = await runDebugged('main.mjs', run);
    assertStage(first, 'warm', 'linker', 'where it was moved');
    assertSameAnswer(first, await runNative('main.mjs', run), 'where it was moved');
  });

  test('takes patterns, conditions and names that nobody can read', async (t) => {
    const box = sandbox(t);
    box.write('package.json', '{"imports":{"#x":{"special":"./x.mjs","default":"./y.mjs"}}}');
    box.write('x.mjs', `export default 'x';`);
    box.write('y.mjs', `export default 'y';`);
    for (const name of ['one', 'two']) {
      box.write(
        `bin/${name}.mjs`,
        `import x from '#x';
        const hidden = '../hid' + 'den.mjs';
        console.log(x, (await import(hidden)).default);`,
      );
    }
    box.write('hidden.mjs', `export default 'hidden';`);
    const run = { ...how(box), nodeArgs: ['--conditions=special'] };
    const { results } = await prewarm({
      files: box.path('bin/*.mjs'),
      include: [box.path('hidden.mjs')],
      conditions: 'special',
      cacheDir: run.cache,
      node: testedNode,
    });
    assert.equal(results.length, 2);
    for (const name of ['bin/one.mjs', 'bin/two.mjs']) {
      const first = await runDebugged(name, run);
      assertStage(first, 'warm', 'linker', name);
      assertSameAnswer(first, await runNative(name, run), name);
    }
  });

  test('an entry that cannot be compiled is a rejection with its code; the others are compiled', async (t) => {
    const box = sandbox(t);
    writeApp(box);
    const run = how(box);
    const [absent, main] = [box.path('absent.mjs'), box.path('main.mjs')];
    const error = await refusal({ entries: [absent, main], cacheDir: run.cache, node: testedNode });
    assert.equal(error.name, 'Error');
    assert.deepEqual([error.code, error.entry], ['BMES_NO_ENTRY', absent]);
    assert.match(error.message, /absent\.mjs/);
    assert.deepEqual(
      error.summary.results.map((/** @type {any} */ result) => !result.error),
      [false, true],
    );
    assertStage(await runDebugged('main.mjs', run), 'warm', 'linker', 'the other entry');
    const noNode = await refusal({ entries: main, node: box.path('no-node') });
    assert.equal(noNode.code, 'BMES_COMPILE_FAILED');
    const noMatch = await refusal({ files: box.path('*.nothing') });
    assert.equal(noMatch.code, 'BMES_NO_ENTRY');
  });

  test('a signal ends it, with the reason of the signal, and nothing is left', async (t) => {
    const box = sandbox(t);
    for (let nth = 0; nth < 200; nth++) box.write(`m${nth}.mjs`, `export const m = ${nth};`);
    const imports = Array.from({ length: 200 }, (_, nth) => `import './m${nth}.mjs';`);
    box.write('main.mjs', imports.join('\n'));
    const before = fs.readdirSync(box.project);
    const options = { entries: box.path('main.mjs'), out: box.path('app.bmes'), node: testedNode };
    const reason = new Error('enough');
    assert.equal(await refusal({ ...options, signal: AbortSignal.abort(reason) }), reason);
    assert.deepEqual(fs.readdirSync(box.project), before);
    const controller = new AbortController();
    const onProgress = () => controller.abort(reason);
    assert.equal(await refusal({ ...options, signal: controller.signal, onProgress }), reason);
    const thrown = () => {
      throw reason;
    };
    assert.equal(await refusal({ ...options, onProgress: thrown }), reason);
    // It may have been done before it could be ended.
    const left = fs.readdirSync(box.project).filter((name) => name !== 'app.bmes');
    assert.deepEqual(left, before);
  });

  for (const host of /** @type {const} */ (['node20', 'bun', 'deno'])) {
    const binary = paths[host];
    const skip = !binary && `there is no ${host} on this platform`;
    test(`${host} compiles for Node`, { skip }, async (t) => {
      const box = sandbox(t);
      writeApp(box);
      const run = how(box);
      box.write(
        'build.cjs',
        `const { prewarm } = require(${JSON.stringify(packageRoot)});
        const [entries, cacheDir, node] = process.argv.slice(2);
        prewarm({ entries, cacheDir, node })
          .then(() => prewarm({ entries, node: 'no-such-node' }))
          .catch((error) => console.log(error.code));`,
      );
      const words = [box.path('build.cjs'), box.path('main.mjs'), run.cache, testedNode];
      const argv = host === 'deno' ? ['run', '--allow-all', ...words] : words;
      const built = await start(argv, { ...run, node: binary ?? '' });
      assert.equal(built.stdout, 'BMES_COMPILE_FAILED\n', built.stderr);
      const first = await runDebugged('main.mjs', run);
      assertStage(first, 'warm', 'linker', `compiled by ${host}`);
      assertSameAnswer(first, await runNative('main.mjs', run), `compiled by ${host}`);
    });
  }

  test('progress is told by entry', async (t) => {
    const box = sandbox(t);
    writeApp(box);
    const entry = box.path('main.mjs');
    /** @type {import('../../index.js').PrewarmProgress[]} */
    const seen = [];
    await prewarm({
      entries: entry,
      out: box.path('app.bmes'),
      node: testedNode,
      onProgress: (progress) => seen.push(progress),
    });
    assert.ok(seen.length > 0);
    for (const { entry: of, done, known } of seen) {
      assert.equal(of, entry);
      assert.ok(done < known, `${done} of ${known}`);
    }
  });
});
