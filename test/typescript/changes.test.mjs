import assert from 'node:assert/strict';
import fs from 'node:fs';
import { describe, test } from 'node:test';
import { assertSameAnswer, assertStage, runDebugged } from '../support/compare.mjs';
import { background, filesOfKind, runAndLearn, untilLearnt } from '../support/learner.mjs';
import { modes, runCli, runNative } from '../support/run.mjs';
import { sandbox } from '../support/sandbox.mjs';

/** @typedef {import('../support/sandbox.mjs').Sandbox} Sandbox */

const files = {
  'package.json': '{ "type": "module" }',
  'main.ts': `import { a } from './a.ts';
import { plain } from './plain.js';
console.log(a as number, plain);
await import('./late.ts').then(({ late }: { late: string }) => console.log(late), ({ code }) => console.log(code));`,
  'a.ts': `import { b } from './b.mts'; import c from './c.cts'; export const a: number = b + c;`,
  'b.mts': `export const b: number = 1;`,
  'c.cts': `const c: number = 10; module.exports = c;`,
  'plain.js': `export const plain = 'plain';`,
  'late.ts': `export const late: string = 'late';`,
};

/** What is done to a warm app, and the stages of the next runs; `cached` is linked or warm. */
/** @type {Record<string, { change: (box: Sandbox) => void, stages: string[], reason?: RegExp }>} */
const changes = {
  'an edit of what a module computes': {
    change: (box) => box.edit('b.mts', 'number = 1', 'number = 2'),
    stages: ['cached', 'warm'],
    reason: /BMES_GUARD_CHANGED .*b\.mts/,
  },
  'an edit of types only': {
    change: (box) => box.edit('a.ts', 'a: number', 'a: 11 | number'),
    stages: ['cached', 'warm'],
    reason: /BMES_GUARD_CHANGED .*a\.ts/,
  },
  'an edit of the entry': {
    change: (box) => box.edit('main.ts', 'console.log(a', 'console.log("more" as string, a'),
    stages: ['cached', 'warm'],
    reason: /BMES_GUARD_CHANGED .*main\.ts/,
  },
  'an edit of CommonJS': {
    change: (box) => box.edit('c.cts', '10', '20'),
    stages: ['native', 'warm'],
    reason: /BMES_GUARD_CHANGED .*c\.cts/,
  },
  'an edit of JavaScript beside it': {
    change: (box) => box.edit('plain.js', `'plain'`, `'very plain'`),
    stages: ['cached', 'warm'],
    reason: /BMES_GUARD_CHANGED .*plain\.js/,
  },
  'a module that was removed': {
    change: (box) => box.remove('late.ts'),
    stages: ['cached', 'warm'],
    reason: /BMES_GUARD_CHANGED .*late\.ts/,
  },
  'a module that was added': {
    change: (box) => {
      box.write('d.ts', 'export const d: number = 100;');
      box.edit(
        'b.mts',
        'export const b: number = 1;',
        `import { d } from './d.ts'; export const b = d as number;`,
      );
    },
    stages: ['native', 'warm'],
    reason: /BMES_GUARD_CHANGED .*b\.mts/,
  },
  'text that cannot be stripped any more': {
    change: (box) => box.write('late.ts', 'export enum late { A }'),
    stages: ['native', 'warm'],
    reason: /BMES_GUARD_CHANGED .*late\.ts/,
  },
  'a package that has another type': {
    change: (box) => {
      box.remove('plain.js');
      box.write('plain.js', `exports.plain = 'plain';`);
      box.write('package.json', '{ "type": "commonjs" }');
      box.write(
        'main.ts',
        `const { plain } = require('./plain.js'); console.log(plain as string); import('./b.mts');`,
      );
    },
    stages: ['native', 'warm'],
    reason: /BMES_GUARD_CHANGED/,
  },
  'files that were only touched': {
    change: (box) => {
      for (const file of Object.keys(files)) fs.utimesSync(box.path(file), 1e9, 1e9);
    },
    stages: ['warm', 'warm'],
  },
};

describe('what happens to TypeScript on the disk shows', { concurrency: true }, () => {
  for (const mode of modes) {
    for (const [name, { change, stages, reason }] of Object.entries(changes)) {
      test(`${name}, ${mode}`, async (t) => {
        const box = project(t);
        const options = { mode, cwd: box.project, home: box.home, cache: box.cache(mode) };
        await runAndLearn('main.ts', options);
        // On hooks the runtime fills its own cache first.
        await runDebugged('main.ts', options);
        assertStage(await runDebugged('main.ts', options), 'warm', mode, 'before the change');
        change(box);
        const native = await runNative('main.ts', options);
        for (const [at, stage] of stages.entries()) {
          const run = await runDebugged('main.ts', { ...options, env: background });
          assertSameAnswer(run, native, `run ${at + 1} after ${name}`);
          const said = stage === 'cached' || (mode === 'hooks' && stage === 'warm') ? null : stage;
          assertStage(run, said, stage === 'native' ? undefined : mode, name);
          if (at === 0 && reason) assert.match(run.timeline.lines.join('\n'), reason);
          await untilLearnt(options.cache);
        }
      });
    }

    test(`what strips for us does not warn for the app, ${mode}`, async (t) => {
      const box = project(t);
      box.write(
        'late.ts',
        `import * as module from 'node:module';
const strip: (text: string) => string = (module as any).stripTypeScriptTypes;
console.log(strip.name, strip.length, strip('let a: 1') + strip('let b: 1'));
export const late: string = 'late';`,
      );
      const options = { mode, cwd: box.project, home: box.home, cache: box.cache(mode) };
      await runAndLearn('main.ts', options);
      assertStage(await runDebugged('main.ts', options), null, mode, 'before the edit');
      box.edit('b.mts', 'number = 1', 'number = 2');
      const native = await runNative('main.ts', options);
      assert.match(native.stderr, /stripTypeScriptTypes is an experimental feature/);
      const run = await runDebugged('main.ts', options);
      assertSameAnswer(run, native, 'the run after the edit');
      assertStage(run, null, mode, 'the run after the edit');
    });

    test(`a file that is written while the app runs, ${mode}`, async (t) => {
      const box = project(t);
      box.write(
        'main.ts',
        `import fs from 'node:fs';
const late: URL = new URL('./late.ts', import.meta.url);
fs.writeFileSync(late, fs.readFileSync(late, 'utf8').replace(/'.*'/, \`'\${process.argv[2] as string}'\`));
console.log((await import('./late.ts')).late as string);`,
      );
      const options = { mode, cwd: box.project, home: box.home, cache: box.cache(mode) };
      for (const word of ['one', 'two', 'three', 'four']) {
        const run = await runDebugged('main.ts', { ...options, args: [word] });
        assert.equal(run.stdout, `${word}\n`, run.stderr);
      }
    });
  }

  test('a process that nobody waits for learns it, and says nothing', async (t) => {
    const box = project(t);
    const cache = box.cache('learner');
    const options = /** @type {const} */ ({
      mode: 'linker',
      cwd: box.project,
      home: box.home,
      cache,
    });
    const native = await runNative('main.ts', options);
    const first = await runAndLearn('main.ts', options);
    assertSameAnswer(first, native, 'the first run');
    const second = await runDebugged('main.ts', options);
    assertSameAnswer(second, native, 'the second run');
    assertStage(second, 'warm', 'linker', 'the second run');
  });

  for (const mode of modes) {
    test(`compiled before it has run, ${mode}`, async (t) => {
      const box = project(t);
      const options = { mode, cwd: box.project, home: box.home, cache: box.cache(mode) };
      const native = await runNative('main.ts', options);
      const compiled = await runCli(['compile', '--json', 'main.ts'], options);
      assert.equal(compiled.exitCode, 0, compiled.stdout + compiled.stderr);
      assert.equal(compiled.stderr, '');
      const run = await runDebugged('main.ts', options);
      assertSameAnswer(run, native, 'the first run');
      assertStage(run, mode === 'linker' ? 'warm' : 'linked', mode, 'the first run');
      assert.equal(filesOfKind(options.cache, '.pack').length, 1);
    });

    test(`compiled into a file that serves another place, ${mode}`, async (t) => {
      const box = project(t);
      const options = { mode, cwd: box.project, home: box.home, cache: box.cache(mode) };
      const file = `${box.root}/app.bmes`;
      const compiled = await runCli(['compile', '--out', file, 'main.ts'], options);
      assert.equal(compiled.exitCode, 0, compiled.stdout + compiled.stderr);
      const moved = `${box.root}/another and longer place`;
      fs.renameSync(box.project, moved);
      const there = { ...options, cwd: moved, cache: box.cache('there'), env: { BMES_PACK: file } };
      const native = await runNative('main.ts', there);
      for (const stage of ['first', 'second']) {
        const run = await runDebugged('main.ts', there);
        assertSameAnswer(run, native, `the ${stage} run there`);
        const isWarm = mode === 'linker' || stage === 'second';
        assertStage(run, isWarm ? 'warm' : 'linked', mode, `the ${stage} run there`);
      }
    });
  }
});

/** @param {{ after: (work: () => void) => void }} t */
function project(t) {
  const box = sandbox(t);
  for (const [file, text] of Object.entries(files)) box.write(file, text);
  return box;
}
