// A graph may be as deep as a disk holds files.

import assert from 'node:assert/strict';
import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { after, test } from 'node:test';
import { pathToFileURL } from 'node:url';
import { buildGraph } from '../../index.js';

const scratch = fs.realpathSync(fs.mkdtempSync(path.join(os.tmpdir(), 'bmes-chain-')));
after(() => fs.rmSync(scratch, { recursive: true, force: true }));

test('a chain of 10,000 modules that ends where it begins', () => {
  const at = (/** @type {number} */ number) => path.join(scratch, `m${number}.mjs`);
  for (let number = 0; number < 10_000; number++) {
    const text = `export * from './m${number + 1}.mjs'; export let x${number};`;
    fs.writeFileSync(at(number), text);
  }
  fs.writeFileSync(at(10_000), `import './m0.mjs'; export let last;`);
  const graph = buildGraph(at(0));
  assert.equal(graph.size, 10_001);
  assert.equal(graph.exports(at(0)).names.length, 10_001);
  assert.equal(graph.evaluationOrder()[0], pathToFileURL(at(10_000)).href);
  assert.equal(graph.cycles()[0]?.modules.length, 10_001);
  assert.equal(graph.why(at(9_999)).chains[0]?.length, 10_000);
  assert.equal(graph.retained(at(1)).modules, 10_000);
  assert.equal(graph.changedSince([at(10_000)]).affected.length, 10_001);
});
