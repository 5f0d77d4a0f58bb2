// `--watch`: Node restarts the app at each edit, and each life is the one it would be without us.

import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { assertSameAnswer, assertSameAnswerThroughLife } from '../support/compare.mjs';
import { modes, runCached, runNative } from '../support/run.mjs';
import { sandbox } from '../support/sandbox.mjs';
import { timeline, withoutTimeline } from '../support/timeline.mjs';

const FILES = {
  'package.json': '{ "type": "module" }',
  'main.js': `
    import { value } from './value.js';
    import commonjs from './commonjs.cjs';
    import { later } from './later.js';
    console.log('life', value, commonjs, later, process.argv.slice(2));
    console.error('on stderr');`,
  'value.js': `export const value = 'first';`,
  'commonjs.cjs': `module.exports = 'commonjs';`,
  'later.js': `export const later = 'later';`,
};

/** Each is made when the app has printed what comes before it. */
const EDITS = [
  { file: 'value.js', from: 'first', to: 'second' },
  { file: 'value.js', from: `export const value = 'second'`, to: `throw new Error('third')` },
  { file: 'value.js', from: `throw new Error('third')`, to: `export const value = 'fourth'` },
  { file: 'later.js', from: `'later'`, to: `'edited later'` },
];

/**
 * Watches an app through all edits, then ends it.
 *
 * @param {import('../support/sandbox.mjs').Sandbox} box
 * @param {(hooks: { onStdout: (child: any, stdout: string) => void }) => Promise<import('../support/run.mjs').Run>} run
 */
async function watched(box, run) {
  for (const [file, content] of Object.entries(FILES)) box.write(file, content);
  let made = 0;
  const answer = await run({
    onStdout(child, stdout) {
      // Node says so when it waits for the next change; before, an edit would be missed.
      const lives = stdout.match(/^(Completed|Failed) running/gm)?.length ?? 0;
      if (lives <= made) return;
      const edit = EDITS[made];
      made += 1;
      if (edit) box.edit(edit.file, edit.from, edit.to);
      else child.kill('SIGTERM');
    },
  });
  return { ...answer, stderr: withoutTimeline(answer.stderr) };
}

// Node waits before it restarts: they may well wait together.
describe('--watch restarts the app as without us', { concurrency: 4 }, () => {
  for (const mode of modes) {
    for (const byEnvironment of [false, true]) {
      test(`${mode}, ${byEnvironment ? 'NODE_OPTIONS' : '--import'}`, async (t) => {
        const box = sandbox(t);
        const cache = box.cache('watch');
        // The second is passed on to the app's process, the first is not.
        const nodeArgs = byEnvironment ? ['--watch'] : ['--watch', '--watch-preserve-output'];
        const options = { mode, byEnvironment, cwd: box.project, home: box.home, cache };
        const args = ['a', '--b'];
        const native = await watched(box, (hooks) =>
          runNative('main.js', { ...options, nodeArgs, args, ...hooks }),
        );
        const lives = native.stdout.match(/^life .*$/gm);
        assert.deepEqual(
          lives?.map((line) => line.split(' ')[1]),
          ['first', 'second', 'fourth', 'fourth'],
        );
        assert.match(native.stdout, /edited later/);

        const cold = await watched(box, (hooks) =>
          runCached('main.js', { ...options, nodeArgs, args, ...hooks }),
        );
        assertSameAnswer(cold, native, 'with an empty cache');

        for (const [file, content] of Object.entries(FILES)) box.write(file, content);
        await assertSameAnswerThroughLife({ ...options, entry: 'main.js', args });
        /** @type {string[]} */
        let reasons = [];
        const warm = await watched(box, async (hooks) => {
          const run = await runCached('main.js', {
            ...options,
            nodeArgs,
            args,
            debug: true,
            ...hooks,
          });
          reasons = timeline(run.stderr).reasons;
          return run;
        });
        assertSameAnswer(warm, native, 'with a warm cache');
        assert.equal(reasons.length, EDITS.length + 1, 'a life each');
        for (const reason of reasons) assert.match(reason, /^stand-aside BMES_WATCH /);
      });
    }
  }
});
