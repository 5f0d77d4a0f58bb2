// `bmes graph` as a process.

import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { after, describe, test } from 'node:test';
import { fileURLToPath } from 'node:url';

const bin = fileURLToPath(new URL('../../cli/bmes.js', import.meta.url));
const scratch = fs.realpathSync(fs.mkdtempSync(path.join(os.tmpdir(), 'bmes-graph-cli-')));
after(() => fs.rmSync(scratch, { recursive: true, force: true }));

const letters = Array.from('abcdefghij');
for (const [name, text] of Object.entries({
  'main.mjs': `import { a } from './all.mjs'; import 'p'; import('./late.mjs'); import './gone.mjs'`,
  'all.mjs': letters.map((letter) => `export * from './${letter}.mjs';`).join(''),
  ...Object.fromEntries(letters.map((it) => [`${it}.mjs`, `export let ${it}; // ${it}`])),
  'late.mjs': `import './back.mjs'; import 'p'`,
  'back.mjs': `import './late.mjs'; import fs from 'fs'`,
  'node_modules/p/package.json': '{ "name": "p", "version": "1.0.0", "exports": "./p.mjs" }',
  'node_modules/p/p.mjs': `import 'q'`,
  'node_modules/q/package.json': '{ "name": "q", "version": "2.0.0", "exports": "./q.cjs" }',
  'node_modules/q/q.cjs': `require('p2')`,
  'node_modules/p2/package.json': '{ "name": "p", "version": "3.0.0" }',
  'node_modules/p2/index.js': '',
})) {
  fs.mkdirSync(path.join(scratch, path.dirname(name)), { recursive: true });
  fs.writeFileSync(path.join(scratch, name), text);
}

/** @param {string[]} words */
function graph(...words) {
  const { status, stdout, stderr } = spawnSync(process.execPath, [bin, 'graph', ...words], {
    cwd: scratch,
    encoding: 'utf8',
  });
  return { status, stdout, stderr };
}

describe('the tree', () => {
  test('has every module once, what it costs, and how it is asked for', () => {
    const { status, stdout } = graph('main.mjs');
    assert.equal(status, 0);
    const lines = stdout.split('\n');
    assert.match(lines[0] ?? '', /^main\.mjs {2}\d+ B \[17 modules, \d+ B\]$/);
    assert.match(lines[1] ?? '', /^\|- all\.mjs {2}\d+ B \[11 modules, \d+ B\]$/);
    assert.ok(lines.some((line) => /^ {2}[`|]- ~?late\.mjs/.test(line) || /~late\.mjs/.test(line)));
    assert.ok(lines.some((line) => /=node_modules\/p2\/index\.js {2}0 B$/.test(line)));
    assert.ok(
      lines.some((line) => /late\.mjs.* {2}\*$/.test(line)),
      stdout,
    );
    assert.match(lines.at(-2) ?? '', /^17 modules, \d+ B in 3 packages, 1 import unresolved/);
  });

  test('goes as deep as is said', () => {
    const { stdout } = graph('--depth', '2', 'main.mjs');
    assert.match(stdout, /all\.mjs .*\.\.\. 10 more below/);
    assert.ok(!stdout.includes(' a.mjs'));
  });

  test('has no colour outside of a terminal', () => {
    assert.ok(!graph('main.mjs').stdout.includes('\u{1b}'));
  });
});

describe('why', () => {
  test('prints the chains and what each import costs', () => {
    const { stdout } = graph('--why', 'b.mjs', 'main.mjs');
    const [first, , entry, barrel, last] = stdout.split('\n');
    assert.match(first ?? '', /^b\.mjs {2}imported by 1 module; without it: 1 module, \d+ B less$/);
    assert.equal(entry, '  main.mjs');
    assert.match(barrel ?? '', /^ {4}all\.mjs {2}-11 modules, \d+ B$/);
    assert.match(last ?? '', /^ {6}b\.mjs {2}-1 module, \d+ B$/);
  });

  test('takes a package', () => {
    const { stdout } = graph('--why', 'q', 'main.mjs');
    assert.match(stdout, /node_modules\/p\/p\.mjs {2}-\n {6}node_modules\/q\/q\.cjs {2}-2 modules/);
  });

  test('as JSON too', () => {
    const { schema, modules } = JSON.parse(graph('--why', 'b.mjs', '--json', 'main.mjs').stdout);
    assert.deepStrictEqual([schema, modules.length, modules[0].importers], [1, 1, 1]);
  });

  test('of nothing is a failure', () => {
    const { status, stderr } = graph('--why', 'nothing', 'main.mjs');
    assert.equal(status, 1);
    assert.match(stderr, /nothing in the graph is called nothing/);
  });
});

test('cycles, copies, barrels and what is lost', () => {
  assert.match(
    graph('--cycles', 'main.mjs').stdout,
    / {2}late\.mjs\n {2}-> back\.mjs\n {2}-> late/,
  );
  assert.match(
    graph('--duplicates', 'main.mjs').stdout,
    /^p: 2 copies\n {2}1\.0\.0 .*\n {2}3\.0\.0 /,
  );
  const { stdout } = graph('--barrels', 'main.mjs');
  assert.match(
    stdout,
    /^all\.mjs\n {2}1 of 10 exports used \(10 %\); loads 11 modules, .* needs 2 /,
  );
  assert.match(graph('--unresolved', 'main.mjs').stdout, /\.\/gone\.mjs {2}ERR_MODULE_NOT_FOUND/);
  for (const view of ['cycles', 'duplicates', 'barrels', 'unresolved']) {
    const answer = JSON.parse(graph(`--${view}`, '--json', 'main.mjs').stdout);
    assert.equal(answer.schema, 1);
    assert.equal(answer[view].length, 1, view);
    const none = graph(`--${view}`, 'a.mjs');
    assert.equal(none.status, 0);
    assert.equal(none.stdout.trim().split('\n').length, 1);
  }
});

test('JSON is the graph', () => {
  const { schema, modules } = JSON.parse(graph('--json', 'main.mjs').stdout);
  assert.equal(schema, 1);
  assert.equal(modules.length, 18);
});

test('pictures name every module and every edge', () => {
  const dot = graph('--dot', 'main.mjs').stdout;
  assert.match(dot, /^digraph modules \{\n/);
  assert.equal(dot.match(/label=/g)?.length, 17);
  assert.match(dot, /n0 -> n\d+ \[style=dashed\];/);
  const mermaid = graph('--mermaid', '--packages', 'main.mjs').stdout;
  assert.match(mermaid, /^flowchart LR\n {2}n0\(\["main\.mjs /);
  assert.match(mermaid, /\["q 2\.0\.0 /);
  assert.match(mermaid, /n\d+ ==> n\d+/);
});

test('options choose what belongs to it', () => {
  const modules = (/** @type {string[]} */ ...words) =>
    JSON.parse(graph('--json', ...words, 'main.mjs').stdout).modules.length;
  assert.equal(modules('--no-dynamic'), 16);
  assert.equal(modules('--external', 'p', '--no-dynamic'), 13);
  assert.equal(modules('--exclude', 'node_modules'), 16);
});

describe('misuse', () => {
  /** @type {[string[], RegExp][]} */
  const cases = [
    [[], /no entry given/],
    [['--nothing', 'main.mjs'], /unknown option '--nothing'/],
    [['--dot', '--json', 'main.mjs'], /--json and --dot are different forms/],
    [['--cycles', '--why', 'a', 'main.mjs'], /--why and --cycles are different questions/],
    [['--cycles', '--dot', 'main.mjs'], /--cycles has no picture/],
    [['--depth', 'x', 'main.mjs'], /--depth must be a number/],
    [['--why', '', 'main.mjs'], /--why needs a module/],
    [['https://x/y.mjs'], /must be a path or a file: URL/],
  ];
  for (const [words, message] of cases) {
    test(`${words.join(' ') || 'nothing'} ends with 2`, () => {
      const { status, stdout, stderr } = graph(...words);
      assert.deepStrictEqual([status, stdout], [2, '']);
      assert.match(stderr, message);
      assert.match(stderr, /Try 'bmes graph --help'/);
    });
  }

  test('an entry that is not there ends with 1', () => {
    const { status, stderr } = graph('nowhere.mjs');
    assert.equal(status, 1);
    assert.match(stderr, /^bmes graph: BMES_GRAPH_ENTRY_NOT_FOUND no module at .*nowhere\.mjs/);
  });

  test('help is help', () => {
    const { status, stdout } = graph('--help');
    assert.equal(status, 0);
    assert.match(stdout, /^Usage: bmes graph/);
  });
});
