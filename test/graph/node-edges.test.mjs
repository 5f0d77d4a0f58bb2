// The edges of a graph are those that Node resolves when the app runs.

import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { after, test } from 'node:test';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { buildGraph } from '../../index.js';

const root = fileURLToPath(new URL('../../', import.meta.url));
const dump = new URL('dump-edges.mjs', import.meta.url).href;
const scratch = fs.mkdtempSync(path.join(os.tmpdir(), 'bmes-edges-'));
after(() => fs.rmSync(scratch, { recursive: true, force: true }));

/** @param {string} entry */
function nodesEdges(entry) {
  const file = path.join(scratch, 'edges.json');
  const { status, stderr } = spawnSync(process.execPath, ['--import', dump, entry], {
    env: { ...process.env, EDGES: file, NODE_OPTIONS: '' },
    stdio: ['ignore', 'ignore', 'pipe'],
    encoding: 'utf8',
  });
  assert.equal(status, 0, stderr);
  /** @type {[string, string, string, string, boolean][]} */
  const edges = JSON.parse(fs.readFileSync(file, 'utf8'));
  return edges;
}

for (const [name, edges, modules] of /** @type {const} */ ([
  ['astro', 2500, 600],
  ['effect', 500, 200],
  ['rxjs', 300, 1],
])) {
  test(`import '${name}'`, () => {
    const entry = path.join(root, 'apps/entries', `${name}.mjs`);
    const graph = buildGraph(entry);
    /** @type {Map<string, string | null>} */
    const ours = new Map();
    /** @type {Map<string, Set<string>>} */
    const staticRequests = new Map();
    for (const { url, imports, format } of graph) {
      for (const edge of imports) {
        const kind = edge.kind === 'require-call' ? 'require' : 'import';
        const attributes = JSON.stringify(Object.entries(edge.with ?? {}).sort());
        const key = [kind, url, edge.specifier, attributes].join('\n');
        ours.set(key, edge.url);
        if (edge.kind !== 'import-statement' || format !== 'module') continue;
        const requests = staticRequests.get(url) ?? new Set();
        staticRequests.set(url, requests.add(key));
      }
    }
    /** @type {Map<string, Set<string>>} */
    const seen = new Map();
    const loaded = new Set([pathToFileURL(entry).href]);
    let same = 0;
    for (const [parent, specifier, attributes, target, isRequire] of nodesEdges(entry)) {
      if (!graph.has(parent)) continue;
      const key = [isRequire ? 'require' : 'import', parent, specifier, attributes].join('\n');
      if (!isRequire) {
        seen.set(parent, (seen.get(parent) ?? new Set()).add(key));
        loaded.add(target);
      }
      const our = ours.get(key);
      if (our === undefined) {
        // A name that is computed, which the module says of itself; or what `createRequire` has made.
        const { hasComputedImports, format } = graph.getModule(parent) ?? assert.fail();
        assert.ok(isRequire && (format === 'module' || hasComputedImports), key);
        continue;
      }
      // Node names builtins that are required as they are written.
      const expected = our?.startsWith('node:') && isRequire ? our.replace('node:', '') : our;
      assert.equal(target.replace(isRequire ? /^node:/ : /^$/, ''), expected, key);
      same += 1;
    }
    // The other way round: of what was loaded, every static request was asked for.
    let whole = 0;
    for (const [url, requests] of staticRequests) {
      if (!loaded.has(url)) continue;
      for (const key of requests) assert.ok(seen.get(url)?.has(key), `Node never asked for ${key}`);
      whole += 1;
    }
    assert.ok(same >= edges, `${same} edges`);
    assert.ok(whole >= modules, `${whole} modules`);
  });
}
