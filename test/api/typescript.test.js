'use strict';

const assert = require('node:assert/strict');
const { spawnSync } = require('node:child_process');
const Module = require('node:module');
const { describe, test } = require('node:test');

/** @type {any} What is `null` fails the test by itself. */
const bmes = require('../../index.js');
const { CachedBytecode, analyzeModule, deserializeCachedModuleMetadata, validate } = bmes;

const { bun, deno } = process.versions;
/** @type {any} */
const { stripTypeScriptTypes } = Module;
const strips = !bun && !deno && typeof stripTypeScriptTypes === 'function';
const typescript = { language: 'typescript' };
const url = 'file:///app/x.ts';

const source = `import a, { type B, c } from './a.ts';
import type { D } from './types.ts';
export type { E } from './types.ts';
const größe = <T,>(x: T): T & B => x as T & B;
export default class F<T> { declare g: T; h!: D }
export { größe as size, type D, c };`;

/**
 * @param {() => unknown} act
 * @returns {any}
 */
function thrown(act) {
  try {
    return act();
  } catch (error) {
    return error;
  }
}

describe('TypeScript in the API', () => {
  test('a language that there is not is refused by name', () => {
    for (const act of [
      () => analyzeModule('', url, { language: 'tsx' }),
      () => CachedBytecode.generateForESM(url, '', { language: 'tsx' }),
    ]) {
      const error = thrown(act);
      assert.equal(error.code, 'BMES_INVALID_ARGUMENT');
      assert.match(error.message, /^options\.language must be one of 'javascript', 'typescript'$/);
    }
    const misspelt = thrown(() => analyzeModule('', url, { langauge: 'typescript' }));
    assert.match(misspelt.message, /^options\.langauge is no option; there is details, language$/);
  });

  test('JavaScript is what it was, by name too', () => {
    const expected = analyzeModule('export default 1', url);
    assert.deepStrictEqual(analyzeModule('export default 1', url, {}), expected);
    const javascript = { language: 'javascript' };
    assert.deepStrictEqual(analyzeModule('export default 1', url, javascript), expected);
    assert.equal(thrown(() => analyzeModule(source, url)).code, 'BMES_SYNTAX_ERROR');
  });

  if (!strips) {
    test('where the runtime strips no types, it says so', () => {
      for (const act of [
        () => analyzeModule(source, url, typescript),
        () => CachedBytecode.generateForESM(url, source, typescript),
        () => CachedBytecode.generateForESMWithMetadata(url, source, typescript),
      ]) {
        const error = thrown(act);
        assert.equal(error.code, 'BMES_UNSUPPORTED_RUNTIME');
        assert.match(error.message, /does not strip types/);
      }
    });
    return;
  }

  test('is what the runtime makes of it', () => {
    const stripped = stripTypeScriptTypes(source);
    const metadata = analyzeModule(source, url, typescript);
    assert.deepStrictEqual(metadata, analyzeModule(stripped, url));
    const requests = metadata.requestedModules.map((/** @type {any} */ one) => one.specifier);
    assert.deepStrictEqual(requests, ['./a.ts']);
    const exported = metadata.exportEntries.map((/** @type {any} */ one) => one.exportName);
    assert.deepStrictEqual(exported, ['default', 'size', 'c']);
  });

  test('a record has the bytecode of the text that the loader compiles', () => {
    const record = CachedBytecode.generateForESMWithMetadata(url, source, typescript);
    assert.ok(validate(record));
    const { bytecode, ...metadata } = deserializeCachedModuleMetadata(record);
    assert.deepStrictEqual(metadata, analyzeModule(source, url, typescript));
    const loaded = stripTypeScriptTypes(source, { sourceUrl: url });
    const plain = CachedBytecode.generateForESM(url, loaded);
    assert.ok(bytecode.length > 0);
    assert.equal(bytecode.length, plain.length);
    assert.equal(CachedBytecode.generateForESM(url, source, typescript).length, plain.length);
  });

  test('what the runtime refuses has a stable code, a line and the lines', () => {
    const unsupported = thrown(() => analyzeModule('let a;\nenum A { B }', url, typescript));
    assert.equal(unsupported.constructor, SyntaxError);
    assert.equal(unsupported.code, 'BMES_UNSUPPORTED_TYPESCRIPT');
    assert.deepStrictEqual([unsupported.line, unsupported.column], [2, 1]);
    assert.match(unsupported.message, /^file:\/\/\/app\/x\.ts:2: .*enum/);
    assert.match(unsupported.message, /enum A \{ B \}/);
    const invalid = thrown(() => analyzeModule('const a: = 1', undefined, typescript));
    assert.equal(invalid.code, 'BMES_SYNTAX_ERROR');
    assert.match(invalid.message, /^<module>:1: /);
    assert.equal(CachedBytecode.generateForESM(url, 'enum A {}', typescript), null);
    assert.equal(CachedBytecode.generateForESMWithMetadata(url, 'enum A {}', typescript), null);
    const broken = thrown(() => analyzeModule('let a: number;\n@d class A {}', url, typescript));
    assert.deepStrictEqual([broken.code, broken.line], ['BMES_SYNTAX_ERROR', 2]);
  });

  test('nobody is warned', () => {
    const index = JSON.stringify(require.resolve('../../index.js'));
    const script = `require(${index}).analyzeModule('let a: 1', 'file:///a.ts', { language: 'typescript' })`;
    const { status, stderr } = spawnSync(process.execPath, ['-e', script], { encoding: 'utf8' });
    assert.deepStrictEqual([status, stderr], [0, '']);
  });
});
