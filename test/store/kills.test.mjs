/** A few seconds of what `npm run soak` does for minutes. */

import assert from 'node:assert/strict';
import path from 'node:path';
import { test } from 'node:test';
import { runtimes } from '../../scripts/runtimes.mjs';
import { killApps } from '../soak/kill-apps.mjs';
import { killWriters } from '../soak/kill-writers.mjs';
import { testedNode } from '../support/run.mjs';
import { sandbox } from '../support/sandbox.mjs';

const { node22 = testedNode, node24 = testedNode } = await runtimes();
const nodes = [node24, node22];
const isWindows = process.platform === 'win32' && 'processes cannot be stopped on Windows';

test(
  'eight processes of two runtimes are killed while they share a directory',
  {
    skip: isWindows,
  },
  async (t) => {
    const directory = path.join(sandbox(t).home, 'esm');
    const sum = await killWriters({ directory, nodes, seconds: 6 });
    t.diagnostic(JSON.stringify(sum));
    assert.ok(sum.killed >= 8 && sum.loads > 0 && sum.saves > 0 && sum.samples > 0);
  },
);

test('apps that are killed in any stage answer as they do natively afterwards', async (t) => {
  const sum = await killApps(sandbox(t, 'guarded'), { nodes, seconds: 3 });
  t.diagnostic(JSON.stringify(sum));
  assert.ok(sum.killed > 0 && sum.compared > 0);
});
