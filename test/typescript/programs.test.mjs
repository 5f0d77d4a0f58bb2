import assert from 'node:assert/strict';
import fs from 'node:fs';
import path from 'node:path';
import { describe, test } from 'node:test';
import { appsDirectory, installedApps } from '../../scripts/apps.mjs';
import { assertSameAnswerThroughLife, runDebugged } from '../support/compare.mjs';
import { modes } from '../support/run.mjs';
import { sandbox } from '../support/sandbox.mjs';
import { copySources, programs } from './programs.mjs';

const packages = path.join(appsDirectory, 'node_modules');
await installedApps([]);

describe('programs run from their sources as they do natively', { concurrency: true }, () => {
  for (const { name, main, least } of programs) {
    test(name, async (t) => {
      const box = sandbox(t);
      copySources(path.join(packages, name, 'src'), box.path('src'));
      box.write('package.json', '{ "type": "module" }');
      box.write('main.ts', main);
      fs.symlinkSync(packages, box.path('node_modules'), 'dir');
      for (const mode of modes) {
        const options = { mode, cwd: box.project, home: box.home, cache: box.cache(mode) };
        const { native } = await assertSameAnswerThroughLife({ entry: 'main.ts', ...options });
        assert.equal(native.exitCode, 0, native.stderr);
        const { timeline } = await runDebugged('main.ts', options);
        assert.ok(
          timeline.lines.every((line) => !/miss|stand-aside/.test(line)),
          mode,
        );
      }
      const loaded = fs.readdirSync(box.path('src'), { recursive: true });
      assert.ok(loaded.filter((file) => String(file).endsWith('.ts')).length >= least);
    });
  }
});
