'use strict';

// Programs add to the prototypes of everything. Each case runs in a process of its own, which does so
// before or after it loads us, and prints what it prints without.

const assert = require('node:assert/strict');
const { spawnSync } = require('node:child_process');
const { describe, test } = require('node:test');

const index = JSON.stringify(require.resolve('../../index.js'));

/** Everything that crosses into the core and back, and every error we make. */
const USE = `
  const metadata = {
    requestedModules: [{ specifier: './a.js', attributes: { type: 'json' } }, { specifier: 'b', attributes: null }],
    importEntries: [{ type: 'Single', moduleRequest: 'b', importName: 'x', localName: 'y' }],
    exportEntries: [{ type: 'Local', exportName: 'a', localName: 'a' }],
    starExports: ['b'],
  };
  const told = [];
  const tell = (make) => {
    try {
      const value = make();
      told.push(Buffer.isBuffer(value) ? value.toString('hex') : value);
    } catch (error) {
      const { name, message, code } = error;
      const own = (key) => (Object.hasOwn(error, key) ? error[key] : null);
      told.push({ name, message, code, line: own("line"), column: own("column") });
    }
  };
  tell(() => bmes.serializeModuleMetadata(metadata));
  tell(() => Object.assign(bmes.deserializeCachedModuleMetadata(bmes.serializeModuleMetadata(metadata)), { bytecode: null }));
  tell(() => bmes.serializeModuleMetadata({}));
  tell(() => bmes.serializeModuleMetadata({ ...metadata, exportEntries: [{ type: 'No' }] }));
  tell(() => bmes.analyzeModule('export { a as b } from "./a.js"; export default 1;'));
  tell(() => bmes.analyzeModule('export {', 'file:///m.js'));
  tell(() => bmes.diagnose(new Uint8Array(3)));
  tell(() => bmes.validate('text'));
  tell(() => bmes.CachedBytecode.generateForESM(1));
  tell(() => bmes.enable({ direktory: '' }));
  tell(() => new bmes.ModuleBytecodeCache({ directory: 7 }));
  const cache = new bmes.ModuleBytecodeCache({ directory: '/nowhere/at/all/esm' });
  tell(() => cache.loadCache('file:///a.mjs', { source: '' }));
  tell(() => cache.saveCache('file:///a.mjs', bmes.serializeModuleMetadata(metadata), { source: '' }));
  tell(() => cache.lastReason);
  tell(() => cache.stats());
  tell(() => cache.prune());
  tell(() => bmes.analyzeModule('import "a"; export let b;', undefined, { details: true }));
  tell(() => bmes.analyzeModules([{ source: 'export {' }, { source: 'export {}', url: 'x' }]));
  tell(() => bmes.buildGraph(${index}).getModule(${index}, { positions: true }).imports[0]);
  tell(() => bmes.buildGraph(${index}).exports(${index}));
  tell(() => bmes.buildGraph('/nowhere/at/all'));
  for (const undo of undos) undo();
  console.log(JSON.stringify(told));`;

/** @type {Record<string, string>} */
const additions = {
  'Array.prototype.toJSON': `put(Array.prototype, 'toJSON', function () { return 'array'; });`,
  'Object.prototype.toJSON': `put(Object.prototype, 'toJSON', function () { return 'object'; });`,
  'String.prototype.toJSON': `put(String.prototype, 'toJSON', function () { return 'text'; });`,
  'a read-only Object.prototype.code': `put(Object.prototype, 'code', 'theirs');`,
  'read-only properties of all our names': `
    for (const name of ['code', 'line', 'column', 'message', 'offset', 'type', 'specifier', 'attributes', 'metadata',
      'moduleRequest', 'importName', 'localName', 'exportName', 'moduleName', 'requestedModules', 'bytecode', 'status',
      'bytecodeStart', 'bytecodeLength', 'reason', 'run', 'total', 'hits', 'misses', 'hitRate', 'size', 'removed'])
      put(Object.prototype, name, 'theirs');`,
  options: `
    for (const name of ['directory', 'layers', 'readOnly', 'shared', 'maxSize', 'source', 'reset'])
      put(Object.prototype, name, 7);`,
  'enumerable properties': `
    Object.prototype.extra = 1; Array.prototype.extra = 2;
    undos.push(() => { delete Object.prototype.extra; delete Array.prototype.extra; });`,
};

/** @param {string} script */
function run(script) {
  const text = `
    const undos = [];
    const put = (prototype, name, value) => {
      Object.defineProperty(prototype, name, { value, writable: false, configurable: true });
      undos.push(() => delete prototype[name]);
    };
    ${script}`;
  const { status, stdout, stderr } = spawnSync(process.execPath, ['-e', text], {
    encoding: 'utf8',
  });
  assert.equal(status, 0, stderr);
  return JSON.parse(stdout);
}

describe('what programs put on prototypes changes nothing', () => {
  const load = `const bmes = require(${index});`;
  const expected = run(`${load}${USE}`);
  assert.equal(expected.length, 21);
  for (const [what, add] of Object.entries(additions)) {
    test(`${what}, before us`, () => assert.deepStrictEqual(run(`${add}${load}${USE}`), expected));
    test(`${what}, after us`, () => assert.deepStrictEqual(run(`${load}${add}${USE}`), expected));
  }
});
