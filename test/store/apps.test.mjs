/**
 * Whole apps over a store: named packs that are overwritten, projects that share records, what a start
 * reads, what makes a store grow.
 */

import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import fs from 'node:fs';
import path from 'node:path';
import { describe, test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { loaderRuntimes, runtimes } from '../../scripts/runtimes.mjs';
import { assertSameAnswer, assertStage, runDebugged } from '../support/compare.mjs';
import { modes, runNative } from '../support/run.mjs';
import { sandbox } from '../support/sandbox.mjs';
import { storeProcess } from '../support/store-process.mjs';
import { entriesIn, namesIn, onlyEntry, setAge, sizeOf } from '../support/stored.mjs';
import { warmApp } from '../support/warm.mjs';

const nodes = await runtimes();

describe(
  'a named pack is overwritten in place while a process runs from it',
  {
    concurrency: 2,
  },
  () => {
    const halfWay = [
      "import { first } from './first.mjs';",
      "import { writeSync } from 'node:fs';",
      "import { once } from 'node:events';",
      'writeSync(1, `ready ${first()}\\n`);',
      "await once(process.stdin.resume(), 'end');",
      "const { late } = await import('./late.mjs');",
      'console.log(late(), String(late), new Error(first()).stack.length > 0);',
    ].join('\n');

    /** @type {Record<string, (pack: Buffer) => Buffer>} */
    const overwrites = {
      'with nothing': () => Buffer.alloc(0),
      'with a shorter file': (pack) => pack.subarray(0, 100),
      'with garbage of the same length': (pack) => Buffer.alloc(pack.length, 0xa5),
      'with a larger file': (pack) => Buffer.concat([Buffer.alloc(pack.length, 1), pack]),
    };

    for (const mode of modes) {
      test(mode, async (t) => {
        const box = sandbox(t);
        box.write('main.js', halfWay);
        box.write('package.json', '{ "type": "module" }');
        const body = "'x'.repeat(9).length".padEnd(300_000, ' ');
        box.write('first.mjs', `export const first = () => ${body};\n`);
        box.write('late.mjs', `export function late() { return ${body}; }\n`);
        const run = { mode, cwd: box.project, home: box.home, cache: box.cache('own'), stdin: '' };
        const native = await runNative('main.js', run);
        for (const stage of ['native', 'linked', 'warm']) {
          assertStage(await runDebugged('main.js', run), stage, undefined, 'while warming up');
        }
        const pack = fs.readFileSync(
          namesIn(run.cache).find((name) => name.endsWith('.pack')) ?? '',
        );
        const named = path.join(box.root, 'app.bmes');
        const other = path.join(box.root, 'other');
        for (const [what, overwrite] of Object.entries(overwrites)) {
          fs.writeFileSync(named, pack);
          fs.writeFileSync(other, overwrite(pack));
          let isOverwritten = false;
          const from = { ...run, cache: box.cache(what), env: { BMES_PACK: named } };
          const { stdin: _, ...waiting } = from;
          const running = await runDebugged('main.js', {
            ...waiting,
            // The app waits until its input ends.
            stdin: null,
            onStdout(child, stdout) {
              if (isOverwritten || !stdout.startsWith('ready')) return;
              isOverwritten = true;
              fs.copyFileSync(other, named);
              child.stdin?.end();
            },
          });
          assertSameAnswer(running, native, what);
          // The engine's own cache is in the store, which is empty.
          assertStage(running, mode === 'hooks' ? 'linked' : 'warm', mode, what);
          assert.ok(isOverwritten && fs.readFileSync(named).equals(overwrite(pack)));
          // And who starts from what it is now, does not.
          const later = await runDebugged('main.js', {
            ...from,
            cache: box.cache(`after ${what}`),
          });
          assertSameAnswer(later, native, `${what}, the next run`);
          assertStage(later, 'native', undefined, `${what}, the next run`);
        }
      });
    }
  },
);

test('what is named as a pack and is none', async (t) => {
  const box = sandbox(t, 'guarded');
  fs.mkdirSync(path.join(box.root, 'folder'));
  fs.writeFileSync(path.join(box.root, 'text'), 'not a pack');
  const names = [
    '',
    'relative/../none',
    ...['folder', 'text'].map((name) => path.join(box.root, name)),
  ];
  if (process.platform !== 'win32') {
    const fifo = path.join(box.root, 'fifo');
    spawnSync('mkfifo', [fifo]);
    names.push(fifo, '/dev/zero', '/dev/null');
  }
  for (const mode of modes) {
    const of = { mode, cwd: box.project, home: box.home };
    const native = await runNative('main.js', of);
    for (const [index, name] of names.entries()) {
      const cache = box.cache(`${mode} ${index}`);
      const run = await runDebugged('main.js', { ...of, cache, env: { BMES_PACK: name } });
      assertSameAnswer(run, native, name);
      assertStage(run, 'native', undefined, name);
    }
  }
});

describe(
  'a second project with the same packages finds the records of the first',
  {
    concurrency: 2,
  },
  () => {
    const modules = 12;

    /** @param {import('../support/sandbox.mjs').Sandbox} box */
    function writePackages(box) {
      box.write('package.json', '{ "type": "module" }');
      box.write('node_modules/many/package.json', '{ "type": "module", "exports": "./index.js" }');
      const names = Array.from({ length: modules }, (_, index) => `m${index}`);
      box.write(
        'node_modules/many/index.js',
        names.map((name) => `export * as ${name} from './${name}.js';`).join('\n'),
      );
      for (const [index, name] of names.entries()) {
        box.write(
          `node_modules/many/${name}.js`,
          [
            '// A comment that moves lines.',
            `export const url = import.meta.url, file = import.meta.filename;`,
            // Parenthesised functions are compiled at once, others when they are called.
            `export const eager = (function eager${index}() { throw new Error('eager ${index}'); });`,
            `   export function lazy() { const fail = () => null.of${index}; return fail(); }`,
            `export class Thing { static #at = ${index}; method() { return Thing.#at; } }`,
            `export const stackAtTop = new Error('top').stack;`,
            `export const evaluated = () => eval('new Error("in eval").stack');`,
            `export const load = () => import('./m${(index + 1) % modules}.js');`,
          ].join('\n'),
        );
      }
      box.write(
        'main.js',
        [
          "import * as many from 'many';",
          'for (const one of Object.values(many)) {',
          '  console.log(one.url, one.file, one.stackAtTop, one.evaluated());',
          '  for (const fail of [one.eager, one.lazy]) {',
          '    console.log(fail.toString(), fail.name);',
          '    try { fail(); } catch (error) { console.log(error.stack); }',
          '  }',
          '  console.log(one.Thing.toString(), new one.Thing().method());',
          '  console.log((await one.load()).url);',
          '}',
          'Object.values(many)[3].lazy();',
        ].join('\n'),
      );
    }

    for (const name of loaderRuntimes) {
      test(`${name}, and shows its own paths only`, { skip: !nodes[name] }, async (t) => {
        const [first, second] = [sandbox(t), sandbox(t)];
        const env = { BMES_SHARED: '1' };
        const mode = /** @type {const} */ ('linker');
        const shared = { mode, home: first.home, cache: first.cache('shared'), env };
        const node = nodes[name] ?? '';
        for (const box of [first, second]) writePackages(box);
        const of = (/** @type {import('../support/sandbox.mjs').Sandbox} */ box) => ({
          ...shared,
          node,
          cwd: box.project,
        });
        for (const stage of ['native', 'linked', 'warm']) {
          assertStage(
            await runDebugged('main.js', of(first)),
            stage,
            undefined,
            'the first project',
          );
        }
        const cache = storeProcess(t, { node, cache: { directory: shared.cache, shared: true } });
        const before = (await cache.ask('stats')).value.total;
        const native = await runNative('main.js', of(second));
        assert.ok(native.stdout.includes(second.project) && native.exitCode === 1, native.stderr);
        const cold = await runDebugged('main.js', of(second));
        assertSameAnswer(cold, native, 'the first run of the second project');
        assertStage(cold, 'native', undefined, 'the first run of the second project');
        const { hits } = (await cache.ask('stats')).value.total;
        // Its entry and all of its modules.
        assert.ok(hits - before.hits >= modules + 2, `${hits - before.hits} records were found`);
        const warm = await runDebugged('main.js', of(second));
        assertSameAnswer(warm, native, 'the second run of the second project');
        assertStage(warm, 'warm', mode, 'it has the bytecode of the first');
        assert.ok(!warm.stdout.includes(first.root) && !warm.stderr.includes(first.root));
      });
    }

    test('but not without the setting', async (t) => {
      const [first, second] = [sandbox(t), sandbox(t)];
      for (const box of [first, second]) writePackages(box);
      const shared = { mode: /** @type {const} */ ('linker'), cache: first.cache('c') };
      const of = (/** @type {import('../support/sandbox.mjs').Sandbox} */ box) => ({
        ...shared,
        home: box.home,
        cwd: box.project,
      });
      for (let each = 0; each < 3; each += 1) await runDebugged('main.js', of(first));
      await runDebugged('main.js', of(second));
      const linked = await runDebugged('main.js', of(second));
      assertStage(linked, 'linked', 'linker', 'without sharing');
      const cache = storeProcess(t, { cache: { directory: shared.cache } });
      assert.equal((await cache.ask('stats')).value.total.hits, 0);
    });
  },
);

const noStrace = spawnSync('strace', ['-V']).error
  ? 'strace is not installed'
  : spawnSync('strace', ['-f', '-o', '/dev/null', 'true']).status !== 0 &&
    'processes cannot be traced here';

describe('a start from a pack lists no folder of the store', { skip: noStrace }, () => {
  for (const mode of modes) {
    test(mode, async (t) => {
      const app = await warmApp(sandbox(t, 'guarded'), mode);
      // Files this young may change again without their times showing it: until they are older,
      // every run looks at them once more and writes down what it saw.
      await sleep(2500);
      await runDebugged('main.js', app.run);
      const trace = path.join(app.box.root, 'trace');
      const calls = 'trace=getdents64,getdents,openat';
      const through = ['strace', '-f', '-y', '-e', calls, '-e', 'signal=none', '-o', trace];
      const run = await runDebugged('main.js', { ...app.run, through });
      assertSameAnswer(run, app.native, 'the traced run');
      assertStage(run, 'warm', mode, 'the traced run');
      const lines = fs.readFileSync(trace, 'utf8').split('\n');
      const inStore = lines.filter((line) => line.includes(app.run.cache));
      const openings = inStore.filter((line) => line.includes('openat('));
      assert.ok(openings.length > 0, 'the trace shows nothing of the store');
      const listings = inStore.filter((line) => line.includes('getdents'));
      assert.deepEqual(listings, [], 'folders of the store were listed');
      t.diagnostic(`${openings.length} openings in the store, 0 listings`);
    });
  }
});

describe('what does not make the store grow', { concurrency: 2 }, () => {
  for (const mode of modes) {
    test(`two hundred imports of one file under new URLs, ${mode}`, async (t) => {
      const box = sandbox(t);
      box.write('package.json', '{ "type": "module" }');
      box.write('again.js', 'export const url = import.meta.url;\n');
      box.write(
        'main.js',
        [
          "import './again.js';",
          'const urls = new Set();',
          'for (let count = 0; count < 200; count += 1) {',
          '  const { url } = await import(`./again.js?t=${Date.now()}-${count}`);',
          '  urls.add(url);',
          '}',
          'console.log(urls.size);',
        ].join('\n'),
      );
      const maxSize = 400 * 1024;
      const env = { BMES_MAX_SIZE: `${maxSize}` };
      const run = { mode, cwd: box.project, home: box.home, cache: box.cache(mode), env };
      const native = await runNative('main.js', run);
      const packs = [];
      const files = [];
      for (let each = 0; each < 8; each += 1) {
        assertSameAnswer(await runDebugged('main.js', run), native, `run ${each + 1}`);
        const names = namesIn(run.cache).filter((name) => fs.statSync(name).isFile());
        packs.push(sizeOfAll(names.filter((name) => !name.includes('compile-cache'))));
        files.push(names.length);
        const size = sizeOf(run.cache);
        assert.ok(size <= maxSize * 1.05, `${size} bytes after run ${each + 1}`);
      }
      t.diagnostic(`files after each run: ${files.join()}`);
      // Ours does not grow; a line of counters does not count.
      assert.ok(Math.max(...packs) - (packs[2] ?? 0) < 2048, `packs: ${packs.join()}`);
      // The engine keeps each of them; it is held to the limit, which it reaches in a few runs.
    });
  }

  test('folders of fifty runtimes that are gone', async (t) => {
    const directory = path.join(sandbox(t).home, 'esm');
    const cache = storeProcess(t, { cache: { directory }, length: 64 });
    await cache.assertSaves();
    const own = path.resolve(onlyEntry(directory), '../../..');
    fs.mkdirSync(path.join(own, 'compile-cache', 'v22-x64'), { recursive: true });
    fs.writeFileSync(path.join(own, 'compile-cache', 'v22-x64', '0a1b2c3d'), 'of the engine');
    fs.writeFileSync(path.join(own, `${'a'.repeat(64)}.pack`), 'a pack', { mode: 0o600 });
    const day = 24 * 60 * 60;
    for (let gone = 0; gone < 50; gone += 1) {
      const copy = path.join(directory, 'v1', `node-1.${gone}.0-linux-x64-${'0'.repeat(12)}`);
      fs.cpSync(own, copy, { recursive: true });
      // The last two are used still, if seldom.
      const days = gone < 48 ? 31 + gone : 29;
      for (const name of [...namesIn(copy).toReversed(), copy]) setAge(name, days * day);
    }
    assert.equal(entriesIn(directory).length, 51);
    const before = sizeOf(directory);
    // Any sweep does it, also that of a save which finds that nobody has counted for a day.
    fs.rmSync(path.join(directory, 'v1', 'usage'));
    await cache.assertSaves(2);
    const left = fs
      .readdirSync(path.join(directory, 'v1'))
      .filter((name) => name.startsWith('node-1.'));
    assert.deepEqual(left.map((name) => name.split('-')[1]).sort(), ['1.48.0', '1.49.0']);
    assert.ok(sizeOf(directory) < before);
    await cache.assertLoads(1);
  });
});

/** @param {string[]} files */
function sizeOfAll(files) {
  return files.reduce((sum, file) => sum + fs.statSync(file).size, 0);
}
