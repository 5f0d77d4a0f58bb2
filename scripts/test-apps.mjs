/**
 * All real programs on each Node that can start apps from the cache.
 *
 *     npm run test:apps
 *     npm run test:apps -- node24 node26
 */

import { spawnSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { loaderRuntimes, nodeBinary, runtimes } from './runtimes.mjs';

const wanted = process.argv.slice(2);
const paths = await runtimes();
const names = wanted.length > 0 ? wanted : loaderRuntimes.filter((name) => paths[name]);
for (const name of names) {
  const node = await nodeBinary(name);
  console.log(`${name}: ${node}`);
  const { status } = spawnSync(
    node,
    ['--test', '--test-reporter=spec', 'test/runtime/programs.test.mjs'],
    {
      cwd: fileURLToPath(new URL('../', import.meta.url)),
      env: { ...process.env, BMES_ALL_PROGRAMS: '1', BMES_TEST_NODE: node },
      stdio: 'inherit',
    },
  );
  if (status !== 0) process.exitCode = 1;
}
