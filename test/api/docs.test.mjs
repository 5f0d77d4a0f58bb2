// The examples of docs/api.md print what stands below them.

import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { after, test } from 'node:test';
import { fileURLToPath } from 'node:url';

const root = fileURLToPath(new URL('../../', import.meta.url));
const text = fs.readFileSync(path.join(root, 'docs/api.md'), 'utf8');

const blocks = [...text.matchAll(/^```(\w+)(?: file=(\S+))?\n([\s\S]*?)^```$/gm)].map(
  ([, language = '', file, content = '']) => ({ language, file, content }),
);
const files = blocks.filter((block) => block.file !== undefined);
const examples = blocks.flatMap((block, at) => {
  const isExample = block.language === 'js' && block.file === undefined;
  return isExample ? [{ code: block.content, printed: blocks[at + 1] }] : [];
});

const scratch = fs.realpathSync(fs.mkdtempSync(path.join(os.tmpdir(), 'bmes-docs-')));
after(() => fs.rmSync(scratch, { recursive: true, force: true }));
for (const { file = '', content } of files) {
  fs.mkdirSync(path.join(scratch, path.dirname(file)), { recursive: true });
  fs.writeFileSync(path.join(scratch, file), content);
}
fs.mkdirSync(path.join(scratch, 'node_modules'));
fs.symlinkSync(root, path.join(scratch, 'node_modules/bmes-cache'), 'junction');

test('there are examples', () => assert.ok(examples.length > 10 && files.length === 7));

const skip = process.versions.bun ? 'Bun prints values in another way' : false;
for (const [at, { code, printed }] of examples.entries()) {
  test(`example ${at + 1} prints what it says`, { skip }, () => {
    assert.equal(printed?.language, 'text', `what it prints is missing below\n${code}`);
    const file = path.join(scratch, `example-${at}.mjs`);
    fs.writeFileSync(file, code);
    const options = /** @type {const} */ ({ cwd: scratch, encoding: 'utf8' });
    const { stdout, stderr } = spawnSync(process.execPath, [file], options);
    assert.equal(stdout, printed?.content, stderr);
  });
}
