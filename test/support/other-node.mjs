import fs from 'node:fs';
import { loaderRuntimes, runtimes } from '../../scripts/runtimes.mjs';
import { testedNode } from './run.mjs';

/** A Node that can start apps from the cache and is not the tested one, if there is one. */
export async function otherNode() {
  const paths = await runtimes();
  const tested = fs.realpathSync(testedNode);
  const version = /node(\d+)\b/.exec(tested)?.[0] ?? `node${process.versions.node.split('.')[0]}`;
  const other = loaderRuntimes.find((name) => name !== version && paths[name]);
  return other && paths[other];
}
