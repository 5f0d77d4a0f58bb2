// Places are those of es-module-lexer, which every bundler reads, on every module of real apps.

import assert from 'node:assert/strict';
import { createRequire } from 'node:module';
import path from 'node:path';
import { test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { analyzeModule, buildGraph } from '../../index.js';

const root = fileURLToPath(new URL('../../', import.meta.url));
/** @type {any} Of the apps: it has types only where it is installed. */
const lexer = createRequire(path.join(root, 'apps/package.json'))('es-module-lexer');

for (const name of ['astro', 'effect', 'three']) {
  test(`imports and exports of ${name}`, async () => {
    await lexer.init;
    const graph = buildGraph(path.join(root, 'apps/entries', `${name}.mjs`));
    let [modules, places] = [0, 0];
    for (const { url, format } of graph) {
      if (format !== 'module') continue;
      const source = graph.source(url);
      const [theirs, exports] = lexer.parse(source, url);
      const ours = analyzeModule(source, url, { details: true });
      const imports = ours.imports.filter((each) => each.kind !== 'import-meta');
      const asked = theirs.filter((/** @type {any} */ each) => each.d !== -2);
      assert.deepStrictEqual(
        imports.map((each) => [each.start, each.end]),
        asked.map((/** @type {any} */ each) => [each.ss, each.se]),
        url,
      );
      for (const [at, each] of imports.entries()) {
        const their = asked[at];
        if (each.kind === 'import-statement') {
          assert.deepStrictEqual([each.specifierStart, each.specifierEnd], [their.s, their.e], url);
        }
        if (each.specifier !== null && their.n !== undefined) assert.equal(each.specifier, their.n);
      }
      const named = new Map(ours.exports.map((each) => [each.exportName, each.start]));
      for (const { n, s } of exports) {
        // It places a name that is a string inside its quotes.
        const start = named.get(n) ?? assert.fail(`${n} of ${url}`);
        assert.ok(start === s || source[start] === '"' || source[start] === "'", `${n} of ${url}`);
      }
      assert.equal(exports.length, ours.exports.length, url);
      modules += 1;
      places += imports.length + ours.exports.length;
    }
    assert.ok(modules > 0 && places > modules, `${modules}, ${places}`);
  });
}
