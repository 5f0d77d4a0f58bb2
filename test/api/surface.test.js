'use strict';

const assert = require('node:assert/strict');
const { spawnSync } = require('node:child_process');
const { readFileSync } = require('node:fs');
const { describe, test } = require('node:test');
const { pathToFileURL } = require('node:url');

/** @type {any} What is `null` fails the test by itself. */
const bmes = require('../../index.js');
const { analyzeModule, deserializeCachedModuleMetadata, serializeModuleMetadata } = bmes;

const indexPath = require.resolve('../../index.js');
const declarations = readFileSync(require.resolve('../../index.d.ts'), 'utf8');

describe('the public names', () => {
  const matches = declarations.matchAll(/^export (?:function|const|class) (\w+)/gm);
  // A function with several signatures is one name.
  const declared = [...new Set(Array.from(matches, (match) => match[1]))].sort();

  test('are the declared ones', () => {
    assert.deepStrictEqual(Object.keys(bmes).sort(), declared);
  });

  test('can be imported by name from an ES module', async () => {
    const { default: whole, ...named } = await import(pathToFileURL(indexPath).href);
    assert.equal(whole, bmes);
    for (const name of declared) assert.equal(named[name], bmes[name]);
  });

  test('have the aliases of the original', () => {
    assert.equal(bmes.validateCachedModuleMetadata, bmes.validate);
    assert.equal(
      bmes.generateCachedModuleByteCodeWithMetadata,
      bmes.CachedBytecode.generateForESMWithMetadata,
    );
  });
});

test('the declared diagnosis codes are those of the bad vectors and no fewer', () => {
  const expected = JSON.parse(
    readFileSync(`${__dirname}/../../tests/fixtures/bad/expect.json`, 'utf8'),
  );
  for (const { kind } of expected) {
    assert.ok(declarations.includes(`\`BMES_${kind.toUpperCase()}\``), kind);
  }
});

test('loading the package loads nothing but its index', () => {
  const index = JSON.stringify(indexPath);
  const script = `require(${index}); console.log(JSON.stringify(Object.keys(require.cache)));`;
  const { stdout } = spawnSync(process.execPath, ['-e', script], { encoding: 'utf8' });
  const own = JSON.parse(stdout).filter((/** @type {string} */ file) => !file.endsWith('[eval]'));
  assert.deepStrictEqual(own, [indexPath]);
});

describe('objects that come out', () => {
  const source = 'import a from "m" with { type: "json", "__proto__": "x" }; export { a };';

  test('are plain, and __proto__ is a key like any other', () => {
    const record = serializeModuleMetadata(analyzeModule(source));
    for (const metadata of [analyzeModule(source), deserializeCachedModuleMetadata(record)]) {
      const { attributes } = metadata.requestedModules[0];
      assert.equal(Object.getPrototypeOf(attributes), Object.prototype);
      assert.deepStrictEqual(Object.entries(attributes), [
        ['type', 'json'],
        ['__proto__', 'x'],
      ]);
      assert.equal(Object.getPrototypeOf(metadata), Object.prototype);
      assert.equal(Object.getPrototypeOf(metadata.exportEntries[0]), Object.prototype);
    }
  });

  test('serialize to the record they came from', () => {
    const record = serializeModuleMetadata(analyzeModule(source), Uint8Array.of(1));
    const stored = deserializeCachedModuleMetadata(record);
    assert.deepStrictEqual(serializeModuleMetadata(stored, stored.bytecode), record);
  });

  test('tell no attributes from an empty set of them', () => {
    const metadata = analyzeModule('import "a"; import "b" with { type: "json" };');
    for (const request of metadata.requestedModules) request.attributes &&= {};
    const stored = deserializeCachedModuleMetadata(serializeModuleMetadata(metadata));
    assert.deepStrictEqual(
      stored.requestedModules.map((/** @type {any} */ request) => request.attributes),
      [null, {}],
    );
  });
});

test('the order of attributes is kept', () => {
  const metadata = analyzeModule('import "m" with { z: "1", a: "2" };');
  const turned = structuredClone(metadata);
  turned.requestedModules[0].attributes = { a: '2', z: '1' };
  assert.notDeepStrictEqual(serializeModuleMetadata(turned), serializeModuleMetadata(metadata));
});

test('an absent string and an empty one are stored alike', () => {
  const metadataWith = (/** @type {string | null | undefined} */ absent) => ({
    requestedModules: [{ specifier: '', attributes: absent === undefined ? absent : null }],
    importEntries: [],
    exportEntries: [
      { type: 'Local', exportName: '', moduleName: absent, importName: absent, localName: absent },
    ],
    starExports: [''],
  });
  const records = [null, undefined, ''].map((absent) =>
    serializeModuleMetadata(metadataWith(absent)),
  );
  assert.deepStrictEqual(records[1], records[0]);
  assert.deepStrictEqual(records[2], records[0]);
  const { bytecode, ...stored } = deserializeCachedModuleMetadata(records[0]);
  assert.deepStrictEqual(stored, metadataWith(null));
  assert.equal(bytecode.length, 0);
});

describe('a syntax error', () => {
  /**
   * @param {string[]} args
   * @returns {any}
   */
  const thrown = (...args) => {
    try {
      return analyzeModule(...args);
    } catch (error) {
      return error;
    }
  };

  test('says where, in the message and as numbers', () => {
    const error = thrown("const ok = 1;\nconst '𝒳' = 2;\n", 'file:///app/x.mjs');
    assert.equal(error.constructor, SyntaxError);
    assert.equal(error.code, 'BMES_SYNTAX_ERROR');
    assert.deepStrictEqual([error.line, error.column], [2, 7]);
    assert.match(error.message, /^file:\/\/\/app\/x\.mjs:2:7: \S/);
    assert.ok(error.message.includes("const '𝒳' = 2;"), error.message);
  });

  test('counts columns in UTF-16 units', () => {
    assert.equal(thrown('"𝒳" +;').column, '"𝒳" +;'.indexOf(';') + 1);
  });

  test('without a URL is one of <module>', () => {
    assert.match(thrown('import {').message, /^<module>:1:\d+: /);
  });

  test('is told from a phase that records cannot say', () => {
    for (const phase of ['defer * as m', 'source m']) {
      const error = thrown(`import ${phase} from "m";`);
      assert.equal(error.constructor, SyntaxError);
      assert.equal(error.code, 'BMES_UNSUPPORTED_PHASE');
    }
  });
});

describe('a source that nests deeply is an answer, not a crash', () => {
  for (const [name, source] of [
    ['a sum of 200,000', `1${'+1'.repeat(200_000)}`],
    ['a choice of 100,000', `${'1?1:'.repeat(100_000)}1`],
    ['100,000 parentheses', `${'('.repeat(100_000)}1${')'.repeat(100_000)}`],
    ['100,000 blocks', `${'{'.repeat(100_000)}${'}'.repeat(100_000)}`],
  ]) {
    test(name, () => {
      assert.deepStrictEqual(analyzeModule(`${source}; export {};`).exportEntries, []);
      assert.notEqual(bmes.CachedBytecode.generateForESMWithMetadata('file:///m.js', source), null);
    });
  }

  test('100,000 open brackets', () => {
    assert.throws(() => analyzeModule('['.repeat(100_000)), { code: 'BMES_SYNTAX_ERROR' });
  });
});
