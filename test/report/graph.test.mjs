// Who asked for whom, what goes with a module, barrels and packages.

import assert from 'node:assert/strict';
import { createRequire } from 'node:module';
import path from 'node:path';
import { describe, test } from 'node:test';
import { pathToFileURL } from 'node:url';
import { sandbox } from '../support/sandbox.mjs';

const require = createRequire(import.meta.url);
/** @type {typeof import('../../report/graph.js')} */
const { dominatorsOf, graphOf, sumsUpwards } = require('../../report/graph.js');
/** @type {typeof import('../../report/barrels.js')} */
const { analyze, findBarrels } = require('../../report/barrels.js');
/** @type {typeof import('../../report/packages.js')} */
const { Packages } = require('../../report/packages.js');

describe('a module dominates what is reached through it alone', () => {
  test('in a diamond, a cycle and a chain', () => {
    //  0 -> 1 -> 3 -> 4 <-> 5    2 -> 3    5 -> 6
    const imports = [[1, 2], [3], [3], [4], [5], [4, 6], []];
    assert.deepEqual(dominatorsOf(imports), [-1, 0, 0, 0, 3, 4, 5]);
    assert.deepEqual(
      sumsUpwards(dominatorsOf(imports), [1, 1, 1, 1, 1, 1, 1]),
      [7, 1, 1, 4, 3, 2, 1],
    );
  });

  test('in random graphs, as removing each module shows', () => {
    let seed = 7;
    const random = (/** @type {number} */ below) => {
      seed = (seed * 1103515245 + 12345) % 2147483648;
      return seed % below;
    };
    for (let round = 0; round < 60; round++) {
      const count = 3 + random(20);
      const imports = Array.from({ length: count }, (_, row) =>
        // Each is imported by an earlier one, so that all are reached.
        Array.from({ length: random(4) }, () => random(count)).filter((target) => target !== row),
      );
      for (let row = 1; row < count; row++) imports[random(row)].push(row);
      const own = imports.map((_, row) => 2 ** row);
      const only = sumsUpwards(dominatorsOf(imports), own);
      const all = reached(imports, -1);
      for (let row = 1; row < count; row++) {
        const without = reached(imports, row);
        const lost = [...all].filter((one) => !without.has(one));
        assert.equal(
          only[row],
          lost.reduce((sum, one) => sum + own[one], 0),
          `row ${row} of ${JSON.stringify(imports)}`,
        );
      }
    }
  });

  test('a chain of 100,000 modules overflows no stack', () => {
    const imports = Array.from({ length: 100_000 }, (_, row) => (row < 99_999 ? [row + 1] : []));
    const dominators = dominatorsOf(imports);
    assert.equal(dominators.at(-1), 99_998);
    assert.equal(
      sumsUpwards(
        dominators,
        imports.map(() => 1),
      )[0],
      100_000,
    );
  });
});

/**
 * @param {number[][]} imports
 * @param {number} removed
 */
function reached(imports, removed) {
  const seen = new Set([0]);
  for (const row of seen) {
    for (const target of imports[row]) if (target !== removed) seen.add(target);
  }
  return seen;
}

test('a graph is what the runtime was asked for, in its order', () => {
  /** @type {any} */
  const seen = {
    steps: [
      ['resolve', 3, 4, 'file:///app/b.js', 'file:///app/a.js', './b.js'],
      ['resolve', 1, 2, 'file:///app/a.js', '', 'file:///app/a.js'],
      ['resolve', 5, 6, 'file:///app/c.js', 'file:///app/b.js', './c.js'],
      ['resolve', 7, 8, 'file:///app/c.js', 'file:///app/a.js', './c.js'],
      ['require', 9, 9, '/app/d.cjs', '/app/c.js'],
      ['resolve', 9, 9, 'file:///bmes/report/observe.js', '', ''],
    ],
    required: [['/app/d.cjs', ['/app/e.cjs']]],
  };
  const graph = graphOf(seen, 'file:///app/a.js', (url) => url.includes('/bmes/'));
  assert.deepEqual(
    graph.urls.map((url) => url.slice('file:///app/'.length)),
    ['a.js', 'b.js', 'c.js', 'd.cjs', 'e.cjs'],
  );
  assert.deepEqual(graph.imports, [[1, 2], [2], [3], [4], []]);
  assert.deepEqual(graph.parents, [-1, 0, 1, 2, 3]);
  assert.equal(graph.specifiers[0].get('./c.js'), 2);
});

describe('barrels', () => {
  const parts = Array.from({ length: 40 }, (_, at) => `export { x${at} } from './part.js';`);
  const part = Array.from({ length: 40 }, (_, at) => `export const x${at} = ${at};`);

  /**
   * @param {string} entry
   * @param {string} barrel
   */
  function find(entry, barrel) {
    /** @type {import('../../report/graph.js').Graph} */
    const graph = {
      urls: ['entry', 'barrel', 'part'],
      imports: [[1], [2], []],
      specifiers: [new Map([['./barrel.js', 1]]), new Map([['./part.js', 2]]), new Map()],
      parents: [-1, 0, 1],
    };
    return findBarrels(graph, [analyze(entry), analyze(barrel), analyze(part.join('\n'))]);
  }

  for (const [how, barrel] of /** @type {const} */ ([
    ['by name', parts.join('\n')],
    ['by a star', `export * from './part.js';`],
  ])) {
    test(`names that are passed on ${how} are counted, and those that are used`, () => {
      assert.deepEqual(find(`import { x1, x2 } from './barrel.js';`, barrel), [
        { row: 1, names: 40, used: 2 },
      ]);
      assert.deepEqual(find(`import './barrel.js';`, barrel), [{ row: 1, names: 40, used: 0 }]);
    });

    test(`whoever takes all that is passed on ${how} uses all`, () => {
      assert.deepEqual(find(`import * as all from './barrel.js';`, barrel), []);
      assert.deepEqual(find(`import('./barrel.js');`, barrel), []);
    });
  }

  test('a module that exports what is its own is none', () => {
    assert.deepEqual(find(`import { x1 } from './barrel.js';`, part.join('\n')), []);
  });
});

test('a package is the nearest folder with a name', (t) => {
  const box = sandbox(t);
  box.write('package.json', '{"name":"app","version":"1.0.0"}');
  box.write('lib/package.json', '{"type":"module"}');
  box.write('lib/a.js', '');
  box.write('node_modules/p/package.json', '{"name":"p","version":"2.0.0"}');
  box.write('node_modules/broken/package.json', '{');
  const packages = new Packages();
  const rows = ['lib/a.js', 'node_modules/p/b.js', 'node_modules/p/lib/c.js'].map((file) =>
    packages.rowOf(pathToFileURL(path.join(box.project, file)).href),
  );
  const [app, p, again] = rows.map((row) => packages.list[row]);
  assert.deepEqual([app?.name, p?.name, p?.version], ['app', 'p', '2.0.0']);
  assert.equal(again, p);
  assert.equal(packages.list[packages.rowOf('node:fs')]?.name, 'node:');
  assert.equal(packages.list[packages.rowOf('data:text/javascript,0')]?.version, '');
});
