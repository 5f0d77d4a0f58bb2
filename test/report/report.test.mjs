// `bmes report` as a user calls it, on a small program, and that a program that is watched does what it does.

import assert from 'node:assert/strict';
import fs from 'node:fs';
import { createRequire } from 'node:module';
import path from 'node:path';
import { describe, test } from 'node:test';
import { assertSameAnswer } from '../support/compare.mjs';
import { packageRoot, registerPath, runCli, runNative, start } from '../support/run.mjs';
import { sandbox } from '../support/sandbox.mjs';

/** @typedef {import('../../report/data.js').Report} Report */

const require = createRequire(import.meta.url);
/** @type {typeof import('../../report/account.js')} */
const { OTHERS, PHASES } = require('../../report/account.js');

const NAMES = 120;
const SECRET = 'a text that stands in a source';

/** @param {import('node:test').TestContext} t */
function app(t) {
  const box = sandbox(t);
  box.write('package.json', '{"name":"the-app","version":"1.2.3","type":"module"}');
  box.write(
    'app.js',
    `import { x1 } from 'barrel';
     import { twice } from './uses-old.js';
     import { readFileSync } from 'node:fs';
     import './legacy.cjs';
     globalThis.secret = ${JSON.stringify(SECRET)};
     const { late } = await import('./late.js');
     console.log(x1, twice, late, process.argv.slice(2), process.execArgv, process.env.BMES_OBSERVE);`,
  );
  box.write('late.js', 'export const late = 1;');
  box.write('legacy.cjs', `require('./dep.cjs'); exports.a = 1;`);
  // Mocks and loaders put into the table of modules what has no children, or is none.
  box.write(
    'dep.cjs',
    `require.cache.mock = { exports: 1 };
     require.cache.other = { exports: 2, filename: 'other', children: 3 };
     exports.b = 2;`,
  );
  box.write('uses-old.js', `export { twice } from './vendor/index.js';`);
  box.write('vendor/package.json', '{"name":"vendored","version":"0.0.1","type":"module"}');
  box.write('vendor/index.js', `export { twice } from 'twice';`);
  for (const [folder, version] of [
    ['node_modules/twice', '2.0.0'],
    ['vendor/node_modules/twice', '1.0.0'],
  ]) {
    box.write(
      `${folder}/package.json`,
      `{"name":"twice","version":"${version}","type":"module","exports":"./index.js"}`,
    );
    box.write(`${folder}/index.js`, 'export const twice = 2;');
  }
  box.write(
    'node_modules/barrel/package.json',
    '{"name":"barrel","version":"3.0.0","type":"module","exports":"./index.js"}',
  );
  const names = Array.from({ length: NAMES }, (_, at) => `export * from './x${at}.js';`);
  box.write('node_modules/barrel/index.js', `import 'twice';\n${names.join('\n')}`);
  for (let at = 0; at < NAMES; at++) {
    box.write(`node_modules/barrel/x${at}.js`, `export const x${at} = ${at};`);
  }
  return { box, options: { cwd: box.project, home: box.home, cache: box.cache('of-the-user') } };
}

/**
 * @param {Report} report
 * @param {string} end of a path
 */
function rowOf({ modules }, end) {
  const row = modules.findIndex((one) => one.url.endsWith(end));
  assert.notEqual(row, -1, `${end} is in the report`);
  return row;
}

test('a report has every module, who asked for it, and all of the time', async (t) => {
  const { box, options } = app(t);
  const words = ['report', '--runs', '1', '--json', '-o', 'page.html', 'app.js', '--', '--x', 'y'];
  const run = await runCli(words, options);
  assert.equal(run.exitCode, 0, run.stderr);
  /** @type {Report} */
  const report = JSON.parse(run.stdout);
  assert.equal(report.schema, 1);
  assert.deepEqual([report.entry, report.args], ['app.js', ['--x', 'y']]);
  assert.equal(report.cached.stage, 'warm linker');
  assert.deepEqual(report.notes, []);

  for (const way of /** @type {const} */ (['native', 'cached'])) {
    const { milliseconds, modules, others, runs } = report[way];
    const parts =
      PHASES.reduce((sum, phase) => sum + modules[phase], 0) +
      OTHERS.reduce((sum, name) => sum + others[name], 0);
    // What was measured with the clock only; the rest is what numbers lose when they are written.
    assert.ok(Math.abs(parts - milliseconds) < 0.05 * milliseconds, `${parts} of ${milliseconds}`);
    assert.ok(runs.includes(milliseconds));
    const own = report.modules.reduce((sum, one) => sum + one.own[way], 0);
    assert.ok(Math.abs(report.modules[0].all[way] - own) < 0.01 * own + 0.1);
    assert.ok(Math.abs(report.modules[0].only[way] - own) < 0.01 * own + 0.1);
  }

  const [entry] = report.modules;
  assert.equal(entry.url, 'app.js');
  const at = (/** @type {string} */ end) => rowOf(report, end);
  assert.equal(report.modules[at('/dep.cjs'.slice(1))].parent, at('legacy.cjs'));
  assert.ok(entry.imports.includes(at('late.js')));
  assert.ok(entry.imports.includes(at('node:fs')));
  assert.ok(report.modules[at('barrel/x7.js')].native.compile > 0);
  assert.ok(report.modules[at('barrel/x7.js')].native.resolve > 0);
  assert.equal(report.packages[entry.package]?.name, 'the-app');

  const codes = report.warnings.map(({ code }) => code);
  assert.ok(codes.includes('BMES_DUPLICATE_PACKAGE'), JSON.stringify(report.warnings));
  const barrel = report.warnings.find(({ code }) => code === 'BMES_BARREL');
  assert.match(barrel?.message ?? '', /^barrel\/index.js exports 120 names, of which 1 is used; /);
  assert.ok(report.costliest.some(({ module }) => module === at('barrel/index.js')));

  const page = fs.readFileSync(box.path('page.html'), 'utf8');
  assert.ok(!page.includes(SECRET) && !page.includes(box.project));
  assert.ok(!run.stdout.includes(SECRET) && !run.stdout.includes(box.project));
  // Nothing is asked of anybody: no address but those of namespaces.
  const addresses = [...page.matchAll(/https?:\/\/[^"'\s)]+/g)].map(([one]) => one);
  assert.deepEqual(
    addresses.filter((one) => !one.startsWith('http://www.w3.org/')),
    [],
  );
});

describe('in words', { concurrency: 2 }, () => {
  test('it names what costs most, says what it has written and keeps a budget', async (t) => {
    const { box, options } = app(t);
    const run = await runCli(['report', '--runs', '1', '--budget', '1', 'app.js'], options);
    assert.equal(run.exitCode, 1);
    assert.match(run.stdout, /^app\.js starts in \d/);
    assert.match(run.stdout, /costs most, .*\n +\S+ ms +barrel\/index\.js +imported by app\.js/);
    assert.match(run.stdout, /written to report\.html\n$/);
    assert.match(
      run.stderr,
      /^bmes report: over budget: it starts in .*, and 1 ms is the limit\n$/,
    );
    assert.ok(fs.existsSync(box.path('report.html')));
  });

  /** @type {[words: string[], problem: RegExp][]} */
  const mistakes = [
    [[], /no entry given/],
    [['--nope', 'app.js'], /unknown option '--nope'/],
    [['--budgt', '5', 'app.js'], /unknown option '--budgt'; did you mean '--budget'\?/],
    [['app.js', 'other.js'], /one entry at a time/],
    [['--runs', '0', 'app.js'], /--runs needs a number of at least 1/],
    [['--budget', 'x', 'app.js'], /--budget needs a number/],
    [['-o', '', 'app.js'], /--output needs the name of a file/],
  ];
  for (const [words, problem] of mistakes) {
    test(`bmes report ${words.join(' ')} is a mistake`, async (t) => {
      const run = await runCli(['report', ...words], app(t).options);
      assert.deepEqual([run.exitCode, run.stdout], [2, '']);
      assert.match(run.stderr, problem);
    });
  }

  test('an entry that is not there, and a program that is ended, are failures', async (t) => {
    const { box, options } = app(t);
    const missing = await runCli(['report', 'nosuch.js'], options);
    assert.deepEqual([missing.exitCode, missing.stdout], [1, '']);
    assert.match(missing.stderr, /BMES_NO_ENTRY there is no file nosuch\.js/);
    const asData = await runCli(['report', '--json', 'nosuch.js'], options);
    assert.deepEqual([asData.exitCode, asData.stderr], [1, '']);
    assert.equal(JSON.parse(asData.stdout).error.code, 'BMES_NO_ENTRY');
    box.write('dies.js', `console.error('on purpose'); process.kill(process.pid, 'SIGKILL');`);
    const killed = await runCli(['report', 'dies.js'], options);
    assert.deepEqual([killed.exitCode, killed.stdout], [1, '']);
    assert.match(killed.stderr, /BMES_REPORT_NO_DATA dies\.js was ended by SIGKILL/);
    assert.match(killed.stderr, /on purpose/);
  });

  test('a program that fails is reported with what it ended with', async (t) => {
    const { box, options } = app(t);
    box.write('fails.js', `import './late.js'; throw new Error('on purpose');`);
    const run = await runCli(['report', '--runs', '1', '--json', 'fails.js'], options);
    assert.equal(run.exitCode, 0, run.stderr);
    assert.ok(JSON.parse(run.stdout).notes.includes('The program ended with 1.'));
  });

  test('a program that goes on is told to end when it is idle', async (t) => {
    const { box, options } = app(t);
    box.write('serves.js', `import './late.js'; setInterval(() => {}, 1e6);`);
    const words = ['report', '--runs', '1', '--wait', '300', '--json', 'serves.js'];
    const run = await runCli(words, options);
    assert.equal(run.exitCode, 0, run.stderr);
    const report = JSON.parse(run.stdout);
    assert.deepEqual([report.native.isWaiting, report.cached.isWaiting], [true, true]);
    assert.ok(
      report.notes.some((/** @type {string} */ one) => one.includes('did not end by itself')),
    );
  });
});

describe('a program that is watched gives its own answer', { concurrency: 2 }, () => {
  const observer = path.join(packageRoot, 'report', 'observe.js');
  for (const mode of /** @type {const} */ (['clock', 'full'])) {
    for (const fromCache of [false, true]) {
      test(`${mode}, ${fromCache ? 'from the cache' : 'natively'}`, async (t) => {
        const { box, options } = app(t);
        const native = await runNative('app.js', options);
        const cache = box.cache('watched');
        // Native, linked, warm.
        for (let turn = 0; turn < (fromCache ? 3 : 1); turn++) {
          const file = box.path(`seen-${turn}.json`);
          const order = JSON.stringify({
            mode,
            file,
            wait: 2000,
            interval: 1000,
            idleAfter: null,
            fromCache,
          });
          const preload = fromCache ? registerPath : observer;
          const run = await start(['--expose-internals', '--require', preload, 'app.js'], {
            ...options,
            env: { BMES_OBSERVE: order, ...(fromCache ? { BMES_CACHE_DIR: cache } : {}) },
          });
          assertSameAnswer(
            // The preload of the cache stays where a user has put it.
            { ...run, stdout: run.stdout.replace(`[ '--require', '${registerPath}' ]`, '[]') },
            native,
            `turn ${turn}`,
          );
          assert.equal(JSON.parse(fs.readFileSync(file, 'utf8')).mode, mode);
        }
      });
    }
  }

  test('without its variable, or with nonsense in it, nothing is watched', async (t) => {
    const { options } = app(t);
    const native = await runNative('app.js', options);
    /** @type {Record<string, string>[]} */
    const environments = [{}, { BMES_OBSERVE: 'nonsense' }];
    for (const env of environments) {
      const run = await start(['--require', registerPath, 'app.js'], {
        ...options,
        env: { ...env, BMES_DISABLE: '', BMES_CACHE_DIR: options.home },
      });
      assert.equal(run.exitCode, native.exitCode);
      assert.ok(run.stdout.startsWith(native.stdout.slice(0, 5)));
    }
  });
});
