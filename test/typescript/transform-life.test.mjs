import assert from 'node:assert/strict';
import fs from 'node:fs';
import path from 'node:path';
import { describe, test } from 'node:test';
import { assertStage, runDebugged } from '../support/compare.mjs';
import { linkPackage } from '../support/enabled.mjs';
import { background, untilLearnt } from '../support/learner.mjs';
import { packageRoot, runCli, runNative, start } from '../support/run.mjs';
import { sandbox } from '../support/sandbox.mjs';
import { timeline } from '../support/timeline.mjs';

const env = { BMES_TRANSFORM_TYPES: '1' };
const mode = /** @type {const} */ ('linker');

const files = {
  'package.json': '{ "type": "module" }',
  'main.ts': `import { Kind } from './kind';

enum Local { A = 'local' }
console.log(Kind.A, Local.A);
`,
  'kind.ts': `export enum Kind { A = 1 }\n`,
};

/**
 * @param {Parameters<typeof sandbox>[0]} t
 * @param {Record<string, string>} [more]
 */
function project(t, more = {}) {
  const box = sandbox(t);
  for (const [file, text] of Object.entries({ ...files, ...more })) box.write(file, text);
  return { box, options: { cwd: box.project, home: box.home, mode, env, cache: box.cache('a') } };
}

/**
 * Runs an app until all of it comes from the cache.
 *
 * @param {Parameters<typeof runDebugged>[1]} options
 */
async function warmUp(options, entry = 'main.ts') {
  for (let nth = 1; nth < 3; nth++) await runDebugged(entry, options);
  const warm = await runDebugged(entry, options);
  assertStage(warm, 'warm', undefined, 'the third run');
  return warm;
}

describe('what is transformed lives as what is stripped does', { concurrency: true }, () => {
  test('stacks and errors say where things are in the files that were written', async (t) => {
    const { options } = project(t, {
      'main.ts': `interface Gone {
  a: number;
}
enum Here { A }
import { fail } from './fail';
import legacy from './legacy.cts';
try { fail() } catch (error) { console.log((error as Error).stack!.split('\\n').slice(0, 3).join('|')) }
try { legacy() } catch (error) { console.log((error as Error).stack!.split('\\n')[1]) }
const late: string = await import('./late').then(() => 'one');
class Broken { constructor(public last: string = late) { throw new TypeError(\`last \${Here.A}\`) } }
new Broken();`,
      'fail.ts': `type Gone = {
  a: string }
export enum Why { Because = 'why' }
export function fail(): never {
  throw new Error(Why.Because as string)
}`,
      'legacy.cts': `enum Why { A }

module.exports = (): void => { throw new Error(Why[0]) };`,
      'late.ts': `export enum Late { A }`,
    });
    for (const stage of ['native', null, 'warm']) {
      const run = await runDebugged('main.ts', options);
      assertStage(run, stage, undefined, 'a run that fails');
      assert.equal(run.exitCode, 1);
      const [first, second] = run.stdout.split('\n');
      assert.match(first ?? '', /^Error: why\|.*fail\.ts:5:9\)?\|.*main\.ts:7:7/, run.stdout);
      assert.match(second ?? '', /legacy\.cts:3:3\d/, run.stdout);
      assert.match(run.stderr, /TypeError: last 0\n.*main\.ts:10:\d+/, run.stderr);
      assert.match(run.stderr, /main\.ts:10\n/, 'the line that threw is shown');
    }
  });

  test('an edit and a new import are seen', async (t) => {
    const { box, options } = project(t);
    assert.equal((await warmUp(options)).stdout, '1 local\n');
    box.edit('kind.ts', 'A = 1', "A = 'edited'");
    const edited = await runDebugged('main.ts', options);
    assert.equal(edited.stdout, 'edited local\n');
    assertStage(edited, 'warm', 'hooks', 'after an edit');
    assert.equal(edited.timeline.lines.filter((line) => line.startsWith('transform ')).length, 1);
    box.write('more.ts', 'enum More { A } console.log(More[0]);');
    box.edit('kind.ts', 'export', "import './more';\nexport");
    assert.equal((await runDebugged('main.ts', options)).stdout, 'A\nedited local\n');
    await warmUp(options);
    // What was found without its extension is found under its name now.
    box.write('kind.js', `export const Kind = { A: 'JavaScript' };`);
    fs.rmSync(box.path('kind.ts'));
    assert.equal((await runDebugged('main.ts', options)).stdout, 'JavaScript local\n');
  });

  test('a tsconfig.json and what it extends are part of the key', async (t) => {
    const { box, options } = project(t, {
      'tsconfig.json': '{ "extends": ["./base.json"] }',
      'base.json': '{ "compilerOptions": { "useDefineForClassFields": true } }',
      'main.ts': `class A { set x(value: number) { console.log('set') } } class B extends A { override x = 1 } new B(); enum E {} console.log('done')`,
    });
    assert.equal((await warmUp(options)).stdout, 'done\n');
    box.edit('base.json', 'true', 'false');
    const other = await runDebugged('main.ts', options);
    assert.equal(other.stdout, 'set\ndone\n');
    assertStage(other, 'native', undefined, 'with other settings');
    box.edit('base.json', 'false', 'true');
    const before = await runDebugged('main.ts', options);
    assert.equal(before.stdout, 'done\n');
    assertStage(before, 'warm', 'hooks', 'with the first settings again');
  });

  test('exact runs of the same entry get nothing of it, and the other way round', async (t) => {
    const { options } = project(t, {
      'main.ts': `import { type A, where } from './effect.ts'; const a: A = where(); console.log(a);`,
      'effect.ts': `export type A = string; export const where = (): A => String(where);`,
    });
    const exact = { ...options, env: {} };
    const native = await runNative('main.ts', exact);
    const transformed = await warmUp(options);
    assert.notEqual(transformed.stdout, native.stdout);
    assert.equal((await warmUp(exact)).stdout, native.stdout);
    const again = await runDebugged('main.ts', options);
    assertStage(again, 'warm', 'hooks', 'after exact runs');
    assert.equal(again.stdout, transformed.stdout);
  });

  test('a learner of its own makes the pack', async (t) => {
    const { options } = project(t);
    const first = await runDebugged('main.ts', { ...options, env: { ...env, ...background } });
    assert.equal(first.exitCode, 0, first.stderr);
    await untilLearnt(options.cache);
    const second = await runDebugged('main.ts', options);
    assert.equal(second.stdout, '1 local\n');
    assertStage(second, 'linked', 'hooks', 'the run after a learner');
    assert.ok(second.timeline.lines.every((line) => !line.startsWith('transform ')));
  });

  test('what the cache is not used for is transformed all the same', async (t) => {
    const { options } = project(t);
    for (const [name, value] of [
      ['BMES_DISABLE', '1'],
      ['BMES_LEARN', 'off'],
    ]) {
      const run = await runDebugged('main.ts', {
        ...options,
        env: { ...env, [`${name}`]: `${value}` },
      });
      assert.equal(run.stdout, '1 local\n', run.stderr);
    }
    const nodeArgs = ['--enable-source-maps'];
    assert.equal((await runDebugged('main.ts', { ...options, nodeArgs })).stdout, '1 local\n');
  });
});

describe('transforming is asked for', { concurrency: true }, () => {
  test('by bmes run, with flags of Node as well', async (t) => {
    const { options } = project(t, { 'app.tsx': files['main.ts'] });
    const bare = { ...options, env: {} };
    for (const words of [['main.ts'], ['--stack-trace-limit=9', 'main.ts'], ['app.tsx']]) {
      const run = await runCli(['run', '--transform-types', ...words], bare);
      assert.equal(run.stdout, '1 local\n', run.stderr);
    }
    const run = await runCli(['run', 'main.ts'], bare);
    assert.match(run.stderr, /ERR_UNSUPPORTED_TYPESCRIPT_SYNTAX|ERR_MODULE_NOT_FOUND/);
  });

  test('by enable(), and by nothing that is not a boolean', async (t) => {
    const bin = (/** @type {string} */ value) =>
      `const { code } = require('bmes-cache').enable({ transformTypes: ${value} }); console.log(code); import('./main.ts').catch(({ code }) => console.log(code));`;
    const { box, options } = project(t, { 'bin.cjs': bin('true'), 'wrong.cjs': bin("'yes'") });
    linkPackage(box);
    const bare = { ...options, env: { BMES_CACHE_DIR: options.cache } };
    for (let nth = 0; nth < 3; nth++) {
      assert.equal((await runNative('bin.cjs', bare)).stdout, 'undefined\n1 local\n');
    }
    assert.match((await runNative('wrong.cjs', bare)).stdout, /^BMES_INVALID_ARGUMENT\nERR_/);
  });

  test('by a variable, for workers as well', async (t) => {
    const { options } = project(t, {
      'start.ts': `import { Worker } from 'node:worker_threads'; enum E { A } new Worker(new URL('./main.ts', import.meta.url));`,
    });
    for (let nth = 0; nth < 4; nth++) {
      const run = await runDebugged('start.ts', options);
      assert.equal(run.stdout, '1 local\n', run.stderr);
    }
  });
});

describe('what cannot be transformed is explained', { concurrency: true }, () => {
  /** @type {[what: string, more: Record<string, string>, says: RegExp][]} */
  const cases = [
    [
      'text that is no TypeScript',
      { 'kind.ts': 'export enum Kind {\n  A = = 1 }' },
      /SyntaxError.*kind\.ts:2:7: .*\n[^]*code: 'BMES_TRANSFORM_FAILED'/,
    ],
    [
      'decorators whose types are asked for',
      {
        'tsconfig.json':
          '{ "compilerOptions": { "experimentalDecorators": true, "emitDecoratorMetadata": true } }',
        'kind.ts': `const d: any = () => {}; @d export class Kind { static A = 1 }`,
      },
      /emitDecoratorMetadata is not supported[^]*code: 'BMES_TRANSFORM_FAILED'/,
    ],
    [
      'a tsconfig.json that cannot be read',
      { 'tsconfig.json': '{ "compilerOptions": }' },
      /tsconfig\.json cannot be read: [^]*code: 'BMES_TSCONFIG'/,
    ],
    [
      'one that extends what is not there',
      { 'tsconfig.json': '{ "extends": "@tsconfig/nothing" }' },
      /tsconfig\.json extends @tsconfig\/nothing, which is not there[^]*code: 'BMES_TSCONFIG'/,
    ],
    [
      'one that extends itself',
      { 'tsconfig.json': '{ "extends": "./tsconfig.json" }' },
      /extends \.\/tsconfig\.json, which is not there[^]*code: 'BMES_TSCONFIG'/,
    ],
    [
      'a specifier that leads nowhere',
      { 'main.ts': `import './nowhere';` },
      /Cannot find module [^]*code: 'ERR_MODULE_NOT_FOUND'/,
    ],
    [
      'TypeScript below node_modules',
      {
        'node_modules/p/package.json': '{ "type": "module", "exports": "./p.ts" }',
        'node_modules/p/p.ts': 'export enum A {}',
        'main.ts': `import 'p';`,
      },
      /ERR_UNSUPPORTED_NODE_MODULES_TYPE_STRIPPING/,
    ],
  ];
  for (const [what, more, says] of cases) {
    test(what, async (t) => {
      const { options } = project(t, more);
      for (let nth = 0; nth < 2; nth++) {
        const run = await runDebugged('main.ts', options);
        assert.match(run.stderr, says);
        assert.equal(run.exitCode, 1);
      }
    });
  }

  test('that there is no esbuild', async (t) => {
    const { box, options } = project(t);
    // A copy of this package, which cannot find what is installed beside this one.
    const copy = path.join(box.root, 'copy');
    for (const folder of ['runtime', 'learn']) {
      fs.cpSync(path.join(packageRoot, folder), path.join(copy, folder), { recursive: true });
    }
    for (const file of fs.readdirSync(packageRoot).filter((name) => name.endsWith('.node'))) {
      fs.symlinkSync(path.join(packageRoot, file), path.join(copy, file));
    }
    const run = await start(['--import', path.join(copy, 'runtime', 'register.js'), 'main.ts'], {
      ...options,
      env: { ...env, BMES_CACHE_DIR: options.cache, BMES_DEBUG: '1' },
    });
    assert.match(run.stderr, /needs esbuild.*npm install --save-dev esbuild/);
    assert.match(run.stderr, /code: 'BMES_NO_TRANSFORMER'/);
    assert.equal(run.exitCode, 1);
    assert.ok(timeline(run.stderr).stage);
  });
});
