// Coverage: the same scripts of the app, the same functions, the same ranges and counts.

import assert from 'node:assert/strict';
import fs from 'node:fs';
import path from 'node:path';
import { describe, test } from 'node:test';
import { pathToFileURL } from 'node:url';
import { assertSameAnswer, assertStage, runDebugged } from '../support/compare.mjs';
import { modes, runCached, runNative } from '../support/run.mjs';
import { sandbox } from '../support/sandbox.mjs';

const FILES = {
  'package.json': '{ "type": "module" }',
  'main.js': `
    import { called, branches } from './functions.js';
    import commonjs from './commonjs.cjs';
    import { fork } from 'node:child_process';
    import { Worker } from 'node:worker_threads';
    import { once } from 'node:events';
    called(called());
    for (const n of [1, 2, 3]) console.log(branches(n), commonjs(n));
    await import('./later.js');
    if (process.env.ALONE) process.exit();
    await once(new Worker(new URL('./in-worker.js', import.meta.url)), 'exit');
    await once(fork(new URL('./in-child.js', import.meta.url)), 'exit');`,
  'functions.js': `
    export function called() {}
    export function neverCalled() { return called(); }
    export const branches = (n) => n > 1 ? (n > 2 ? 'many' : 'two') : 'one';
    export class Unused { method() {} }`,
  'later.js': `import './functions.js'; if (process.argv[2]) { console.log('never'); }`,
  'commonjs.cjs': `module.exports = (n) => n % 2 ? 'odd' : 'even';`,
  'in-worker.js': `import { branches } from './functions.js'; console.log(branches(1));`,
  'in-child.js': `import { branches } from './functions.js'; console.log(branches(3));`,
};

/**
 * What was covered in the app's files, process by process, without ids and in a fixed order.
 *
 * @param {string} directory
 * @param {string} project
 */
function coverage(directory, project) {
  const prefix = `${pathToFileURL(project).href}/`;
  const reports = fs.readdirSync(directory).map((name) => {
    const { result } = JSON.parse(fs.readFileSync(path.join(directory, name), 'utf8'));
    return /** @type {{ url: string, functions: unknown[] }[]} */ (result)
      .filter(({ url }) => url.startsWith(prefix))
      .map(({ url, functions }) => JSON.stringify([url.slice(prefix.length), functions]))
      .sort();
  });
  return reports.filter((scripts) => scripts.length > 0).sort();
}

describe('coverage is what it is without us', { concurrency: 2 }, () => {
  for (const mode of modes) {
    for (const byEnvironment of [false, true]) {
      test(`${mode}, ${byEnvironment ? 'NODE_OPTIONS' : '--import'}`, async (t) => {
        const box = sandbox(t);
        for (const [file, content] of Object.entries(FILES)) box.write(file, content);
        const cache = box.cache('coverage');
        const options = { mode, byEnvironment, cwd: box.project, home: box.home, cache };
        const covered = (/** @type {string} */ name) => {
          const directory = path.join(box.root, name);
          return { directory, env: { NODE_V8_COVERAGE: directory } };
        };
        const without = covered('native');
        const native = await runNative('main.js', { ...options, env: without.env });
        const expected = coverage(without.directory, box.project);
        assert.equal(expected.length, 3, 'the app, its worker and its child');
        assert.match(expected.join(), /neverCalled/);

        for (const warmed of [false, true]) {
          if (warmed) {
            // Runs without coverage, so that there is a pack that could be used; children would
            // add what they say to what their parent says.
            const alone = { ...options, env: { ALONE: '1' } };
            for (const stage of ['native', 'linked', 'warm']) {
              assertStage(await runDebugged('main.js', alone), stage, undefined, 'warming up');
            }
          }
          for (const nth of [1, 2, 3]) {
            const { directory, env } = covered(`${warmed ? 'warm' : 'cold'} ${nth}`);
            const run = await runDebugged('main.js', { ...options, env });
            assertSameAnswer(run, native, `run ${nth}`);
            assertStage(run, 'native', 'native', `run ${nth}`);
            assert.match(run.timeline.reasons.join(), /^stand-aside BMES_COVERAGE/);
            assert.deepEqual(coverage(directory, box.project), expected, `run ${nth}`);
          }
        }
        const quiet = covered('quiet');
        assertSameAnswer(
          await runCached('main.js', { ...options, env: quiet.env }),
          native,
          'quiet',
        );
      });
    }
  }
});
