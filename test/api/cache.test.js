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

/**
 * Folder and name of the largest entry.
 *
 * @param {string} records
 * @returns {[string, string]}
 */
function largest(records) {
  const entries = fs
    .readdirSync(records)
    .flatMap((shard) => fs.readdirSync(path.join(records, shard)).map((name) => [shard, name]));
  const [found] = entries.sort(
    ([a = '', b = ''], [c = '', d = '']) =>
      fs.statSync(path.join(records, c, d)).size - fs.statSync(path.join(records, a, b)).size,
  );
  return /** @type {[string, string]} */ (found);
}

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
    [
      () => new ModuleBytecodeCache({ direktory: home }),
      /^options.direktory is no option; there is d/,
    ],
    [() => cache.stats({ resett: true }), /^options.resett is no option; there is reset$/],
    [() => cache.hasCache(url, { src: '' }), /^options.src is no option; there is source$/],
    [() => cache.saveCache(url, record, { sources: '' }), /^options.sources is no option/],
    [() => cache.loadCache(url, { source, url }), /^options.url is no option/],
    ...['http://x.y/z', 'https://x.y', 'file:///tmp/cache', 'data:,x', 's3://bucket/cache'].flatMap(
      (/** @type {string} */ wrong) =>
        /** @type {[() => unknown, RegExp][]} */ ([
          [
            () => new ModuleBytecodeCache({ directory: wrong }),
            /^options.directory must be a path; got the URL/,
          ],
          [
            () => new ModuleBytecodeCache({ layers: [home, wrong] }),
            /^options.layers\[1\] must be a path/,
          ],
        ]),
    ),
    [
      () => new ModuleBytecodeCache({ directory: new URL('http://x.y') }),
      /^options.directory names no/,
    ],
    [
      () => new ModuleBytecodeCache({ layers: [new URL('data:,')] }),
      /^options.layers\[0\] names no/,
    ],
    [
      () => new ModuleBytecodeCache({ directory: '/a\0b' }),
      /^options.directory .* has a null byte/,
    ],
  ];
  for (const [call, message] of cases) {
    assert.throws(call, { name: 'TypeError', code: 'BMES_INVALID_ARGUMENT', message });
  }
});

/**
 * What a process with other variables prints, without those of this one that are ours.
 *
 * @param {string} script has `ModuleBytecodeCache` and `place`
 * @param {Record<string, string>} env
 * @param {string} [shell] what runs before it
 */
function elsewhere(script, env, shell = '') {
  const place = directory();
  fs.mkdirSync(path.dirname(path.dirname(place)));
  const index = JSON.stringify(require.resolve('../../index.js'));
  const text = `const { ModuleBytecodeCache } = require(${index}); const place = ${JSON.stringify(place)}; ${script}`;
  const words = ['-e', text];
  const options = {
    encoding: /** @type {const} */ ('utf8'),
    env: { PATH: process.env.PATH, ...env },
  };
  const run = shell
    ? spawnSync('/bin/sh', ['-c', `${shell}; exec "$0" "$@"`, process.execPath, ...words], options)
    : spawnSync(process.execPath, words, options);
  assert.equal(run.status, 0, run.stderr);
  return { answer: JSON.parse(run.stdout), stderr: run.stderr };
}

describe('the environment', () => {
  const tell = `console.log(JSON.stringify(new ModuleBytecodeCache({ directory: place }).stats()));`;
  const MB = 1024 * 1024;
  for (const [value, bytes] of /** @type {[string, number][]} */ ([
    ['1000', 1000],
    ['0', 0],
    ['2k', 2048],
    [' 100M ', 100 * MB],
    ['10MB', 10 * MB],
    ['10 MiB', 10 * MB],
    ['1.5G', 1536 * MB],
    ['0.5m', MB / 2],
    ['200b', 200],
  ])) {
    test(`BMES_MAX_SIZE=${value} means what it says`, () => {
      const { answer } = elsewhere(tell, { BMES_MAX_SIZE: value });
      assert.deepStrictEqual([answer.maxSize, answer.reason], [bytes, null]);
    });
  }

  for (const value of [
    '12X',
    'MB',
    '-1',
    '+1',
    '1,5G',
    '1e3',
    '99999999999999999999',
    '1..5M',
    '10MX',
  ]) {
    test(`BMES_MAX_SIZE=${value} is said to be none`, () => {
      const { answer } = elsewhere(tell, { BMES_MAX_SIZE: value });
      assert.equal(answer.maxSize, 100 * MB);
      assert.equal(answer.reason.code, 'BMES_INVALID_ENVIRONMENT');
      assert.ok(answer.reason.message.startsWith(`BMES_MAX_SIZE=${value} is no size`));
    });
  }

  test('what the options say of a size is not asked of the environment', () => {
    const script = `console.log(JSON.stringify(new ModuleBytecodeCache({ directory: place, maxSize: 7 }).stats()));`;
    const { answer } = elsewhere(script, { BMES_MAX_SIZE: '12X' });
    assert.deepStrictEqual([answer.maxSize, answer.reason], [7, null]);
  });

  for (const [value, isOn] of /** @type {[string, boolean][]} */ ([
    ['1', true],
    ['yes', true],
    ['0', false],
    ['false', false],
    ['off', false],
    ['', false],
  ])) {
    test(`BMES_READONLY=${value} is ${isOn ? 'on' : 'off'}`, () => {
      const { answer } = elsewhere(tell, { BMES_READONLY: value });
      assert.equal(answer.reason?.code, isOn ? 'BMES_READONLY' : undefined);
    });
  }

  test('a switch that is neither on nor off is on, and said', () => {
    const { answer } = elsewhere(tell, { BMES_SHARED: 'maybe' });
    assert.equal(answer.reason.code, 'BMES_INVALID_ENVIRONMENT');
    assert.match(answer.reason.message, /^BMES_SHARED=maybe is neither 1 nor 0/);
  });
});

const isLinux = process.platform === 'linux';

test('any number of caches of a directory takes two descriptors', { skip: !isLinux }, () => {
  const script = `
    const fs = require('node:fs');
    const caches = [];
    const open = () => fs.readdirSync('/proc/self/fd').length;
    const use = (maxSize) => {
      const cache = new ModuleBytecodeCache({ directory: place, maxSize });
      cache.saveCache('file:///a.mjs', Buffer.from(${JSON.stringify(record.toString('base64'))}, 'base64'), { source: '' });
      caches.push(cache);
      return cache.loadCache('file:///a.mjs', { source: '' }) !== null;
    };
    const first = [use(1e6), open()];
    let found = 0;
    for (let n = 0; n < 300; n++) found += use(1e6 + n) ? 1 : 0;
    const then = open();
    caches[7].clear();
    const after = caches.map((cache) => cache.loadCache('file:///a.mjs', { source: '' })).filter(Boolean).length;
    console.log(JSON.stringify({ first, found, then, after, again: use(1e6), left: open() }));`;
  const { answer } = elsewhere(script, {}, 'ulimit -n 200');
  const { first, found, then, again, left } = answer;
  assert.deepStrictEqual([first[0], found, answer.after, again], [true, 300, 0, true]);
  assert.equal(then, first[1]);
  assert.ok(left <= first[1] + 2, `${left} are open, ${first[1]} were`);
});

describe('stats', () => {
  test('a save that fails is not counted as kept, however often it is tried', () => {
    const cache = fresh();
    cache.saveCache(url, record, { source });
    const { directory: place, size } = cache.stats();
    // What a save needs and cannot have: its name, for a record that is new.
    const runtime = fs
      .readdirSync(path.join(place, 'v1'))
      .find((name) => name.startsWith('node') || name.startsWith('bun'));
    const records = path.join(place, 'v1', runtime ?? '', 'records');
    const big = serializeModuleMetadata(analyzeModule(''), Buffer.alloc(100_000));
    assert.equal(cache.saveCache(url, big, { source: 'x' }), true);
    const [shard, name] = largest(records);
    assert.equal(cache.clear().removed, 2);
    fs.mkdirSync(path.join(records, shard, name, 'in the way'), { recursive: true, mode: 0o700 });
    const before = (cache.saveCache(url, record, { source }), cache.stats().size);
    for (let n = 0; n < 5; n++) assert.equal(cache.saveCache(url, big, { source: 'x' }), false);
    assert.equal(cache.lastReason.code, 'BMES_STORE_IO');
    assert.equal(cache.stats().size, before);
    assert.equal(cache.stats().reason.code, 'BMES_STORE_IO');
    assert.ok(size > 0);
    fs.rmdirSync(path.join(records, shard, name, 'in the way'));
    fs.rmdirSync(path.join(records, shard, name));
    assert.equal(cache.saveCache(url, big, { source: 'x' }), true);
    assert.equal(cache.stats().reason, null);
  });

  for (const name of ['lock', 'usage']) {
    test(`a folder in place of ${name} is said`, () => {
      const cache = fresh();
      cache.saveCache(url, record, { source });
      const { directory: place } = cache.stats();
      cache.clear();
      fs.rmSync(path.join(place, 'v1', name), { force: true });
      fs.mkdirSync(path.join(place, 'v1', name), { mode: 0o700 });
      const { reason } = cache.stats();
      assert.equal(reason.code, 'BMES_STORE_NOT_TRUSTED');
      assert.ok(reason.message.includes(path.join('v1', name)), reason.message);
      assert.equal(cache.saveCache(url, record, { source }), false);
    });
  }

  test('a file in place of the folder for temporaries is said', () => {
    const cache = fresh();
    cache.saveCache(url, record, { source });
    const { directory: place } = cache.stats();
    cache.clear();
    fs.rmSync(path.join(place, 'v1', 'tmp'), { recursive: true, force: true });
    fs.writeFileSync(path.join(place, 'v1', 'tmp'), '');
    assert.match(cache.stats().reason.code, /^BMES_STORE_(NOT_TRUSTED|IO)$/);
  });

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
