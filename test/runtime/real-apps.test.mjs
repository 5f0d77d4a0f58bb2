import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { apps, installedApps } from '../../scripts/apps.mjs';
import { assertSameAnswerThroughLife } from '../support/compare.mjs';
import { modes } from '../support/run.mjs';
import { sandbox } from '../support/sandbox.mjs';

describe('real apps answer as they do natively, cold and warm', { concurrency: 2 }, () => {
  for (const { name } of apps) {
    for (const mode of modes) {
      test(`${name}, ${mode}`, async (t) => {
        const [app] = await installedApps([name]);
        assert.ok(app);
        const box = sandbox(t);
        const { native } = await assertSameAnswerThroughLife({
          entry: app.entry,
          args: app.args,
          mode,
          cwd: app.cwd,
          home: box.home,
          cache: box.cache(mode),
        });
        assert.notEqual(native.stdout, '', native.stderr);
        assert.equal(native.exitCode, app.exitCode, native.stderr);
      });
    }
  }
});
