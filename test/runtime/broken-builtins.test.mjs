import assert from 'node:assert/strict';
import { test } from 'node:test';
import { assertSameAnswer, runDebugged } from '../support/compare.mjs';
import { modes, runNative } from '../support/run.mjs';
import { sandbox } from '../support/sandbox.mjs';

// The runtime has copies of the builtins it uses, and what an app takes away is none of its business. Nor of
// ours: what is imported and required afterwards is answered by runtime/safe.js.

const TAKEN = {
  Array: 'push,pop,map,filter,includes,find,some,every,join,indexOf,forEach,concat,slice,at,flat',
  Map: 'get,set,has,delete,forEach',
  Set: 'has,add,delete',
  String: 'startsWith,endsWith,includes,split,slice,replace,replaceAll,indexOf,trim',
  RegExp: 'test,exec',
  // Without `then` V8 ends the process of Node 22, also natively.
  Promise: 'catch,finally',
  Object: 'keys,entries,assign,isFrozen,defineProperty,freeze,create,fromEntries',
  Reflect: 'apply,construct,ownKeys,defineProperty,getPrototypeOf',
  JSON: 'stringify,parse',
};

const MAIN = `
import './a.mjs';
const [, , type, names] = process.argv;
const isStatic = ['Object', 'Reflect', 'JSON'].includes(type);
const holder = isStatic ? globalThis[type] : globalThis[type].prototype;
const print = process.stdout.write.bind(process.stdout);
const { then } = Promise.prototype;
const { apply } = Reflect;
for (const name of names.split(',')) holder[name] = undefined;
apply(then, import('./late.mjs'), [
  (late) => print(late.b + '\\n'),
  (error) => print('failed: ' + error.message + '\\n'),
]);
`;

const COUNTS = `
const calls = [];
for (const type of [Array, Map, Set, String, RegExp]) {
  for (const name of Object.getOwnPropertyNames(type.prototype)) {
    const { value, writable } = Object.getOwnPropertyDescriptor(type.prototype, name);
    if (typeof value !== 'function' || name === 'constructor' || !writable) continue;
    type.prototype[name] = function (...args) {
      calls[calls.length] = type.name + '.' + name;
      return Reflect.apply(value, this, args);
    };
  }
}
await import('./late.mjs');
const { length } = calls;
process.stdout.write(length + '\\n');
`;

for (const mode of modes) {
  test(`builtins that an app patches are not called by us, ${mode}`, async (t) => {
    const box = sandbox(t);
    box.write('main.mjs', COUNTS);
    box.write('late.mjs', `import './later.mjs';`);
    box.write('later.mjs', '');
    const run = { cwd: box.project, home: box.home };
    const native = await runNative('main.mjs', run);
    for (const stage of ['native', 'linked', 'warm']) {
      const debugged = await runDebugged('main.mjs', { ...run, mode, cache: box.cache(mode) });
      assert.equal(debugged.timeline.stage?.stage, stage, debugged.timeline.lines.join('\n'));
      if (stage !== 'native') assertSameAnswer(debugged, native, stage);
    }
  });

  for (const [type, names] of Object.entries(TAKEN)) {
    test(`an app without the methods of ${type} imports, ${mode}`, async (t) => {
      const box = sandbox(t);
      box.write('main.mjs', MAIN);
      box.write('a.mjs', 'export const a = 1;');
      box.write('late.mjs', `import './later.mjs'; import c from './c.cjs'; export const b = c;`);
      box.write('later.mjs', 'export {};');
      box.write('c.cjs', `module.exports = require('./d.cjs');`);
      box.write('d.cjs', 'module.exports = 2;');
      const run = { cwd: box.project, home: box.home, args: [type, names] };
      const native = await runNative('main.mjs', {
        ...run,
        nodeArgs: ['--import', 'data:text/javascript,'],
      });
      // Taught by a run in which nothing is broken: a name that is nobody's.
      const cached = { ...run, mode, cache: box.cache(mode) };
      await runDebugged('main.mjs', { ...cached, args: [type, 'nobodys'] });
      for (const nth of [1, 2]) {
        const debugged = await runDebugged('main.mjs', cached);
        assert.equal(debugged.timeline.stage?.mode, mode, debugged.timeline.lines.join('\n'));
        assertSameAnswer(debugged, native, `run ${nth}`);
      }
    });
  }
}
