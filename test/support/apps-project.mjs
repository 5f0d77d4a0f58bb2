/** A project of a test's own that can import the packages of `apps/`. */

import fs from 'node:fs';
import path from 'node:path';
import { appsDirectory, installedApps } from '../../scripts/apps.mjs';
import { sandbox } from './sandbox.mjs';

/**
 * @param {Parameters<typeof sandbox>[0]} test
 * @param {Record<string, string>} files
 */
export async function appsProject(test, files) {
  await installedApps([]);
  const box = sandbox(test);
  fs.symlinkSync(path.join(appsDirectory, 'node_modules'), box.path('node_modules'), 'dir');
  for (const [file, content] of Object.entries(files)) box.write(file, content);
  return box;
}
