// `bmes inspect`: what a file holds, whatever it is; damage is named and ends nothing.

import assert from 'node:assert/strict';
import fs from 'node:fs';
import path from 'node:path';
import { describe, test } from 'node:test';
import { fileURLToPath } from 'node:url';
import addon from '../../runtime/addon.js';
import api from '../../index.js';
import { assertStage, runDebugged } from '../support/compare.mjs';
import { withFlippedBit } from '../support/packs.mjs';
import { runCli } from '../support/run.mjs';
import { sandbox } from '../support/sandbox.mjs';
import { entriesIn } from '../support/stored.mjs';
import { warmApp } from '../support/warm.mjs';

const source = `import a from './a.mjs'; export const b = a; export * from './c.mjs';`;

/** @param {import('node:test').TestContext} t */
function bench(t) {
  const box = sandbox(t);
  box.write('module.mjs', source);
  return { box, run: { cwd: box.project, home: box.home, cache: box.cache('esm') } };
}

/**
 * @param {string} file
 * @param {Parameters<typeof runCli>[1]} run
 * @param {number} [exitCode]
 */
async function inspect(file, run, exitCode = 0) {
  const said = await runCli(['inspect', '--json', file], run);
  assert.deepEqual([said.stderr, said.exitCode], ['', exitCode], said.stdout);
  const answer = JSON.parse(said.stdout);
  assert.equal(answer.schema, 1);
  return answer;
}

describe('what a file holds', { concurrency: 2 }, () => {
  test('a record, and the entry of one', async (t) => {
    const { box, run } = bench(t);
    const record = api.generateCachedModuleByteCodeWithMetadata('file:///module.mjs', source);
    assert.ok(record);
    fs.writeFileSync(box.path('module.bmes'), record);
    const found = await inspect('module.bmes', run);
    assert.deepEqual([found.kind, found.formatVersion, found.fault], ['record', 1, null]);
    assert.equal(found.metadataBytes + found.bytecodeBytes, record.length);
    assert.deepEqual(
      found.metadata.requestedModules.map((/** @type {any} */ it) => it.specifier),
      ['./a.mjs', './c.mjs'],
    );
    const cache = new api.ModuleBytecodeCache({ directory: run.cache });
    fs.mkdirSync(path.dirname(run.cache), { mode: 0o700, recursive: true });
    assert.ok(cache.saveCache(box.path('module.mjs'), record));
    const [entry = ''] = entriesIn(run.cache);
    const stored = await inspect(entry, run);
    assert.deepEqual([stored.kind, stored.holds, stored.fault], ['entry', 'record', null]);
    assert.equal(stored.key, path.basename(entry, '.bmes'));
    assert.deepEqual(stored.record.metadata, found.metadata);
  });

  test('a source', async (t) => {
    const { run, box } = bench(t);
    const found = await inspect('module.mjs', run);
    assert.equal(found.kind, 'source');
    assert.deepEqual(found.metadata.starExports, ['./c.mjs']);
    box.write('broken.mjs', 'export {');
    const broken = await inspect('broken.mjs', run, 1);
    assert.match(broken.fault.code, /^BMES_/);
  });

  test('a pack, and the packs of an entry', async (t) => {
    const app = await warmApp(sandbox(t, 'guarded'), 'linker');
    const found = await inspect(app.pack.file, app.run);
    assert.deepEqual([found.kind, found.fault], ['pack', null]);
    assert.equal(found.app, path.basename(app.pack.file, '.pack'));
    assert.equal(found.bytes, app.pack.bytes.length);
    assert.deepEqual(
      found.roots.map((/** @type {string} */ url) => fileURLToPath(url)),
      [app.box.path('main.js')],
    );
    const main = found.modules.find((/** @type {any} */ it) => it.url === found.roots[0]);
    const value = main.edges.find((/** @type {any} */ it) => it.specifier === './lib/value.js');
    assert.equal(fileURLToPath(found.modules[value.target].url), app.box.path('lib/value.js'));
    assert.ok(
      found.guards.some((/** @type {any} */ it) => it.path === app.box.path('lib/value.js')),
    );
    const ofEntry = await runCli(['inspect', '--pack', '--json', 'main.js'], app.run);
    const { apps } = JSON.parse(ofEntry.stdout);
    assert.deepEqual(
      apps.map((/** @type {any} */ it) => it.pack.file),
      [app.pack.file],
    );
    const text = await runCli(['inspect', '--guards', '--edges', app.pack.file], app.run);
    assert.deepEqual([text.exitCode, text.stderr], [0, '']);
    assert.match(text.stdout, /import \.\/lib\/value\.js -> .*lib\/value\.js\n/);
    assert.match(text.stdout, /file +\S+lib\/value\.js +SHA-256 [0-9a-f]{16}, \d+ bytes/);
  });

  test('a portable pack', async (t) => {
    const { box, run } = bench(t);
    box.write('app.mjs', 'export {};');
    const made = await runCli(['compile', '--out', 'app.bmes', 'app.mjs'], run);
    assert.equal(made.exitCode, 0, made.stderr);
    const found = await inspect('app.bmes', run);
    assert.deepEqual(
      [found.kind, found.fault, found.label.entry],
      ['portablePack', null, '/app.mjs'],
    );
    assert.deepEqual(found.pack.roots, ['/app.mjs']);
  });

  test('a note about linking', async (t) => {
    const app = await warmApp(sandbox(t, 'guarded'), 'linker');
    const folder = path.dirname(app.pack.file);
    const note = path.join(folder, 'self-test');
    const found = await inspect(note, app.run);
    assert.deepEqual([found.kind, found.outcome, found.fault], ['note', 'passed', null]);
    assert.ok(path.basename(folder).endsWith(found.runtime.slice(0, 12)), folder);
    const text = await runCli(['inspect', note], app.run);
    assert.match(
      text.stdout,
      /: a note about linking, \d+ B\n {2}runtime \w{64}\n {2}it has passed\n/,
    );
    const bytes = fs.readFileSync(note);
    bytes[9] ^= 1;
    fs.writeFileSync(app.box.path('damaged'), bytes);
    const damaged = await inspect('damaged', app.run, 1);
    assert.deepEqual([damaged.outcome, damaged.fault.code], [null, 'BMES_STORE_DAMAGED']);
  });

  test('what is none of these', async (t) => {
    const { box, run } = bench(t);
    fs.writeFileSync(box.path('binary'), Buffer.from([0, 255, 1]));
    for (const file of ['binary', '.', 'nowhere']) {
      const { error } = await inspect(file, run, 1);
      assert.match(error.code, /^BMES_/, file);
    }
    const two = await runCli(['inspect', 'a', 'b'], run);
    assert.deepEqual([two.exitCode, two.stdout], [2, '']);
  });
});

describe('damage', () => {
  test('every flip and every cut of a pack is told, and none is taken for whole', async (t) => {
    const box = sandbox(t);
    box.write('main.mjs', `import './a.mjs'; import { b } from './b.cjs'; console.log(b);`);
    box.write('a.mjs', 'export {};');
    box.write('b.cjs', 'exports.b = 1;');
    const run = /** @type {const} */ ({ mode: 'linker', cwd: box.project, home: box.home });
    const cache = box.cache('esm');
    for (const stage of ['native', 'linked']) {
      assertStage(await runDebugged('main.mjs', { ...run, cache }), stage, undefined, stage);
    }
    const pack = fs.readFileSync(
      JSON.parse((await runCli(['list', '--json'], { ...run, cache })).stdout).apps[0].pack.file,
    );
    assert.equal(read(pack)?.fault, null);
    // Between parts there are zeros that nobody reads.
    let unseen = 0;
    for (let at = 0; at < pack.length; at++) {
      const found = read(withFlippedBit(pack, at));
      if (at < 8) assert.ok(found === null || found.fault, `byte ${at}`);
      else if (found?.fault === null) unseen++;
    }
    assert.ok(unseen < 60, `${unseen} flips were not seen`);
    for (let length = 8; length < pack.length; length++) {
      const found = read(pack.subarray(0, length));
      assert.match(found?.fault?.code ?? '', /^BMES_PACK_/, `${length} bytes`);
    }
  });
});

/**
 * @param {Uint8Array} bytes
 * @returns {any}
 */
function read(bytes) {
  const found = addon.inspect(bytes);
  return found === null ? null : JSON.parse(found);
}
