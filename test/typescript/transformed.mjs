/** Apps that only run when they are transformed. Each prints what esbuild's bundle of it prints. */

/**
 * @typedef {object} TransformedApp
 * @property {string} name
 * @property {Record<string, string>} files
 * @property {string} [entry] `main.ts` if left out
 * @property {'hooks' | 'native'} [ranBy] `hooks` if left out
 */

const module = { 'package.json': '{ "type": "module" }' };

/** @param {object} compilerOptions */
const tsconfig = (compilerOptions) => ({
  'tsconfig.json': JSON.stringify({ compilerOptions }),
});

const fields = `class Base { constructor() { this.init() } init() {} }
class Point extends Base {
  seen = 'field'; later;
  constructor(public readonly x: number, protected y = x + 1, private z?: string) { super(); console.log(this.x, this.y, this.z) }
  override init() { (this as any).later = 'set by init'; (this as any).y = 'overwritten' }
}
const point = new Point(1);
console.log(Object.keys(point), { ...point });
class Derived extends Point { constructor(readonly own = 'own') { super(7, 8, 'z') } }
console.log({ ...new Derived() });
abstract class Shape { abstract area(): number; declare static made: number; static count = 0; constructor(protected readonly name: string) { Shape.count++ } toString() { return \`\${this.name} \${this.area()}\` } }
class Square extends Shape { constructor(private side: number) { super('square') } area() { return this.side ** 2 } }
console.log(String(new Square(3)), Shape.count, 'made' in Shape);`;

const jsx = `export const h = (type: any, props: any, ...children: any[]) => ({ type: typeof type === 'function' ? type.name : type, props, children });
export const Fragment = 'fragment';`;

const elements = `const App = ({ name }: { name: string }) => <p title="a &amp; b" {...{ id: name }}>hello {name}<br/></p>;
const list = <T,>(items: T[]) => <ul>{items.map((item) => <li key={String(item)}>{item as any}</li>)}</ul>;
console.log(JSON.stringify([<App name="x" />, list([1, 2]), <><b>é 漢字</b> text</>]));`;

const runtime = {
  'node_modules/view/package.json':
    '{ "name": "view", "type": "module", "exports": { "./jsx-runtime": "./jsx-runtime.js" } }',
  'node_modules/view/jsx-runtime.js': `export const jsx = (type, props, key) => ({ type: typeof type === 'function' ? type.name : type, props, key });
export const jsxs = jsx; export const Fragment = 'fragment';`,
};

const standard = `function logged<T extends Function>(value: T, { kind, name }: ClassMethodDecoratorContext): any {
  console.log('decorates', kind, String(name));
  return function (this: any, ...args: any[]) { console.log('calls', String(name)); return (value as any).apply(this, args) };
}
const registry: string[] = [];
const named = (label: string) => (value: any, { addInitializer }: ClassDecoratorContext) => { registry.push(label); addInitializer(function () { registry.push(\`\${label} is there\`) }) };
const doubled = (_: undefined, { name }: ClassFieldDecoratorContext) => (initial: number) => (console.log('field', String(name)), initial * 2);
@named('first') class One { @doubled count = 21; @logged add(n: number) { return this.count + n } @logged static make() { return new One() } accessor value = 5 }
console.log(One.make().add(1), new One().value, registry);`;

const legacy = `const seen: string[] = [];
const note = (label: string): any => (target: any, key?: string, at?: unknown) => { seen.push(\`\${label} \${typeof target} \${key} \${typeof at}\`) };
@note('class') class Service {
  @note('property') name = 'n';
  constructor(@note('parameter') private dependency: string) {}
  @note('method') run(@note('argument') arg: number) { return this.dependency + arg + this.name }
  @note('static') static create() { return new Service('d') }
}
console.log(Service.create().run(1), seen);`;

/** @type {TransformedApp[]} */
export const apps = [
  {
    name: 'enums',
    files: {
      ...module,
      'main.ts': `import { Level, Flags, Words, Late } from './enums';
console.log(Level, Flags, Words, Late, Level[Level.Low], Flags.Both);
const enum Inlined { A = 'a', B = 2 }
declare enum Nowhere { X }
console.log(Inlined.A, Inlined.B, Level.describe(Level.High));
for (const key in Flags) console.log(key, Flags[key as any]);`,
      'enums.ts': `export enum Level { Low, High = 5, Higher }
export namespace Level { export const describe = (level: Level): string => \`level \${Level[level]}\` }
export enum Flags { None = 0, One = 1 << 0, Two = 1 << 1, Both = One | Two, Length = 'abc'.length }
export enum Words { Hello = 'hello', 'with space' = 'x', Copy = Hello }
const start = () => 3;
export enum Late { A = start(), B = A + 1 }
enum Merged { A } enum Merged { B = 1 }
console.log(Merged);`,
    },
  },
  {
    name: 'namespaces and import =',
    files: {
      ...module,
      'main.ts': `import { Geometry, make } from './geometry';
import Shapes = Geometry.Shapes;
import type Only = Geometry.Only;
const only: Only = { a: 1 };
console.log(new Shapes.Circle(2).area().toFixed(2), Geometry.count, Shapes.unit, make.usual, only);
Geometry.grow(); console.log(Geometry.count);
namespace Empty { export interface I { a: number } }
console.log(typeof (globalThis as any).Empty);`,
      'geometry.ts': `export namespace Geometry {
  export interface Only { a: number }
  export let count = 0;
  export const grow = () => { count += 10 };
  const hidden = 3.14159;
  export namespace Shapes { export const unit = 1; export class Circle { constructor(public r: number) { count++ } area() { return hidden * this.r ** 2 } } }
}
export namespace Geometry { export const { a: taken, ...rest } = { a: count, b: 2 }; console.log(taken, rest) }
export function make() {} export namespace make { export const usual = 1 }`,
    },
  },
  { name: 'parameter properties, defined', files: { ...module, 'main.ts': fields } },
  {
    name: 'parameter properties, assigned',
    files: {
      ...module,
      ...tsconfig({ useDefineForClassFields: false, target: 'ES2021' }),
      'main.ts': fields,
    },
  },
  { name: 'standard decorators', files: { ...module, 'main.ts': standard } },
  {
    name: 'legacy decorators',
    files: { ...module, ...tsconfig({ experimentalDecorators: true }), 'main.ts': legacy },
  },
  {
    name: 'JSX by a factory',
    entry: 'main.tsx',
    files: {
      ...module,
      ...tsconfig({ jsx: 'react', jsxFactory: 'h', jsxFragmentFactory: 'Fragment' }),
      'h.ts': jsx,
      'main.tsx': `import { h, Fragment } from './h';\n${elements}`,
    },
  },
  {
    name: 'JSX by a runtime, and .jsx',
    entry: 'main.tsx',
    files: {
      ...module,
      ...runtime,
      ...tsconfig({ jsx: 'react-jsx', jsxImportSource: 'view' }),
      'main.tsx': `import { part } from './part';\n${elements}\nconsole.log(JSON.stringify(part('y')));`,
      'part.jsx': `export const part = (name) => <i class={name}>{[1, 2].map((n) => <u key={n} />)}</i>;`,
    },
  },
  {
    name: 'a text that is another in .tsx',
    files: {
      ...module,
      ...runtime,
      ...tsconfig({ jsx: 'react-jsx', jsxImportSource: 'view' }),
      'main.ts': `import * as a from './a'; import * as b from './b'; console.log(a.x, b.x);`,
      'a.ts': `export const x = 1 as unknown as <T>() => void;\nenum E { A }`,
      'b.tsx': `export const x = 1 as unknown as <T>() => void;\nenum E { A }`,
    },
  },
  {
    name: 'specifiers of what would be compiled, and without extensions',
    files: {
      ...module,
      'main.ts': `import { a } from './a.js';
import { b } from './b';
import { c } from './folder';
import { d } from './folder/';
import { e } from './e.mjs';
import { f } from './f.jsx';
import { dotted } from './dotted.name';
import { both } from './both.js';
import data from './data.json' with { type: 'json' };
import { inner } from 'package/inner';
console.log(a, b, c, d, e, f, dotted, both, data, inner);
console.log((await import('./late')).late, (await import('./late.js')).late);
const name = './computed'; console.log(Object.keys(await import(name).catch((error) => ({ [error.code]: 1 }))));`,
      'a.ts': `export const a: string = 'a';`,
      'b.ts': `enum B { x } export const b = B[0];`,
      'b/index.ts': `export const b = 'not this one';`,
      'folder/index.ts': `export { c } from '../c'; export const d = 'd';`,
      'c.js': `export const c = 'c';`,
      'e.mts': `export const e: string = 'e';`,
      'f.tsx': `export const f: string = 'f';`,
      'dotted.name.ts': `export const dotted: number = 1;`,
      'both.js': `export const both = 'js';`,
      'both.ts': `export const both: string = 'ts';`,
      'data.json': `{ "a": 1 }`,
      'late.ts': `export const late: string = 'late';`,
      'node_modules/package/package.json': '{ "name": "package", "type": "module" }',
      'node_modules/package/inner.js': `export const inner = 'inner';`,
    },
  },
  {
    name: 'paths of a tsconfig.json and of what it extends',
    files: {
      ...module,
      'config/base.json': `{
  // what others extend
  "compilerOptions": { "paths": { "@lib/*": ["../lib/*"], "@lib/special": ["../lib/other.ts"], "*.virtual": ["../lib/*"], "fallback": ["../nowhere", "../lib/first"] }, },
}`,
      'tsconfig.json': `{ "extends": "./config/base" /* without its extension */ }`,
      'main.ts': `import { first } from '@lib/first'; import { other } from '@lib/special'; import { deep } from '@lib/deep/index.js';
import { second } from 'second.virtual'; import * as again from 'fallback'; import fs from 'fs';
console.log(first, other, deep, second, again.first, typeof fs.statSync, (await import('@lib/late')).late);`,
      'lib/first.ts': `export const first: number = 1;`,
      'lib/other.ts': `export const other: string = 'other';`,
      'lib/special.ts': `export const other: string = 'not this one';`,
      'lib/deep/index.ts': `export const deep: string = 'deep';`,
      'lib/second.ts': `export const second: number = 2;`,
      'lib/late.ts': `export const late: string = 'late';`,
    },
  },
  {
    name: 'imports that nobody uses',
    files: {
      ...module,
      'main.ts': `import { type A, unused } from './effect'; import './kept'; import B, { b } from './both'; const x: A = b; console.log(x);`,
      'effect.ts': `console.log('not loaded'); export type A = number; export const unused = 1;`,
      'kept.ts': `console.log('loaded');`,
      'both.ts': `export const b = 1; export default class B {}`,
    },
  },
  {
    name: 'imports that are kept by verbatimModuleSyntax',
    files: {
      ...module,
      ...tsconfig({ verbatimModuleSyntax: true }),
      'main.ts': `import { unused } from './effect'; import type { A } from './types'; const a: A = 1; console.log(a);`,
      'effect.ts': `console.log('loaded'); export const unused = 1;`,
      'types.ts': `console.log('not loaded'); export type A = number;`,
    },
  },
  {
    name: 'what is only stripped elsewhere',
    files: {
      ...module,
      'main.ts': `import { Box, over, pick } from './generic';
let definite!: number; definite = over('x').length;
using closed = { [Symbol.dispose]() { console.log('closed') } };
const größe = new Box<string>('漢字 😀'), [first, ...others] = pick([1, 2, 3] as const) satisfies readonly number[];
console.log(definite, größe.value, größe!.map<number>((s): number => s.length).value, first, others, <any>first + 1);
label: for (const i of [1, 2]) { if (i > 1) break label; console.log(i) }`,
      'generic.ts': `export class Box<T> { static #made = 0; #value: T; constructor(value: T) { this.#value = value; Box.#made++ } get value(): T { return this.#value } map<U>(f: (value: T) => U): Box<U> { return new Box(f(this.value)) } }
export function over(x: string): string; export function over(x: number): number; export function over(x: any): any { return x }
export const pick = <const T extends readonly unknown[]>(list: T): T => list;
declare global { var made: number } declare module 'nowhere' {}
abstract class A { abstract get x(): number; private accessor y = 1 }`,
    },
  },
  {
    name: 'CommonJS with import = and export =',
    entry: 'main.cts',
    ranBy: 'native',
    files: {
      'main.cts': `import path = require('path');
import kind = require('./kind.cjs');
import Kind = kind.Kind;
import Thing = require('./thing');
enum Local { A = 'local' }
console.log(path.basename('/a/b.ts'), new Thing(1).x, Local.A, typeof Kind);`,
      'thing.ts': `class Thing { constructor(public x: number) {} } export = Thing;`,
      'kind.cts': `enum Kind { A } exports.Kind = Kind;`,
    },
  },
  {
    name: 'a module that imports CommonJS in TypeScript',
    files: {
      ...module,
      'main.ts': `import { createRequire } from 'node:module'; import legacy from './legacy.cts';
enum E { A = 1 } console.log(E.A, legacy.Kind, legacy.inner, typeof createRequire);`,
      'legacy.cts': `enum Kind { A, B } exports.Kind = Kind; exports.inner = require('./inner.cjs');`,
      'inner.cts': 'module.exports = 1;',
    },
  },
];
