// Apps whose way from start to end is unusual: entries, errors, order, other processes, exits.

import fs from 'node:fs';
import path from 'node:path';

import { DEP, MODULE, onHooks } from './files.mjs';

/** @type {Record<string, import('./files.mjs').Case>} */
export default {
  'forks itself': {
    files: {
      'main.mjs': `import { fork, spawnSync } from 'node:child_process'; import { fileURLToPath } from 'node:url'; import { n } from './d.mjs'; if (process.argv[2]) { console.log('child', n, process.execArgv.filter((a) => a.includes('vm')).join()); process.send?.('hi'); process.disconnect?.() } else { const r = spawnSync(process.execPath, [fileURLToPath(import.meta.url), 'x'], { encoding: 'utf8' }); console.log(r.stdout, r.stderr); const got = []; const child = fork(fileURLToPath(import.meta.url), ['y']).on('message', (m) => got.push(m)); let left = 2; const end = () => { if (--left === 0) console.log('got', got, 'exit', child.exitCode); }; child.on('exit', end).on('disconnect', end); }`,
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
  'import self': {
    files: {
      'main.mjs': `import * as me from './main.mjs'; export let x = 1; import(import.meta.url).then((n) => console.log('self', n === me, n.x)); import('./main.mjs?x').then((n) => console.log('query', n === me, n.x)); import('./main.mjs').then((n) => console.log('again', n === me));`,
    },
  },
  'entry is imported while it runs': {
    files: {
      'main.mjs': `import './d.mjs'; let count = 0, left = 2; const next = () => { if (left > 0) { count++; queueMicrotask(next); } }; for (const s of ['./main.mjs', './d.mjs']) import(s).then(() => { left--; console.log(s, count); }); next();`,
      'd.mjs': DEP,
    },
  },
  'dependency imports entry': {
    files: {
      'main.mjs': `import { d } from './d.mjs'; export const m = 'm'; export default 1; console.log(d())`,
      'd.mjs': `import * as main from './main.mjs'; import def, { m } from './main.mjs'; export const d = () => [m, def, Object.keys(main)]; try { m } catch (e) { console.log(e.message) } import('./main.mjs').then((n) => console.log(n === main))`,
    },
  },
  'CJS requires entry': {
    ends: onHooks('CommonJS reaches'),
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
    ends: onHooks('BMES_HOOKS_ONLY'),
    entry: 'main.js',
    files: { 'main.js': `import { n } from './d.js'; console.log(n)`, 'd.js': DEP },
  },
  'empty entry': { files: { 'main.mjs': '' } },
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
      'main.mjs': `process.on('unhandledRejection', (r, p) => console.log('UR', r.message, p instanceof Promise)); process.on('rejectionHandled', () => console.log('RH')); process.on('uncaughtException', (e, o) => console.log('UE', e.message, o)); process.on('uncaughtExceptionMonitor', (e, o) => console.log('UEM', e.message, o)); process.on('warning', (w) => console.log('W', w.name)); import('./d.mjs').catch((e) => console.log('caught', e.message)); const p = import('./e.mjs'); process.once('unhandledRejection', () => setTimeout(() => p.catch((e) => console.log('late', e.message))));`,
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
      'main.mjs': `import fs from 'node:fs'; process.nextTick(() => console.log('tick')); Promise.resolve().then(() => console.log('micro')); fs.stat('.', () => { setTimeout(() => console.log('timeout')); setImmediate(() => console.log('immediate')); }); console.log('sync')`,
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
    ends: onHooks('BMES_HOOKS_ONLY'),
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
  'addEventListener and events': {
    files: {
      'main.mjs': `import { once, EventEmitter } from 'node:events'; import ev from 'events'; console.log(ev === EventEmitter, ev.once === once)`,
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
