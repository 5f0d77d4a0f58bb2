'use strict';

const assert = require('node:assert/strict');
const { spawnSync } = require('node:child_process');
const fs = require('node:fs');
const os = require('node:os');
const path = require('node:path');
const { after, describe, test } = require('node:test');
const { pathToFileURL } = require('node:url');

const { ModuleBytecodeCache, analyzeModule, serializeModuleMetadata } = /** @type {any} */ (
  require('../../index.js')
); // wrong arguments are among the points

const home = fs.realpathSync(fs.mkdtempSync(path.join(os.tmpdir(), 'bmes-cache-')));
after(() => fs.rmSync(home, { recursive: true }));

let number = 0;
const directory = () => path.join(home, `${(number += 1)}`, '.bun-cache', 'esm');

/** @param {object} [options] */
function fresh(options) {
  const place = directory();
  fs.mkdirSync(path.dirname(path.dirname(place)));
  return new ModuleBytecodeCache({ directory: place, ...options });
}

const url = 'file:///app/a.mjs';
const source = 'export const a = "é";';
const record = serializeModuleMetadata(analyzeModule(source), Buffer.from('bytecode'));

describe('a record that was saved', () => {
  test('is loaded for the same URL and content and for no other', () => {
    const cache = fresh();
    assert.equal(cache.loadCache(url, { source }), null);
    assert.equal(cache.lastReason.code, 'BMES_STORE_MISSING');
    assert.equal(cache.saveCache(url, record, { source }), true);
    assert.equal(cache.lastReason, null);
    assert.deepStrictEqual(cache.loadCache(url, { source }), record);
    assert.equal(cache.hasCache(new URL(url), { source: Buffer.from(source) }), true);
    assert.equal(cache.hasCache(url, { source: `${source} ` }), false);
    assert.equal(cache.hasCache(`${url}?v=2`, { source }), false);
  });

  test('is found by the file at its URL, as it is now', () => {
    const cache = fresh();
    const file = path.join(home, 'ä b.mjs');
    fs.writeFileSync(file, source);
    const fileURL = pathToFileURL(file).href;
    assert.equal(cache.saveCache(file, record), true);
    assert.deepStrictEqual(cache.loadCache(fileURL), record);
    assert.deepStrictEqual(cache.loadCache(fileURL, { source }), record);
    fs.writeFileSync(file, 'export const a = "other";');
    assert.equal(cache.loadCache(fileURL), null);
    fs.rmSync(file);
    assert.equal(cache.loadCache(fileURL), null);
    assert.equal(cache.lastReason.code, 'BMES_SOURCE_UNREADABLE');
    assert.equal(cache.hasCache(home), false);
    assert.match(cache.lastReason.message, /not a regular file/);
  });

  test('serves equal files elsewhere where both sides share', () => {
    const place = directory();
    fs.mkdirSync(path.dirname(path.dirname(place)));
    const shared = new ModuleBytecodeCache({ directory: place, shared: true });
    assert.equal(shared.saveCache(url, record, { source }), true);
    assert.equal(shared.hasCache('https://example.com/b.mjs', { source }), true);
    assert.equal(new ModuleBytecodeCache({ directory: place }).hasCache(url, { source }), false);
  });

  test('can be in a layer that is never written to', () => {
    const layer = directory();
    fs.mkdirSync(path.dirname(path.dirname(layer)));
    new ModuleBytecodeCache({ directory: layer }).saveCache(url, record, { source });
    const before = fs.readdirSync(layer, { recursive: true });
    const cache = fresh({ layers: [layer] });
    assert.deepStrictEqual(cache.loadCache(url, { source }), record);
    assert.equal(cache.saveCache('file:///b.mjs', record, { source }), true);
    assert.deepStrictEqual(fs.readdirSync(layer, { recursive: true }), before);
  });
});

describe('what cannot be kept', () => {
  test('is a false with a reason', () => {
    const readOnly = fresh({ readOnly: true });
    assert.equal(readOnly.saveCache(url, record, { source }), false);
    assert.equal(readOnly.lastReason.code, 'BMES_READONLY');
    assert.equal(readOnly.stats().reason.code, 'BMES_READONLY');
    const tiny = fresh({ maxSize: 10 });
    assert.equal(tiny.saveCache(url, record, { source }), false);
    assert.equal(tiny.lastReason.code, 'BMES_STORE_FULL');
    assert.deepStrictEqual(tiny.stats().run.refusals, { BMES_STORE_FULL: 1 });
    const nowhere = new ModuleBytecodeCache({ directory: path.join(home, 'no/such/home/esm') });
    assert.equal(nowhere.saveCache(url, record, { source }), false);
    assert.equal(nowhere.lastReason.code, 'BMES_STORE_IO');
  });

  test('is refused with an error where it is no record', () => {
    const cache = fresh();
    assert.throws(() => cache.saveCache(url, record.subarray(1), { source }), {
      name: 'TypeError',
      code: 'BMES_INVALID_RECORD',
      message: /^data must be a BMES record: .*BMES_BAD_MAGIC at byte 0/,
    });
    assert.equal(cache.hasCache(url, { source }), false);
  });
});

test('wrong arguments are named', () => {
  const cache = fresh();
  /** @type {[() => unknown, RegExp][]} */
  const cases = [
    [() => cache.hasCache(), /^sourceURL must be a string/],
    [() => cache.hasCache('lib/a.mjs'), /^sourceURL must be a file: URL or an absolute path/],
    [() => cache.hasCache('https://x.y/a.mjs'), /where options.source is not given/],
    [() => cache.hasCache('file://%%'), /^sourceURL names no file/],
    [() => cache.hasCache(url, { source: 7 }), /^options.source must be/],
    [() => cache.saveCache(url, 'record', { source }), /^data must be/],
    [() => cache.stats({ reset: 1 }), /^options.reset must be a boolean/],
    [() => new ModuleBytecodeCache(7), /^options must be an object/],
    [() => new ModuleBytecodeCache({ maxSize: -1 }), /^options.maxSize must be/],
    [() => new ModuleBytecodeCache({ maxSize: '1M' }), /^options.maxSize must be/],
    [() => new ModuleBytecodeCache({ directory: '' }), /^options.directory must name/],
    [() => new ModuleBytecodeCache({ layers: 'x' }), /^options.layers must be an array/],
    [() => new ModuleBytecodeCache({ layers: [7] }), /^options.layers\[0\] must be a string/],
  ];
  for (const [call, message] of cases) {
    assert.throws(call, { name: 'TypeError', code: 'BMES_INVALID_ARGUMENT', message });
  }
});

describe('stats', () => {
  test('count by object and, across processes, in all', () => {
    const cache = fresh();
    cache.saveCache(url, record, { source });
    cache.loadCache(url, { source });
    cache.loadCache(url, { source: '' });
    const { directory: place, reason, run, size, total } = cache.stats();
    assert.equal(reason, null);
    assert.deepStrictEqual([run.hits, run.saves, run.hitRate], [1, 1, 0.5]);
    assert.deepStrictEqual(run.misses, { BMES_STORE_MISSING: 1 });
    assert.deepStrictEqual([run.bytesRead, run.bytesWritten], [record.length, record.length]);
    assert.ok(size > record.length && size < 100_000, `${size}`);
    assert.deepStrictEqual(total, run);

    const script = `
      const { ModuleBytecodeCache } = require(${JSON.stringify(require.resolve('../../index.js'))});
      const cache = new ModuleBytecodeCache({ directory: ${JSON.stringify(place)} });
      cache.loadCache('file:///other.mjs', { source: '' });`;
    const { status, stderr } = spawnSync(process.execPath, ['-e', script], { encoding: 'utf8' });
    assert.equal(status, 0, stderr);
    assert.equal(cache.stats().total.misses.BMES_STORE_MISSING, 2, 'written down at its exit');
    assert.equal(cache.stats({ reset: true }).total.hits, 1);
    assert.equal(cache.stats().total.hits, 0);
    assert.equal(cache.stats().run.hitRate, null);
  });

  test('say why nothing is kept', () => {
    const file = path.join(home, 'a-file');
    fs.writeFileSync(file, '');
    const { reason } = new ModuleBytecodeCache({ directory: file }).stats();
    assert.equal(reason.code, 'BMES_STORE_NOT_TRUSTED');
    assert.match(reason.message, /a-file is a link or no directory/);
    assert.equal(fresh().stats().reason, null, 'one that was never written to is no fault');
  });
});

test('damage is a miss, is reported, removed and replaced', () => {
  const cache = fresh();
  cache.saveCache(url, record, { source });
  const { directory: place } = cache.stats();
  const names = fs.readdirSync(place, { recursive: true }).map(String);
  const entry = path.join(place, /** @type {string} */ (names.find((n) => n.endsWith('.bmes'))));
  const whole = fs.readFileSync(entry);
  const damage = () => fs.writeFileSync(entry, whole.fill(0, whole.length - 3));

  damage();
  assert.equal(cache.loadCache(url, { source }), null);
  assert.equal(cache.lastReason.code, 'BMES_STORE_DAMAGED');
  assert.equal(fs.existsSync(entry), false);

  cache.saveCache(url, record, { source });
  damage();
  const { checked, damaged } = cache.verify();
  assert.equal(checked, 1);
  const [{ message, ...found }] = damaged;
  assert.deepStrictEqual(found, { path: entry, code: 'BMES_STORE_DAMAGED', removed: true });
  assert.equal(message, 'the entry is not as written');
  assert.deepStrictEqual(cache.verify().damaged, []);

  cache.saveCache(url, record, { source });
  assert.deepStrictEqual(cache.loadCache(url, { source }), record);
});

test('prune and clear say what they removed', () => {
  const cache = fresh();
  for (let at = 0; at < 20; at++) cache.saveCache(`${url}?${at}`, record, { source });
  const { removed, size } = cache.prune();
  assert.deepStrictEqual([removed, size > 20 * record.length], [0, true]);
  const cleared = cache.clear();
  assert.equal(cleared.removed, 20);
  assert.ok(cleared.bytes > 20 * record.length);
  assert.equal(cache.hasCache(`${url}?1`, { source }), false);
  assert.equal(cache.saveCache(url, record, { source }), true, 'and it goes on');
});
