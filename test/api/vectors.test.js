'use strict';

// The same vectors that the Rust tests read: what the format says must survive Node-API.

const assert = require('node:assert/strict');
const { createHash } = require('node:crypto');
const { readFileSync } = require('node:fs');
const path = require('node:path');
const { describe, test } = require('node:test');

const {
  analyzeModule,
  deserializeCachedModuleMetadata,
  diagnose,
  serializeModuleMetadata,
  validate,
} = /** @type {any} */ (require('../../index.js')); // what is `null` fails the test by itself

const fixtures = path.join(__dirname, '../../tests/fixtures');
const read = (/** @type {string[]} */ ...names) => readFileSync(path.join(fixtures, ...names));
const list = (/** @type {string[]} */ ...names) => JSON.parse(read(...names).toString());
const sha256 = (/** @type {Uint8Array} */ bytes) =>
  createHash('sha256').update(bytes).digest('hex');

describe('a golden record', () => {
  for (const golden of list('golden', 'golden.json')) {
    test(`${golden.file} reads as its metadata and bytecode`, () => {
      const record = read('golden', golden.file);
      assert.equal(sha256(record), golden.sha256);
      assert.equal(validate(record), true);
      assert.equal(diagnose(record), null);
      const { bytecode, ...metadata } = deserializeCachedModuleMetadata(record);
      assert.deepStrictEqual(metadata, golden.metadata);
      assert.equal(bytecode.length, golden.bytecodeLength);
      assert.equal(sha256(bytecode), golden.bytecodeSha256);
    });

    test(`${golden.file} is what its metadata and bytecode are written as`, () => {
      const record = read('golden', golden.file);
      const { bytecode, ...metadata } = deserializeCachedModuleMetadata(record);
      assert.deepStrictEqual(serializeModuleMetadata(metadata, bytecode), record);
    });
  }
});

describe('a bad record', () => {
  for (const { file, kind, offset } of list('bad', 'expect.json')) {
    test(`${file} is diagnosed as ${kind} at byte ${offset}`, () => {
      const record = read('bad', file);
      assert.equal(validate(record), false);
      assert.equal(deserializeCachedModuleMetadata(record), null);
      const diagnosis = diagnose(record);
      assert.equal(diagnosis.code, `BMES_${kind.toUpperCase()}`);
      assert.equal(diagnosis.offset, offset);
      assert.ok(diagnosis.message.length > 0);
    });
  }
});

describe('analysis', () => {
  for (const { name, source, expect } of list('metadata.json')) {
    test(`of ${name}`, () => {
      if (expect === null) {
        assert.throws(() => analyzeModule(source), SyntaxError);
      } else {
        assert.deepStrictEqual(analyzeModule(source), expect);
      }
    });
  }
});
