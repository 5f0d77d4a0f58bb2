/** Apps in TypeScript, one for each way in which a runtime meets it. */

/**
 * @typedef {object} App
 * @property {string} name
 * @property {Record<string, string>} files
 * @property {string} [entry] `main.ts` if left out
 * @property {string[]} [nodeArgs]
 * @property {string | null} [ranBy] where that is not the mode that was asked for
 * @property {(string | null)[]} [stages] where they are not native, linked, warm
 * @property {number} [exitCode] 0 if left out
 */

const module = { 'package.json': '{ "type": "module" }' };
const lib = {
  'lib.ts': `export interface Shape { area(): number }
export class Square implements Shape { constructor(side: number) { this.side = side } private side: number; area(): number { return this.side ** 2 } }
export const where = (): string => (new Error('here') as Error).stack!.split('\\n')[1] as string;`,
};

/** @type {App[]} */
export const apps = [
  {
    name: 'modules that import each other',
    files: {
      ...module,
      ...lib,
      'main.ts': `import { Square, where, type Shape } from './lib.ts';
import { even } from './even.mts';
const shape: Shape = new Square(3);
console.log(shape.area(), where(), even(6), String(Square));
console.log(process.features.typescript, import.meta.url.endsWith('main.ts'), import.meta.main);`,
      'even.mts': `import { odd } from './odd.mts'; export const even = (n: number): boolean => n === 0 || odd(n - 1);`,
      'odd.mts': `import { even } from './even.mts'; export const odd = (n: number): boolean => n !== 0 && even(n - 1);`,
    },
  },
  {
    name: 'with JavaScript packages, JSON, CommonJS and builtins',
    files: {
      ...module,
      ...lib,
      'main.ts': `import fs, { type Stats } from 'node:fs';
import data from './data.json' with { type: 'json' };
import plain, { twice } from 'plain';
import legacy, { named } from 'legacy';
import { Square } from './lib.ts';
import { counted } from './counted.js';
const stats: Stats = fs.statSync(new URL(import.meta.url));
console.log(stats.isFile(), data as { a: number }, plain, twice<number>(2), legacy, named, counted(new Square(2)));`,
      'counted.js': `import { Square, where } from './lib.ts'; let n = 0; export const counted = (one) => [++n, one instanceof Square, where()];`,
      'data.json': `{ "a": 1 }`,
      'node_modules/plain/package.json': `{ "name": "plain", "type": "module", "exports": { "types": "./index.d.ts", "default": "./index.js" } }`,
      'node_modules/plain/index.js': `export default 'plain'; export const twice = (n) => 2 * n;`,
      'node_modules/plain/index.d.ts': `declare const a: string; export default a;`,
      'node_modules/legacy/package.json': `{ "name": "legacy", "main": "./main" }`,
      'node_modules/legacy/main.js': `exports.named = require('./inner'); exports.self = typeof module;`,
      'node_modules/legacy/inner.js': `module.exports = 7;`,
    },
  },
  {
    name: 'that imports late, by computed names too',
    files: {
      ...module,
      ...lib,
      'main.ts': `const names: string[] = ['lib', 'other'];
for (const name of names) console.log(Object.keys(await import(\`./\${name}.ts\`) as object));
const { default: late }: { default: () => Promise<unknown> } = await import('./late.ts');
console.log(await late());
const one = await import('./lib.ts?one'), two = await import('./lib.ts');
console.log(one.Square === two.Square, one.where(), two.where());
await import('./no-such.ts' as string).catch((error: Error & { code: string }) => console.log(error.code));
await import('./lib' as string).catch((error: Error & { code: string }) => console.log(error.code));
await import('./lib.js' as string).catch((error: Error & { code: string }) => console.log(error.code));`,
      'other.ts': `export const other = 1 as const;`,
      'late.ts': `import { where } from './lib.ts'; export default async (): Promise<[string, object]> => [where(), await import('./other.ts')];`,
    },
  },
  {
    name: 'CommonJS that ES modules import',
    files: {
      ...module,
      ...lib,
      'main.ts': `import legacy, { named } from './legacy.cts';
import { where } from './lib.ts';
import { createRequire } from 'node:module';
const again = createRequire(import.meta.url)('./legacy.cts') as typeof legacy;
console.log(legacy, named, again === legacy, where(), String((legacy as any).f));
try { (legacy as any).fail() } catch (error) { console.log((error as Error).stack!.split('\\n')[1]) }`,
      'legacy.cts': `const inner: number = require('./inner.cts');
exports.named = inner + 1;
exports.f = (a: number): number => a;
exports.fail = (): never => { throw new Error('of CommonJS') };`,
      'inner.cts': `const value: number = 41; module.exports = value;`,
    },
  },
  {
    name: 'CommonJS that reaches ES modules',
    entry: 'main.cts',
    files: {
      ...module,
      ...lib,
      'main.cts': `const { sep }: typeof import('node:path') = require('node:path');
console.log(typeof sep, typeof module as string);
import('./first.mts').then(({ first }: { first: string }) => console.log(first));`,
      'first.mts': `import { where } from './lib.ts'; export const first: string = where();`,
    },
    // Node runs it, and there is no graph before its own `import()`.
    stages: ['native', 'linked', 'warm'],
  },
  {
    name: 'CommonJS that requires ES modules',
    entry: 'main.cts',
    files: {
      ...module,
      ...lib,
      'main.cts': `const { where }: { where: () => string } = require('./lib.ts');
console.log(where());
const { first } = require('./first.mts'); console.log(first);
import('./lib.ts').then((all: { where: unknown }) => console.log(all.where === where));`,
      'first.mts': `import { where } from './lib.ts'; export const first: string = where();`,
    },
    stages: ['native', null, null],
    ranBy: null,
  },
  {
    name: 'CommonJS that ends by itself and says where it is',
    entry: 'main.cts',
    files: {
      'main.cts': `const { stack }: { stack?: string } = new Error('of CommonJS' as string);
console.log(stack?.split('\\n').filter((line: string) => !line.includes('node:')), __filename, require.main === module);
process.exitCode = 3 as number;`,
    },
    stages: ['native', 'native', 'native'],
    exitCode: 3,
  },
  {
    name: 'in a package without a type',
    files: {
      'package.json': '{ "name": "typeless" }',
      ...lib,
      'main.ts': `import { Square, where } from './lib.ts'; console.log(new Square(2).area() as number, where());`,
    },
    ranBy: 'hooks',
  },
  {
    name: 'in a package without a type, that is CommonJS',
    files: {
      'package.json': '{ "name": "typeless" }',
      'main.ts': `const { join }: typeof import('node:path') = require('node:path'); console.log(join('a', 'b') as string);
import('./late.mts').then(({ late }) => console.log(late));`,
      'late.mts': `export const late: number = 2;`,
    },
  },
  {
    name: 'of a package whose type is commonjs',
    files: {
      'package.json': '{ "type": "commonjs" }',
      'main.ts': `const inner: number = require('./inner.ts'); console.log(inner);
import('./late.mts').then(({ late }) => console.log(late));`,
      'inner.ts': `const value: number = 5; module.exports = value;`,
      'late.mts': `import inner from './inner.ts'; export const late: number = inner as number + 1;`,
    },
  },
  {
    name: 'with workers',
    files: {
      ...module,
      ...lib,
      'main.ts': `import { Worker } from 'node:worker_threads';
import { where } from './lib.ts';
const worker = new Worker(new URL('./worker.ts', import.meta.url), { workerData: 2 as number });
worker.on('message', (message: string) => console.log(message, where()));`,
      'worker.ts': `import { parentPort, workerData, type MessagePort } from 'node:worker_threads';
import { Square, where } from './lib.ts';
(parentPort as MessagePort).postMessage(\`\${new Square(workerData as number).area()} \${where()}\`);`,
    },
    // The last stage told may be either thread's.
    stages: ['native', null, null],
    ranBy: null,
  },
  {
    name: 'that enables the cache itself',
    entry: 'bin.cjs',
    files: {
      ...module,
      ...lib,
      'bin.cjs': `import('./cli.ts');`,
      'cli.ts': `import { Square, where } from './lib.ts'; console.log(new Square(4).area() as number, where());`,
    },
  },
  {
    name: 'whose types are all there is of an import',
    files: {
      ...module,
      'main.ts': `import type { A } from './types.ts'; import { type B } from './effects.ts';
const a: A = 1, b: B = 2; console.log(a, b, globalThis.effects);`,
      'types.ts': `globalThis.effects = 'of types'; export type A = number;`,
      'effects.ts': `globalThis.effects = 'of an import that is left'; export type B = number;`,
    },
  },
  {
    name: 'whose types are not stripped',
    entry: 'main.js',
    nodeArgs: ['--no-experimental-strip-types'],
    files: {
      ...module,
      ...lib,
      'main.js': `console.log(process.features.typescript);
await import('./lib.ts').catch(({ code, message }) => console.log(code, message));`,
    },
  },
  {
    name: 'that an error ends',
    files: {
      ...module,
      'main.ts': `import { thrower } from './thrower.ts';

type Unused = { a: string };
    thrower<Unused>({ a: 'b' } as Unused);`,
      'thrower.ts': `export function thrower<T extends object>(
  value: T,
): never {
  const message: string = JSON.stringify(value); throw new RangeError(message as string);
}`,
    },
    exitCode: 1,
  },
  {
    name: 'that rejects after a while',
    files: {
      ...module,
      'main.ts': `import { setTimeout } from 'node:timers/promises';
const fails = async (after: number): Promise<never> => { await setTimeout(after); throw new TypeError('later' as string) };
process.on('exit', (code: number) => console.log('exit', code));
await fails(1);`,
    },
    exitCode: 1,
  },
  {
    name: 'that uses what is not there',
    files: {
      ...module,
      'main.ts': `import { where } from './inner.ts'; console.log(where as unknown);`,
      'inner.ts': `export const where: string = __dirname;`,
    },
    exitCode: 1,
  },
];
