/** The package as it is published, where one file is all that runs before an app. */

import { spawnSync } from 'node:child_process';
import fs from 'node:fs';
import path from 'node:path';
import { fileURLToPath } from 'node:url';

const root = fileURLToPath(new URL('../', import.meta.url));

/**
 * @param {string} scratch
 * @returns {Promise<string>} its folder
 */
export async function packageWithBundle(scratch) {
  const folder = path.join(scratch, 'package');
  /** @type {{ files: string[] }} */
  const { files } = JSON.parse(fs.readFileSync(path.join(root, 'package.json'), 'utf8'));
  const addons = fs.readdirSync(root).filter((name) => name.endsWith('.node'));
  if (addons.length === 0) throw new Error('the addon is not built: npm run build');
  for (const name of ['package.json', ...files, ...addons]) {
    const from = path.join(root, name);
    if (fs.existsSync(from)) fs.cpSync(from, path.join(folder, name), { recursive: true });
  }
  const made = spawnSync(process.execPath, ['scripts/bundle.mjs', '--to', folder], {
    cwd: root,
    stdio: 'inherit',
  });
  if (made.status !== 0) throw new Error(`scripts/bundle.mjs ended with ${made.status}`);
  return folder;
}
