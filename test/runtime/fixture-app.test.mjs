import { describe, test } from 'node:test';
import { assertSameAnswerThroughLife } from '../support/compare.mjs';
import { modes } from '../support/run.mjs';
import { sandbox } from '../support/sandbox.mjs';

describe(
  'the fixture app answers as it does natively, cold and warm',
  { concurrency: true },
  () => {
    for (const mode of modes) {
      test(`every feature of modules, ${mode}`, async (t) => {
        const { project, home, cache } = at(sandbox(t, 'app'), mode);
        await assertSameAnswerThroughLife({
          entry: 'main.js',
          args: ['one', '--two', 'drei vier'],
          mode,
          cwd: project,
          home,
          cache,
        });
      });

      test(`CommonJS that reaches ES modules of the app runs on hooks, ${mode}`, async (t) => {
        const { project, home, cache } = at(sandbox(t, 'cjs-reaches-esm'), mode);
        await assertSameAnswerThroughLife({
          entry: 'main.js',
          mode,
          cwd: project,
          home,
          cache,
          ranBy: 'hooks',
        });
      });

      test(`an entry reached through a symbolic link, ${mode}`, async (t) => {
        const box = sandbox(t, 'app');
        const { symlinkSync } = await import('node:fs');
        symlinkSync('main.js', box.path('link.js'));
        const { project, home, cache } = at(box, mode);
        await assertSameAnswerThroughLife({ entry: './link.js', mode, cwd: project, home, cache });
      });
    }
  },
);

/**
 * @param {import('../support/sandbox.mjs').Sandbox} box
 * @param {string} name
 */
function at(box, name) {
  return { project: box.project, home: box.home, cache: box.cache(name) };
}
