// The tools in examples/ do what they say.

import assert from 'node:assert/strict';
import { spawn, spawnSync } from 'node:child_process';
import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { createInterface } from 'node:readline';
import { after, test } from 'node:test';
import { fileURLToPath } from 'node:url';

const example = (/** @type {string} */ name) =>
  fileURLToPath(new URL(`../../examples/${name}`, import.meta.url));

const scratch = fs.realpathSync(fs.mkdtempSync(path.join(os.tmpdir(), 'bmes-examples-')));
after(() => fs.rmSync(scratch, { recursive: true, force: true }));

/**
 * @param {string} name
 * @param {Record<string, string>} files
 */
function folder(name, files) {
  const at = path.join(scratch, name);
  fs.mkdirSync(at);
  for (const [file, text] of Object.entries(files)) fs.writeFileSync(path.join(at, file), text);
  return at;
}

test('unused exports are found, with their places', () => {
  const cwd = folder('unused', {
    'main.mjs': `import { a } from './all.mjs'; import * as ns from './whole.mjs'; export let own;`,
    'all.mjs': `export * from './a.mjs';\nexport const idle = 1;`,
    'a.mjs': `export const a = 1, b = 2;\n  export default 3;`,
    'whole.mjs': `export let x`,
  });
  const options = /** @type {const} */ ({ cwd, encoding: 'utf8' });
  const run = (/** @type {string[]} */ ...entries) =>
    spawnSync(process.execPath, [example('unused-exports.mjs'), ...entries], options);
  const { status, stdout, stderr } = run('main.mjs');
  assert.equal(stdout, 'all.mjs:2:14 idle\na.mjs:1:21 b\na.mjs:2:10 default\n', stderr);
  assert.equal(status, 1);
  assert.equal(run('whole.mjs').status, 0);
  assert.equal(run().status, 2);
});

test('a change is told, with what it affects and what it broke', async () => {
  const cwd = folder('watch', {
    'main.mjs': `import './a.mjs'; import './b.mjs'`,
    'a.mjs': '',
    'b.mjs': '',
  });
  const child = spawn(process.execPath, [example('watch.mjs'), 'main.mjs'], {
    cwd,
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  try {
    const lines = createInterface({ input: child.stdout })[Symbol.asyncIterator]();
    const next = async () => String((await lines.next()).value);
    assert.equal(await next(), 'watching 3 modules');
    fs.writeFileSync(path.join(cwd, 'a.mjs'), 'export {');
    assert.equal(await next(), 'changed: main.mjs, a.mjs');
    assert.match(await next(), /^broken: a\.mjs:1:\d+ /);
  } finally {
    child.kill();
  }
});
