/**
 * The long run of what test/store does for seconds.
 *
 *     npm run soak -- --seconds 120
 *     npm run soak -- --seconds 600 --only writers
 *
 * `--only` takes writers, apps, entries, packs, separated by commas. Half of the time goes to the
 * writers, a quarter to the apps; damage takes as long as it takes. The numbers are printed as JSON; the
 * exit code is 0 if nothing was wrong.
 */

import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { parseArgs } from 'node:util';
import { runtimes } from '../../scripts/runtimes.mjs';
import { flipEntry, flipPack, truncateEntry } from '../support/damage.mjs';
import { sandbox } from '../support/sandbox.mjs';
import { StoreProcess } from '../support/store-process.mjs';
import { onlyEntry } from '../support/stored.mjs';
import { warmApp } from '../support/warm.mjs';
import { killApps } from './kill-apps.mjs';
import { killWriters } from './kill-writers.mjs';

const { values: options } = parseArgs({
  options: {
    seconds: { type: 'string', default: '120' },
    only: { type: 'string', default: 'writers,apps,entries,packs' },
  },
});
const seconds = Number(options.seconds);
if (!(seconds > 0)) throw new Error(`--seconds must be a number, got ${options.seconds}`);

const { node22, node24 } = await runtimes();
const node = node24 ?? process.execPath;
const nodes = [node, node22 ?? node];

/** @type {(() => void)[]} */
const endings = [];
const owner = { after: (/** @type {() => void} */ work) => void endings.push(work) };

/** @type {Record<string, () => Promise<object>>} */
const parts = {
  writers: () => killWriters({ directory: folder('writers'), nodes, seconds: seconds / 2 }),
  apps: () => killApps(sandbox(owner, 'guarded'), { nodes, seconds: seconds / 4 }),
  async entries() {
    const directory = folder('entries');
    const cache = new StoreProcess({ node, cache: { directory }, length: 4096 });
    await cache.assertSaves();
    const entry = onlyEntry(directory);
    const flipped = await flipEntry(cache, entry);
    const truncated = await truncateEntry(cache, entry);
    await cache.end();
    return { flipped, truncated };
  },
  async packs() {
    const sum = { places: 0, refused: 0, bytes: 0 };
    for (const mode of /** @type {const} */ (['hooks', 'linker'])) {
      const app = await warmApp(sandbox(owner, 'guarded'), mode, node);
      const cache = new StoreProcess({ node, cache: { directory: app.run.cache } });
      const { places, refused } = await flipPack(cache, app, Infinity);
      sum.places += places;
      sum.refused += refused;
      sum.bytes += app.pack.bytes.length;
      await cache.end();
    }
    return sum;
  },
};

try {
  for (const name of options.only.split(',')) {
    const part = parts[name];
    if (!part) throw new Error(`--only knows ${Object.keys(parts).join(', ')}, not ${name}`);
    const started = Date.now();
    const sum = await part();
    const took = Math.round((Date.now() - started) / 1000);
    console.log(JSON.stringify({ part: name, seconds: took, ...sum }));
  }
} finally {
  for (const work of endings) work();
}

/** @param {string} name */
function folder(name) {
  const made = fs.realpathSync(fs.mkdtempSync(path.join(os.tmpdir(), `bmes-soak-${name}-`)));
  endings.push(() => fs.rmSync(made, { recursive: true, force: true }));
  return path.join(made, 'esm');
}
