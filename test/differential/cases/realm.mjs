// Apps that change or look at what they share with the runtime: builtins, loaders, hooks, the environment.

import { DEP, alwaysNative } from './files.mjs';

/** @type {Record<string, import('./files.mjs').Case>} */
export default {
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
    known: {
      row: '`Module._resolveFilename`',
      ours: (native) => native.replaceAll(/(?<=resolve (?!b\.cjs)\S+ 4 )undefined/g, 'object'),
    },
    files: {
      'main.mjs': `import './patch.mjs'; import d from './b.cjs'; console.log(d); await import('./c.cjs').then(console.log);`,
      'patch.mjs': `import Module from 'node:module'; const old = Module._load; Module._load = function (r, p, m) { console.log('load', r.split('/').at(-1), p?.filename?.split('/').at(-1), m, arguments.length); return old.apply(this, arguments); }; const res = Module._resolveFilename; Module._resolveFilename = function (r, p, m, o) { console.log('resolve', r.split('/').at(-1), arguments.length, typeof o); return res.apply(this, arguments); }`,
      'b.cjs': `exports.b = require('./c.cjs')`,
      'c.cjs': `exports.real = 1; require('fs'); require('path')`,
    },
  },
  'require.cache': {
    known: {
      row: 'A CommonJS module that is required',
      ours: (native) =>
        native.replace(
          /(filename: '([^']*c\.cjs)'.*?Symbol\(kURL\)\]?): undefined/s,
          `$1: 'file://$2'`,
        ),
    },
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
      'p.mjs': `for (const [C, names] of [[Array, ['map', 'includes', 'push', 'filter', 'find', 'join', 'flat']], [Map, ['get', 'has', 'set', 'delete']], [Set, ['has', 'add']], [String, ['startsWith', 'includes', 'split', 'endsWith', 'slice']], [Promise, ['then']]]) for (const n of names) { const old = C.prototype[n]; C.prototype[n] = function (...a) { if (globalThis.isOurs) globalThis.calls[globalThis.calls.length] = C.name + n; return Reflect.apply(old, this, a); }; }`,
      'e.mjs': `const { log } = console; log(import.meta.resolve('./f.mjs').length === import.meta.url.length); log(await import('./f.mjs'), await import('./g.mjs?x'), await import('./c.cjs')); globalThis.calls = []; globalThis.isOurs = true; const all = [new Map([[1, 2]]).get(1), new Set().add(1).has(1), [1].map(String).join().startsWith('1'), [[1]].flat().includes(1)]; globalThis.isOurs = false; log(all, globalThis.calls)`,
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
    ends: alwaysNative('BMES_FOREIGN_HOOKS'),
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
    ends: alwaysNative('BMES_FOREIGN_HOOKS'),
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
      'main.mjs': `import m from 'node:module'; import vm from 'node:vm'; console.log(Object.getOwnPropertyNames(process).length, Object.getOwnPropertyNames(m).join(), m.registerHooks?.name, m.registerHooks?.length, Object.getOwnPropertyNames(m.registerHooks).join(), Object.getOwnPropertyNames(m.register).join(), m.register.name, m.register.length, Object.getOwnPropertyDescriptors(m).register.writable, Object.getOwnPropertyNames(process.emit).join(), process.emit.name, process.emit.length, process.emitWarning.toString().slice(0, 30), Object.keys(vm).join());`,
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
  'source maps late': {
    files: {
      'main.mjs': `process.setSourceMapsEnabled(true); const { f } = await import('./s.mjs'); try { f() } catch (e) { console.log(e.stack.split('\\n')[1]) }`,
      's.mjs': `export function f() { throw new Error('s') }\n//# sourceMappingURL=data:application/json;base64,eyJ2ZXJzaW9uIjozLCJzb3VyY2VzIjpbIm8udHMiXSwibWFwcGluZ3MiOiJBQUFBIn0=`,
    },
  },
  NODE_COMPILE_CACHE: {
    env: { NODE_COMPILE_CACHE: 'own-cache' },
    files: {
      'main.mjs': `import { n } from './d.mjs'; import m from 'node:module'; console.log(n, m.getCompileCacheDir()?.includes('own-cache'))`,
      'd.mjs': DEP,
    },
  },
  getCompileCacheDir: {
    known: {
      row: '`module.getCompileCacheDir()`',
      fromPack: true,
      ours: (native) => native.replace('undefined 1 true false', 'string 2 false true'),
    },
    files: {
      'main.mjs': `import { n } from './d.mjs'; import './c.cjs'; import m from 'node:module'; const before = m.getCompileCacheDir(); const { status, directory } = m.enableCompileCache(process.cwd() + '/own-cache'); console.log(n, typeof before, status, directory.includes('own-cache'), directory === m.getCompileCacheDir())`,
      'd.mjs': DEP,
      'c.cjs': '',
    },
  },
  'module.exports of builtins and json': {
    files: {
      'main.mjs': `import { createRequire } from 'node:module'; import j from './j.json' with { type: 'json' }; const require = createRequire(import.meta.url); const k = require('./j.json'); console.log(j === k); k.x = 2; console.log(j); console.log((await import('./j.json', { with: { type: 'json' } })).default === j, (await import('./j.json?q', { with: { type: 'json' } })).default === j)`,
      'j.json': '{"x":1}',
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
    // Counts would be less precise in functions of a compile cache.
    ends: { hooks: { stage: 'linked', mode: 'hooks', because: 'open hit' } },
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
  'getBuiltinModule and process.binding': {
    files: {
      'main.mjs': `import { n } from './d.mjs'; import { isBuiltin } from 'node:module'; console.log(process.getBuiltinModule?.('fs') === (await import('fs')).default, isBuiltin('node:test'), process.moduleLoadList.filter((x) => x.includes('vm')).length >= 0, n); console.log((await import('node:test')).default.name, (await import('node:sqlite').catch((e) => e.code))?.DatabaseSync?.name)`,
      'd.mjs': DEP,
    },
  },
  'promise patched': {
    files: {
      'main.mjs': `import './p.mjs'; const n = await import('./d.mjs'); console.log(n.n, globalThis.thens > -1)`,
      'p.mjs': `globalThis.thens = 0; const t = Promise.prototype.then; Promise.prototype.then = function (...a) { if (!new Error().stack.includes('x')) globalThis.thens++; return t.apply(this, a) }; const P = Promise; globalThis.Promise = class MyPromise extends P { constructor(f) { super(f); console.log('MyPromise made') } }`,
      'd.mjs': DEP,
    },
  },
};
