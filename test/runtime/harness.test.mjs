// The harness itself: a comparison that cannot fail would make every other test here worthless.
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { assertSameAnswer, assertStage, scrub } from '../support/compare.mjs';
import { timeline, withoutTimeline } from '../support/timeline.mjs';

/** @type {import('../support/run.mjs').Run} */
const run = { command: 'node x', stdout: 'out\n', stderr: 'err\n', exitCode: 0, signal: null };

describe('the comparison', () => {
  test('accepts equal runs', () => assertSameAnswer({ ...run }, run, 'equal'));

  for (const [part, different] of Object.entries({
    stdout: { stdout: 'out\n\n' },
    stderr: { stderr: 'err\nbmes: a stray line\n' },
    'exit code': { exitCode: 1 },
    signal: { exitCode: null, signal: /** @type {const} */ ('SIGTERM') },
  })) {
    test(`notices another ${part}`, () => {
      assert.throws(() => assertSameAnswer({ ...run, ...different }, run, 'x'), {
        message: new RegExp(`${part} differs`),
      });
    });
  }
});

describe('the scrub', () => {
  test('takes out frames inside Node and keeps those of the app', () => {
    const stack = [
      'Error: x',
      '    at app (file:///app/main.js:1:1)',
      '    at ModuleJob.run (node:internal/modules/esm/module_job:1:2)',
      '    at async node:internal/modules/esm/loader:1:2',
      '    at node:fs:1:2',
      '    at async main (file:///app/main.js:2:2)',
    ];
    const kept = stack.filter((line) => !line.includes('node:internal'));
    assert.equal(scrub(stack.join('\n')), kept.join('\n'));
  });

  test('keeps the brace after the last frame', () => {
    const stack =
      'Error: x\n    at a (node:internal/a:1:2)\n    at b (node:internal/b:1:2) {\n  code: 1\n}';
    assert.equal(scrub(stack), 'Error: x {\n  code: 1\n}');
  });

  test("takes out the excerpt of Node's source and keeps the app's", () => {
    const ours = 'file:///app/main.js:1\nthrow 1;\n^\n';
    assert.equal(scrub(`node:internal/errors:5\n    throw x;\n    ^\n\n${ours}`), `\n${ours}`);
  });

  test('takes out process ids only where Node warns', () => {
    assert.equal(scrub('(node:12) Warning: 12'), '(node:PID) Warning: 12');
  });
});

describe('the timeline', () => {
  const stderr =
    'before\nbmes: open 12 +0.1ms\nbmes: miss torn x\nbmes: stage warm mode linker\nafter';

  test('is read and taken out', () => {
    const read = timeline(stderr);
    assert.deepEqual(read.stage, { stage: 'warm', mode: 'linker' });
    assert.deepEqual(read.reasons, ['miss torn x']);
    assert.equal(withoutTimeline(stderr), 'before\nafter');
  });

  test('must name the wanted stage', () => {
    const debugged = { ...run, timeline: timeline(stderr) };
    assertStage(debugged, 'warm', 'linker', 'x');
    assert.throws(() => assertStage(debugged, 'linked', 'linker', 'x'), /wanted stage linked/);
    assert.throws(
      () => assertStage(debugged, 'warm', 'hooks', 'x'),
      /wanted stage warm mode hooks/,
    );
    assert.throws(
      () => assertStage({ ...run, timeline: timeline('') }, null, undefined, 'x'),
      /any/,
    );
  });
});
