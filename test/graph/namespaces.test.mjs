// Expanded exports are the keys of the real namespaces, and the order of evaluation is the real one.

import assert from 'node:assert/strict';
import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { after, describe, test } from 'node:test';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { buildGraph } from '../../index.js';

const root = fileURLToPath(new URL('../../', import.meta.url));
const scratch = fs.realpathSync(fs.mkdtempSync(path.join(os.tmpdir(), 'bmes-names-')));
after(() => fs.rmSync(scratch, { recursive: true, force: true }));

describe('exports are those of the namespace', () => {
  for (const name of ['zod', 'effect', 'lodash-es', 'date-fns', 'remeda', 'three', 'astro']) {
    test(`of every module of ${name}`, async () => {
      const graph = buildGraph(path.join(root, 'apps/entries', `${name}.mjs`));
      const all = graph.allExports();
      let [exact, partly] = [0, 0];
      for (const url of graph.evaluationOrder()) {
        if (graph.getModule(url)?.format !== 'module') continue;
        const { names, missing, unknown, hasUnresolvedStar } = all[url] ?? assert.fail(url);
        const real = Object.keys(await import(url));
        assert.deepStrictEqual(missing, [], url);
        assert.ok(!hasUnresolvedStar, url);
        if (unknown.length === 0) {
          assert.deepStrictEqual(names, real, url);
          exact += 1;
        } else {
          assert.ok(
            names.every((each) => real.includes(each)),
            url,
          );
          partly += 1;
        }
      }
      assert.ok(exact > 50 || name === 'three', `${exact}, ${partly}`);
      assert.ok(exact > 0 && partly * 10 < exact + 10, `${exact}, ${partly}`);
    });
  }
});

/** Numbers that are the same each time. */
function randomNumbers(/** @type {number} */ seed) {
  let state = seed;
  return (/** @type {number} */ below) => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    return Math.floor((state / 2 ** 32) * below);
  };
}

/** @type {Record<string, string[]>} */
const logs = /** @type {any} */ (globalThis).bmesLogs ?? {};
/** @type {any} */ (globalThis).bmesLogs = logs;

test('a name may have any text', async () => {
  const names = ['a\nb', '\n', '', '[]', 'é', '\u{10437}', '\ue000', 'constructor', '__proto__'];
  const folder = path.join(scratch, 'texts');
  fs.mkdirSync(folder);
  const list = names.map((name) => `own as ${JSON.stringify(name)}`).join(', ');
  fs.writeFileSync(path.join(folder, 'names.mjs'), `const own = 1; export { ${list} };`);
  fs.writeFileSync(path.join(folder, 'main.mjs'), "export * from './names.mjs';");
  const entry = pathToFileURL(path.join(folder, 'main.mjs')).href;
  const graph = buildGraph(entry);
  const real = Object.keys(await import(entry));
  assert.strictEqual(real.length, names.length);
  assert.deepStrictEqual(graph.exports(entry).names, real);
  assert.deepStrictEqual(graph.allExports()[entry]?.names, real);
});

describe('random modules', () => {
  test('run in the order that is said', async () => {
    let waits = 0;
    for (let seed = 1; seed <= 150; seed++) {
      const random = randomNumbers(seed);
      const count = 2 + random(9);
      const folder = path.join(scratch, `order-${seed}`);
      fs.mkdirSync(folder);
      logs[seed] = [];
      for (let at = 0; at < count; at++) {
        const targets = Array.from({ length: random(4) }, () => random(count));
        const isAsync = seed % 2 === 0 && random(4) === 0;
        if (isAsync) waits += 1;
        const lines = targets.map((target) => `import './m${target}.mjs';`);
        lines.push(`bmesLogs[${seed}].push('m${at}.mjs');`, isAsync ? 'await 0;' : '');
        fs.writeFileSync(path.join(folder, `m${at}.mjs`), lines.join('\n'));
      }
      const entry = path.join(folder, 'm0.mjs');
      const order = buildGraph(entry).evaluationOrder();
      await import(pathToFileURL(entry).href);
      const expected = logs[seed]?.map((name) => pathToFileURL(path.join(folder, name)).href);
      assert.deepStrictEqual(order, expected, `seed ${seed}`);
    }
    assert.ok(waits > 50, `${waits}`);
  });

  test('export what is said, conflicts and all', async () => {
    let [conflicts, broken] = [0, 0];
    for (let seed = 1; seed <= 300; seed++) {
      const random = randomNumbers(seed * 7919);
      const pick = () => ['p', 'q', 'r', 'default', "'a b'"][random(5)] ?? 'p';
      const count = 2 + random(5);
      const folder = path.join(scratch, `exports-${seed}`);
      fs.mkdirSync(folder);
      for (let at = 0; at < count; at++) {
        const lines = ['const own = 1;'];
        const taken = new Set();
        for (let statements = random(6); statements > 0; statements--) {
          const from = `'./m${random(count)}.mjs'`;
          const [name, other] = [pick(), pick()];
          const kind = random(7);
          if (kind < 3) lines.push(`export * from ${from};`);
          else if (!taken.has(name)) {
            taken.add(name);
            if (kind === 3 || kind === 6) lines.push(`export { own as ${name} };`);
            else if (kind === 4) lines.push(`export * as ${name} from ${from};`);
            else lines.push(`export { ${other} as ${name} } from ${from};`);
          }
        }
        fs.writeFileSync(path.join(folder, `m${at}.mjs`), lines.join('\n'));
      }
      const entry = path.join(folder, 'm0.mjs');
      const graph = buildGraph(entry);
      const all = Object.entries(graph.allExports());
      // One that exports what is not there, or what is ambiguous, takes all with it.
      const isBroken = all.some(
        ([url, { missing, conflicts: names }]) =>
          missing.length > 0 ||
          names.some(({ name }) =>
            graph.metadata(url).exportEntries.some((each) => each.exportName === name),
          ),
      );
      if (isBroken) {
        broken += 1;
        await assert.rejects(import(pathToFileURL(entry).href), SyntaxError, `seed ${seed}`);
        continue;
      }
      for (const [url, { names, conflicts: several }] of all) {
        assert.deepStrictEqual(names, Object.keys(await import(url)), `${url} of seed ${seed}`);
        assert.deepStrictEqual(graph.exports(url).names, names);
        conflicts += several.length;
      }
    }
    assert.ok(conflicts > 10 && broken > 20 && broken < 280, `${conflicts}, ${broken}`);
  });
});
