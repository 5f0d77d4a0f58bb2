/**
 * TypeScript where stripping is delicate: one small module each. Each exports what it found as `found`,
 * and may use what a type could be confused with. Everything printed of them includes the functions'
 * own texts and the columns of errors, so that a blank too many shows.
 */

/** @type {Record<string, string>} */
export const corners = {
  'asi-let': 'let a: number\n(0, eval)\nlet b = [1]\n;[a] = b\nexport const found = a',
  'asi-type': 'type A = number\n;[1].forEach(() => {})\nexport const found = 1',
  'asi-interface': 'let f = () => 1\ninterface I {}\n;(f as any)()\nexport const found = f()',
  'asi-declare': 'let a = [1]\ndeclare const b: number\n;[0]\nexport const found = a',
  'asi-return': 'const f = () => { return 1 as number\n}\nexport const found = f()',
  'asi-as': 'let a = 2 as number\n;[3]\nexport const found = a',
  'asi-field': 'class A { a = 1; declare b: number\n["c"] = 3 }\nexport const found = new A()',
  'asi-field-modifier':
    'class A { a = 1\n private b = 2\n static c: number\n *d() { yield 1 } }\nexport const found = [...new A().d()]',
  'asi-generic-call':
    'const f = <T,>(x: T) => x\nconst g = f<number>\n;(1)\nexport const found = g(4)',
  'asi-abstract':
    'abstract class A { abstract a: number\n abstract b(): void\n c = 1 }\nexport const found = new (class extends A { a = 2; b() {} })().c',
  'arrow-return-lines':
    'const f = (a: number): {\n  a: number;\n  b?: string;\n} => ({ a })\nexport const found = [f(1), String(f)]',
  'arrow-return-union':
    'const f = (a: number):\n  | number\n  | string => a\nexport const found = [f(2), String(f)]',
  'arrow-return-parenthesis':
    'const f = (\n  a: number,\n): Array<\n  number\n> => [a]\nexport const found = [f(1), String(f)]',
  'arrow-async-lines':
    'const f = async <T>(\n  a: T\n): Promise<\n  T\n> => a\nexport const found = [await f(3), String(f)]',
  'arrow-generic-lines':
    'const f = <\n  T extends number,\n>(a: T): T => a\nexport const found = [f(5), String(f)]',
  'arrow-async-generic': 'const f = async <T,>(a: T) => a\nexport const found = await f(1)',
  'arrow-predicate':
    'const f = (a: unknown): a is string => typeof a === "string"\nexport const found = f("x")',
  'arrow-asserts':
    'const f: (a: unknown) => asserts a = (a: unknown): asserts a => { if (!a) throw a }\nf(1)\nexport const found = String(f)',
  'arrow-this':
    'function f(this: { a: number }, b?: number) { return this.a + (b ?? 0) }\nexport const found = [f.call({ a: 1 }, 2), f.length]',
  'arrow-curried':
    'const f = (a: number) => (b: number): number => a + b\nexport const found = f(1)(2)',
  'conditional-arrow':
    'const c = true\nconst f = c ? (a: number): number => a : (b: number) => b\nexport const found = f(7)',
  'conditional-types':
    'type If<A> = A extends (infer B extends string)[] ? B : A extends { [K in keyof A]: infer V } ? V : never\nexport const found = 1 satisfies If<number> | 1',
  satisfies:
    'const a = { b: 1 } satisfies Record<string, number>\nexport const found = (a satisfies object).b',
  'as-const': 'const a = [1, "2"] as const\nexport const found = a as unknown as string[]',
  'as-chain': 'export const found = (1 as unknown as string as any)!.toFixed!(2)!',
  'as-less-than':
    'const a = 1, b = 2\nexport const found = [(a as number) < (b as number), a as any > b]',
  'non-null':
    'const a: { b?: { c: number }[] } = { b: [{ c: 1 }] }\nexport const found = a!.b![0]!.c!',
  'non-null-assign':
    'let a: { b?: number } | undefined = {}\na!.b! = 3\na!.b!++\nexport const found = a',
  'definite-assignment':
    'class A { a!: number; b! : string }\nlet c!: number\nc = 1\nexport const found = [Object.keys(new A()), c]',
  'declare-field':
    'class A { a = 1 }\nclass B extends A { declare a: number; b?: number; readonly c? = 2 }\nexport const found = new B()',
  'declare-everything':
    'declare function f(a: number): void\ndeclare let a: number, b: string\ndeclare class C { d: number }\ndeclare module "x" { export const y: number }\ndeclare global { var z: number }\ndeclare namespace N { const m: 1 }\ndeclare enum E { A }\nexport declare const x: 1\nexport const found = typeof a + typeof f',
  overloads:
    'function f(a: string): string\nfunction f(a: number): number\nfunction f(a: any) { return a }\nexport const found = [f("a"), f(1), String(f)]',
  'overloads-class':
    'class A {\n  constructor(a: string)\n  constructor(a: number)\n  constructor(public_: any) { this.b = public_ }\n  b: any\n  m(): void\n  m(a?: number): number\n  m(a?: any) { return a }\n  static s(): void\n  static s(a?: any) { return a }\n}\nexport const found = [new A(1).m(2), String(A)]',
  'overloads-export':
    'export function f(a: string): string\nexport function f(a: any) { return a }\nexport default function g(a: string): string\nexport default function g(a: any) { return a }\nexport const found = f("a") + g("b")',
  'abstract-class':
    'export abstract class A<T> { abstract get a(): T; abstract set a(b: T); protected abstract c?: T; d(): T { return this.a } }\nexport const found = new (class extends A<number> { get a() { return 5 } set a(_) {} })().d()',
  'abstract-expression':
    'const A = abstract\nvar abstract: any, declare: any, type: any, namespace: any, module: any, readonly: any\nexport const found = [typeof A, typeof type]',
  'class-modifiers':
    'class A { private static readonly a: number = 1; protected toString() { return "A" + A.a } public async *b(): AsyncGenerator<number> { yield 1 } static #c?: number = 2; static { this.#c! += 1; A.d = this.#c } static d: any }\nexport const found = [String(new (A as any)()), A.d]',
  'class-index':
    'class A { [key: string]: unknown; static [key: symbol]: unknown; readonly [a: number]: string; b = 1 }\nexport const found = new A()',
  'class-implements':
    'interface I<T> { a: T }\nclass A<T> implements I<T>, Iterable<T> { a!: T; *[Symbol.iterator](): Generator<T> { yield this.a } }\nexport const found = [...new A()]',
  'class-extends-generic':
    'class A<T> { constructor(readonly_?: T) { this.b = readonly_ } b?: T }\nclass B extends A<Array<Map<string, number>>> {}\nconst f = <T,>(c: T) => c\nclass C extends f<typeof B>(B)<never> {}\nexport const found = new C().b',
  accessors:
    'class A { get a(): number { return 1 } set a(b: number) {} static get [`c`](): string { return "c" } private get d() { return 2 } }\nexport const found = [new A().a, A.c]',
  'accessor-pairs':
    'const o = { get a(): number { return 1 }, set a(b: number) {}, async b<T>(c: T): Promise<T> { return c }, *d<T>(): Generator<T> {}, get<T>(e: T): T { return e } }\nexport const found = [o.a, o.get(4), String(o.b)]',
  'optional-parameters':
    'function f(a?: number, b: string = "x", ...c: number[]) { return [a, b, c] }\nexport const found = [f(), f.length, String(f)]',
  'destructured-parameters':
    'function f({ a, b: { c } = { c: 2 } }: { a: number, b?: { c: number } }, [d]: [number]) { return [a, c, d] }\nexport const found = f({ a: 1 }, [3])',
  'destructured-variables':
    'const { a, ...b }: { a: number; c: string } = { a: 1, c: "d" }, [e, , f = 5]: number[] = [2]\nexport const found = [a, b, e, f]',
  'loops-and-catch':
    'const all: unknown[] = []\nfor (const a of [1] as number[]) all.push(a)\nfor (let i: number = 0, j: number = 1; i < j; i++) all.push(i)\ntry { throw 1 } catch (error: unknown) { all.push(error) }\nexport const found = all',
  labels:
    'a: for (const b of [1, 2] as const) { if (b === 1) continue a; break a }\nexport const found = 1',
  'type-only-imports':
    'import type { A } from "./no-such-file.ts"\nimport type B from "./no-such-file.ts"\nimport type * as C from "./no-such-file.ts"\nimport { type D, count as counted, type E as F } from "./lib.ts"\nexport const found: A | B | C.X | D | F = counted',
  'type-named-type':
    'import { type as type2, type type as Type3, type count as as } from "./lib.ts"\nexport const found: Type3 | as = type2',
  'type-default-import':
    'import type, { count } from "./lib.ts"\nexport const found = [type, count]',
  'only-types-left': 'import { type D, type E } from "./lib.ts"\nexport const found: D | E = 1',
  'export-types':
    'export type { D } from "./lib.ts"\nexport { type E, count } from "./lib.ts"\nexport type * from "./no-such-file.ts"\nexport type * as N from "./no-such-file.ts"\ntype X = 1\nexport type { X }\nexport interface Y {}\nexport const found = 1',
  'import-type':
    'type A = import("./no-such-file.ts").A<string>\nlet b: typeof import("./no-such-file.ts") | undefined\nexport const found = b',
  'import-attributes':
    'import data from "./data.json" with { type: "json" }\nexport const found = data as { a: number }',
  'dynamic-import':
    'const { count }: { count: number } = await import("./lib.ts")\nexport const found = count',
  'import-meta': 'export const found = import.meta.url.slice(-14) as string',
  'generic-calls':
    'const f = <T,>(a?: T, b?: T) => [a, b]\nexport const found = [f<number>(1), new Map<string, Array<number>>([["a", [1]]]).size, f<string>`x`?.[1], (f<number>)(2)]',
  'generic-ambiguous':
    'const a = 1, b = 2, c = 3, f = (...d: unknown[]) => d\nexport const found = [f(a < b, c > a), f<any>(c), a < b]',
  'shift-and-generics':
    'let a: Array<Array<Array<number>>> = [[[1]]]\nexport const found = [a, 16 >> 2, 16 >>> 2, (<T,>(b: T): T => b)<Set<Map<1, 2>>>(a as any)]',
  'non-ascii':
    'type Größe = "große" | "漢字"\nconst größe: Größe = "große", ƒ = (値: string): string => 値\nexport const found = [größe, ƒ("😀" as string), "\u{10ffff}" as string, String(ƒ)]',
  'non-ascii-types':
    'const a: { "漢字😀": "é"; [`ñ`]?: /* ü */ number } = { "漢字😀": "é" } /* 終 */ as any\nexport const found = a',
  'byte-order-mark':
    '\ufefflet a: number = 1\nconst b = "\ufeff"\ufeff as string\nexport const found = [a, b.length]',
  separators:
    'const a: string = "\u2028\u2029"\u2028let b: number = 2\u2029export const found = [a.length, b]',
  'carriage-returns':
    'interface A {\r\n  b: number\r\n}\r\nconst a: A = { b: 1 }\r\nexport const found = [a, String((c: number) => {\r\n  return c as number\r\n})]',
  'tabs-and-feeds': '\tconst a\t:\tnumber\t=\t1;\f\vtype\tB\t=\tstring\nexport const found = a',
  hashbang: '#!/usr/bin/env node\nconst a: number = 1\nexport const found = a',
  comments:
    'const a /* 1 */: /* 2 */ number /* 3 */ = /* 4 */ 1 // : number\n// type A = 1\n/* interface B {} */\nexport const found = [a, String((/* a */ b /* : */ : /* n */ number /* ) */) => b)]',
  'last-line-comment': 'export const found: number = 1 // no line feed behind this',
  'own-source-url': 'export const found: number = 1\n//# sourceURL=another-name.ts',
  'template-literals':
    'const a: `${number}-${string}` = `1-${"x" as string}`\nexport const found = [a, `${(<T,>(b: T): T => b)(`${1 as number}` as string)}`]',
  'regular-expressions':
    'const a: RegExp = /(?<b>: number)/v, c = 4 as number / 2\nexport const found = [a.source, c]',
  'unicode-escapes': 'const \\u0061b: number = 1\nexport const found = ab as number',
  'strings-of-types': 'export const found: string = "let a: number = <T>(b: T) => b as any"',
  'enum-like':
    'const enum_ = { A: 1 } as const\ntype E = (typeof enum_)[keyof typeof enum_]\nexport const found = enum_.A as E',
  'unique-symbol':
    'declare const brand: unique symbol\ntype Brand<T> = T & { readonly [brand]?: never }\nconst a: Brand<string> = "a"\nexport const found = a',
  'using-types':
    'const a: Disposable | undefined = undefined\nexport const found = a satisfies object | undefined',
  'await-types':
    'const a: Awaited<Promise<number>> = await (Promise.resolve(1) as Promise<number>)\nexport const found = a',
  'empty-after-stripping':
    'export type A = 1\nexport interface B {}\nexport const found = undefined as void',
  'type-predicates':
    'interface A { b(): this is A; c?(d: this): void; new (e: number): A; (f: string): void; readonly [g: string]: any }\nexport const found = typeof ({} as A)',
  'mapped-types':
    'type A<T> = { +readonly [K in keyof T as `get${K & string}`]-?: () => T[K] }\ntype B = { -readonly [k in "a" | "b"]+?: 1 }\nexport const found = ({} as B).a',
  'function-types':
    'type A = new (...a: any[]) => object\ntype B = abstract new () => void\nlet c: (a: number, ...b: string[]) => void = () => {}\nlet d: typeof c | ((e?: number) => (f: string) => void)[]\nexport const found = typeof c',
  tuples: 'const a: [x: number, y?: string, ...z: boolean[]] = [1]\nexport const found = a',
};

/** Modules that they import. */
export const others = {
  'lib.ts':
    'export const count: number = 3; const type: string = "type"; export { type }; export type D = 1; export type E = 2; export default count + 1',
  'data.json': '{ "a": 1 }',
};
