// Deno runs apps with its own loader: the preload must change nothing, whatever it is allowed to do.
//   deno run --allow-all test/deno/register.mjs

import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { fileURLToPath } from 'node:url';

const root = fileURLToPath(new URL('../../', import.meta.url));
const project = fs.realpathSync(fs.mkdtempSync(path.join(os.tmpdir(), 'bmes-test-')));
process.on('exit', () => fs.rmSync(project, { recursive: true, force: true }));

// A copy, as an install makes it: Deno takes what a link leads to for files of the user's.
const installed = path.join(project, 'node_modules', 'bmes-cache');
for (const name of ['runtime', 'package.json']) {
  fs.cpSync(path.join(root, name), path.join(installed, name), { recursive: true });
}
for (const [name, content] of Object.entries({
  'package.json': '{ "type": "module", "dependencies": { "bmes-cache": "*" } }',
  'main.js': 'import "./dependency.js"; console.log(process.argv.slice(2), import.meta.main);',
  'dependency.js': 'console.log("dependency");',
  'throws.js': 'import "./dependency.js"; throw new TypeError("thrown in the app");',
  'enables.js': 'import "bmes-cache/register"; import "./main.js";',
  'plain.js': 'import "./main.js";',
})) {
  fs.writeFileSync(path.join(project, name), content);
}

/**
 * @param {string[]} words
 * @param {Record<string, string>} [env]
 */
function deno(words, env) {
  const { stdout, stderr, status, signal } = spawnSync(process.execPath, ['run', ...words], {
    cwd: project,
    env: { PATH: process.env.PATH, HOME: project, NO_COLOR: '1', ...env },
    encoding: 'utf8',
  });
  return { stdout, stderr, status, signal };
}

const ALLOWANCES = [[], ['--allow-read'], ['--allow-env'], ['--allow-all']];
const preload = ['--preload', 'npm:bmes-cache/register'];

for (const allowed of ALLOWANCES) {
  for (const [words, ends] of /** @type {const} */ ([
    [['main.js', 'a', '--b'], 0],
    [['throws.js'], 1],
  ])) {
    const native = deno([...allowed, ...words]);
    assert.equal(native.status, ends, native.stderr);
    assert.deepStrictEqual(deno([...allowed, ...preload, ...words]), native);
  }
  const native = deno([...allowed, 'plain.js']);
  assert.equal(native.status, 0, native.stderr);
  assert.deepStrictEqual(deno([...allowed, 'enables.js']), native);
}

const { stderr } = deno(['--allow-all', ...preload, 'main.js'], { BMES_DEBUG: '1' });
assert.match(stderr, /^bmes: stand-aside BMES_UNSUPPORTED_RUNTIME /);
assert.match(stderr, /^bmes: stage native mode native /m);

console.log(`ok: ${navigator.userAgent}`);
