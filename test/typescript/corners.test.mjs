import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { assertSameAnswerThroughLife } from '../support/compare.mjs';
import { modes } from '../support/run.mjs';
import { sandbox } from '../support/sandbox.mjs';
import { corners, others } from './corners.mjs';

const names = Object.keys(corners);

/** Prints of each corner what it found, and where in its text an error in it is. */
const main = `${names.map((name, at) => `import * as m${at} from './${name}.ts';`).join('\n')}
import { inspect } from 'node:util';
const all: Record<string, unknown>[] = [${names.map((_, at) => `m${at}`).join(', ')}];
for (const [at, module] of all.entries()) console.log(at, inspect(module, { depth: 9 }));
console.log(globalThis.stacks.join('\\n'));
`;

/** Behind each corner: where it says it is, by line and column, once its types are gone. */
const stack =
  '\n;(globalThis.stacks ??= [] as string[]).push((new Error("x" as string) as Error).stack!.split("\\n")[1] as string)';

describe('TypeScript whose types are delicate to strip', { concurrency: true }, () => {
  for (const mode of modes) {
    test(`${names.length} corners say what they say natively, ${mode}`, async (t) => {
      assert.ok(names.length >= 60);
      const box = sandbox(t);
      box.write('package.json', '{ "type": "module" }');
      for (const [name, text] of Object.entries(corners)) {
        // What matters there is that nothing comes after it.
        const isOpen = name === 'last-line-comment' || name === 'own-source-url';
        box.write(`${name}.ts`, isOpen ? text : text + stack);
      }
      for (const [name, text] of Object.entries(others)) box.write(name, text);
      box.write('main.ts', main);
      const { native } = await assertSameAnswerThroughLife({
        entry: 'main.ts',
        mode,
        cwd: box.project,
        home: box.home,
        cache: box.cache(mode),
      });
      assert.equal(native.exitCode, 0, native.stderr);
    });
  }
});
