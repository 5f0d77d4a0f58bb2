'use strict';

const assert = require('node:assert/strict');
const fs = require('node:fs');
const os = require('node:os');
const path = require('node:path');
const { after, describe, test } = require('node:test');
const { pathToFileURL } = require('node:url');

const {
  analyzeModule,
  analyzeModules,
  analyzeModulesAsync,
  detectFormat,
} = require('../../index.js');

const scratch = fs.mkdtempSync(path.join(os.tmpdir(), 'bmes-analysis-'));
after(() => fs.rmSync(scratch, { recursive: true, force: true }));

/** @param {string} source */
const detailed = (source) => analyzeModule(source, 'file:///m.mjs', { details: true });

describe('details', () => {
  const source = [
    '// 😀 é',
    'import a, { b as "c" } from "a" with { type: "json" };',
    'import {} from "a";',
    'export * as "😀 name", "x"'.slice(0, 0) + 'export * as "😀" from \'b\';',
    'export { d as default } from "c"; export const { e, f: [g] } = a, h = 1;',
    'for await (const x of []) {}',
    'async () => await import(a); { await using y = a; }',
    'import("😀" , { with: { type: "json" } }); import(`t`); import(a + "");',
    'export class K {} export function fn() { return import.meta; }',
  ]
    .join('\r\n')
    .replace('{ b as "c" }', '{ "b" as c }');

  const details = detailed(source);
  const text = (/** @type {{ start: number, end: number }} */ { start, end }) =>
    source.slice(start, end);

  test('are added to the metadata', () => {
    for (const [name, value] of Object.entries(analyzeModule(source))) {
      assert.deepStrictEqual(details[/** @type {'starExports'} */ (name)], value);
    }
  });

  test('have every import with its place', () => {
    assert.deepStrictEqual(
      details.imports.map((each) => [
        each.kind,
        each.specifier,
        each.attributes,
        source.slice(each.specifierStart, each.specifierEnd),
      ]),
      [
        ['import-statement', 'a', { type: 'json' }, 'a'],
        ['import-statement', 'a', null, 'a'],
        ['import-statement', 'b', null, 'b'],
        ['import-statement', 'c', null, 'c'],
        ['dynamic-import', null, null, 'a'],
        ['dynamic-import', '😀', { type: 'json' }, '"😀"'],
        ['dynamic-import', 't', null, '`t`'],
        ['dynamic-import', null, null, 'a + ""'],
        ['import-meta', null, null, 'import.meta'],
      ],
    );
    assert.deepStrictEqual(details.imports.map(text), [
      'import a, { "b" as c } from "a" with { type: "json" }',
      'import {} from "a"',
      'export * as "😀" from \'b\'',
      'export { d as default } from "c"',
      'import(a)',
      'import("😀" , { with: { type: "json" } })',
      'import(`t`)',
      'import(a + "")',
      'import.meta',
    ]);
  });

  test('have every exported name with its place', () => {
    assert.deepStrictEqual(
      details.exports.map((each) => [each.exportName, text(each)]),
      [
        ['😀', '"😀"'],
        ['default', 'default'],
        ['e', 'e'],
        ['g', 'g'],
        ['h', 'h'],
        ['K', 'K'],
        ['fn', 'fn'],
      ],
    );
  });

  test('have every place that waits', () => {
    assert.deepStrictEqual(details.topLevelAwaits.map(text), [
      'for await (const x of []) {}',
      'await using y = a;',
    ]);
  });

  test('have the traits', () => {
    const traits = ['hasTopLevelAwait', 'hasImportMeta', 'hasComputedImports', 'makesCode'];
    const of = (/** @type {any} */ it) => traits.map((name) => it[name]);
    assert.deepStrictEqual(of(details), [true, true, true, false]);
    assert.deepStrictEqual(of(detailed('eval("")')), [false, false, false, true]);
    assert.deepStrictEqual(of(detailed('')), [false, false, false, false]);
  });

  test('count lines and columns as stack traces do', () => {
    const lines = source.split('\r\n');
    const places = [...details.imports, ...details.exports, ...details.topLevelAwaits];
    for (const { start, line, column } of places) {
      const before = source.slice(0, start);
      assert.equal(line, before.split('\r\n').length);
      assert.equal(column, start - (before.lastIndexOf('\n') + 1) + 1);
      assert.ok(lines[line - 1]?.length ?? 0 >= column);
    }
  });

  test('find the word default behind comments', () => {
    const odd = 'export /* default */ // default\n default /**/ 1';
    assert.deepStrictEqual(
      detailed(odd).exports.map(({ start }) => start),
      [odd.lastIndexOf('default')],
    );
  });

  test('are refused where the module is', () => {
    assert.throws(() => detailed('export {'), { code: 'BMES_SYNTAX_ERROR' });
    const analyze = /** @type {any} */ (analyzeModule);
    assert.throws(() => analyze('', 'x', { detail: true }), /options\.detail is no option/);
    assert.throws(() => analyze('', 'x', { details: 1 }), { code: 'BMES_INVALID_ARGUMENT' });
  });
});

describe('the format', () => {
  /** @type {[string, string, string?][]} */
  const cases = [
    ['module', 'export {}'],
    ['module', 'import "a"'],
    ['module', 'import.meta'],
    ['module', 'await 0'],
    ['module', 'const require = 1; await 0'],
    ['commonjs', 'module.exports = 1'],
    ['commonjs', 'exports.a = 1'],
    ['commonjs', 'function f() { return __dirname }'],
    ['commonjs', 'return 1'],
    ['commonjs', 'with (a) {}'],
    ['commonjs', 'require("a"); import("b")'],
    ['commonjs', 'const ='],
    ['ambiguous', ''],
    ['ambiguous', 'import("a")'],
    ['ambiguous', 'function f(module, require) { return module.exports }'],
    ['module', 'module.exports = 1', 'file:///a.mjs?x#y'],
    ['commonjs', 'export {}', '/a/b.cjs'],
    ['json', '{}', 'a.json'],
    ['module', 'export {}', 'file:///a.js'],
  ];
  for (const [format, source, url] of cases) {
    test(`of ${JSON.stringify(source)}${url ? ` in ${url}` : ''} is ${format}`, () => {
      assert.equal(detectFormat(source, url), format);
    });
  }
});

describe('many modules', () => {
  const file = path.join(scratch, 'a.mjs');
  fs.writeFileSync(file, '\ufeffexport let a = 1;');
  const bytes = path.join(scratch, 'bytes.mjs');
  fs.writeFileSync(bytes, Uint8Array.of(0xff));
  const url = pathToFileURL(file);
  const files = [
    file,
    url,
    url.href,
    { source: 'export let b', url: 'file:///b.mjs' },
    { source: 'a b' },
    path.join(scratch, 'gone.mjs'),
    bytes,
  ];

  test('are each analysed, in order', () => {
    const results = analyzeModules(files);
    assert.deepStrictEqual(
      results.map((result) => result.url),
      [file, url.href, url.href, 'file:///b.mjs', null, files[5], bytes],
    );
    const expected = analyzeModule('export let a = 1;');
    for (const { metadata } of results.slice(0, 3)) assert.deepStrictEqual(metadata, expected);
    assert.equal(results[3]?.metadata?.exportEntries[0]?.exportName, 'b');
    assert.deepStrictEqual(
      results.map((result) => result.error?.code),
      [
        undefined,
        undefined,
        undefined,
        undefined,
        'BMES_SYNTAX_ERROR',
        'BMES_SOURCE_UNREADABLE',
        'BMES_SOURCE_UNREADABLE',
      ],
    );
    const { line, column } = results[4]?.error ?? assert.fail();
    assert.throws(() => analyzeModule('a b'), { line, column });
  });

  test('beside this thread as well', async () => {
    assert.deepStrictEqual(await analyzeModulesAsync(files), analyzeModules(files));
    const details = await analyzeModulesAsync(files, { details: true });
    assert.deepStrictEqual(details, analyzeModules(files, { details: true }));
    assert.equal(details[0]?.metadata?.exports[0]?.column, 12);
  });

  test('until a signal ends it', async () => {
    const reason = new Error('enough');
    const controller = new AbortController();
    const work = analyzeModulesAsync(files, { signal: controller.signal });
    controller.abort(reason);
    await assert.rejects(work, reason);
  });

  test('or an argument is wrong', async () => {
    const analyze = /** @type {any} */ (analyzeModules);
    assert.throws(() => analyze('a'), /files must be an array/);
    assert.throws(() => analyze([7]), /files\[0\] must be a string/);
    assert.throws(() => analyze([{ text: '' }]), /files\[0\]\.text is no option/);
    assert.throws(() => analyze([{ url: 'x' }]), /files\[0\]\.source must be a string/);
    assert.throws(() => analyze([], { signal: 1 }), /options\.signal is no option/);
    await assert.rejects(/** @type {any} */ (analyzeModulesAsync)(7), /files must be an array/);
    assert.deepStrictEqual(analyzeModules([]), []);
  });

  test('of any number', () => {
    const many = Array.from({ length: 5000 }, (_, at) => ({ source: `export let x${at}` }));
    const names = analyzeModules(many).map((it) => it.metadata?.exportEntries[0]?.exportName);
    assert.deepStrictEqual(
      names,
      many.map((_, at) => `x${at}`),
    );
  });
});
