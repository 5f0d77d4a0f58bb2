// A build of the runtime that nobody has tested: until its self-test has passed, apps run on hooks.

import assert from 'node:assert/strict';
import fs from 'node:fs';
import path from 'node:path';
import { describe, test } from 'node:test';
import { assertSameAnswer, assertStage, runDebugged } from '../support/compare.mjs';
import { runNative, start } from '../support/run.mjs';
import { sandbox } from '../support/sandbox.mjs';
import { selfTestPath } from '../support/self-test.mjs';
import { namesIn } from '../support/stored.mjs';

const FLAG = '--experimental-vm-modules';

/**
 * Another runtime, as a preload makes it: the class of its records behaves otherwise towards us, and the
 * runtime's own loader has been changed along with it. It hides that it is a preload.
 *
 * @param {import('../support/sandbox.mjs').Sandbox} box
 * @param {string} method
 * @param {string} change what it does instead: `native` is what it did, `modules` its argument
 */
function doctor(box, method, change) {
  const file = path.join(box.root, 'doctor.cjs');
  const lines = [
    `if (!process.argv[1]?.includes('self-test')) delete process.env.NODE_OPTIONS;`,
    `const vm = require('node:vm');`,
    `const { emitWarning } = process;`,
    `process.emitWarning = () => {};`,
    `const made = new vm.SourceTextModule('');`,
    `process.emitWarning = emitWarning;`,
    `const key = Object.getOwnPropertySymbols(made).find((one) => one.description === 'kWrap');`,
    `const records = Object.getPrototypeOf(made[key]);`,
    `const own = records.${method};`,
    `records.${method} = function (modules) {`,
    `  const native = (modules) => own.call(this, modules);`,
    `  if (!new Error().stack.includes('node:internal/bmes/')) return native(modules);`,
    `  ${change}`,
    `};`,
    `Object.defineProperty(records.${method}, 'length', { value: own.length });`,
  ];
  fs.writeFileSync(file, lines.join('\n'));
  return { NODE_OPTIONS: `--require ${file}` };
}

/** @param {string} cache */
function verdictFile(cache) {
  return namesIn(cache).find((name) => path.basename(name) === 'self-test');
}

/**
 * @param {import('../support/sandbox.mjs').Sandbox} box
 * @param {string} cache
 * @param {Record<string, string>} [env]
 */
function runSelfTest(box, cache, env = {}) {
  return start([selfTestPath, cache], { cwd: box.project, home: box.home, env });
}

/** @param {{ after: (work: () => void) => void }} t */
function app(t) {
  const box = sandbox(t);
  box.write('package.json', '{"type":"module"}');
  box.write('main.js', `import { a } from './a.js'; console.log(a);`);
  box.write('a.js', `export const a = 'a';`);
  const cache = box.cache('linker');
  const run = { mode: /** @type {const} */ ('linker'), cwd: box.project, home: box.home, cache };
  return { box, run, cache };
}

describe('a build of the runtime that nobody has tested', { concurrency: 2 }, () => {
  test('runs apps on hooks until its self-test has passed, which the first start begins', async (t) => {
    const { run, cache } = app(t);
    const native = await runNative('main.js', run);
    const untested = { ...run, isUntested: true };
    assertStage(await runDebugged('main.js', untested), 'native', undefined, 'the first run');
    const file = await waitFor(() => verdictFile(cache), 'the first run has begun no self-test');
    await waitFor(() => fs.readFileSync(file)[8] === 2, 'it has not passed');
    assert.equal(fs.statSync(file).mode & 0o777, 0o600);
    assertStage(await runDebugged('main.js', untested), 'linked', 'linker', 'once it has passed');
    fs.rmSync(file);
    const again = await runDebugged('main.js', untested);
    assertSameAnswer(again, native, 'without a verdict');
    assert.match(again.timeline.reasons.join('\n'), /BMES_UNTESTED_RUNTIME/);
    assert.equal(again.timeline.stage?.mode, 'hooks');
    await waitFor(() => verdictFile(cache), 'it has not begun again');
  });

  for (const [what, change] of Object.entries({
    'links another way round': `return native([...modules].reverse());`,
    'refuses to link': `throw new TypeError('not like this');`,
    'does not link': `return undefined;`,
    'ends at a link': `process.abort();`,
  })) {
    test(`fails where a runtime ${what}`, async (t) => {
      const { box, run, cache } = app(t);
      const { NODE_OPTIONS } = doctor(box, 'link', change);
      const failed = await runSelfTest(box, cache, { NODE_OPTIONS: `${NODE_OPTIONS} ${FLAG}` });
      assert.match(failed.stdout, /^bmes self-test: failed: \S+: /);
      assert.equal(failed.exitCode, 1);
      const native = await runNative('main.js', run);
      for (const stage of ['native', 'linked', 'warm']) {
        const ours = await runDebugged('main.js', { ...run, isUntested: true });
        assertSameAnswer(ours, native, stage);
        assertStage(ours, stage, stage === 'native' ? undefined : 'hooks', stage);
        if (stage !== 'native') assert.match(ours.timeline.reasons.join('\n'), /BMES_SELF_TEST/);
      }
    });
  }

  test('a verdict that is damaged, or of another build, says nothing', async (t) => {
    const { run, cache } = app(t);
    for (const stage of ['native', 'linked', 'warm']) {
      assertStage(await runDebugged('main.js', run), stage, undefined, stage);
    }
    const file = verdictFile(cache) ?? assert.fail('there is no verdict');
    const sound = fs.readFileSync(file);
    const whole = { ...run, isUntested: true };
    assertStage(await runDebugged('main.js', whole), 'warm', 'linker', 'as it was');
    for (const at of [0, 8, 16, 24, 40, sound.length - 1]) {
      const bytes = Uint8Array.from(sound);
      bytes[at] = (bytes[at] ?? 0) ^ 1;
      await assertUntested(bytes, `byte ${at}`);
    }
    await assertUntested(sound.subarray(0, 20), 'cut');
    await assertUntested(new Uint8Array(0), 'empty');
    await assertUntested(new Uint8Array(100_000).fill(0xff), 'long');
    fs.rmSync(file);
    fs.symlinkSync('/etc/passwd', file);
    const linked = await runDebugged('main.js', whole);
    assert.match(linked.timeline.reasons.join('\n'), /BMES_UNTESTED_RUNTIME/, 'a link');

    /**
     * @param {Uint8Array} bytes
     * @param {string} what
     */
    async function assertUntested(bytes, what) {
      fs.rmSync(String(file), { force: true });
      fs.writeFileSync(String(file), bytes, { mode: 0o600 });
      const ours = await runDebugged('main.js', whole);
      assert.match(ours.timeline.reasons.join('\n'), /BMES_UNTESTED_RUNTIME/, what);
      assert.equal(ours.timeline.stage?.mode, 'hooks', what);
    }
  });
});

/**
 * @template T
 * @param {() => T | undefined | false} look
 * @param {string} what if it does not come
 * @returns {Promise<T>}
 */
async function waitFor(look, what) {
  for (let count = 0; count < 600; count += 1) {
    const found = look();
    if (found) return found;
    await new Promise((done) => setTimeout(done, 50));
  }
  return assert.fail(what);
}
