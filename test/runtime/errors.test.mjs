import assert from 'node:assert/strict';
import fs from 'node:fs';
import { describe, test } from 'node:test';
import { assertSameAnswerThroughLife } from '../support/compare.mjs';
import { modes } from '../support/run.mjs';
import { sandbox } from '../support/sandbox.mjs';

/**
 * How each case ends natively, so that a fixture cannot quietly stop showing what it is there for. Apps
 * of the first group never begin to evaluate: the runtime gives the error, and any stage will do.
 */
const neverEvaluated = {
  'syntax-in-entry': 1,
  'syntax-in-dependency': 1,
  'early-error': 1,
  'missing-export': 1,
  'missing-export-of-commonjs': 1,
  'ambiguous-export': 1,
  'missing-module': 1,
  'missing-extension': 1,
  'missing-package': 1,
  'missing-in-dependency': 1,
  'json-syntax': 1,
  'json-without-attribute': 1,
  'json-attribute-on-javascript': 1,
  'unknown-attribute': 1,
  'unknown-extension': 1,
};

/** These link, so they come from the cache, and fail (or not) while they run. */
const evaluated = {
  'throws-in-entry': 1,
  'throws-in-dependency': 1,
  'throws-a-string': 1,
  'throws-an-object': 1,
  'throws-undefined': 1,
  'throws-with-cause': 1,
  'throws-with-properties': 1,
  'throws-an-aggregate': 1,
  'rejected-await': 1,
  'rejected-await-in-dependency': 1,
  'rejected-second-await': 1,
  'unsettled-await': 13,
  'unsettled-awaits': 13,
  'unsettled-second-await': 13,
  'unsettled-await-in-dependency': 13,
  'exits-in-entry': 3,
  'exits-in-dependency': 3,
  'exits-after-await': 5,
  'exit-code-set': 9,
  'exit-handler-changes-code': 21,
  'rejection-later': 1,
  'rejection-not-an-error': 1,
  'uncaught-later': 1,
  'uncaught-is-handled': 0,
  'uncaught-while-evaluating-is-handled': 0,
  'commonjs-throws': 1,
  'commonjs-syntax': 1,
  'require-in-module': 1,
  'error-is-inspected': 0,
  warning: 0,
};

/**
 * The linker may leave these to hooks: CommonJS without exports to record, and modules with several
 * top-level awaits, of which the runtime names the one that never settled.
 */
const eitherMode = new Set([
  'commonjs-throws',
  'commonjs-syntax',
  'rejected-second-await',
  'unsettled-second-await',
]);

const cases = [
  ...Object.entries(neverEvaluated).map(([name, exitCode]) => ({
    name,
    exitCode,
    begins: false,
    stages: [null, null, null],
  })),
  ...Object.entries(evaluated).map(([name, exitCode]) => ({
    name,
    exitCode,
    begins: true,
    stages: ['native', 'linked', 'warm'],
  })),
];

for (const mode of modes) {
  describe(`an app that fails, fails the same way, ${mode}`, { concurrency: 2 }, () => {
    for (const { name, exitCode, begins, stages } of cases) {
      test(name.replaceAll('-', ' '), async (t) => {
        const box = sandbox(t, 'errors');
        const { native } = await assertSameAnswerThroughLife({
          entry: `${name}.js`,
          mode,
          cwd: box.project,
          home: box.home,
          cache: box.cache(mode),
          stages,
          ...(eitherMode.has(name) ? { ranBy: null } : {}),
        });
        assert.equal(native.exitCode, exitCode, native.stderr);
        assert.equal(native.stdout.includes('evaluation begins'), begins, native.stdout);
      });
    }
  });
}

test('every entry among the error fixtures is a case', () => {
  const folder = new URL('../fixtures/errors/', import.meta.url);
  const entries = fs
    .readdirSync(folder)
    .filter((file) => fs.readFileSync(new URL(file, folder), 'utf8').includes("'./report-exit.js'"))
    .map((file) => file.replace('.js', ''))
    .filter((name) => name !== 'handles-uncaught');
  assert.deepEqual(entries.sort(), cases.map((one) => one.name).sort());
});
