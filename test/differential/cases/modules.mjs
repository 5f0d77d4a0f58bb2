// Apps whose modules are unusual: formats, specifiers, sources, packages.

import fs from 'node:fs';
import path from 'node:path';

import { DEP, MODULE, alwaysNative, onHooks } from './files.mjs';

/** @type {Record<string, import('./files.mjs').Case>} */
export default {
  'preserve-symlinks': {
    nodeArgs: ['--preserve-symlinks'],
    files: {
      'main.mjs': `import './l/d.mjs'`,
      'real/d.mjs': `console.log(import.meta.url.split('/').slice(-2).join('/')); import './e.mjs'`,
      'real/e.mjs': `console.log(import.meta.url.split('/').slice(-2).join('/'))`,
    },
    setup: (dir) => fs.symlinkSync('real', path.join(dir, 'l')),
  },
  'typeless dependency': {
    ends: onHooks('BMES_HOOKS_ONLY'),
    files: { 'main.mjs': `import { n } from './d.js'; console.log(n)`, 'd.js': DEP },
  },
  typescript: {
    ends: onHooks('BMES_HOOKS_ONLY'),
    entry: 'main.mts',
    files: {
      'main.mts': `import { n } from './d.ts'; const x: number = n; console.log(x); enum2(); function enum2(): void {}`,
      'd.ts': `export const n: number = 1;`,
      'package.json': MODULE,
    },
  },
  'ts dependency': {
    ends: onHooks('BMES_HOOKS_ONLY'),
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
    ends: onHooks('BMES_HOOKS_ONLY'),
    files: {
      'main.mjs': `import * as w from './x.wasm'; console.log(Object.keys(w))`,
      'x.wasm': Buffer.from(
        '0061736d010000000104016000000302010007070103666f6f00000a040102000b',
        'hex',
      ),
    },
  },
  'data url': {
    ends: onHooks('BMES_HOOKS_ONLY'),
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
    ends: onHooks('it is not UTF-8'),
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
    ends: onHooks('it is not UTF-8'),
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
      ...Array.from({ length: 500 }, (_, i) => [
        `c${i}.mjs`,
        i === 499 ? `export const v = 'end'` : `export * from './c${i + 1}.mjs';`,
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
  'import phases and attributes': {
    files: {
      'main.mjs': `for (const f of [() => import('./d.mjs', { with: { type: 'json' } }), () => import('./j.json'), () => import('./d.mjs', { with: { foo: 'bar' } }), () => import('./d.mjs', {}), () => import('./d.mjs', { with: {} }), () => import('./d.mjs', 5), () => import('./d.mjs', { with: 5 }), () => import(undefined), () => import({ toString() { return './d.mjs' } }), () => import(Symbol()), () => import(''), () => import('./'), () => import('../'), () => import('file:///'), () => import('./d.mjs/'), () => import('D:/x'), () => import('http://localhost/x'), () => import('node:nope'), () => import('./no-ext'), () => import('./c'), () => import('#nope'), () => import('x y'), () => import('./%00'), () => import('dep-without')]) { try { const n = await f(); console.log('ok', Object.keys(n)) } catch (e) { console.log(e?.name, e?.code, e?.message?.replaceAll(process.cwd(), '')) } }`,
      'd.mjs': DEP,
      'j.json': '{}',
      'c.cjs': '',
    },
  },
  'import in cjs': {
    ends: onHooks('CommonJS'),
    files: {
      'main.mjs': `import * as d from './d.mjs'; import c from './c.cjs'; const n = await c(); console.log(n === d)`,
      'd.mjs': DEP,
      'c.cjs': `module.exports = () => import('./d.mjs')`,
    },
  },
  'computed import in cjs': {
    ends: onHooks('CommonJS was seen to load'),
    files: {
      'main.mjs': `import * as d from './d.mjs'; import c from './c.cjs'; const n = await c('./d.mj'); console.log(n === d); const q = await c('./e.mj'); console.log(q, q.d === d)`,
      'd.mjs': DEP,
      'e.mjs': `export * as d from './d.mjs'`,
      'c.cjs': `module.exports = (s) => import(s + 's')`,
    },
  },
  'computed require of esm': {
    ends: onHooks('CommonJS was seen to load'),
    files: {
      'main.mjs': `import * as d from './d.mjs'; import c from './c.cjs'; console.log(c('./d.mj') === d, c('./def.mj'))`,
      'd.mjs': `export const a = 1; export let n = 1`,
      'def.mjs': `export default 1; export { x as 'module.exports' }; const x = 'me'`,
      'c.cjs': `module.exports = (s) => require(s + 's')`,
    },
  },
  'createRequire of esm only at times': {
    ends: onHooks('CommonJS was seen to load'),
    files: {
      'main.mjs': `import * as d from './d.mjs'; import { createRequire } from 'node:module'; import fs from 'node:fs'; const f = new URL('./count', import.meta.url); let n = 0; try { n = Number(fs.readFileSync(f)) } catch {} const r = createRequire(import.meta.url); const m = r('./d.mjs'); console.log(m === d, m.n); d.inc(); console.log(m.n, m.default?.(), Object.keys(m), r('./e.mjs'))`,
      'd.mjs': DEP,
      'e.mjs': `export default 1`,
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
        '{ "name": "self", "type": "module", "exports": { ".": "./main.mjs", "./x": "./x.mjs" }, "imports": { "#a": "./x.mjs", "#b/*": "./lib/*.mjs", "#dep": { "node": "dep", "default": "./x.mjs" } } }',
      'main.mjs': `import * as a from '#a'; import * as x from 'self/x'; import * as me from 'self'; import * as c from '#b/c'; import dep from '#dep'; console.log(a === x, Object.keys(me), c.c, dep); export const m = 1; console.log(await import('self/x') === a, await import('#b/' + 'c') === c, await import('self/nope').catch((e) => e.code))`,
      'x.mjs': 'export const x = 1',
      'lib/c.mjs': 'export const c = 1',
      'node_modules/dep/index.js': 'module.exports = "dep"',
      'node_modules/dep/package.json': '{}',
    },
  },
  // Names of an object literal are seen up to the first with a value.
  'cjs name that is not seen': {
    ends: alwaysNative('BMES_MISSING_EXPORT'),
    files: {
      'main.mjs': `import b, { x } from './b.cjs'; console.log(b, x)`,
      'b.cjs': `module.exports = { x: 1 }`,
    },
  },
  'cjs names': {
    files: {
      'main.mjs': `import * as a from './a.cjs'; import b, { default as d } from './b.cjs'; import * as t from './t.cjs'; console.log(a, b, d, t, t['module.exports'] === t.default?.x)`,
      'a.cjs': `exports.one = 1; if (globalThis.never) exports.two = 2; Object.defineProperty(exports, 'three', { enumerable: true, value: 3 }); exports['a b'] = 4; module.exports.q = 5`,
      'b.cjs': `module.exports = { x: 1, ...require('./a.cjs') }`,
      't.cjs': `exports.__esModule = true; exports.default = { x: 1 }; exports.then = undefined; __exportStar(require('./a.cjs'), exports); function __exportStar(m, e) { for (const k in m) if (k !== 'default' && !(k in e)) e[k] = m[k] }`,
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
  'reexport of builtin': {
    files: {
      'main.mjs': `import { join, fs } from './a.mjs'; console.log(join('a', 'b'), typeof fs.readFileSync); import * as a from './a.mjs'; console.log(Object.keys(a).length)`,
      'a.mjs': `export * from 'node:path'; export * as fs from 'node:fs'; export { default } from 'node:os'`,
    },
  },
};
