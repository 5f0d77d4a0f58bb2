// Alpine's `env` is BusyBox's, which takes no `-S`: the first line of the bin must do without.

import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import fs from 'node:fs';
import path from 'node:path';
import { describe, test } from 'node:test';
import { assertSameAnswer, assertStage } from '../support/compare.mjs';
import { cliPath, runNative, testedNode } from '../support/run.mjs';
import { sandbox } from '../support/sandbox.mjs';
import { timeline, withoutTimeline } from '../support/timeline.mjs';

const { status } = spawnSync('busybox', ['env']);
const skip = status === 0 ? false : 'there is no busybox with `env` here';

/** What the kernel makes of a script's first line: all that follows the interpreter is one word. */
function interpreterWord() {
  const [first = ''] = fs.readFileSync(cliPath, 'utf8').split('\n');
  const [, interpreter, word] = /^#!(\S+) (.*)$/.exec(first) ?? [];
  assert.equal(interpreter, '/usr/bin/env');
  return word ?? '';
}

/** @param {import('../support/sandbox.mjs').Sandbox} box */
function install(box) {
  const bin = box.path('node_modules/.bin');
  fs.mkdirSync(bin, { recursive: true });
  fs.symlinkSync(path.dirname(path.dirname(cliPath)), box.path('node_modules/bmes-cache'), 'dir');
  fs.symlinkSync('../bmes-cache/cli/bmes.js', path.join(bin, 'bmes'));
  fs.symlinkSync(testedNode, path.join(bin, 'node'));
  return bin;
}

describe("bmes starts through BusyBox's env", { skip }, () => {
  for (const flags of [[], ['--experimental-esm-bytecode']]) {
    for (const place of ['the file', "the link npm makes in '.bin'"]) {
      test(['bmes run', ...flags, 'by', place].join(' '), async (t) => {
        const box = sandbox(t, 'launch');
        const bin = install(box);
        const script = place === 'the file' ? cliPath : path.join(bin, 'bmes');
        const args = ['argv.js', 'a', '--b=c d'];
        const options = {
          node: 'busybox',
          cwd: box.project,
          home: box.home,
          env: { PATH: `${bin}:${process.env.PATH}`, BMES_CACHE_DIR: box.cache('busybox') },
        };
        const native = await runNative('env', { ...options, args: ['node', ...args] });
        assert.equal(native.exitCode, 0, native.stderr);
        for (const stage of ['native', 'linked', 'warm']) {
          const run = await runNative('env', {
            ...options,
            env: { ...options.env, BMES_DEBUG: '1' },
            args: [interpreterWord(), script, 'run', ...flags, ...args],
          });
          const mode = stage === 'native' ? 'native' : flags.length > 0 ? 'linker' : 'hooks';
          assertStage({ ...run, timeline: timeline(run.stderr) }, stage, mode, place);
          assertSameAnswer({ ...run, stderr: withoutTimeline(run.stderr) }, native, place);
        }
      });
    }
  }
});
