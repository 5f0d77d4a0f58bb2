'use strict';

// Every kind of memory JavaScript has, and what can happen to it, gives an answer and never a crash.

const assert = require('node:assert/strict');
const { describe, test } = require('node:test');

const { deserializeCachedModuleMetadata, diagnose, serializeModuleMetadata, validate } =
  /** @type {any} */ (require('../../index.js')); // what is `null` fails the test by itself

const MB = 1024 * 1024;

const metadata = {
  requestedModules: [{ specifier: 'm', attributes: { type: 'json' } }],
  importEntries: [],
  exportEntries: [],
  starExports: ['m'],
};
const bytecode = Uint8Array.of(1, 2, 3, 4, 5, 6, 7, 8, 9, 10);
/** A whole number of 8-byte elements, so that every typed array can hold it. */
const record = serializeModuleMetadata(metadata, bytecode);

/**
 * The record in a buffer of its own, `before` bytes from its start.
 *
 * @template {ArrayBuffer | SharedArrayBuffer} T
 * @param {new (length: number, options?: { maxByteLength: number }) => T} Kind
 * @param {{ maxByteLength: number }} [options]
 */
function placed(Kind, before = 0, after = 0, options = undefined) {
  const buffer = new Kind(before + record.length + after, options);
  new Uint8Array(buffer).set(record, before);
  return buffer;
}

/** @param {unknown} cache */
function assertReads(cache) {
  assert.equal(validate(cache), true);
  assert.equal(diagnose(cache), null);
  const { bytecode: code, ...rest } = deserializeCachedModuleMetadata(cache);
  assert.deepStrictEqual(rest, metadata);
  assert.deepStrictEqual([...code], [...bytecode]);
  return code;
}

/** @param {unknown} cache */
function assertHoldsNothing(cache) {
  assert.equal(validate(cache), false);
  assert.equal(diagnose(cache).code, 'BMES_TOO_SHORT');
  assert.equal(deserializeCachedModuleMetadata(cache), null);
}

test('the record of these tests fills every element size', () => {
  assert.equal(record.length % 8, 0);
});

describe('a record is read from', () => {
  /** @type {any[]} */
  const views = [
    Int8Array,
    Uint8Array,
    Uint8ClampedArray,
    Int16Array,
    Uint16Array,
    Int32Array,
    Uint32Array,
    Float32Array,
    Float64Array,
    BigInt64Array,
    BigUint64Array,
    DataView,
  ];
  for (const Kind of views) {
    test(`a ${Kind.name} in the middle of its buffer`, () => {
      const elements = record.length / (Kind.BYTES_PER_ELEMENT ?? 1);
      const buffer = placed(ArrayBuffer, 16, 8);
      const code = assertReads(new Kind(buffer, 16, elements));
      assert.equal(code.buffer, buffer);
    });
  }

  test('a pooled Buffer', () => {
    const cache = Buffer.from(record);
    assert.equal(assertReads(cache).buffer, cache.buffer);
  });

  test('an ArrayBuffer, as a view of it', () => {
    const buffer = placed(ArrayBuffer);
    const code = assertReads(buffer);
    assert.equal(code.buffer, buffer);
    new Uint8Array(buffer)[record.length - 1] = 99;
    assert.equal(code.at(-1), 99);
  });

  test('a SharedArrayBuffer, as a view of a copy', () => {
    const buffer = placed(SharedArrayBuffer);
    const code = assertReads(buffer);
    new Uint8Array(buffer).fill(0);
    assert.deepStrictEqual([...code], [...bytecode]);
  });

  test('a view of a SharedArrayBuffer', () => {
    assertReads(new DataView(placed(SharedArrayBuffer, 3, 5), 3, record.length));
  });

  test('a growable SharedArrayBuffer and a view that follows its length', () => {
    const buffer = placed(SharedArrayBuffer, 0, 0, { maxByteLength: 4096 });
    assertReads(buffer);
    assertReads(new Uint8Array(buffer));
  });

  test('a resizable ArrayBuffer and a view that follows its length', () => {
    const buffer = placed(ArrayBuffer, 0, 0, { maxByteLength: 4096 });
    assertReads(buffer);
    assertReads(new Uint8Array(buffer));
  });

  test('a resizable ArrayBuffer that has moved on to another size', () => {
    const buffer = placed(ArrayBuffer, 0, 8, { maxByteLength: 4096 });
    const view = new Uint8Array(buffer);
    assert.equal(diagnose(view).code, 'BMES_TRAILING_BYTES');
    buffer.resize(record.length);
    assertReads(view);
    buffer.resize(record.length - 1);
    assert.equal(validate(view), false);
  });

  test('an object of another realm', () => {
    const vm = require('node:vm');
    const cache = vm.runInNewContext(`Uint8Array.from([${[...record]}])`);
    assert.equal(cache instanceof Uint8Array, false);
    assertReads(cache);
  });
});

describe('nothing is read from', () => {
  test('0 bytes', () => {
    assertHoldsNothing(new Uint8Array(0));
    assertHoldsNothing(new ArrayBuffer(0));
    assertHoldsNothing(new SharedArrayBuffer(0));
    assertHoldsNothing(Buffer.alloc(0));
    assertHoldsNothing(new DataView(new ArrayBuffer(8), 8));
  });

  test('a detached buffer and its views', () => {
    const buffer = placed(ArrayBuffer);
    const views = [new Uint8Array(buffer), new DataView(buffer), new Float64Array(buffer)];
    structuredClone(buffer, { transfer: [buffer] });
    for (const cache of [buffer, ...views]) assertHoldsNothing(cache);
  });

  test('a view that a resize has put out of bounds', () => {
    const buffer = placed(ArrayBuffer, 8, 0, { maxByteLength: 4096 });
    const views = [
      new Uint8Array(buffer, 8),
      new Uint8Array(buffer, 8, record.length),
      new DataView(buffer, 8, record.length),
    ];
    buffer.resize(4);
    for (const cache of views) assertHoldsNothing(cache);
  });

  test('a view that lies about its length', () => {
    const cache = new Uint8Array(placed(ArrayBuffer));
    Object.defineProperty(cache, 'byteLength', { value: 2 ** 40 });
    assertHoldsNothing(cache);
  });
});

test('a detached bytecode is an empty bytecode', () => {
  const detached = new Uint8Array(8);
  structuredClone(detached.buffer, { transfer: [detached.buffer] });
  assert.deepStrictEqual(
    serializeModuleMetadata(metadata, detached),
    serializeModuleMetadata(metadata),
  );
});

describe('512 MB', () => {
  test('of zeros are no record', () => {
    assert.equal(diagnose(new ArrayBuffer(512 * MB)).code, 'BMES_BAD_MAGIC');
  });

  test('of bytecode are a record whose bytecode is not copied', () => {
    const whole = Buffer.alloc(512 * MB);
    serializeModuleMetadata({ ...metadata, requestedModules: [], starExports: [] }).copy(whole);
    whole.writeUInt32LE(512 * MB - 28, 24);
    const { bytecode: code } = deserializeCachedModuleMetadata(whole);
    assert.equal(code.buffer, whole.buffer);
    assert.equal(code.length, 512 * MB - 28);
  });

  test('of shared memory are refused', () => {
    assert.throws(() => validate(new SharedArrayBuffer(512 * MB)), {
      name: 'TypeError',
      code: 'BMES_TOO_LARGE',
      message: `cache is shared memory of ${512 * MB} bytes; at most ${256 * MB} are read`,
    });
  });

  test('of requests are a record, but not objects', () => {
    // Every request is 8 zero bytes: an empty specifier without attributes.
    const whole = Buffer.alloc(512 * MB);
    record.copy(whole, 0, 0, 8);
    whole.writeUInt32LE(Math.floor((512 * MB - 28) / 8), 8);
    const spare = (512 * MB - 28) % 8;
    const cache = whole.subarray(0, 512 * MB - spare);
    assert.equal(diagnose(cache), null);
    assert.throws(() => deserializeCachedModuleMetadata(cache), {
      name: 'TypeError',
      code: 'BMES_TOO_LARGE',
    });
  });
});
