// Format, analysis and store under Deno, whose test runner these tests are not written for:
//   deno run --allow-read --allow-write --allow-ffi --allow-env --allow-sys test/api/deno-smoke.mjs

import assert from 'node:assert/strict';
import {
  mkdtempSync,
  readFileSync,
  readdirSync,
  realpathSync,
  rmSync,
  truncateSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';

import bmes from '../../index.js';

const {
  CachedBytecode,
  ModuleBytecodeCache,
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

const home = mkdtempSync(path.join(realpathSync(tmpdir()), 'bmes-deno-'));
try {
  const cache = new ModuleBytecodeCache({ directory: path.join(home, 'esm') });
  const record = serializeModuleMetadata(metadata, new Uint8Array([1, 2, 3]));
  assert.equal(cache.hasCache('file:///m.mjs', { source }), false);
  assert.equal(cache.lastReason.code, 'BMES_STORE_MISSING');
  assert.equal(cache.saveCache('file:///m.mjs', record, { source }), true);
  assert.deepStrictEqual(cache.loadCache('file:///m.mjs', { source }), record);
  assert.throws(() => cache.saveCache('file:///m.mjs', new Uint8Array(3), { source }), {
    code: 'BMES_INVALID_RECORD',
  });
  const { run, directory, reason } = cache.stats();
  assert.deepStrictEqual([run.hits, run.saves, reason], [1, 1, null]);
  const names = readdirSync(directory, { recursive: true }).map(String);
  assert.ok(names.some((name) => name.includes('deno-')));
  const entry = /** @type {string} */ (names.find((name) => name.endsWith('.bmes')));
  truncateSync(path.join(directory, entry), 50);
  assert.equal(cache.loadCache('file:///m.mjs', { source }), null);
  assert.equal(cache.lastReason.code, 'BMES_STORE_DAMAGED');
  assert.deepStrictEqual(cache.verify().damaged, []);
  assert.equal(cache.clear().removed, 0);
} finally {
  rmSync(home, { recursive: true });
}

console.log(`ok: ${navigator.userAgent}`);
