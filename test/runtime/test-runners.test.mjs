// `node --test` and Vitest: the same results, tests and processes as without us.

import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import path from 'node:path';
import { describe, test } from 'node:test';
import { appsDirectory } from '../../scripts/apps.mjs';
import { appsProject } from '../support/apps-project.mjs';
import { assertSameAnswer } from '../support/compare.mjs';
import {
  cacheEnvironment,
  enabling,
  enablingEnvironment,
  modeVariable,
  modes,
  start,
  testedNode,
} from '../support/run.mjs';

const FILES = {
  'package.json': '{ "type": "module" }',
  'src/adds.js': `export const adds = (a, b) => a + b;`,
  'src/reads.js': `import { readFileSync } from 'node:fs'; export const reads = () => readFileSync(import.meta.filename, 'utf8').length;`,
  'src/uses.js': `import { adds } from './adds.js'; export const uses = (n) => adds(n, n);`,
  'src/data.cjs': `exports.data = [1, 2, 3];`,
  // What a test reporter says without times, which differ from run to run.
  'node-reporter.js': `
    import { relative } from 'node:path';
    const SAID = new Set(['test:pass', 'test:fail', 'test:stdout', 'test:stderr', 'test:diagnostic', 'test:coverage']);
    export default async function* reporter(events) {
      const lines = [];
      for await (const { type, data } of events) {
        if (!SAID.has(type)) continue;
        if (type === 'test:coverage') {
          for (const file of data.summary.files) {
            const { path, totalLineCount, coveredLineCount, coveredFunctionCount, coveredBranchCount } = file;
            lines.push(['covered', relative('.', path), totalLineCount, coveredLineCount, coveredFunctionCount, coveredBranchCount].join(' '));
          }
          continue;
        }
        const error = data.details?.error?.cause ?? data.details?.error;
        const message = String(data.message ?? '').replace(/duration_ms .*/, 'duration');
        lines.push([type, relative('.', data.file ?? '.'), data.line, data.nesting, data.name, message, error?.message].join(' '));
      }
      // Files run beside each other: their order is not the app's.
      yield lines.sort().join('\\n') + '\\n';
    }`,
  'test/adds.test.js': `
    import { test, describe, mock } from 'node:test';
    import assert from 'node:assert';
    import { adds } from '../src/adds.js';
    import { uses } from '../src/uses.js';
    import { reads } from '../src/reads.js';
    import data from '../src/data.cjs';
    describe('adds', () => {
      test('passes', () => assert.equal(adds(1, 2), 3));
      test('fails', () => assert.equal(adds(1, 2), 4));
      test('uses', async (t) => {
        assert.equal(uses(2), 4);
        await t.test('nested', () => assert.deepEqual(data.data, [1, 2, 3]));
      });
      test('mocks', () => { const f = mock.fn(adds); f(1, 2); assert.equal(f.mock.callCount(), 1); });
      test('reads', () => assert.ok(reads() > 10));
      // The runner's own report of a skipped test is what is compared.
      test('is skipped', { skip: true }, () => {});
      test('imports later', async () => assert.equal((await import('../src/uses.js')).uses, uses));
    });
    console.log('on stdout', process.argv.length, import.meta.main);`,
  'test/throws.test.js': `import '../src/adds.js'; throw new Error('while loading');`,
  'test/missing.test.js': `import { nothing } from '../src/adds.js'; console.log(nothing);`,
  'vitest.config.js': `
    import { defineConfig } from 'vitest/config';
    export default defineConfig({
      cacheDir: '.vitest',
      test: { include: ['spec/*.spec.js'], reporters: ['./vitest-reporter.js'], pool: process.env.POOL },
    });`,
  'vitest-reporter.js': `
    export default class {
      lines = [];
      onTestCaseResult(test) {
        const { state, errors } = test.result();
        this.lines.push([test.module.relativeModuleId, test.fullName, state, errors?.map((e) => e.message)].join(' '));
      }
      onUserConsoleLog(log) { this.lines.push(log.type + ' ' + log.content.trim()); }
      onTestRunEnd(modules, errors, reason) {
        for (const module of modules) {
          this.lines.push([module.relativeModuleId, module.state(), module.errors().map((e) => e.message)].join(' '));
        }
        console.log(this.lines.sort().join('\\n'), reason, errors.length);
      }
    }`,
  'spec/adds.spec.js': `
    import { describe, expect, test, vi } from 'vitest';
    import { adds } from '../src/adds.js';
    import { uses } from '../src/uses.js';
    import * as data from '../src/data.cjs';
    import { parse } from 'marked';
    describe('adds', () => {
      test('passes', () => expect(adds(1, 2)).toBe(3));
      test('fails', () => expect(adds(1, 2)).toBe(4));
      test('uses', () => expect(uses(2)).toMatchInlineSnapshot('4'));
      test('imports a package', () => expect(parse('*a*')).toContain('<em>'));
      test('cjs', () => expect(data.data ?? data.default.data).toEqual([1, 2, 3]));
    });
    console.log('on stdout');`,
  'spec/mocked.spec.js': `
    import { expect, test, vi } from 'vitest';
    import { uses } from '../src/uses.js';
    vi.mock('../src/adds.js', () => ({ adds: () => 'mocked' }));
    test('is mocked', () => expect(uses(2)).toBe('mocked'));`,
  'spec/throws.spec.js': `import '../src/adds.js'; throw new Error('while loading');`,
};

const { stdout: MAJOR_TEXT } = spawnSync(
  testedNode,
  ['-p', 'process.versions.node.split(".")[0]'],
  { encoding: 'utf8' },
);
const MAJOR = Number(MAJOR_TEXT);

const vitest = path.join(appsDirectory, 'node_modules', 'vitest', 'vitest.mjs');
const nodeTest = [
  '--test',
  '--test-reporter=./node-reporter.js',
  '--test-reporter-destination=stdout',
];

/**
 * @type {{ name: string, words: string[], env?: Record<string, string>, byEnvironment: boolean[],
 *   warm: boolean, proof: RegExp }[]} `warm`: whether what is tested, or else the runner, runs from a pack.
 */
const RUNNERS = [
  {
    name: 'node --test',
    // From Node 24 on, test files get flags that mean a tool is at work.
    words: [...nodeTest, 'test/*.test.js'],
    byEnvironment: [false, true],
    warm: MAJOR < 24,
    proof: /^test:pass .* nested/m,
  },
  {
    name: 'node --test in one process',
    words: [...nodeTest, '--experimental-test-isolation=none', 'test/adds.test.js'],
    byEnvironment: [false, true],
    warm: false,
    proof: /^test:pass .* nested/m,
  },
  {
    name: 'node --test with coverage',
    // Of the app's files: an installed package is in `node_modules`, which Node leaves out by itself.
    words: [
      ...nodeTest,
      '--experimental-test-coverage',
      '--test-coverage-include=src/**',
      'test/adds.test.js',
    ],
    byEnvironment: [false, true],
    warm: false,
    proof: /^covered src.uses\.js/m,
  },
  {
    name: 'a test file by itself',
    words: ['test/adds.test.js'],
    byEnvironment: [false, true],
    warm: true,
    proof: /nested/,
  },
  {
    name: 'vitest, forks',
    words: [vitest, 'run'],
    env: { POOL: 'forks' },
    byEnvironment: [true],
    warm: true,
    proof: /is mocked passed/,
  },
  {
    name: 'vitest, threads',
    words: [vitest, 'run'],
    env: { POOL: 'threads' },
    byEnvironment: [false],
    warm: true,
    proof: /is mocked passed/,
  },
];

/**
 * Without the durations that Node's own reporters print of a file run by itself.
 *
 * @param {import('../support/run.mjs').Run} run
 */
function withoutDurations(run) {
  return {
    ...run,
    stdout: run.stdout
      .replaceAll(/duration_ms:? [\d.]+/g, 'duration_ms N')
      .replaceAll(/\([\d.]+ms\)/g, '(N ms)'),
  };
}

for (const mode of modes) {
  describe(`test runners, ${mode}`, { concurrency: 2 }, () => {
    for (const { name, words, env = {}, byEnvironment, warm, proof } of RUNNERS) {
      for (const isInherited of byEnvironment) {
        test(`${name}, ${isInherited ? 'NODE_OPTIONS' : '--import'}`, async (t) => {
          const box = await appsProject(t, FILES);
          const options = { cwd: box.project, home: box.home, cache: box.cache('runners') };
          const native = withoutDurations(await start(words, { ...options, env }));
          assert.match(native.stdout, proof, native.stderr);
          assert.equal(native.exitCode, 1, native.stderr);
          const cached = (/** @type {boolean} */ debug) =>
            start([...(isInherited ? [] : enabling()), ...words], {
              ...options,
              env: {
                ...cacheEnvironment({ ...options, env, debug }),
                ...(isInherited ? enablingEnvironment({ mode }) : modeVariable(mode)),
              },
            });
          for (const nth of [1, 2, 3]) {
            assertSameAnswer(withoutDurations(await cached(false)), native, `run ${nth}`);
          }
          // What test files say on stderr is among what the runner reports on stdout.
          const { stdout, stderr } = await cached(true);
          const stage = /bmes: (stage \w+ mode \w+)/.exec(stderr + stdout)?.[1];
          assert.equal(stage, warm ? `stage warm mode ${mode}` : 'stage native mode native');
        });
      }
    }
  });
}
