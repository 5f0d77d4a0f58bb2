/**
 * Apps written by hand to be hard to start from a cache, run natively and from it, compared.
 *
 *     node test/differential/cases.mjs --node /path/to/node --mode both [--only word]
 */

import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { parseArgs } from 'node:util';

import { runDebugged, scrub } from '../support/compare.mjs';
import { runCached, runNative } from '../support/run.mjs';

const { values } = parseArgs({
  options: {
    node: { type: 'string', default: process.execPath },
    mode: { type: 'string', default: 'both' },
    only: { type: 'string', default: '' },
  },
});
const modes = values.mode === 'both' ? ['hooks', 'linker'] : [values.mode];

const DEP = `export let n = 1; export const inc = () => { n++; }; export default function dep() { return 'dep'; }`;
const MODULE = '{ "type": "module" }';

/** @type {Record<string, { files: Record<string, string | Buffer>, entry?: string, nodeArgs?: string[], args?: string[], env?: Record<string, string>, setup?: (dir: string) => void }>} */
const cases = {
  'fs patched with sync': {
    files: {
      'main.mjs': `import './patch.mjs'; import './after.mjs';`,
      'patch.mjs': `import fs from 'node:fs'; import { syncBuiltinESMExports } from 'node:module'; const old = fs.readFileSync; fs.readFileSync = function readFileSync(...a) { console.log('read', String(a[0]).split('/').at(-1)); return old.apply(this, a); }; syncBuiltinESMExports();`,
      'after.mjs': `import { readFileSync } from 'fs'; import * as ns from 'fs'; console.log(readFileSync.toString().length, ns.readFileSync === readFileSync, ns.default.readFileSync === readFileSync); console.log(readFileSync(new URL('./x.json', import.meta.url), 'utf8')); import('./x.json', { with: { type: 'json' } }).then(console.log); const { createRequire } = await import('module'); console.log(createRequire(import.meta.url)('./c.cjs')); await import('./late.mjs');`,
      'x.json': '{"x":1}',
      'c.cjs': 'module.exports = 5',
      'late.mjs': 'console.log("late")',
    },
  },
  'fs patched without sync': {
    files: {
      'main.mjs': `import './patch.mjs'; import './after.mjs';`,
      'patch.mjs': `import fs from 'node:fs'; fs.readFileSync = () => { console.log('patched'); return 'export default "patched"'; }; fs.existsSync = () => { throw new Error('no'); }; fs.statSync = () => { throw new Error('no stat'); }; fs.realpathSync = () => { throw new Error('no real') }; fs.writeSync = () => { throw new Error('no write') };`,
      'after.mjs': `import fs, { readFileSync } from 'fs'; console.log(fs.readFileSync === readFileSync); try { console.log(await import('./late.mjs')) } catch (e) { console.log(e.message) } try { const { createRequire } = await import('module'); console.log(createRequire(import.meta.url)('./c.cjs'));} catch (e) { console.log(e.message.split('\\n')[0]) }`,
      'late.mjs': 'export default "late"',
      'c.cjs': 'module.exports = 5',
    },
  },
  '_extensions patched': {
    files: {
      'main.mjs': `import './patch.mjs'; await import('./c.cjs').then(console.log);`,
      'patch.mjs': `import Module from 'node:module'; const old = Module._extensions['.js']; Module._extensions['.js'] = function (m, f) { console.log('ext', f.split('/').at(-1)); return old(m, f); }; Module._extensions['.cjs'] = function (m, f) { m._compile('exports.patched = 1', f); };`,
      'c.cjs': `exports.real = require('./d')`,
      'd.js': 'exports.d = 1',
    },
  },
  '_load patched': {
    files: {
      'main.mjs': `import './patch.mjs'; import d from './b.cjs'; console.log(d); await import('./c.cjs').then(console.log);`,
      'patch.mjs': `import Module from 'node:module'; const old = Module._load; Module._load = function (r, p, m) { console.log('load', r.split('/').at(-1), p?.filename?.split('/').at(-1), m, arguments.length); return old.apply(this, arguments); }; const res = Module._resolveFilename; Module._resolveFilename = function (r, p, m, o) { console.log('resolve', r.split('/').at(-1), arguments.length, typeof o); return res.apply(this, arguments); }`,
      'b.cjs': `exports.b = require('./c.cjs')`,
      'c.cjs': `exports.real = 1; require('fs'); require('path')`,
    },
  },
  'require.cache': {
    files: {
      'main.mjs': `import { createRequire } from 'node:module'; import c from './c.cjs'; import * as ns from './c.cjs'; const require = createRequire(import.meta.url); console.log(Object.keys(require.cache).map((k) => k.split('/').at(-1))); delete require.cache[require.resolve('./c.cjs')]; const again = await import('./c.cjs'); console.log(again === ns, again.default === c); console.log(require('./c.cjs') === c); const q = await import('./c.cjs?x'); console.log(q.default === c, q === ns); console.log(require.cache[require.resolve('./c.cjs')].children.length);`,
      'c.cjs': `console.log('c runs', module.id.split('/').at(-1), module.parent); exports.c = {}`,
    },
  },
  'require.cache replaced': {
    files: {
      'main.mjs': `import './patch.mjs'; import c, { x } from './c.cjs'; console.log(c, x)`,
      'patch.mjs': `import { createRequire } from 'node:module'; const require = createRequire(import.meta.url); const f = require.resolve('./c.cjs'); require('./c.cjs'); require.cache[f].exports = { x: 'replaced' };`,
      'c.cjs': 'exports.x = "real"; exports.y = 2',
    },
  },
  'emit patched': {
    files: {
      'main.mjs': `const old = process.emit; process.emit = function (n, ...a) { console.log('emit', n); return old.call(this, n, ...a); }; console.log(process.listenerCount('exit'), process.listeners('exit').length, process.eventNames().map(String)); import('./d.mjs').then((n) => console.log(n.n)); process.on('exit', () => console.log('bye'));`,
      'd.mjs': DEP,
    },
  },
  removeAllListeners: {
    files: {
      'main.mjs': `import './d.mjs'; process.removeAllListeners(); process.removeAllListeners('exit'); console.log('ok')`,
      'd.mjs': DEP,
    },
  },
  prepareStackTrace: {
    files: {
      'main.mjs': `import './p.mjs'; import { f } from './d.mjs'; try { f() } catch (e) { console.log(e.stack) } await import('./e.mjs'); await import('./nope.mjs').catch((e) => console.log(String(e.stack).slice(0, 80)));`,
      'p.mjs': `let n = 0; Error.prepareStackTrace = (e, s) => { n++; return 'prepared ' + e.message + ' ' + s.filter((x) => !x.getFileName()?.startsWith('node:')).map((x) => x.getFileName()?.split('/').at(-1) + ':' + x.getLineNumber() + ':' + x.getFunctionName()).join(); }; process.on('exit', () => console.log('prepared', n));`,
      'd.mjs': `export function f() { throw new Error('f') }`,
      'e.mjs': `console.log(new Error('e').stack)`,
    },
  },
  stackTraceLimit: {
    files: {
      'main.mjs': `import './p.mjs'; import './d.cjs'; await import('./e.mjs'); console.log(Error.stackTraceLimit, Object.getOwnPropertyNames(Error).join());`,
      'p.mjs': `Error.stackTraceLimit = 1;`,
      'd.cjs': `console.log(Error.stackTraceLimit); exports.a = new Error('x').stack.split('\\n').length`,
      'e.mjs': `console.log(new Error('e').stack.split('\\n').length); delete Error.stackTraceLimit; await import('./f.mjs')`,
      'f.mjs': `console.log(Object.hasOwn(Error, 'stackTraceLimit'), Error.stackTraceLimit, new Error('x').stack); await import('./g.mjs')`,
      'g.mjs': `console.log(Object.hasOwn(Error, 'stackTraceLimit'), Object.hasOwn(Error, 'prepareStackTrace'))`,
    },
  },
  'Object.prototype polluted': {
    files: {
      'main.mjs': `import './p.mjs'; import d from './d.cjs'; import * as e from './e.mjs'; console.log(d, e.default); console.log(import.meta.url.length > 3, Object.keys(import.meta)); console.log(await import('./f.mjs'), await import('./j.json', { with: { type: 'json' } }));`,
      'p.mjs': `for (const k of ['type', 'format', 'source', 'shortCircuit', 'url', 'get', 'set', 'value', 'cachedData', 'parentURL', 'foo', 'then2', 'resolve', 'identifier', 'context', 'hasDefault', 'writable']) { if (k === 'get' || k === 'set' || k === 'value') continue; Object.defineProperty(Object.prototype, k, { value: 'polluted', configurable: true, writable: true, enumerable: true }); }`,
      'd.cjs': `exports.d = 1`,
      'e.mjs': `export default import.meta.filename.length > 1`,
      'f.mjs': 'export const f = 1',
      'j.json': '{}',
    },
  },
  'Object.prototype get polluted': {
    files: {
      'main.mjs': `import './p.mjs'; import './e.mjs'; delete Object.prototype.get; console.log('end')`,
      'p.mjs': `Object.prototype.get = () => 'polluted'`,
      'e.mjs': `try { console.log(typeof import.meta.resolve, import.meta.url.length > 1) } catch (e) { console.log(e.message) } console.log(await import('./f.mjs').then((n) => n.f, (e) => e.message))`,
      'f.mjs': 'export const f = 1;',
    },
  },
  'prototypes patched': {
    files: {
      'main.mjs': `import './p.mjs'; import './e.mjs';`,
      'p.mjs': `for (const [C, names] of [[Array, ['map', 'includes', 'push', 'filter', 'find', 'join', 'flat']], [Map, ['get', 'has', 'set', 'delete']], [Set, ['has', 'add']], [String, ['startsWith', 'includes', 'split', 'endsWith', 'slice']], [Promise, ['then']]]) for (const n of names) { const old = C.prototype[n]; C.prototype[n] = function (...a) { globalThis.calls ??= {}; globalThis.calls[C.name + n] = 1 + (globalThis.calls[C.name + n] ?? 0); return Reflect.apply(old, this, a); }; }`,
      'e.mjs': `import.meta.url; import.meta.resolve('./f.mjs'); await import('./f.mjs'); await import('./g.mjs?x'); await import('./c.cjs'); process.on('exit', () => console.log(globalThis.calls))`,
      'f.mjs': 'export const f = 1;',
      'g.mjs': 'export const f = 1;',
      'c.cjs': 'require("./d.cjs")',
      'd.cjs': '',
    },
  },
  'frozen Error': {
    files: {
      'main.mjs': `import './p.mjs'; import { f } from './d.mjs'; console.log(f, import.meta.resolve('./d.mjs').length > 0); console.log(await import('./e.mjs'), await import('./e.mjs?x'));`,
      'p.mjs': `Object.freeze(Error); Object.freeze(process); Object.freeze(Reflect); Object.freeze(Array.prototype); Object.freeze(Object.prototype); Object.freeze(Promise.prototype); Object.freeze(Map.prototype);`,
      'd.mjs': `export const f = 1`,
      'e.mjs': `import './g.mjs'; export default 2`,
      'g.mjs': `export default 3`,
    },
  },
  'SES-like freeze all': {
    files: {
      'main.mjs': `import './p.mjs'; console.log(await import('./e.mjs'), await import('./c.cjs'));`,
      'p.mjs': `for (const n of Object.getOwnPropertyNames(globalThis)) { const v = globalThis[n]; if (typeof v === 'function' && /^[A-Z]/.test(n)) { Object.freeze(v); if (v.prototype) Object.freeze(v.prototype); } }`,
      'e.mjs': `import './g.mjs'; export default import.meta.filename.length > 1`,
      'g.mjs': `export default 3`,
      'c.cjs': `exports.a = require('./d.cjs')`,
      'd.cjs': '',
    },
  },
  'frozen intrinsics flag': {
    nodeArgs: ['--frozen-intrinsics'],
    files: {
      'main.mjs': `import { n } from './d.mjs'; console.log(n, await import('./e.mjs'));`,
      'd.mjs': DEP,
      'e.mjs': 'export default 1',
    },
  },
  'registerHooks mid-way': {
    files: {
      'main.mjs': `import './r.mjs'; import { n } from './d.mjs'; console.log(n); console.log(await import('./e.mjs')); console.log(await import('./d.mjs'), await import('virtual:x'));`,
      'r.mjs': `import { registerHooks } from 'node:module'; console.log(registerHooks.name, registerHooks.length); registerHooks({ resolve(s, c, next) { console.log('R', s.split('/').at(-1), c.parentURL?.split('/').at(-1), c.conditions.join(), JSON.stringify(c.importAttributes)); if (s === 'virtual:x') return { url: s, format: 'module', shortCircuit: true }; return next(s, c); }, load(u, c, next) { console.log('L', u.split('/').at(-1), c.format); if (u === 'virtual:x') return { format: 'module', source: 'export default "virtual"', shortCircuit: true }; const r = next(u, c); if (u.endsWith('e.mjs')) r.source = String(r.source).replace('real', 'changed'); return r; } });`,
      'd.mjs': DEP,
      'e.mjs': `import './f.cjs'; export default 'real'`,
      'f.cjs': `require('./g.cjs')`,
      'g.cjs': 'exports.a = 1',
    },
  },
  'module.register mid-way': {
    files: {
      'main.mjs': `import './r.mjs'; import { n } from './d.mjs'; console.log(n); console.log(await import('./e.mjs'));`,
      'r.mjs': `import { register } from 'node:module'; register('./hooks.mjs', import.meta.url);`,
      'hooks.mjs': `export async function load(u, c, next) { const r = await next(u, c); if (u.endsWith('e.mjs')) r.source = String(r.source).replace('real', 'changed'); return r; }`,
      'd.mjs': DEP,
      'e.mjs': `import './g.mjs'; export default 'real'`,
      'g.mjs': 'export const a = 1',
    },
  },
  chdir: {
    files: {
      'main.mjs': `import './c.mjs'; import { n } from './d.mjs'; process.chdir('/'); console.log(n, await import('./e.mjs'), import.meta.resolve('./x.mjs').split('/').at(-1)); console.log(await import('./e.mjs?q'));`,
      'c.mjs': `process.chdir('/tmp')`,
      'd.mjs': DEP,
      'e.mjs': 'export default 1',
    },
  },
  'env deleted': {
    files: {
      'main.mjs': `import './c.mjs'; import './d.mjs'; console.log(await import('./e.mjs'))`,
      'c.mjs': `for (const k in process.env) delete process.env[k]; delete process.env; process.env = {};`,
      'd.mjs': DEP,
      'e.mjs': 'export default 1',
    },
  },
  'env printed': {
    files: {
      'main.mjs': `console.log(Object.keys(process.env).filter((k) => !k.startsWith('BMES')).join(), process.argv.length, process.execArgv.filter((a) => !a.includes('register') && a !== '--import').join(), process.features.require_module, process.mainModule, process.argv[1].split('/').at(-1), globalThis.require, Object.getOwnPropertyNames(globalThis).length);`,
    },
  },
  'globals count': {
    files: {
      'main.mjs': `import m from 'node:module'; import vm from 'node:vm'; console.log(Object.getOwnPropertyNames(process).length, Object.getOwnPropertyNames(m).join(), m.registerHooks?.toString(), m.register.toString().slice(0, 30), process.emitWarning.toString().slice(0, 30), Object.keys(vm).join());`,
    },
  },
  'forks itself': {
    files: {
      'main.mjs': `import { fork, spawnSync } from 'node:child_process'; import { fileURLToPath } from 'node:url'; import { n } from './d.mjs'; if (process.argv[2]) { console.log('child', n, process.execArgv.filter((a) => a.includes('vm')).join()); process.send?.('hi'); process.disconnect?.() } else { const r = spawnSync(process.execPath, [fileURLToPath(import.meta.url), 'x'], { encoding: 'utf8' }); console.log(r.stdout, r.stderr); fork(fileURLToPath(import.meta.url), ['y']).on('message', (m) => console.log('got', m)).on('exit', (c) => console.log('exit', c)); }`,
      'd.mjs': DEP,
    },
  },
  worker: {
    files: {
      'main.mjs': `import { Worker, isMainThread, parentPort, workerData } from 'node:worker_threads'; import { n } from './d.mjs'; if (isMainThread) { const w = new Worker(new URL(import.meta.url), { workerData: 1 }); w.on('message', (m) => console.log('main got', m)).on('exit', (c) => console.log('exit', c)); } else { parentPort.postMessage([n, workerData, (await import('./d.mjs')).n, process.execArgv.filter((a) => a.includes('vm')).join()]); }`,
      'd.mjs': DEP,
    },
  },
  'worker new execArgv': {
    files: {
      'main.mjs': `import { Worker } from 'node:worker_threads'; new Worker('console.log(typeof require("vm").SourceTextModule, process.execArgv)', { eval: true, execArgv: [] });`,
    },
  },
  'vm in app': {
    nodeArgs: ['--experimental-vm-modules'],
    files: {
      'main.mjs': `import vm from 'node:vm'; import { n } from './d.mjs'; const url = new URL('./d.mjs', import.meta.url).href; const m = new vm.SourceTextModule('export let n = 42; export default import.meta.url', { identifier: url, initializeImportMeta(meta) { meta.url = 'mine'; } }); await m.link(() => {}); await m.evaluate(); console.log(m.namespace.n, m.namespace.default, n, m.status, m.identifier === url); const m2 = new vm.SourceTextModule('import { n } from "x"; export { n }', { identifier: import.meta.url }); await m2.link(async () => m); await m2.evaluate(); console.log(m2.namespace.n, m2.dependencySpecifiers ?? m2.moduleRequests?.map((r) => r.specifier)); console.log((await import('./d.mjs')).n); const s = new vm.Script('import("./d.mjs")', { filename: import.meta.filename, importModuleDynamically: () => m }); console.log((await s.runInThisContext()).n); const s2 = new vm.Script('import("./d.mjs")', { filename: import.meta.filename, importModuleDynamically: vm.constants.USE_MAIN_CONTEXT_DEFAULT_LOADER }); console.log((await s2.runInThisContext()) === await import('./d.mjs'));`,
      'd.mjs': DEP,
    },
  },
  'vm.Script default loader': {
    files: {
      'main.mjs': `import vm from 'node:vm'; import * as d from './d.mjs'; const s2 = new vm.Script('import("./d.mjs")', { filename: import.meta.filename, importModuleDynamically: vm.constants.USE_MAIN_CONTEXT_DEFAULT_LOADER }); console.log((await s2.runInThisContext()) === d, (await s2.runInThisContext()) === await import('./d.mjs')); const e = await (0, eval)('import("' + import.meta.resolve('./d.mjs') + '")'); console.log(e === d); const e2 = await eval('import("./d.mjs")'); console.log(e2 === d); const f = new Function('s', 'return import(s)'); console.log(await f('./d.mjs').then((n) => n === d, (e) => e.code)); console.log(typeof vm.SourceTextModule)`,
      'd.mjs': DEP,
    },
  },
  'import self': {
    files: {
      'main.mjs': `import * as me from './main.mjs'; export let x = 1; import(import.meta.url).then((n) => console.log('self', n === me, n.x)); import('./main.mjs?x').then((n) => console.log('query', n === me, n.x)); import('./main.mjs').then((n) => console.log('again', n === me));`,
    },
  },
  'dependency imports entry': {
    files: {
      'main.mjs': `import { d } from './d.mjs'; export const m = 'm'; export default 1; console.log(d())`,
      'd.mjs': `import * as main from './main.mjs'; import def, { m } from './main.mjs'; export const d = () => [m, def, Object.keys(main)]; try { m } catch (e) { console.log(e.message) } import('./main.mjs').then((n) => console.log(n === main))`,
    },
  },
  'CJS requires entry': {
    files: {
      'main.mjs': `import './c.cjs'; export const m = 'm';`,
      'c.cjs': `try { console.log(require('./main.mjs')) } catch (e) { console.log(e.code, e.message) } setTimeout(() => { try { console.log(require('./main.mjs')) } catch (e) { console.log(e.code, e.message) } import('./main.mjs').then(console.log) })`,
    },
  },
  'symlinked entry': {
    entry: 'link.mjs',
    files: {
      'real/main.mjs': `import './d.mjs'; console.log(import.meta.url.split('/').at(-1), process.argv[1].split('/').at(-1), import.meta.main)`,
      'real/d.mjs': `console.log(import.meta.filename.split('/').at(-1))`,
    },
    setup: (dir) => fs.symlinkSync('real/main.mjs', path.join(dir, 'link.mjs')),
  },
  'preserve-symlinks-main': {
    entry: 'link.mjs',
    nodeArgs: ['--preserve-symlinks-main'],
    files: {
      'real/main.mjs': `import './d.mjs'; console.log(import.meta.url.split('/').at(-1))`,
      'real/d.mjs': `console.log('real d')`,
      'd.mjs': `console.log('other d')`,
    },
    setup: (dir) => fs.symlinkSync('real/main.mjs', path.join(dir, 'link.mjs')),
  },
  'preserve-symlinks': {
    nodeArgs: ['--preserve-symlinks'],
    files: {
      'main.mjs': `import './l/d.mjs'`,
      'real/d.mjs': `console.log(import.meta.url.split('/').slice(-2).join('/')); import './e.mjs'`,
      'real/e.mjs': `console.log(import.meta.url.split('/').slice(-2).join('/'))`,
    },
    setup: (dir) => fs.symlinkSync('real', path.join(dir, 'l')),
  },
  'odd entry name': {
    entry: 'a b#c%20d?é😀.mjs',
    files: {
      'a b#c%20d?é😀.mjs': `import { n } from './d%23.mjs'; console.log(n, import.meta.url.split('/').at(-1), import.meta.filename.split('/').at(-1), import.meta.main); import('./' + encodeURIComponent('a b#c%20d?é😀.mjs')).then((n) => console.log(Object.keys(n)));  export const me = 1`,
      'd#.mjs': DEP,
    },
  },
  'extensionless entry': {
    entry: 'main',
    files: {
      'package.json': MODULE,
      main: `import { n } from './d.js'; console.log(n)`,
      'd.js': DEP,
    },
  },
  'entry without extension given': {
    entry: './main',
    files: {
      'package.json': MODULE,
      'main.js': `import { n } from './d.js'; console.log(n)`,
      'd.js': DEP,
    },
  },
  'folder as entry': {
    entry: '.',
    files: {
      'package.json': '{ "type": "module", "main": "./main.js" }',
      'main.js': `import { n } from './d.js'; console.log(n, process.argv[1].split('/').at(-1))`,
      'd.js': DEP,
    },
  },
  'typeless entry': {
    entry: 'main.js',
    files: { 'main.js': `import { n } from './d.js'; console.log(n)`, 'd.js': DEP },
  },
  'typeless dependency': {
    files: { 'main.mjs': `import { n } from './d.js'; console.log(n)`, 'd.js': DEP },
  },
  typescript: {
    entry: 'main.mts',
    files: {
      'main.mts': `import { n } from './d.ts'; const x: number = n; console.log(x); enum2(); function enum2(): void {}`,
      'd.ts': `export const n: number = 1;`,
      'package.json': MODULE,
    },
  },
  'ts dependency': {
    files: {
      'main.mjs': `import { n } from './d.ts'; console.log(n); console.log(await import('./e.mts'))`,
      'd.ts': `export const n: number = 1;`,
      'e.mts': `export const e: string = 'e'; interface X {}`,
      'package.json': MODULE,
    },
  },
  wasm: {
    files: {
      'main.mjs': `import { n } from './d.mjs'; console.log(n); try { console.log(Object.keys(await import('./x.wasm'))) } catch (e) { console.log(e.code) }`,
      'd.mjs': DEP,
      'x.wasm': Buffer.from(
        '0061736d01000000010401600000030201000707010366 6f6f00000a040102000b'.replace(' ', ''),
        'hex',
      ),
    },
  },
  'static wasm': {
    files: {
      'main.mjs': `import * as w from './x.wasm'; console.log(Object.keys(w))`,
      'x.wasm': Buffer.from(
        '0061736d010000000104016000000302010007070103666f6f00000a040102000b',
        'hex',
      ),
    },
  },
  'data url': {
    files: {
      'main.mjs': `import x from 'data:text/javascript,export default 5'; console.log(x); console.log(await import('data:application/json,{"a":1}', { with: { type: 'json' } })); import('data:text/javascript,import "node:fs"; export default import.meta.url').then((n) => console.log(n.default.length));`,
    },
  },
  'dynamic data url importing ours': {
    files: {
      'main.mjs': `import * as d from './d.mjs'; const n = await import('data:text/javascript,export * as d from "' + import.meta.resolve('./d.mjs') + '"'); console.log(n.d === d, n.d.n); d.inc(); console.log(n.d.n)`,
      'd.mjs': DEP,
    },
  },
  'huge file': {
    files: {
      'main.mjs': `import { last } from './big.mjs'; console.log(last)`,
      'big.mjs':
        Array.from(
          { length: 90000 },
          (_, i) => `export function f${i}() { return ${i} + 'padding padding padding'; }`,
        ).join('\n') + `\nexport const last = f89999();`,
    },
  },
  'empty file': {
    files: {
      'main.mjs': `import './e.mjs'; import * as e from './e.mjs'; console.log(e, Object.keys(e))`,
      'e.mjs': '',
    },
  },
  'empty entry': { files: { 'main.mjs': '' } },
  'BOM CRLF hashbang': {
    files: {
      'main.mjs': `\ufeffimport './crlf.mjs'; import './hash.mjs'; import './bomhash.mjs'; import b from './bom.cjs'; import j from './bom.json' with { type: 'json' }; console.log(b, j)`,
      'crlf.mjs': `console.log(\`a\r\nb\`.length, 'x')\r\nconsole.log(new Error('x').stack.split('\\n')[1].split('/').at(-1))\r\n`,
      'hash.mjs': `#!/usr/bin/env node\nconsole.log('hash'); export const t = (() => {}).toString()`,
      'bom.cjs': '\ufeffmodule.exports = "bom"',
      'bom.json': '\ufeff{"a":1}',
      'bomhash.mjs': '\ufeffconsole.log("bh")',
    },
  },
  'BOM and hashbang': {
    files: {
      'main.mjs': `await import('./x.mjs').catch((e) => console.log(e.name))`,
      'x.mjs': '\ufeff#!/x\nconsole.log("bh")',
    },
  },
  encodings: {
    files: {
      'main.mjs': `import { e } from './emoji.mjs'; import { l } from './latin.mjs'; import { s } from './sur.mjs'; import { w } from './window.mjs'; console.log(e, e.length, l, l.length, escape(s), s.length, w.length, (function naïve() { return 'é'; }).toString()); import * as u from './uni.mjs'; console.log(u)`,
      'emoji.mjs': `export const e = '😀é'; export const ü = 1`,
      'latin.mjs': `export const l = 'é\\u{1f600}ÿ\u0080';`,
      'sur.mjs': `export const s = '\\ud800x\\udfff'`,
      'window.mjs': Buffer.concat([
        Buffer.from(`export const w = '`),
        Buffer.from([0xff, 0xe9, 0x80, 0xc3]),
        Buffer.from(`'`),
      ]),
      'uni.mjs': `export { x as 'a b', y as '😀' }; let x = 1, y = 2; export { x as 'é' }`,
    },
  },
  'invalid utf8 json and cjs': {
    files: {
      'main.mjs': `import c from './c.cjs'; import j from './j.json' with { type: 'json' }; console.log(escape(c), escape(j))`,
      'c.cjs': Buffer.concat([
        Buffer.from(`module.exports = '`),
        Buffer.from([0xff, 0xe9]),
        Buffer.from(`'`),
      ]),
      'j.json': Buffer.concat([Buffer.from(`"`), Buffer.from([0xff, 0xe9]), Buffer.from(`"`)]),
    },
  },
  'null bytes and line separators': {
    files: {
      'main.mjs': `import { a } from './n.mjs'; console.log(a.length, escape(a))`,
      'n.mjs': `export const a = '\u2028\u2029\0'; // \u2028export const b = 1`,
    },
  },
  sourceMappingURL: {
    files: {
      'main.mjs': `import { f } from './s.mjs'; try { f() } catch (e) { console.log(e.stack.split('\\n').slice(0, 2).join().split('/').at(-1)) } import { findSourceMap } from 'node:module'; console.log(findSourceMap(import.meta.filename), findSourceMap(new URL('./s.mjs', import.meta.url).pathname));`,
      's.mjs': `export function f() { throw new Error('s') }\n//# sourceMappingURL=data:application/json;base64,eyJ2ZXJzaW9uIjozLCJzb3VyY2VzIjpbIm8udHMiXSwibWFwcGluZ3MiOiJBQUFBIn0=`,
      'x.mjs': '//# sourceURL=zzz',
    },
  },
  'source maps late': {
    files: {
      'main.mjs': `process.setSourceMapsEnabled(true); const { f } = await import('./s.mjs'); try { f() } catch (e) { console.log(e.stack.split('\\n')[1]) }`,
      's.mjs': `export function f() { throw new Error('s') }\n//# sourceMappingURL=data:application/json;base64,eyJ2ZXJzaW9uIjozLCJzb3VyY2VzIjpbIm8udHMiXSwibWFwcGluZ3MiOiJBQUFBIn0=`,
    },
  },
  sourceURL: {
    files: {
      'main.mjs': `import { f } from './s.mjs'; try { f() } catch (e) { console.log(e.stack.split('\\n')[1]) }`,
      's.mjs': `export function f() { return import('./d.mjs').then((d) => { console.log(d.n, import.meta.url.split('/').at(-1)); throw new Error('s') }) }\n//# sourceURL=zzz.js`,
      'd.mjs': DEP,
    },
  },
  'long chain': {
    files: Object.fromEntries([
      ['main.mjs', `import { v } from './c0.mjs'; console.log(v)`],
      ...Array.from({ length: 1000 }, (_, i) => [
        `c${i}.mjs`,
        i === 999 ? `export const v = 'end'` : `export * from './c${i + 1}.mjs';`,
      ]),
    ]),
  },
  conditions: {
    nodeArgs: ['--conditions=custom', '-C', 'other'],
    files: {
      'main.mjs': `import v from 'p'; import w from 'p/o'; console.log(v, w, import.meta.resolve('p').split('/').at(-1))`,
      'node_modules/p/package.json':
        '{ "exports": { ".": { "custom": "./c.mjs", "default": "./d.mjs" }, "./o": { "other": "./c.mjs", "default": "./d.mjs" } } }',
      'node_modules/p/c.mjs': 'export default "custom"',
      'node_modules/p/d.mjs': 'export default "default"',
    },
  },
  'conditions by NODE_OPTIONS': {
    env: { NODE_OPTIONS: '--conditions="custom" --no-warnings --max-old-space-size=300' },
    files: {
      'main.mjs': `import v from 'p'; console.log(v)`,
      'node_modules/p/package.json':
        '{ "exports": { ".": { "custom": "./c.mjs", "default": "./d.mjs" } } }',
      'node_modules/p/c.mjs': 'export default "custom"',
      'node_modules/p/d.mjs': 'export default "default"',
    },
  },
  NODE_COMPILE_CACHE: {
    env: { NODE_COMPILE_CACHE: path.join(os.tmpdir(), 'bmes-cases-cc') },
    files: {
      'main.mjs': `import { n } from './d.mjs'; import m from 'node:module'; console.log(n, m.getCompileCacheDir()?.includes('bmes-cases-cc'))`,
      'd.mjs': DEP,
    },
  },
  getCompileCacheDir: {
    files: {
      'main.mjs': `import { n } from './d.mjs'; import './c.cjs'; import m from 'node:module'; console.log(n, m.getCompileCacheDir(), m.enableCompileCache?.('/tmp/bmes-cases-cc2'))`,
      'd.mjs': DEP,
      'c.cjs': '',
    },
  },
  'exit in first tick': {
    files: {
      'main.mjs': `import './d.mjs'; process.exit(3)`,
      'd.mjs': `process.nextTick(() => console.log('tick')); process.on('exit', (c) => console.log('exit', c))`,
    },
  },
  'unhandled rejection': {
    files: {
      'main.mjs': `import './d.mjs'; setTimeout(() => console.log('never'), 50)`,
      'd.mjs': `Promise.reject(Object.assign(new Error('nope'), { code: 'X' })); process.on('exit', (c) => console.log('exit', c))`,
    },
  },
  'unhandled handlers': {
    files: {
      'main.mjs': `process.on('unhandledRejection', (r, p) => console.log('UR', r.message, p instanceof Promise)); process.on('rejectionHandled', () => console.log('RH')); process.on('uncaughtException', (e, o) => console.log('UE', e.message, o)); process.on('uncaughtExceptionMonitor', (e, o) => console.log('UEM', e.message, o)); process.on('warning', (w) => console.log('W', w.name)); import('./d.mjs').catch((e) => console.log('caught', e.message)); const p = import('./e.mjs'); setTimeout(() => p.catch((e) => console.log('late', e.message)), 20);`,
      'd.mjs': `throw new Error('d'); export {}`,
      'e.mjs': `import './f.mjs'`,
      'f.mjs': `await 0; throw new Error('f')`,
    },
  },
  'exit handler throws': {
    files: {
      'main.mjs': `import './d.mjs'; process.on('exit', () => { console.log('one'); throw new Error('at exit'); }); process.on('exit', () => console.log('two'))`,
      'd.mjs': DEP,
    },
  },
  'exit handler imports': {
    files: {
      'main.mjs': `process.on('exit', () => { import('./d.mjs').then(() => console.log('never')); process.exitCode = 9; })`,
      'd.mjs': DEP,
    },
  },
  'beforeExit import': {
    files: {
      'main.mjs': `let n = 0; process.on('beforeExit', async () => { if (n++) return; console.log((await import('./d.mjs')).n); console.log((await import('./d.mjs?x')).n); })`,
      'd.mjs': DEP,
    },
  },
  'TLA never': {
    files: {
      'main.mjs': `import './d.mjs'; console.log('no')`,
      'd.mjs': `process.on('exit', (c) => console.log('exit', c)); await new Promise(() => {})`,
    },
  },
  'dynamic never': {
    files: {
      'main.mjs': `await import('./d.mjs'); console.log('no')`,
      'd.mjs': `await import('./main.mjs');`,
    },
  },
  thenables: {
    files: {
      'main.mjs': `console.log(await import('./t.mjs')); console.log(await import('./t.mjs')); const n = await import('./u.mjs'); console.log(n); console.log(await import('./v.mjs').catch((e) => 'rejected ' + e)); import * as w from './w.mjs'; console.log(await import('./w.mjs'));`,
      't.mjs': `let c = 0; export function then(r) { console.log('then', ++c); r(42) }`,
      'u.mjs': `export function then(r) { r({ then(s) { s('inner') } }) }`,
      'v.mjs': `export function then(r, j) { j('no') }`,
      'w.mjs': `export let c = 0; export async function then(r) { c++; console.log('w', c); r(undefined) }`,
    },
  },
  'import phases and attributes': {
    files: {
      'main.mjs': `for (const f of [() => import('./d.mjs', { with: { type: 'json' } }), () => import('./j.json'), () => import('./d.mjs', { with: { foo: 'bar' } }), () => import('./d.mjs', {}), () => import('./d.mjs', { with: {} }), () => import('./d.mjs', 5), () => import('./d.mjs', { with: 5 }), () => import(undefined), () => import({ toString() { return './d.mjs' } }), () => import(Symbol()), () => import(''), () => import('./'), () => import('../'), () => import('file:///'), () => import('./d.mjs/'), () => import('D:/x'), () => import('http://localhost/x'), () => import('node:nope'), () => import('./no-ext'), () => import('./c'), () => import('#nope'), () => import('x y'), () => import('./%00'), () => import('dep-without')]) { try { const n = await f(); console.log('ok', Object.keys(n)) } catch (e) { console.log(e?.name, e?.code, e?.message?.replaceAll(process.cwd(), '')) } }`,
      'd.mjs': DEP,
      'j.json': '{}',
      'c.cjs': '',
    },
  },
  'stack of import errors': {
    files: {
      'main.mjs': `import './d.mjs'; for (const s of ['./nope.mjs', 'nopkg', './bad.mjs', './throws.mjs', './miss.mjs']) { try { await import(s) } catch (e) { console.log(e.stack) } } for (const s of ['nopkg', 5]) { try { import.meta.resolve(s) } catch (e) { console.log(e.stack) } }`,
      'd.mjs': DEP,
      'bad.mjs': 'let x = ;',
      'throws.mjs': `function inner() { throw new Error('inner') }\ninner()`,
      'miss.mjs': `import { nothing } from './d.mjs'`,
    },
  },
  'stack of cjs': {
    files: {
      'main.mjs': `import './a.cjs'`,
      'a.cjs': `try { require('./nope') } catch (e) { console.log(e.stack) } try { require('./bad.cjs') } catch (e) { console.log(e.stack) } try { require('./throws.cjs') } catch (e) { console.log(e.stack) } try { require.resolve('zzz') } catch (e) { console.log(e.stack) } try { require('./bad.json') } catch (e) { console.log(e.stack) } try { require('node:nope') } catch (e) { console.log(e.stack) } console.log(new Error('here').stack); require('./b.cjs')`,
      'bad.cjs': 'let x = ;',
      'throws.cjs': `throw new Error('t')`,
      'bad.json': '{',
      'b.cjs': `console.log(new Error('b').stack); (function f(n) { if (n) f(n - 1); else try { require('zzz') } catch (e) { console.log(e.stack) } })(5)`,
    },
  },
  'import in cjs': {
    files: {
      'main.mjs': `import * as d from './d.mjs'; import c from './c.cjs'; const n = await c(); console.log(n === d)`,
      'd.mjs': DEP,
      'c.cjs': `module.exports = () => import('./d.mjs')`,
    },
  },
  'computed import in cjs': {
    files: {
      'main.mjs': `import * as d from './d.mjs'; import c from './c.cjs'; const n = await c('./d.mj'); console.log(n === d); const q = await c('./e.mj'); console.log(q, q.d === d)`,
      'd.mjs': DEP,
      'e.mjs': `export * as d from './d.mjs'`,
      'c.cjs': `module.exports = (s) => import(s + 's')`,
    },
  },
  'computed require of esm': {
    files: {
      'main.mjs': `import * as d from './d.mjs'; import c from './c.cjs'; console.log(c('./d.mj') === d, c('./def.mj'))`,
      'd.mjs': `export const a = 1; export let n = 1`,
      'def.mjs': `export default 1; export { x as 'module.exports' }; const x = 'me'`,
      'c.cjs': `module.exports = (s) => require(s + 's')`,
    },
  },
  'createRequire of esm only at times': {
    files: {
      'main.mjs': `import * as d from './d.mjs'; import { createRequire } from 'node:module'; import fs from 'node:fs'; const f = new URL('./count', import.meta.url); let n = 0; try { n = Number(fs.readFileSync(f)) } catch {} const r = createRequire(import.meta.url); const m = r('./d.mjs'); console.log(m === d, m.n); d.inc(); console.log(m.n, m.default?.(), Object.keys(m), r('./e.mjs'))`,
      'd.mjs': DEP,
      'e.mjs': `export default 1`,
    },
  },
  'module.exports of builtins and json': {
    files: {
      'main.mjs': `import { createRequire } from 'node:module'; import j from './j.json' with { type: 'json' }; const require = createRequire(import.meta.url); const k = require('./j.json'); console.log(j === k); k.x = 2; console.log(j); console.log((await import('./j.json', { with: { type: 'json' } })).default === j, (await import('./j.json?q', { with: { type: 'json' } })).default === j)`,
      'j.json': '{"x":1}',
    },
  },
  'query and hash': {
    files: {
      'main.mjs': `import { n, inc } from './d.mjs'; import { n as m } from './d.mjs?a'; import { n as o } from './d.mjs#b'; inc(); console.log(n, m, o); console.log((await import('./d.mjs?a')).n, (await import('./d.mjs?' + 'z')).n, (await import('./d.mjs')).n)`,
      'd.mjs': DEP,
    },
  },
  'percent encoding aliases': {
    files: {
      'main.mjs': `import * as a from './d.mjs'; import * as b from './%64.mjs'; console.log(a === b); const u = await import(import.meta.url.replace('main', 'd')); console.log(u === a); console.log(await import('./%64.mjs') === b);`,
      'd.mjs': DEP,
    },
  },
  'package imports': {
    files: {
      'package.json':
        '{ "name": "self", "type": "module", "exports": { ".": "./main.mjs", "./x": "./x.mjs" }, "imports": { "#a": "./x.mjs", "#b/*": "./lib/*.mjs", "#fs": "node:fs", "#dep": { "node": "dep", "default": "./x.mjs" } } }',
      'main.mjs': `import * as a from '#a'; import * as x from 'self/x'; import * as me from 'self'; import * as c from '#b/c'; import fs from '#fs'; import dep from '#dep'; console.log(a === x, Object.keys(me), c.c, typeof fs.readFileSync, dep); export const m = 1; console.log(await import('self/x') === a, await import('#b/' + 'c') === c, await import('self/nope').catch((e) => e.code))`,
      'x.mjs': 'export const x = 1',
      'lib/c.mjs': 'export const c = 1',
      'node_modules/dep/index.js': 'module.exports = "dep"',
      'node_modules/dep/package.json': '{}',
    },
  },
  'cjs names': {
    files: {
      'main.mjs': `import * as a from './a.cjs'; import b, { x, default as d } from './b.cjs'; import * as t from './t.cjs'; console.log(a, b, x, d, t, t['module.exports'] === t.default?.x)`,
      'a.cjs': `exports.one = 1; if (globalThis.never) exports.two = 2; Object.defineProperty(exports, 'three', { enumerable: true, value: 3 }); exports['a b'] = 4; module.exports.q = 5`,
      'b.cjs': `module.exports = { x: 1, ...require('./a.cjs') }`,
      't.cjs': `exports.__esModule = true; exports.default = { x: 1 }; exports.then = undefined; __exportStar(require('./a.cjs'), exports); function __exportStar(m, e) { for (const k in m) if (k !== 'default' && !(k in e)) e[k] = m[k] }`,
    },
  },
  'cjs exports changed later': {
    files: {
      'main.mjs': `import c, { v } from './c.cjs'; import * as ns from './c.cjs'; console.log(v, ns.v); await new Promise((r) => setTimeout(r, 5)); console.log(v, ns.v, c.v); import m, { syncBuiltinESMExports } from 'node:module'; import fs, { readFileSync } from 'fs'; const old = fs.readFileSync; fs.readFileSync = 5; syncBuiltinESMExports(); console.log(readFileSync); fs.readFileSync = old; syncBuiltinESMExports(); console.log(typeof readFileSync)`,
      'c.cjs': `exports.v = 1; setTimeout(() => { exports.v = 2 })`,
    },
  },
  'tla order': {
    files: {
      'main.mjs': `import './a.mjs'; import './b.mjs'; import './c.mjs'; console.log('main'); Promise.resolve().then(() => console.log('p')); process.nextTick(() => console.log('t')); await 0; console.log('after')`,
      'a.mjs': `console.log('a1'); await 0; console.log('a2'); process.nextTick(() => console.log('at'));`,
      'b.mjs': `import './d.cjs'; console.log('b1'); queueMicrotask(() => console.log('bm')); await null; await null; console.log('b2')`,
      'c.mjs': `console.log('c'); process.nextTick(() => console.log('ct')); setImmediate(() => console.log('ci'))`,
      'd.cjs': `console.log('d'); process.nextTick(() => console.log('dt')); Promise.resolve().then(() => console.log('dp'))`,
    },
  },
  'tick order at start': {
    files: {
      'main.mjs': `process.nextTick(() => console.log('tick')); Promise.resolve().then(() => console.log('micro')); setTimeout(() => console.log('timeout')); setImmediate(() => console.log('immediate')); console.log('sync')`,
    },
  },
  'async hooks and als': {
    files: {
      'main.mjs': `import { AsyncLocalStorage, executionAsyncId } from 'node:async_hooks'; const als = new AsyncLocalStorage(); console.log(typeof executionAsyncId()); await als.run('x', async () => { console.log(als.getStore()); await import('./d.mjs'); console.log(als.getStore()); const m = await import('./e.mjs'); console.log(m.get(als)) })`,
      'd.mjs': `console.log('d')`,
      'e.mjs': `import './f.mjs'; export const get = (a) => a.getStore()`,
      'f.mjs': 'await 0',
    },
  },
  'als seen at evaluation': {
    files: {
      'main.mjs': `import { als } from './als.mjs'; await als.run('x', () => import('./e.mjs')); await als.run('y', () => import('./t.mjs'));`,
      'als.mjs': `import { AsyncLocalStorage } from 'node:async_hooks'; export const als = new AsyncLocalStorage();`,
      'e.mjs': `import { als } from './als.mjs'; console.log('store', als.getStore())`,
      't.mjs': `import { als } from './als.mjs'; console.log('store', als.getStore()); await 0; console.log('store', als.getStore())`,
    },
  },
  'diagnostics channel': {
    files: {
      'main.mjs': `import dc from 'node:diagnostics_channel'; const t = dc.tracingChannel('module.import'); t.subscribe({ start(m) { console.log('start', m.url, m.parentURL?.split('/').at(-1)) }, asyncEnd(m) { console.log('end', m.url, Object.keys(m).join()) }, error(m) { console.log('error', m.error?.code) } }); await import('./d.mjs'); await import('./d.mjs?x'); await import('./nope.mjs').catch(() => {}); await import('node:fs'); await import('./c.cjs')`,
      'd.mjs': DEP,
      'c.cjs': 'require("./d.cjs")',
      'd.cjs': '',
    },
  },
  'module.require channel': {
    files: {
      'main.mjs': `import './p.mjs'; import './c.cjs'`,
      'p.mjs': `import dc from 'node:diagnostics_channel'; dc.tracingChannel('module.require').subscribe({ start(m) { console.log('start', m.id.split('/').at(-1), m.parentFilename?.split('/').at(-1)) } });`,
      'c.cjs': 'require("./d.cjs")',
      'd.cjs': 'require("fs")',
    },
  },
  'inspector opened later': {
    files: {
      'main.mjs': `import inspector from 'node:inspector'; import { n } from './d.mjs'; const s = new inspector.Session(); s.connect(); s.post('Debugger.enable'); let seen = []; s.on('Debugger.scriptParsed', (m) => { if (m.params.url.startsWith('file:')) seen.push(m.params.url.split('/').at(-1)) }); await import('./e.mjs'); console.log(seen.join())`,
      'd.mjs': DEP,
      'e.mjs': `import './f.mjs'`,
      'f.mjs': '',
    },
  },
  'import.meta': {
    files: {
      'main.mjs': `import './d/d.mjs'; const m = import.meta; console.log(Object.getOwnPropertyDescriptors(m), Object.getPrototypeOf(m), Object.isExtensible(m)); m.x = 1; m.url = 'y'; console.log(import.meta.x, import.meta.url); try { import.meta.resolve() } catch (e) { console.log(e.name, e.code, e.message) } console.log(import.meta.resolve('./a b?x#y').split('/').at(-1), import.meta.resolve('https://x.y/z'), import.meta.resolve('fs'), import.meta.resolve('./nope').split('/').at(-1)); const { resolve } = import.meta; console.log(resolve('./x').split('/').at(-1)); try { new resolve('x') } catch (e) { console.log(e.name) } console.log('prototype' in resolve, String(resolve).length < 500, resolve.name)`,
      'd/d.mjs': `console.log(import.meta.main, import.meta.dirname.split('/').at(-1), import.meta.resolve('../main.mjs').split('/').at(-1))`,
    },
  },
  'deep recursion stack': {
    files: {
      'main.mjs': `import { d } from './d.mjs'; function f(n) { try { return f(n + 1) } catch { return n } } console.log(f(0) > 1000, d)`,
      'd.mjs': `export const d = 1`,
    },
  },
  'stack size at top': {
    files: {
      'main.mjs': `import './x.cjs'; console.log(new Error('top').stack); setTimeout(() => console.log(new Error('timer').stack)); Promise.resolve().then(() => console.log(new Error('micro').stack)); await 0; console.log(new Error('after').stack)`,
      'x.cjs': `console.log(new Error('cjs').stack.split('\\n').filter((l) => !l.includes('node:')).join('\\n'))`,
    },
  },
  'getBuiltinModule and process.binding': {
    files: {
      'main.mjs': `import { n } from './d.mjs'; import { isBuiltin } from 'node:module'; console.log(process.getBuiltinModule?.('fs') === (await import('fs')).default, isBuiltin('node:test'), process.moduleLoadList.filter((x) => x.includes('vm')).length >= 0, n); console.log((await import('node:test')).default.name, (await import('node:sqlite').catch((e) => e.code))?.DatabaseSync?.name)`,
      'd.mjs': DEP,
    },
  },
  'label and sloppy': {
    files: {
      'main.mjs': `import './c.cjs'; console.log(this, typeof arguments, typeof require, typeof module, typeof __filename); try { undeclared = 1 } catch (e) { console.log(e.name) }`,
      'c.cjs': `undeclared2 = 1; console.log(typeof this, arguments.length, require.main === undefined, module.loaded, __filename.split('/').at(-1), module.paths.length > 0, require.extensions !== undefined)`,
    },
  },
  'error in star cycle': {
    files: {
      'main.mjs': `import { x } from './a.mjs'; console.log(x)`,
      'a.mjs': `export * from './b.mjs'`,
      'b.mjs': `export * from './a.mjs'`,
    },
  },
  'ambiguous namespace': {
    files: {
      'main.mjs': `import * as s from './s.mjs'; console.log(s)`,
      's.mjs': `export * from './a.mjs'; export * from './b.mjs'; export * from './c.cjs'`,
      'a.mjs': 'export const x = 1, y = 2',
      'b.mjs': `export const x = 3; export { y } from './a.mjs'`,
      'c.cjs': 'exports.z = 1; exports.x = 5',
    },
  },
  'duplicate json attribute': {
    files: {
      'main.mjs': `import j from './j.json' with { type: 'json' }; import { default as k } from './j.json' with { type: 'json' }; import * as d from './d.mjs' with {}; console.log(j === k, d.n)`,
      'j.json': '[1]',
      'd.mjs': DEP,
    },
  },
  'json errors later': {
    files: {
      'main.mjs': `import './d.mjs'; await import('./j.json', { with: { type: 'json' } }).catch((e) => console.log(e.message.replaceAll(process.cwd(), ''))); await import('./j.json').catch((e) => console.log(e.code))`,
      'd.mjs': DEP,
      'j.json': '{ bad',
    },
  },
  'file changes while running': {
    files: {
      'main.mjs': `import fs from 'node:fs'; import './d.mjs'; fs.writeFileSync(new URL('./gen.mjs', import.meta.url), 'export default ' + 5); console.log((await import('./gen.mjs')).default); fs.writeFileSync(new URL('./gen.mjs', import.meta.url), 'export default ' + 6); console.log((await import('./gen.mjs?2')).default); fs.writeFileSync(new URL('./lazy.mjs', import.meta.url), 'export default "rewritten"'); console.log((await import('./lazy.mjs')).default); fs.writeFileSync(new URL('./lazy.mjs', import.meta.url), 'export default "original"');`,
      'd.mjs': DEP,
      'lazy.mjs': 'export default "original"',
    },
  },
  'file made before import': {
    files: {
      'main.mjs': `import fs from 'node:fs'; const f = new URL('./made.mjs', import.meta.url); await import('./made.mjs').catch((e) => console.log(e.code)); fs.writeFileSync(f, 'export default 1'); await import('./made.mjs').then((n) => console.log(n.default), (e) => console.log(e.code)); fs.rmSync(f);`,
    },
  },
  cluster: {
    files: {
      'main.mjs': `import cluster from 'node:cluster'; import { n } from './d.mjs'; if (cluster.isPrimary) { const w = cluster.fork(); w.on('exit', (c) => console.log('worker exit', c)) } else { console.log('worker', n); process.exit(5) }`,
      'd.mjs': DEP,
    },
  },
  'title and argv0': {
    args: ['--x', 'y'],
    files: {
      'main.mjs': `import './d.mjs'; console.log(process.argv.slice(2), process.argv0.split('/').at(-1), process.title.length > 0)`,
      'd.mjs': '',
    },
  },
  'stdin entry style eval': {
    nodeArgs: ['--trace-uncaught'],
    files: { 'main.mjs': `import './d.mjs'; throw { a: 1 }`, 'd.mjs': '' },
  },
  'throw-deprecation': {
    nodeArgs: ['--pending-deprecation', '--trace-warnings'],
    files: {
      'main.mjs': `import './d.mjs'; import './c.cjs'; process.emitWarning('w')`,
      'd.mjs': '',
      'c.cjs': 'module.parent; require("./d.cjs")',
      'd.cjs': '',
    },
  },
  'no-warnings typeless': {
    nodeArgs: ['--no-warnings'],
    entry: 'main.js',
    files: { 'main.js': `import './d.js'; console.log('x')`, 'd.js': `export default 1` },
  },
  'disable wasm trap etc': {
    nodeArgs: ['--stack-trace-limit=3', '--jitless'],
    files: {
      'main.mjs': `import './d.mjs'; console.log(new Error('x').stack.split('\\n').length)`,
      'd.mjs': '',
    },
  },
  'import maps of node_modules symlinks': {
    files: {
      'main.mjs': `import a from 'a'; import b from 'b'; console.log(a === b)`,
      'packages/a/package.json': '{ "type": "module", "exports": "./i.js" }',
      'packages/a/i.js': 'export default {}',
    },
    setup: (dir) => {
      fs.mkdirSync(path.join(dir, 'node_modules'));
      fs.symlinkSync('../packages/a', path.join(dir, 'node_modules/a'));
      fs.symlinkSync('../packages/a', path.join(dir, 'node_modules/b'));
    },
  },
  'addEventListener and events': {
    files: {
      'main.mjs': `import { once, EventEmitter } from 'node:events'; import ev from 'events'; console.log(ev === EventEmitter, ev.once === once)`,
    },
  },
  'promise patched': {
    files: {
      'main.mjs': `import './p.mjs'; const n = await import('./d.mjs'); console.log(n.n, globalThis.thens > -1)`,
      'p.mjs': `globalThis.thens = 0; const t = Promise.prototype.then; Promise.prototype.then = function (...a) { if (!new Error().stack.includes('x')) globalThis.thens++; return t.apply(this, a) }; const P = Promise; globalThis.Promise = class MyPromise extends P { constructor(f) { super(f); console.log('MyPromise made') } }`,
      'd.mjs': DEP,
    },
  },
  'reexport of builtin': {
    files: {
      'main.mjs': `import { join, fs } from './a.mjs'; console.log(join('a', 'b'), typeof fs.readFileSync); import * as a from './a.mjs'; console.log(Object.keys(a).length)`,
      'a.mjs': `export * from 'node:path'; export * as fs from 'node:fs'; export { default } from 'node:os'`,
    },
  },
  'missing export of builtin': {
    files: { 'main.mjs': `import { nope } from 'node:path'; console.log(nope)` },
  },
  'missing export through star of cjs': {
    files: {
      'main.mjs': `import { nope } from './a.mjs'; console.log(nope)`,
      'a.mjs': `export * from './c.cjs'`,
      'c.cjs': 'exports.a = 1',
    },
  },
  'dynamic import of broken after good': {
    files: {
      'main.mjs': `import './d.mjs'; for (let i = 0; i < 2; i++) await import('./bad.mjs').catch((e) => { globalThis.first ??= e; console.log(e.name, e === globalThis.first, e.stack.split('\\n').slice(0, 3).join('|').replaceAll(process.cwd(), '')) }); globalThis.first = undefined; for (let i = 0; i < 2; i++) await import('./throws.mjs').catch((e) => { globalThis.first ??= e; console.log(e.name, e === globalThis.first) });`,
      'd.mjs': DEP,
      'bad.mjs': `import './d.mjs';\nlet x = ;`,
      'throws.mjs': `import './d.mjs'; console.log('evaluated'); throw new TypeError('once')`,
    },
  },
  'concurrent dynamic of slow': {
    files: {
      'main.mjs': `const a = import('./s.mjs').then((n) => (console.log('a'), n)); const b = import('./s.mjs').then((n) => (console.log('b'), n)); const c = import('./t.mjs').then(() => console.log('c')); console.log((await a) === (await b)); await c`,
      's.mjs': `console.log('s1'); await new Promise((r) => setTimeout(r, 10)); console.log('s2'); export let x = 1`,
      't.mjs': `import './s.mjs'; console.log('t')`,
    },
  },
  'dynamic in cycle with static': {
    files: {
      'main.mjs': `import './a.mjs'; console.log('main')`,
      'a.mjs': `console.log('a'); import('./main.mjs').then((n) => console.log('main imported', Object.keys(n))); import('./b.mjs').then((n) => console.log('b imported')); export const a = 1`,
      'b.mjs': `import { a } from './a.mjs'; import './main.mjs'; console.log('b', a)`,
    },
  },
};

/** @param {import('../support/run.mjs').Run} run */
const answer = (run) =>
  `${scrub(run.stdout)}--- stderr\n${scrub(run.stderr)}--- ${run.exitCode} ${run.signal}`;

let failed = 0;
const all = Object.entries(cases).filter(([name]) => name.includes(values.only));
async function work() {
  for (let next = all.shift(); next; next = all.shift()) {
    const [name, one] = next;
    for (const mode of modes) {
      const root = fs.realpathSync(fs.mkdtempSync(path.join(os.tmpdir(), 'bmes-case-')));
      const project = path.join(root, 'project');
      fs.mkdirSync(path.join(root, 'home'), { mode: 0o700 });
      for (const [file, text] of Object.entries(one.files)) {
        fs.mkdirSync(path.dirname(path.join(project, file)), { recursive: true });
        fs.writeFileSync(path.join(project, file), text);
      }
      one.setup?.(project);
      const options = {
        cwd: project,
        home: path.join(root, 'home'),
        node: values.node,
        nodeArgs: one.nodeArgs,
        args: one.args,
        env: one.env,
      };
      const entry = one.entry ?? 'main.mjs';
      const natives = [];
      try {
        natives.push(answer(await runNative(entry, options)));
        const stages = [];
        for (let run = 1; run <= 4; run++) {
          const cached = {
            ...options,
            mode: /** @type {any} */ (mode),
            cache: path.join(root, 'cache'),
          };
          const result =
            run === 4
              ? { ...(await runCached(entry, cached)), timeline: { stage: null, lines: [] } }
              : await runDebugged(entry, cached);
          stages.push(
            result.timeline.stage
              ? `${result.timeline.stage.stage}/${result.timeline.stage.mode}`
              : 'none',
          );
          for (let i = 0; !natives.includes(answer(result)) && i < 2; i++)
            natives.push(answer(await runNative(entry, options)));
          if (natives.includes(answer(result))) continue;
          failed++;
          console.log(
            `FAIL ${name} [${mode}] run ${run}\n--- native\n${natives[0]}\n--- ours\n${answer(result)}\n--- timeline ${result.timeline.lines.join('\n')}\n`,
          );
          break;
        }
        console.log(`case ${name} [${mode}] ${stages.join(' ')}`);
      } catch (error) {
        failed++;
        console.log(`FAIL ${name} [${mode}] ${error}`);
      } finally {
        fs.rmSync(root, { recursive: true, force: true });
      }
    }
  }
}
await Promise.all([work(), work()]);
console.log(`${failed} failed`);
process.exitCode = failed > 0 ? 1 : 0;
