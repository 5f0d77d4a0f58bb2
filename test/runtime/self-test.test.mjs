// A build of the runtime that nobody has tested, and the net under the linker: until its self-test has passed,
// and after a start has died of it, apps run on hooks.

import assert from 'node:assert/strict';
import fs from 'node:fs';
import path from 'node:path';
import { describe, test } from 'node:test';
import { pathToFileURL } from 'node:url';
import { assertSameAnswer, assertStage, runDebugged } from '../support/compare.mjs';
import { runCached, runNative, start } from '../support/run.mjs';
import { sandbox } from '../support/sandbox.mjs';
import { selfTestPath } from '../support/self-test.mjs';
import { namesIn, setAge } from '../support/stored.mjs';
import { askWhy, assertSameVerdict } from '../support/why.mjs';

/**
 * Another runtime: the class of its records behaves otherwise towards us, and the runtime's own loader has
 * been changed along with it. Needs `--experimental-vm-modules`.
 *
 * @param {string} method
 * @param {string} change what it does instead: `native` is what it did, `modules` its argument
 */
function doctor(method, change) {
  return [
    `{`,
    `  const vm = require('node:vm');`,
    `  const { emitWarning } = process;`,
    `  process.emitWarning = () => {};`,
    `  const made = new vm.SourceTextModule('');`,
    `  process.emitWarning = emitWarning;`,
    `  const key = Object.getOwnPropertySymbols(made).find((one) => one.description === 'kWrap');`,
    `  const records = Object.getPrototypeOf(made[key]);`,
    `  const own = records.${method};`,
    `  records.${method} = function (modules) {`,
    `    const native = (modules) => own.call(this, modules);`,
    `    if (!process.env.DOCTORED || !new Error().stack.includes('node:internal/bmes/')) return native(modules);`,
    `    ${change}`,
    `  };`,
    `}`,
  ].join('\n');
}

const [VM, DOCTORED] = [{ NODE_OPTIONS: '--experimental-vm-modules' }, { DOCTORED: '1' }];

/** @param {string} cache */
function verdictFile(cache) {
  return namesIn(cache).find((name) => path.basename(name) === 'self-test');
}

/**
 * The self-test of this package, whose `register` changes the runtime first.
 *
 * @param {import('../support/sandbox.mjs').Sandbox} box
 * @param {string} cache
 * @param {string} change
 */
function runSelfTest(box, cache, change) {
  const root = path.dirname(path.dirname(path.dirname(selfTestPath)));
  const copy = path.join(box.root, 'package');
  const addons = fs.readdirSync(root).filter((name) => name.endsWith('.node'));
  for (const name of ['package.json', 'learn', 'runtime', ...addons]) {
    fs.cpSync(path.join(root, name), path.join(copy, name), { recursive: true });
  }
  const register = path.join(copy, 'runtime', 'register.js');
  fs.writeFileSync(register, `${doctor('link', change)}\n${fs.readFileSync(register, 'utf8')}`);
  const file = path.join(copy, path.relative(root, selfTestPath));
  const env = { ...VM, ...DOCTORED };
  return start([file, cache], { cwd: box.project, home: box.home, env });
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

  for (const [what, change, reason] of /** @type {[string, string, RegExp][]} */ ([
    ['links another way round', `return native([...modules].reverse());`, /linked mode linker: /],
    ['refuses to link', `throw new TypeError('not like this');`, /not like this/],
    ['does not link', `return undefined;`, /linked mode linker: |module is not linked/],
    ['ends at a link', `process.abort();`, /SIGABRT/],
  ])) {
    test(`fails where a runtime ${what}`, async (t) => {
      const { box, run, cache } = app(t);
      const failed = await runSelfTest(box, cache, change);
      assert.match(failed.stdout, /^bmes self-test: failed: \w+: /);
      assert.match(failed.stdout, reason);
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

describe('a start that dies while the app is linked', { concurrency: 2 }, () => {
  for (const [what, method, change] of [
    ['aborts at a link', 'link', `process.abort();`],
    ['is ended at a link', 'link', `process.kill(process.pid, 'SIGSEGV'); for (;;);`],
    ['aborts when it instantiates', 'instantiate', `process.abort();`],
  ]) {
    test(`${what}: the next ones run on hooks, and say so`, async (t) => {
      const { box, run: bare, cache } = app(t);
      const preload = path.join(box.root, 'doctor.cjs');
      fs.writeFileSync(preload, doctor(String(method), String(change)));
      // After ours: what comes before may have loaded what is not known.
      const run = { ...bare, nodeArgs: ['--import', pathToFileURL(preload).href], env: VM };
      const doctored = { ...run, env: { ...VM, ...DOCTORED } };
      const native = await runNative('main.js', run);
      for (const stage of ['native', 'linked', 'warm']) {
        assertStage(await runDebugged('main.js', run), stage, undefined, stage);
      }
      const dead = await runDebugged('main.js', doctored);
      assert.notEqual(dead.signal, null, dead.stderr);
      const why = await askWhy('main.js', run);
      const next = await runDebugged('main.js', run);
      assertSameAnswer(next, native, 'the next start');
      assertSameVerdict(why, next, 'the next start');
      assert.match(next.timeline.reasons.join('\n'), /BMES_CRASHED the last start .*report it/);
      assertStage(next, 'linked', 'hooks', 'the next start');
      assertSameAnswer(await runCached('main.js', run), native, 'quietly');

      box.write('../other.mjs', `console.log('other');`);
      const other = { ...run, cwd: box.root };
      for (const stage of ['native', 'linked']) {
        const ran = await runDebugged('other.mjs', other);
        assertStage(ran, stage, stage === 'native' ? undefined : 'linker', 'another app');
      }

      // Whoever is ended from outside at that moment looks the same, so it is tried again an hour later.
      const mark = marksIn(cache).find((one) => stateOf(one) === BEGUN) ?? assert.fail('no mark');
      setAge(mark, 61 * 60);
      assertStage(await runDebugged('main.js', run), 'warm', 'linker', 'an hour later');
      assert.equal(stateOf(mark), PASSED);

      // Twice in a row are a day.
      for (const hours of [1, 24]) {
        await runDebugged('main.js', doctored);
        setAge(mark, (hours * 60 - 1) * 60);
        const held = await runDebugged('main.js', run);
        assert.match(held.timeline.reasons.join('\n'), /BMES_CRASHED/, `${hours} hours`);
        setAge(mark, (hours * 60 + 1) * 60);
      }
      assertStage(await runDebugged('main.js', run), 'warm', 'linker', 'a day later');
    });
  }

  test('an app that ends itself after it was linked has not died of it', async (t) => {
    const { box, run, cache } = app(t);
    box.write(
      'main.js',
      `import './a.js'; await import('./late.js'); process.kill(process.pid, 'SIGKILL');`,
    );
    box.write('late.js', '');
    for (const stage of ['native', 'native', 'native']) {
      assert.equal((await runDebugged('main.js', run)).signal, 'SIGKILL', stage);
    }
    box.write('main.js', `import './a.js'; await import('./late.js');`);
    for (const stage of ['native', 'linked'])
      assertStage(await runDebugged('main.js', run), stage, undefined, stage);
    box.write('late.js', `process.kill(process.pid, 'SIGKILL');`);
    for (let count = 0; count < 3; count += 1) {
      const ran = await runDebugged('main.js', run);
      assert.equal(ran.signal, 'SIGKILL');
      assertStage(ran, null, 'linker', `run ${count}`);
      assert.deepEqual(marksIn(cache).map(stateOf), [PASSED]);
    }
  });

  test('an app is linked by many starts at once', async (t) => {
    const { run, cache } = app(t);
    for (const stage of ['native', 'linked', 'warm']) {
      assertStage(await runDebugged('main.js', run), stage, undefined, stage);
    }
    const ran = await Promise.all(Array.from({ length: 12 }, () => runDebugged('main.js', run)));
    for (const one of ran) assertStage(one, 'warm', 'linker', 'one of twelve');
    assert.deepEqual(marksIn(cache).map(stateOf), [PASSED]);
  });
});

const [BEGUN, PASSED] = [1, 2];

/** @param {string} cache */
function marksIn(cache) {
  return namesIn(cache).filter((name) => name.endsWith('.mark'));
}

/** @param {string} file of a note (docs/store.md) */
function stateOf(file) {
  return fs.readFileSync(file)[8];
}

/**
 * @template T
 * @param {() => T | undefined | false} look
 * @param {string} what if it does not come
 * @returns {Promise<T>}
 */
async function waitFor(look, what) {
  for (let count = 0; count < 2400; count += 1) {
    const found = look();
    if (found) return found;
    await new Promise((done) => setTimeout(done, 50));
  }
  return assert.fail(what);
}
