// What all commands have in common: help that teaches, options that are refused by name, colours.

import assert from 'node:assert/strict';
import path from 'node:path';
import { describe, test } from 'node:test';
import { packageRoot, runCli, start } from '../support/run.mjs';
import { sandbox } from '../support/sandbox.mjs';

const commands = ['why', 'inspect', 'list', 'stats', 'verify', 'clean'];

/** @param {import('node:test').TestContext} t */
function place(t) {
  const box = sandbox(t);
  return { cwd: box.project, home: box.home, cache: box.cache('esm'), isUntested: true };
}

for (const command of commands) {
  describe(`bmes ${command}`, { concurrency: 2 }, () => {
    test('its help has examples, options and exit codes', async (t) => {
      const run = place(t);
      const help = await runCli(['help', command], run);
      assert.deepEqual([help.exitCode, help.stderr], [0, '']);
      assert.ok(help.stdout.startsWith(`Usage: bmes ${command} `), help.stdout);
      assert.match(help.stdout, new RegExp(`^ {2}bmes ${command}\\b`, 'm'));
      assert.match(help.stdout, /^ +--json /m);
      assert.match(help.stdout, /\b0\b[\s\S]*\b1\b[\s\S]*\b2\b/);
      assert.ok(Math.max(...help.stdout.split('\n').map((line) => line.length)) <= 112);
      assert.equal((await runCli([command, '-h'], run)).stdout, help.stdout);
      const all = await runCli(['--help'], run);
      assert.match(all.stdout, new RegExp(`^ {2}${command} `, 'm'));
    });

    test('an option that there is not', async (t) => {
      const run = place(t);
      const wrong = await runCli([command, '--jsonn'], run);
      assert.deepEqual([wrong.exitCode, wrong.stdout], [2, '']);
      assert.match(wrong.stderr, /unknown option '--jsonn'; did you mean '--json'\?/);
      const strange = await runCli([command, '--qqqqqqq'], run);
      assert.match(strange.stderr, /unknown option '--qqqqqqq'\n/);
    });
  });
}

test('a command that there is not', async (t) => {
  const wrong = await runCli(['verfy'], place(t));
  assert.deepEqual([wrong.exitCode, wrong.stdout], [2, '']);
  assert.match(wrong.stderr, /unknown command 'verfy'; did you mean 'verify'\?/);
});

test('colours are for terminals, and for whoever wants them', async (t) => {
  const common = path.join(packageRoot, 'cli', 'common.js');
  const script = (/** @type {boolean} */ isTTY) => [
    '-e',
    `process.stdout.isTTY = ${isTTY};
     console.log(JSON.stringify(require(${JSON.stringify(common)}).styled('red', 'x')));`,
  ];
  const { cwd, home } = place(t);
  const said = async (/** @type {boolean} */ isTTY, /** @type {Record<string, string>} */ env) =>
    JSON.parse((await start(script(isTTY), { cwd, home, env })).stdout);
  assert.equal(await said(true, { NO_COLOR: '' }), '\u001b[31mx\u001b[39m');
  assert.equal(await said(true, { NO_COLOR: '1' }), 'x');
  assert.equal(await said(true, { NO_COLOR: '', TERM: 'dumb' }), 'x');
  assert.equal(await said(false, { NO_COLOR: '' }), 'x');
});

test('what a terminal would obey is not printed', async (t) => {
  const run = place(t);
  const said = await runCli(['inspect', 'a\u001b[2Jb'], run);
  assert.equal(said.exitCode, 1);
  assert.ok(!said.stderr.includes('\u001b'), JSON.stringify(said.stderr));
});
