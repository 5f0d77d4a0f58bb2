// Format and analysis under Deno, whose test runner these tests are not written for:
//   deno run --allow-read --allow-ffi --allow-env --allow-sys test/api/deno-smoke.mjs

import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';

import bmes from '../../index.js';

const {
  CachedBytecode,
  analyzeModule,
  deserializeCachedModuleMetadata,
  diagnose,
  enable,
  serializeModuleMetadata,
  validate,
} = /** @type {any} */ (bmes);

const fixtures = new URL('../../tests/fixtures/', import.meta.url);
const read = (/** @type {string} */ name) => readFileSync(new URL(name, fixtures));
const list = (/** @type {string} */ name) => JSON.parse(read(name).toString());

for (const golden of list('golden/golden.json')) {
  const record = read(`golden/${golden.file}`);
  assert.equal(validate(record), true, golden.file);
  const { bytecode, ...metadata } = deserializeCachedModuleMetadata(record);
  assert.deepStrictEqual(metadata, golden.metadata, golden.file);
  assert.deepStrictEqual(serializeModuleMetadata(metadata, bytecode), record, golden.file);
}

for (const { file, kind, offset } of list('bad/expect.json')) {
  const { code, offset: found } = diagnose(read(`bad/${file}`));
  assert.deepStrictEqual([code, found], [`BMES_${kind.toUpperCase()}`, offset], file);
}

for (const { name, source, expect } of list('metadata.json')) {
  if (expect === null) assert.throws(() => analyzeModule(source), SyntaxError, name);
  else assert.deepStrictEqual(analyzeModule(source), expect, name);
}

const shared = new SharedArrayBuffer(28);
new Uint8Array(shared).set(read('golden/01-empty.bmes'));
assert.equal(validate(shared), true);
assert.throws(() => serializeModuleMetadata({}), { code: 'BMES_INVALID_ARGUMENT' });

const source = 'import a from "m"; export { a };';
const { bytecode, ...metadata } = deserializeCachedModuleMetadata(
  CachedBytecode.generateForESMWithMetadata('file:///m.mjs', source),
);
assert.deepStrictEqual(metadata, analyzeModule(source));
assert.equal(bytecode.length, 0);
assert.equal(CachedBytecode.generateForESMWithMetadata('file:///m.mjs', 'import {'), null);

assert.equal(enable().status, 'unsupported');
assert.equal(enable({ directory: 1 }).code, 'BMES_INVALID_ARGUMENT');

console.log(`ok: ${navigator.userAgent}`);
