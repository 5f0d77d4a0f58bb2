import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { assertSameAnswer, assertStage, runDebugged } from '../support/compare.mjs';
import { modes, runNative } from '../support/run.mjs';
import { sandbox } from '../support/sandbox.mjs';

/** What the runtime says, and a file `broken.ts` (or another) that makes it say so. */
/** @type {Record<string, { error: string, text?: string, file?: string, specifier?: string }>} */
const errors = {
  'an enum': { text: 'export enum A { B }', error: 'ERR_UNSUPPORTED_TYPESCRIPT_SYNTAX' },
  'a namespace': {
    text: 'export namespace A { export const b = 1 }',
    error: 'ERR_UNSUPPORTED_TYPESCRIPT_SYNTAX',
  },
  'a parameter property': {
    text: 'export class A {\n  constructor(private b: number) {}\n}',
    error: 'ERR_UNSUPPORTED_TYPESCRIPT_SYNTAX',
  },
  'an import alias': {
    text: 'import a = require("node:fs"); export { a }',
    error: 'ERR_UNSUPPORTED_TYPESCRIPT_SYNTAX',
  },
  'text that is no TypeScript': {
    text: 'const a: number = = 1;',
    error: 'ERR_INVALID_TYPESCRIPT_SYNTAX',
  },
  'a decorator': { text: 'const d: any = 0; @d class A {}', error: 'SyntaxError' },
  'a type that is imported as a value': {
    text: 'import { A } from "./types.ts"; export const b: A = 1;',
    error: 'SyntaxError',
  },
  'a constant that is assigned': {
    text: 'const a: number = 1; a = 2 as number;',
    error: 'TypeError',
  },
  'a name that is declared twice': { text: 'let a: number; let a: string;', error: 'SyntaxError' },
  JSX: { text: 'export const a = <b/>;', file: 'broken.tsx', error: 'ERR_UNKNOWN_FILE_EXTENSION' },
  'a specifier without extension': { specifier: './types', error: 'ERR_MODULE_NOT_FOUND' },
  'a specifier of what it would be compiled to': {
    specifier: './types.js',
    error: 'ERR_MODULE_NOT_FOUND',
  },
  'a package in TypeScript': {
    text: 'export const a: number = 1;',
    file: 'node_modules/package/index.ts',
    error: 'ERR_UNSUPPORTED_NODE_MODULES_TYPE_STRIPPING',
  },
};

describe('what the runtime refuses it refuses in its own words', { concurrency: true }, () => {
  for (const [
    name,
    { error, text = '', file = 'broken.ts', specifier = `./${file}` },
  ] of Object.entries(errors)) {
    for (const mode of modes) {
      for (const [how, entry] of Object.entries(entries(specifier))) {
        test(`${name}, ${how}, ${mode}`, async (t) => {
          const box = sandbox(t);
          box.write('package.json', '{ "type": "module" }');
          box.write('types.ts', 'export type A = number;');
          box.write('fine.ts', 'export const fine: number = 1; console.log("fine");');
          if (text) box.write(file, text);
          box.write('main.ts', entry);
          const cache = box.cache(mode);
          const options = { mode, cwd: box.project, home: box.home, cache };
          const native = await runNative('main.ts', options);
          const said = how === 'imported late' ? native.stdout : native.stderr;
          assert.match(said, new RegExp(error));
          assert.equal(native.exitCode, how === 'imported late' ? 0 : 1);
          for (const stage of ['native', null, null]) {
            const run = await runDebugged('main.ts', options);
            assertSameAnswer(run, native, `a run in ${mode} mode`);
            assertStage(run, stage, undefined, name);
          }
        });
      }
    }
  }

  for (const mode of modes) {
    test(`an app that catches one comes from the cache, ${mode}`, async (t) => {
      const box = sandbox(t);
      box.write('package.json', '{ "type": "module" }');
      box.write('main.ts', entries('./broken.ts')['imported late']);
      box.write('fine.ts', 'console.log("fine" as string);');
      box.write('broken.ts', 'export enum A { B }');
      const options = { mode, cwd: box.project, home: box.home, cache: box.cache(mode) };
      const native = await runNative('main.ts', options);
      for (const stage of ['native', 'linked', 'warm']) {
        const run = await runDebugged('main.ts', options);
        assertSameAnswer(run, native, `the ${stage} run`);
        assertStage(run, stage, stage === 'native' ? undefined : mode, 'one that fails late');
      }
    });
  }
});

/** @param {string} specifier */
function entries(specifier) {
  return {
    'imported first': `import './fine.ts'; import '${specifier}'; console.log('not reached' as string);`,
    'imported late': `import './fine.ts';
try { await import('${specifier}'); } catch (error) {
  const { name, code, message, stack }: any = error;
  console.log(name, code, message, stack.split('\\n').filter((line: string) => !line.includes('node:')).join('\\n'));
}`,
  };
}
