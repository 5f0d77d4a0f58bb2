'use strict';

const assert = require('node:assert/strict');
const { createHash } = require('node:crypto');
const fs = require('node:fs');
const os = require('node:os');
const path = require('node:path');
const { after, describe, test } = require('node:test');
const { pathToFileURL } = require('node:url');

const { analyzeModule, buildGraph, buildGraphAsync } = require('../../index.js');

const scratch = fs.realpathSync(fs.mkdtempSync(path.join(os.tmpdir(), 'bmes-graph-')));
after(() => fs.rmSync(scratch, { recursive: true, force: true }));

let projects = 0;

/**
 * A folder with these files.
 *
 * @param {Record<string, string | Uint8Array>} files
 */
function project(files) {
  const root = path.join(scratch, `p${projects++}`);
  fs.mkdirSync(root);
  const at = (/** @type {string} */ name) => path.join(root, name);
  const write = (/** @type {string} */ name, /** @type {string | Uint8Array} */ text) => {
    fs.mkdirSync(path.dirname(at(name)), { recursive: true });
    fs.writeFileSync(at(name), text);
  };
  for (const [name, text] of Object.entries(files)) write(name, text);
  const url = (/** @type {string} */ name) => pathToFileURL(at(name)).href;
  const names = (/** @type {readonly string[]} */ urls) =>
    urls.map((each) => each.replace(`${url('')}/`, '').replace(url(''), ''));
  return { root, at, write, url, names };
}

describe('a module of a graph', () => {
  const source = [
    'import fs from "node:fs";',
    'import data from "./data.json" with { type: "json" };',
    'import gone from "gone";',
    'import "./broken.mjs";',
    'const late = await import("./late.mjs");',
    'export * from "./late.mjs";',
    'import(`./${late}.mjs`);',
    'export const here = import.meta.url;',
  ].join('\n');
  const it = project({
    'package.json': '{ "name": "app", "version": "1.2.3" }',
    'main.mjs': source,
    'data.json': '{}',
    'broken.mjs': 'const ok = 1;\nexport {',
    'late.mjs': '\ufeffexport const late = 1;',
  });
  const graph = buildGraph(it.at('main.mjs'));

  test('says what it is', () => {
    const { imports, ...module } = graph.getModule(it.url('main.mjs')) ?? assert.fail();
    assert.deepStrictEqual(module, {
      url: it.url('main.mjs'),
      path: it.at('main.mjs'),
      format: 'module',
      bytes: Buffer.byteLength(source),
      contentHash: createHash('sha256').update(source).digest('hex'),
      package: { name: 'app', version: '1.2.3', directory: it.root },
      isEntry: true,
      isExternal: false,
      problem: null,
      hasTopLevelAwait: true,
      hasImportMeta: true,
      hasComputedImports: true,
    });
    assert.equal(imports.length, 6);
  });

  test('has its edges, resolved or with the reason', () => {
    const { imports } = graph.getModule(it.url('main.mjs')) ?? assert.fail();
    assert.deepStrictEqual(
      imports.map((edge) => [edge.kind, edge.specifier, edge.url, edge.external]),
      [
        ['import-statement', 'node:fs', 'node:fs', true],
        ['import-statement', './data.json', it.url('data.json'), false],
        ['import-statement', 'gone', null, false],
        ['import-statement', './broken.mjs', it.url('broken.mjs'), false],
        ['import-statement', './late.mjs', it.url('late.mjs'), false],
        ['dynamic-import', './late.mjs', it.url('late.mjs'), false],
      ],
    );
    assert.deepStrictEqual(imports[1]?.with, { type: 'json' });
    assert.equal(imports[2]?.error?.code, 'ERR_MODULE_NOT_FOUND');
    assert.ok(imports.every((edge) => !('positions' in edge)));
  });

  test('says where they are, if asked', () => {
    const { imports } = graph.getModule(it.at('main.mjs'), { positions: true }) ?? assert.fail();
    const written = imports.map((edge) =>
      (edge.positions ?? []).map(({ start, end }) => source.slice(start, end)),
    );
    assert.deepStrictEqual(written, [
      ['import fs from "node:fs"'],
      ['import data from "./data.json" with { type: "json" }'],
      ['import gone from "gone"'],
      ['import "./broken.mjs"'],
      ['export * from "./late.mjs"'],
      ['import("./late.mjs")'],
    ]);
    const place = imports[5]?.positions?.[0];
    assert.deepStrictEqual([place?.line, place?.column], [5, 20]);
  });

  test('that is broken says why and where', () => {
    const module = graph.getModule(it.url('broken.mjs'));
    assert.equal(module?.format, null);
    assert.equal(module?.problem?.code, 'BMES_SYNTAX_ERROR');
    assert.equal(module?.problem?.line, 2);
  });

  test('gives its record and its text', () => {
    assert.deepStrictEqual(graph.metadata(it.url('main.mjs')), analyzeModule(source));
    assert.equal(graph.source(new URL(it.url('main.mjs'))), source);
    assert.equal(graph.source(it.url('late.mjs')), 'export const late = 1;');
  });

  test('is found by URL and path, and nothing else is', () => {
    assert.ok(graph.has(it.at('main.mjs')));
    assert.ok(graph.has(path.relative(process.cwd(), it.at('main.mjs'))));
    assert.ok(graph.has('node:fs'));
    assert.ok(!graph.has(it.at('gone.mjs')));
    assert.equal(graph.getModule('file:///gone'), null);
    assert.throws(() => graph.importers('file:///gone'), { code: 'BMES_NOT_IN_GRAPH' });
    assert.throws(() => graph.getModule(/** @type {any} */ (7)), { code: 'BMES_INVALID_ARGUMENT' });
  });

  test('comes in the order of the walk, one by one or all at once', () => {
    const urls = graph.urls();
    assert.equal(urls.length, graph.size);
    assert.deepStrictEqual(it.names(urls), [
      'main.mjs',
      'node:fs',
      'data.json',
      'broken.mjs',
      'late.mjs',
    ]);
    assert.deepStrictEqual(
      [...graph].map((module) => module.url),
      urls,
    );
    const { schema, entries, modules } = JSON.parse(JSON.stringify(graph));
    assert.deepStrictEqual([schema, entries], [1, graph.entries]);
    assert.deepStrictEqual(modules, [...graph.modules()]);
  });
});

describe('what leads nowhere has the code of Node', () => {
  const it = project({
    'package.json': '{ "type": "module", "imports": { "#no": null } }',
    'main.js': `
      import 'gone'; import './gone.js'; import './folder'; import 'closed/inside'; import '#other';
      import '%2f'; import 'node:nothing'; import 'odd'; import './data.json';
      import './a.js' with { type: 'json' };`,
    'a.js': '',
    'data.json': '{}',
    'folder/index.js': '',
    'required.cjs': `try { require('gone') } catch {}`,
    'node_modules/closed/package.json': '{ "exports": { ".": "./index.js" } }',
    'node_modules/odd/package.json': '{',
  });
  const graph = buildGraph([it.at('main.js'), it.at('required.cjs')]);

  test('for imports and requires alike', () => {
    const codes = graph
      .unresolved()
      .map(({ importer, specifier, code }) => [it.names([importer])[0], specifier, code]);
    assert.deepStrictEqual(codes, [
      ['main.js', 'gone', 'ERR_MODULE_NOT_FOUND'],
      ['main.js', './gone.js', 'ERR_MODULE_NOT_FOUND'],
      ['main.js', './folder', 'ERR_UNSUPPORTED_DIR_IMPORT'],
      ['main.js', 'closed/inside', 'ERR_PACKAGE_PATH_NOT_EXPORTED'],
      ['main.js', '#other', 'ERR_PACKAGE_IMPORT_NOT_DEFINED'],
      ['main.js', '%2f', 'ERR_INVALID_MODULE_SPECIFIER'],
      ['main.js', 'node:nothing', 'ERR_UNKNOWN_BUILTIN_MODULE'],
      ['main.js', 'odd', 'ERR_INVALID_PACKAGE_CONFIG'],
      ['main.js', './data.json', 'ERR_IMPORT_ATTRIBUTE_MISSING'],
      ['main.js', './a.js', 'ERR_IMPORT_ATTRIBUTE_TYPE_INCOMPATIBLE'],
      ['required.cjs', 'gone', 'ERR_MODULE_NOT_FOUND'],
    ]);
  });

  test('and a require() that fails is an edge with a place', () => {
    const { imports } =
      graph.getModule(it.at('required.cjs'), { positions: true }) ?? assert.fail();
    assert.equal(imports.length, 1);
    assert.equal(imports[0]?.error?.code, 'ERR_MODULE_NOT_FOUND');
    assert.equal(imports[0]?.positions?.[0]?.start, 6);
  });
});

describe('options', () => {
  const it = project({
    'package.json': '{ "name": "app" }',
    'main.mjs': `import 'a'; import 'a/sub'; import '@s/b'; import './own.mjs'; import('./late.mjs'); import 'fs'`,
    'own.mjs': `import './kept.mjs'`,
    'kept.mjs': '',
    'late.mjs': `import './later.mjs'`,
    'later.mjs': '',
    'node_modules/a/package.json': `{ "exports": { ".": { "special": "./special.mjs", "default": "./index.mjs" }, "./sub": "./sub.mjs" } }`,
    'node_modules/a/index.mjs': '',
    'node_modules/a/special.mjs': '',
    'node_modules/a/sub.mjs': '',
    'node_modules/@s/b/package.json': '{ "exports": "./b.mjs" }',
    'node_modules/@s/b/b.mjs': '',
  });
  const of = (/** @type {import('../../index.d.ts').GraphOptions} */ options) =>
    buildGraph(it.at('main.mjs'), options);
  const edges = (/** @type {import('../../index.d.ts').ModuleGraph} */ graph) =>
    (graph.getModule(it.at('main.mjs'))?.imports ?? []).map((edge) => [
      edge.specifier,
      edge.url === null ? null : it.names([edge.url])[0],
      edge.external,
    ]);

  test('conditions choose', () => {
    assert.ok(of({}).has(it.at('node_modules/a/index.mjs')));
    assert.ok(of({ conditions: ['special'] }).has(it.at('node_modules/a/special.mjs')));
  });

  test('external specifiers are not resolved', () => {
    assert.deepStrictEqual(edges(of({ external: ['a', '@s/*'] })), [
      ['a', null, true],
      ['a/sub', null, true],
      ['@s/b', null, true],
      ['./own.mjs', 'own.mjs', false],
      ['fs', 'node:fs', true],
      ['./late.mjs', 'late.mjs', false],
    ]);
    assert.deepStrictEqual(of({ external: ['a'] }).unresolved(), []);
  });

  test('packages can be external as a whole, builtins are there all the same', () => {
    const graph = of({ packages: 'external' });
    assert.deepStrictEqual(edges(graph).slice(0, 5), [
      ['a', null, true],
      ['a/sub', null, true],
      ['@s/b', null, true],
      ['./own.mjs', 'own.mjs', false],
      ['fs', 'node:fs', true],
    ]);
  });

  test('what is excluded is there but not read', () => {
    const graph = of({ exclude: [it.at('node_modules'), it.at('own.mjs')] });
    const own = graph.getModule(it.at('own.mjs'));
    assert.deepStrictEqual([own?.isExternal, own?.format, own?.imports], [true, null, []]);
    assert.equal(own?.problem, null);
    assert.ok(!graph.has(it.at('kept.mjs')));
    assert.ok(graph.getModule(it.at('node_modules/a/index.mjs'))?.isExternal);
  });

  test('what only import() reaches can be left out, and a static import brings it back', () => {
    const graph = of({ followDynamic: false });
    assert.ok(graph.getModule(it.at('late.mjs'))?.isExternal);
    assert.ok(!graph.has(it.at('later.mjs')));
    const both = buildGraph([it.at('main.mjs'), it.at('late.mjs')], { followDynamic: false });
    assert.equal(both.getModule(it.at('late.mjs'))?.isExternal, false);
    assert.ok(both.has(it.at('later.mjs')));
  });

  test('links are followed or kept', { skip: process.platform === 'win32' }, () => {
    fs.symlinkSync(it.at('own.mjs'), it.at('link.mjs'));
    assert.deepStrictEqual(it.names(buildGraph(it.at('link.mjs')).entries), ['own.mjs']);
    const kept = buildGraph(it.at('link.mjs'), { preserveSymlinksMain: true });
    assert.deepStrictEqual(it.names(kept.entries), ['link.mjs']);
  });

  /** @type {[string, unknown, unknown, RegExp][]} */
  const wrong = [
    ['an unknown name', 'x', { folowDynamic: false }, /options\.folowDynamic is no option/],
    ['no list', 'x', { external: 'a' }, /options\.external must be an array/],
    ['no text in a list', 'x', { exclude: [7] }, /options\.exclude\[0\] must be a string/],
    ['no switch', 'x', { followDynamic: 'no' }, /options\.followDynamic must be true or false/],
    ['a word there is not', 'x', { packages: 'bundle' }, /options\.packages/],
    ['a signal where nothing can be aborted', 'x', { signal: 1 }, /options\.signal is no option/],
    ['no entry', undefined, undefined, /entry must be a string/],
    ['an empty entry', '', undefined, /entry must name a module/],
    ['no entries', [], undefined, /the list is empty/],
    [
      'an entry that is no file',
      'https://a/b.mjs',
      undefined,
      /entry must be a path or a file: URL/,
    ],
    ['one of several', ['x', 3], undefined, /entries\[1\] must be a string/],
  ];
  for (const [what, entry, options, message] of wrong) {
    test(`${what} is refused by name`, () => {
      const build = /** @type {any} */ (buildGraph);
      assert.throws(() => build(entry, options), { code: 'BMES_INVALID_ARGUMENT', message });
    });
  }

  test('an entry that is not there is an error with a code', async () => {
    const expected = { code: 'BMES_GRAPH_ENTRY_NOT_FOUND' };
    assert.throws(() => buildGraph(it.at('gone')), expected);
    assert.throws(() => buildGraph([it.at('main.mjs'), it.url('gone.mjs')]), expected);
    await assert.rejects(buildGraphAsync(it.at('gone')), expected);
  });

  test('entries are found as node finds them', () => {
    assert.deepStrictEqual(it.names(buildGraph(it.at('own.mjs')).entries), ['own.mjs']);
    it.write('folder/index.js', '');
    assert.deepStrictEqual(it.names(buildGraph(it.at('folder')).entries), ['folder/index.js']);
    const two = buildGraph([new URL(it.url('own.mjs')), it.at('main.mjs'), it.at('own.mjs')]);
    assert.deepStrictEqual(it.names(two.entries), ['own.mjs', 'main.mjs']);
  });
});

describe('questions', () => {
  const it = project({
    'main.mjs': `import { one } from './barrel.mjs'; import './cycle-a.mjs'; export let own;`,
    'barrel.mjs': `export * from './x.mjs'; export * from './y.mjs'; export { missing } from './x.mjs';`,
    'x.mjs': 'export let one, both; export default 1;',
    'y.mjs': 'export let two, both;',
    'cycle-a.mjs': `import './cycle-b.mjs'`,
    'cycle-b.mjs': `import './cycle-a.mjs'; import('./main.mjs')`,
  });
  const graph = buildGraph(it.at('main.mjs'));

  test('who imports', () => {
    assert.deepStrictEqual(graph.importers(it.at('x.mjs')), [
      { url: it.url('barrel.mjs'), kind: 'import-statement', specifier: './x.mjs' },
    ]);
    assert.deepStrictEqual(it.names(graph.dependents(it.at('x.mjs'))), [
      'main.mjs',
      'barrel.mjs',
      'x.mjs',
      'cycle-a.mjs',
      'cycle-b.mjs',
    ]);
  });

  test('what is exported', () => {
    const exports = graph.exports(it.at('barrel.mjs'));
    assert.deepStrictEqual(exports.names, ['one', 'two']);
    assert.deepStrictEqual(exports.missing, ['missing']);
    assert.deepStrictEqual(exports.conflicts, [
      {
        name: 'both',
        bindings: [
          { url: it.url('x.mjs'), name: 'both', kind: 'local' },
          { url: it.url('y.mjs'), name: 'both', kind: 'local' },
        ],
      },
    ]);
    assert.deepStrictEqual(graph.allExports()[it.url('barrel.mjs')], exports);
    assert.equal(graph.resolveExport(it.at('barrel.mjs'), 'one').bindings[0]?.url, it.url('x.mjs'));
    assert.equal(graph.resolveExport(it.at('barrel.mjs'), 'both').status, 'ambiguous');
    assert.equal(graph.resolveExport(it.at('barrel.mjs'), 'default').status, 'missing');
  });

  test('what is used', () => {
    assert.deepStrictEqual(graph.usedExports(it.at('x.mjs')), { names: ['one'], isWhole: false });
    assert.deepStrictEqual(graph.usedExports(it.at('main.mjs')), { names: ['own'], isWhole: true });
  });

  test('which imports go round', () => {
    const [cycle, ...more] = graph.cycles();
    assert.deepStrictEqual(more, []);
    assert.deepStrictEqual(it.names(cycle?.path ?? []), [
      'cycle-a.mjs',
      'cycle-b.mjs',
      'cycle-a.mjs',
    ]);
    assert.equal(graph.cycles({ dynamic: true })[0]?.modules.length, 3);
  });

  test('why, and what it costs', () => {
    const why = graph.why(it.at('y.mjs'));
    assert.deepStrictEqual(
      why.chains.map((chain) => it.names(chain.map((step) => step.url))),
      [['main.mjs', 'barrel.mjs', 'y.mjs']],
    );
    const bytes = (/** @type {string[]} */ ...files) =>
      files.reduce((sum, name) => sum + fs.statSync(it.at(name)).size, 0);
    assert.deepStrictEqual(
      why.chains[0]?.map((step) => step.saves),
      [
        null,
        { modules: 3, bytes: bytes('barrel.mjs', 'x.mjs', 'y.mjs') },
        { modules: 1, bytes: bytes('y.mjs') },
      ],
    );
    assert.deepStrictEqual(why.saves, { modules: 1, bytes: bytes('y.mjs') });
    assert.equal(graph.retained(it.at('main.mjs')).modules, 6);
    assert.equal(graph.savings(it.at('main.mjs'), it.at('cycle-a.mjs')).modules, 2);
  });
});

test('copies of a package are found, with versions and places', () => {
  const it = project({
    'main.mjs': `import 'a'; import 'b'`,
    'node_modules/a/package.json': '{ "name": "a", "version": "1.0.0", "exports": "./dist/a.js" }',
    'node_modules/a/dist/package.json': '{ "type": "module" }',
    'node_modules/a/dist/a.js': 'export {}',
    'node_modules/b/package.json': '{ "name": "b", "version": "1.0.0", "exports": "./b.mjs" }',
    'node_modules/b/b.mjs': `import 'a'`,
    'node_modules/b/node_modules/a/package.json':
      '{ "name": "a", "version": "2.0.0", "exports": "./a.mjs" }',
    'node_modules/b/node_modules/a/a.mjs': '',
  });
  const graph = buildGraph(it.at('main.mjs'));
  assert.deepStrictEqual(graph.duplicates(), [
    {
      name: 'a',
      copies: [
        {
          version: '1.0.0',
          directory: it.at('node_modules/a'),
          modules: [it.url('node_modules/a/dist/a.js')],
          bytes: 9,
        },
        {
          version: '2.0.0',
          directory: it.at('node_modules/b/node_modules/a'),
          modules: [it.url('node_modules/b/node_modules/a/a.mjs')],
          bytes: 0,
        },
      ],
    },
  ]);
});

describe('a change of', () => {
  const files = {
    'package.json': '{ "name": "app" }',
    'main.mjs': `import './a.mjs'; import 'p'; import './gone.mjs'; import './b.js'`,
    'a.mjs': `import './leaf.mjs'`,
    'b.js': '',
    'leaf.mjs': '',
    'node_modules/p/package.json': '{ "exports": "./one.mjs" }',
    'node_modules/p/one.mjs': '',
    'node_modules/p/two.mjs': '',
  };
  /**
   * @param {string} name
   * @param {string | null} [text] what is in it now; it is left alone without, and removed by `null`
   */
  const change = (name, text) => {
    const it = project(files);
    const graph = buildGraph(it.at('main.mjs'));
    if (text === null) fs.rmSync(it.at(name));
    else if (text !== undefined) it.write(name, text);
    const { modules, rerouted, affected, unrelated } = graph.changedSince([it.at(name)]);
    const [a, b, c] = [modules, rerouted, affected].map((urls) => it.names(urls));
    return { modules: a, rerouted: b, affected: c, unrelated: unrelated.length };
  };

  test('a source affects what reaches it', () => {
    assert.deepStrictEqual(change('leaf.mjs'), {
      modules: ['leaf.mjs'],
      rerouted: [],
      affected: ['main.mjs', 'a.mjs', 'leaf.mjs'],
      unrelated: 0,
    });
  });

  test('a source that is gone sends its importers elsewhere', () => {
    const { modules, rerouted } = change('leaf.mjs', null);
    assert.deepStrictEqual([modules, rerouted], [['leaf.mjs'], ['a.mjs']]);
  });

  test('a file that was looked for in vain', () => {
    assert.deepStrictEqual(change('gone.mjs', ''), {
      modules: [],
      rerouted: ['main.mjs'],
      affected: ['main.mjs'],
      unrelated: 0,
    });
  });

  test('a package.json that leads elsewhere', () => {
    const { rerouted } = change('node_modules/p/package.json', '{ "exports": "./two.mjs" }');
    assert.deepStrictEqual(rerouted, ['main.mjs']);
  });

  test('a package.json that makes modules of scripts', () => {
    const { rerouted, affected } = change('package.json', '{ "name": "app", "type": "module" }');
    assert.deepStrictEqual([rerouted, affected], [['b.js'], ['main.mjs', 'b.js']]);
  });

  test('a package.json that says nothing else', () => {
    const { affected, unrelated } = change('package.json', '{ "name": "app", "version": "2.0.0" }');
    assert.deepStrictEqual([affected, unrelated], [[], 0]);
  });

  test('a package that is nearer', () => {
    const it = project({ ...files, 'sub/main.mjs': `import 'p'` });
    const graph = buildGraph(it.at('sub/main.mjs'));
    it.write('sub/node_modules/p/package.json', '{ "exports": "./near.mjs" }');
    it.write('sub/node_modules/p/near.mjs', '');
    const { rerouted } = graph.changedSince([it.at('sub/node_modules')]);
    assert.deepStrictEqual(it.names(rerouted), ['sub/main.mjs']);
    const below = graph.changedSince([it.url('sub/node_modules/p/near.mjs')]);
    assert.deepStrictEqual(below.rerouted, rerouted);
  });

  test('something else affects nothing', () => {
    assert.deepStrictEqual(change('readme.md', 'hello'), {
      modules: [],
      rerouted: [],
      affected: [],
      unrelated: 1,
    });
  });

  test('what is watched is all of these', () => {
    const it = project(files);
    const watched = buildGraph(it.at('main.mjs')).watched();
    for (const name of ['main.mjs', 'leaf.mjs', 'package.json', 'node_modules/p/package.json']) {
      assert.ok(watched.files.includes(it.at(name)), name);
    }
    assert.ok(watched.missing.includes(it.at('gone.mjs')));
    assert.ok(watched.directories.includes(it.at('node_modules')));
  });
});

describe('beside this thread', () => {
  const it = project({ 'main.mjs': `import './a.mjs'`, 'a.mjs': '' });

  test('the graph is the same', async () => {
    const graph = await buildGraphAsync(it.at('main.mjs'));
    assert.deepStrictEqual(graph.toJSON(), buildGraph(it.at('main.mjs')).toJSON());
  });

  test('progress ends with all', async () => {
    /** @type {{ found: number, loaded: number }[]} */
    const told = [];
    await buildGraphAsync(it.at('main.mjs'), { onProgress: (progress) => told.push(progress) });
    assert.deepStrictEqual(told.at(-1), { found: 2, loaded: 2 });
  });

  test('a signal ends it, before and after it began', async () => {
    const reason = new Error('enough');
    const before = buildGraphAsync(it.at('main.mjs'), { signal: AbortSignal.abort(reason) });
    await assert.rejects(before, reason);
    const controller = new AbortController();
    const begun = buildGraphAsync(it.at('main.mjs'), { signal: controller.signal });
    controller.abort(reason);
    await assert.rejects(begun, reason);
  });

  test('a callback that throws ends it', async () => {
    const onProgress = () => {
      throw new Error('no more');
    };
    await assert.rejects(buildGraphAsync(it.at('main.mjs'), { onProgress }), /no more/);
  });

  test('wrong arguments are rejections', async () => {
    const build = /** @type {any} */ (buildGraphAsync);
    await assert.rejects(build(7), { code: 'BMES_INVALID_ARGUMENT' });
    await assert.rejects(build('x', { signal: {} }), /options\.signal must be an AbortSignal/);
    await assert.rejects(build('x', { onProgress: 1 }), /options\.onProgress must be a function/);
  });
});

describe('odd graphs', () => {
  test('files that are no modules', () => {
    const it = project({
      'main.mjs': `
        import './bytes.mjs'; import './a.wasm'; import './deep.mjs'; import './a.txt';
        import './bad.json' with { type: 'json' }; import 'data:text/javascript,';`,
      'bytes.mjs': Uint8Array.of(0xff, 0xfe),
      'a.wasm': Uint8Array.of(0, 0x61, 0x73, 0x6d),
      'deep.mjs': '['.repeat(100_000),
      'a.txt': 'hello',
      'bad.json': '{',
    });
    const graph = buildGraph(it.at('main.mjs'));
    assert.deepStrictEqual(
      [...graph].map((module) => module.problem?.code),
      [
        undefined,
        'BMES_UNSUPPORTED_FORMAT',
        'BMES_UNSUPPORTED_FORMAT',
        'BMES_SYNTAX_ERROR',
        'BMES_UNSUPPORTED_FORMAT',
        'BMES_SYNTAX_ERROR',
        'BMES_NOT_A_FILE',
      ],
    );
  });

  test('names that are strings, of any text', () => {
    const it = project({
      'main.mjs': `export * from './a.mjs'`,
      'a.mjs': String.raw`let x; export { x as '', x as '__proto__', x as '\u{1F600}', x as '\uE000', x as 'a b' }`,
    });
    const { names } = buildGraph(it.at('main.mjs')).exports(it.at('main.mjs'));
    assert.deepStrictEqual(names, ['', '__proto__', 'a b', '\u{1F600}', '\uE000']);
  });

  test('a module that imports itself', () => {
    const it = project({ 'main.mjs': `export * from './main.mjs'; export let x;` });
    const graph = buildGraph(it.at('main.mjs'));
    assert.deepStrictEqual(graph.exports(it.at('main.mjs')).names, ['x']);
    assert.equal(graph.cycles().length, 1);
    assert.equal(graph.why(it.at('main.mjs')).importers, 0);
  });
});

test('TypeScript is read where this runtime strips it', async () => {
  const it = project({
    'package.json': '{ "type": "module" }',
    'main.ts': `import { type T, a } from './a.ts';\nimport type { B } from './gone.ts';\nexport const x: number = a;`,
    'a.ts': `import './c.cts'; export type T = 1; export const a: T = 1;`,
    'c.cts': `const x: number = 1; require('./d.js')`,
    'd.js': '',
    'enum.ts': 'export enum E { A }',
  });
  const graph = buildGraph([it.at('main.ts'), it.at('enum.ts')]);
  const later = await buildGraphAsync([it.at('main.ts'), it.at('enum.ts')]);
  assert.deepStrictEqual(later.toJSON(), graph.toJSON());
  const enums = graph.getModule(it.at('enum.ts'));
  assert.deepStrictEqual([enums?.format, enums?.problem?.code], [null, 'BMES_UNSUPPORTED_FORMAT']);
  const isStripped = /** @type {any} */ (process.features).typescript === 'strip';
  if (!isStripped) {
    assert.equal(graph.getModule(it.at('main.ts'))?.problem?.code, 'BMES_UNSUPPORTED_FORMAT');
    return;
  }
  const formats = [...graph].map((module) => [it.names([module.url])[0], module.format]);
  assert.deepStrictEqual(formats, [
    ['main.ts', 'module-typescript'],
    ['a.ts', 'module-typescript'],
    ['c.cts', 'commonjs-typescript'],
    ['d.js', 'module'],
    ['enum.ts', null],
  ]);
  assert.deepStrictEqual(graph.exports(it.at('a.ts')).names, ['a']);
  const [edge] = graph.getModule(it.at('main.ts'), { positions: true })?.imports ?? [];
  assert.deepStrictEqual([edge?.specifier, edge?.positions?.[0]?.start], ['./a.ts', 0]);
});
