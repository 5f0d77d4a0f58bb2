/**
 * Runs tests of whole processes on the package as it is published, where one file is all that runs before
 * an app. Everywhere else they run on the sources.
 *
 *     node scripts/test-bundle.mjs [test files]
 */

import { spawnSync } from 'node:child_process';
import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { nodeBinary } from './runtimes.mjs';

const root = fileURLToPath(new URL('../', import.meta.url));
const DEFAULT_TESTS = [
  'test/bundle/code.test.mjs',
  ...['launch', 'preload-forms', 'fixture-app', 'errors'].map((n) => `test/runtime/${n}.test.mjs`),
];

const given = process.argv.slice(2);
const node = await nodeBinary('24');
const folder = fs.realpathSync(fs.mkdtempSync(path.join(os.tmpdir(), 'bmes-bundle-')));
try {
  /** @type {{ files: string[] }} */
  const { files } = JSON.parse(fs.readFileSync(path.join(root, 'package.json'), 'utf8'));
  const addons = fs.readdirSync(root).filter((name) => name.endsWith('.node'));
  for (const name of ['package.json', ...files, ...addons]) {
    const from = path.join(root, name);
    if (fs.existsSync(from)) fs.cpSync(from, path.join(folder, name), { recursive: true });
  }
  run(process.execPath, ['scripts/bundle.mjs', '--to', folder]);
  const tests = given.length > 0 ? given : DEFAULT_TESTS;
  run(node, ['--test', '--test-reporter=spec', ...tests]);
} finally {
  fs.rmSync(folder, { recursive: true, force: true });
}

/**
 * @param {string} file
 * @param {string[]} args
 */
function run(file, args) {
  const env = { ...process.env, BMES_TEST_NODE: node, BMES_TEST_PACKAGE: folder };
  const { error, status } = spawnSync(file, args, { cwd: root, env, stdio: 'inherit' });
  if (error) throw error;
  if (status !== 0) process.exitCode = status ?? 1;
}
