'use strict';
// Small apps, one for each thing the linker does inside the runtime. Each says what it saw on stdout.

/**
 * @typedef {object} App
 * @property {string} name
 * @property {string} entry
 * @property {Record<string, string>} files
 * @property {boolean} [isTypescript] for runtimes that strip types silently
 * @property {boolean} [isWatched] false: given an argument it does what no run has shown before
 */

const settled = `(promise) => promise.then(
  (value) => 'ok ' + Object.keys(value),
  (error) => [error.name, error.code, error.message].join(' '),
)`;

/** @type {App[]} */
const apps = [
  {
    // Links between our records, in both directions, and their order.
    name: 'cycles',
    entry: 'main.mjs',
    files: {
      'main.mjs': [
        `import { a, bump, name } from './a.mjs';`,
        `import * as stars from './stars.mjs';`,
        `console.log(a(), name, Object.keys(stars), stars.default);`,
        `bump();`,
        `console.log(stars.count, globalThis.order);`,
        `try { stars.count = 1; } catch (error) { console.log(error.name, error.message); }`,
        `export { a };`,
      ].join('\n'),
      'a.mjs': [
        `import { b, count as own } from './b.mjs';`,
        `(globalThis.order ??= []).push('a', own);`,
        `export const a = () => b() + 'a';`,
        `export { bump } from './b.mjs';`,
        `export const name = typeof a;`,
      ].join('\n'),
      'b.mjs': [
        `import { a } from './a.mjs';`,
        `import * as self from './b.mjs';`,
        `(globalThis.order ??= []).push('b', typeof self.bump);`,
        `export let count = 0;`,
        `export function bump() { count++; }`,
        `export const b = () => typeof a;`,
      ].join('\n'),
      'stars.mjs': `export * from './a.mjs'; export * from './b.mjs'; export default class {}`,
    },
  },
  {
    // The runtime's records as leaves of ours.
    name: 'leaves',
    entry: 'main.mjs',
    files: {
      'main.mjs': [
        `import fs, { readFileSync } from 'node:fs';`,
        `import data from './data.json' with { type: 'json' };`,
        `import legacy, { named } from './legacy.cjs';`,
        `import * as all from './legacy.cjs';`,
        `import { again } from './other.mjs';`,
        `console.log(fs.readFileSync === readFileSync, data, legacy, named, Object.keys(all));`,
        `console.log(again(data, legacy), globalThis.order);`,
      ].join('\n'),
      'other.mjs': [
        `import data from './data.json' with { type: 'json' };`,
        `import legacy from './legacy.cjs';`,
        `(globalThis.order ??= []).push('other');`,
        `export const again = (one, two) => one === data && two === legacy;`,
      ].join('\n'),
      'legacy.cjs': `(globalThis.order ??= []).push('legacy'); exports.named = require('./inner.cjs'); exports.self = typeof module;`,
      'inner.cjs': `(globalThis.order ??= []).push('inner'); module.exports = 7;`,
      'data.json': `{ "a": [1, 2] }`,
    },
  },
  {
    name: 'top-level-await',
    entry: 'main.mjs',
    files: {
      'main.mjs': [
        `import { order } from './order.mjs';`,
        `import './slow.mjs';`,
        `import './quick.mjs';`,
        `order.push('main');`,
        `const { value } = await import('./late.mjs');`,
        `console.log(order.join(), value);`,
      ].join('\n'),
      'order.mjs': `export const order = [];`,
      'slow.mjs': `import { order } from './order.mjs'; order.push('slow'); await new Promise((done) => setTimeout(done, 2)); order.push('slower');`,
      'quick.mjs': `import { order } from './order.mjs'; order.push('quick'); await 0; order.push('quicker');`,
      'late.mjs': `import { order } from './order.mjs'; order.push('late'); export const value = await Promise.resolve(5); order.push('later');`,
    },
  },
  {
    name: 'import-meta',
    entry: 'main.mjs',
    files: {
      'main.mjs': [
        `import { meta } from './lib/meta.mjs';`,
        `for (const one of [import.meta, meta]) {`,
        `  const tail = (text) => String(text).split(/[\\\\/]/).slice(-2).join('/');`,
        `  console.log(Object.keys(one), tail(one.url), tail(one.filename), tail(one.dirname), one.main);`,
        `  console.log(Object.getPrototypeOf(one), tail(one.resolve('./x.mjs')), one.resolve('node:fs'));`,
        `  try { one.resolve('no-such-package'); } catch (error) { console.log(error.code); }`,
        `}`,
      ].join('\n'),
      'lib/meta.mjs': `export const { meta } = import.meta ? { meta: import.meta } : {};`,
    },
  },
  {
    // Graphs that are loaded late: whole, in part, at the same time, and of other kinds.
    name: 'import',
    entry: 'main.mjs',
    files: {
      'main.mjs': [
        `import * as first from './first.mjs';`,
        `const [one, two] = await Promise.all([import('./deep.mjs'), import('./deep.mjs')]);`,
        `console.log(one === two, Object.keys(one), (await import('./first.mjs')) === first);`,
        `console.log((await import('./data.json', { with: { type: 'json' } })).default);`,
        `console.log((await import('./legacy.cjs')).default, typeof (await import('node:path')).join);`,
        `console.log(await import('./then.mjs'), globalThis.order.join());`,
        `console.log((await import('./' + 'first' + '.mjs')) === first);`,
      ].join('\n'),
      'first.mjs': `(globalThis.order ??= []).push('first'); export const first = 1;`,
      'deep.mjs': `import { first } from './first.mjs'; import './deeper.mjs'; globalThis.order.push('deep'); export const deep = first;`,
      'deeper.mjs': `import './deep.mjs'; import './legacy.cjs'; globalThis.order.push('deeper');`,
      'legacy.cjs': `globalThis.order.push('legacy'); module.exports = 'legacy';`,
      'data.json': `[1]`,
      'then.mjs': `export const then = (done) => done('then');`,
    },
  },
  {
    // Code made by code of modules that are ours and of those that are the loader's.
    name: 'generated',
    entry: 'main.mjs',
    files: {
      'main.mjs': [
        `import { makers } from './makers.mjs';`,
        `const own = [(text) => eval(text), (text) => (0, eval)(text), Function];`,
        `const texts = ['import("./target.mjs")', 'return import("./target.mjs")'];`,
        `for (const [at, make] of [...makers, ...own].entries()) {`,
        `  const isFunction = at % 3 === 2;`,
        `  const made = make(texts[isFunction ? 1 : 0]);`,
        `  console.log((await (isFunction ? made() : made)).value);`,
        `}`,
        `const { settled } = await import('./count.mjs');`,
        `console.log(await settled(import('./target.mjs')), await settled(import('./deep.mjs')));`,
      ].join('\n'),
      'makers.mjs': `export const makers = [(text) => eval(text), (text) => (0, eval)(text), (text) => (() => {}).constructor(text)];`,
      'target.mjs': `globalThis.count = (globalThis.count ?? 0) + 1; export const value = 'target ' + globalThis.count;`,
      'count.mjs': `export const settled = async (promise) => { const { value } = await promise; return value ?? Object.keys(await promise); };`,
      'deep.mjs': `import { value as one } from './target.mjs'; export const deep = one;`,
    },
  },
  {
    name: 'failing-imports',
    entry: 'main.mjs',
    files: {
      'main.mjs': [
        `const settled = ${settled};`,
        `const { a } = await import('./a.mjs');`,
        `console.log(a, await settled(import('./throws.mjs')), await settled(import('./throws.mjs')));`,
        `console.log(await settled(import('./above-throws.mjs')), await settled(import('./rejects.mjs')));`,
        `console.log((await settled(import('./no-such-file.mjs'))).replace(/'[^']*'/g, ''));`,
        `console.log(await settled(import('./a.mjs', { with: { type: 'json' } })).then(() => 'refused'));`,
      ].join('\n'),
      'a.mjs': `export const a = 1;`,
      'throws.mjs': `import './a.mjs'; throw new TypeError('thrown');`,
      'above-throws.mjs': `import './throws.mjs'; console.log('not reached');`,
      'rejects.mjs': `await Promise.reject(new RangeError('rejected'));`,
    },
  },
  {
    // What no run has shown before: the runtime's own graphs, `import()` and `require()`, reach ours.
    name: 'facades',
    entry: 'main.mjs',
    isWatched: false,
    files: {
      'main.mjs': [
        `import { createRequire } from 'node:module';`,
        `import * as shared from './shared.mjs';`,
        `console.log(shared.count());`,
        `if (process.argv.length > 2) {`,
        `  const { load } = await import('./' + 'unseen.mjs');`,
        `  console.log(load === shared.count, shared.count());`,
        `  const require = createRequire(import.meta.url);`,
        `  console.log(require('./shared.mjs') === shared, require('./reaches.cjs') === shared);`,
        `  console.log(Object.keys(require('./' + 'unseen.mjs')), shared.count());`,
        `  const settled = ${settled};`,
        `  console.log(await settled(import('./' + 'breaks.mjs')));`,
        `  console.log(await settled(import('./' + 'lacks.mjs')));`,
        `  console.log(await settled(import('./' + 'throws.mjs')));`,
        `  try { require('./awaits.mjs'); } catch (error) { console.log(error.code); }`,
        `}`,
      ].join('\n'),
      'shared.mjs': `let n = 0; export const count = () => ++n;`,
      'unseen.mjs': `import { count } from './shared.mjs'; export const load = count;`,
      'reaches.cjs': `module.exports = require('./shared.mjs');`,
      'breaks.mjs': `import './shared.mjs'; let let;`,
      'lacks.mjs': `import { nothing } from './shared.mjs';`,
      'throws.mjs': `import './shared.mjs'; throw new Error('thrown');`,
      'awaits.mjs': `import './shared.mjs'; await 0;`,
    },
  },
  {
    name: 'throwing',
    entry: 'main.mjs',
    files: {
      'main.mjs': `import './says.mjs'; import './throws.mjs'; console.log('not reached');`,
      'says.mjs': `console.log('before'); process.on('exit', (code) => console.log('exit', code));`,
      'throws.mjs': `export const thrown = new RangeError('of a leaf'); throw thrown;`,
    },
  },
  {
    name: 'stalling',
    entry: 'main.mjs',
    files: {
      'main.mjs': `import './stalls.mjs'; console.log('not reached');`,
      'stalls.mjs': `console.log('before'); await new Promise(() => {});`,
    },
  },
  {
    name: 'explained',
    entry: 'main.mjs',
    files: {
      'main.mjs': `import './says.mjs'; require('./x.cjs');`,
      'says.mjs': `console.log('before');`,
    },
  },
  {
    // Texts of the runtime's own making: where blanks are shows in what functions and stacks say.
    name: 'typescript',
    entry: 'main.mts',
    isTypescript: true,
    files: {
      'main.mts': [
        `import { where, type Place } from './where.mts';`,
        `import legacy from './legacy.cts';`,
        `const place = (where as () => Place)(), { late }: { late: string } = await import('./late.mts');`,
        `console.log(place, String(where), legacy, late);`,
      ].join('\n'),
      'where.mts': [
        `export type Place = string; interface Größe { länge: number }`,
        `export const where = <T extends Größe>(one?: T): Place =>`,
        `  (new Error('漢字' as string) as Error).stack!.split('\\n')[1]!.split(/[\\\\/]/).at(-1) as Place;`,
      ].join('\n'),
      'late.mts': `import { where } from './where.mts'; export const late: string = import.meta.url.slice(-8) + where();`,
      'legacy.cts': `const inner: number = require('./inner.cts'); module.exports = inner;`,
      'inner.cts': `module.exports = 7 as number;`,
    },
  },
  {
    // The graph begins below CommonJS.
    name: 'from-commonjs',
    entry: 'main.cjs',
    files: {
      'main.cjs': `console.log('main'); import('./first.mjs').then(({ sum }) => console.log(sum, globalThis.order));`,
      'first.mjs': `import { two } from './second.mjs'; globalThis.order.push('first'); export const sum = two + 1;`,
      'second.mjs': `globalThis.order = ['second']; export const two = 2;`,
    },
  },
];

module.exports = { apps };
