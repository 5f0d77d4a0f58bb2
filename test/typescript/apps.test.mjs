import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { assertSameAnswerThroughLife } from '../support/compare.mjs';
import { modes } from '../support/run.mjs';
import { sandbox } from '../support/sandbox.mjs';
import { apps } from './apps.mjs';

describe('TypeScript answers as it does natively, cold and warm', { concurrency: true }, () => {
  for (const { name, files, entry = 'main.ts', exitCode = 0, ...how } of apps) {
    for (const mode of modes) {
      test(`${name}, ${mode}`, async (t) => {
        const box = sandbox(t);
        for (const [file, text] of Object.entries(files)) box.write(file, text);
        const { native } = await assertSameAnswerThroughLife({
          entry,
          mode,
          cwd: box.project,
          home: box.home,
          cache: box.cache(mode),
          ...how,
        });
        assert.equal(native.exitCode, exitCode, native.stderr);
      });
    }
  }
});
