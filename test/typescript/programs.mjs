/**
 * Real programs in TypeScript, run from their sources: packages of `apps/` that are published with them,
 * copied out of `node_modules`, where Node strips no types. Most of these sources name what they would be
 * compiled to; in the copies the names are those of files, as Node wants them.
 */

import fs from 'node:fs';
import path from 'node:path';

/**
 * @typedef {object} Program
 * @property {string} name of the package
 * @property {string} main what is run; the sources are in `./src`
 * @property {number} least how many modules it has at least
 */

/** @type {Program[]} */
export const programs = [
  {
    name: 'effect',
    main: `import * as Effect from './src/Effect.ts';
import * as Schema from './src/Schema.ts';
import { pipe } from './src/Function.ts';
const program: Effect.Effect<number[]> = Effect.forEach([1, 2, 3], (n: number) => Effect.succeed(n * 2), { concurrency: 2 });
console.log(await Effect.runPromise(program), pipe(1, (n: number): number => n + 1));
console.log(Schema.decodeUnknownSync(Schema.Struct({ a: Schema.Number }))({ a: 1 }));
try { Schema.decodeUnknownSync(Schema.Struct({ a: Schema.Number }))({ a: 'x' as unknown }) } catch (error) { console.log((error as Error).message) }
console.log(await Effect.runPromiseExit(Effect.fail('no' as const)));`,
    least: 100,
  },
  {
    name: 'zod',
    main: `import * as z from './src/v4/mini/index.ts';
const shape = z.object({ a: z.string(), b: z.array(z.number()), c: z.optional(z.union([z.literal(1), z.boolean()])) });
type Shape = z.infer<typeof shape>;
const parsed: Shape = shape.parse({ a: 'x', b: [1] });
console.log(parsed, shape.safeParse({ a: 1, b: ['2'], c: null }).error?.issues);`,
    least: 20,
  },
  {
    name: '@jridgewell/trace-mapping',
    main: `import { TraceMap, eachMapping, generatedPositionFor, originalPositionFor, type SourceMapInput } from './src/trace-mapping.ts';
const map: SourceMapInput = { version: 3, sources: ['a.ts', 'b.ts'], names: ['c'], mappings: 'AAAAA;AACA;ACDA' };
const traced = new TraceMap(map, 'https://example.com/out.js.map' as string);
console.log(traced.resolvedSources, originalPositionFor(traced, { line: 2, column: 0 }), generatedPositionFor(traced, { source: 'b.ts', line: 1, column: 0 }));
eachMapping(traced, (mapping) => console.log(mapping));`,
    least: 7,
  },
  {
    name: '@jridgewell/gen-mapping',
    main: `import { GenMapping, addMapping, setSourceContent, toEncodedMap } from './src/gen-mapping.ts';
const map: GenMapping = new GenMapping({ file: 'out.js' });
setSourceContent(map, 'in.ts', 'let a: number' as string | null);
addMapping(map, { generated: { line: 1, column: 4 }, original: { line: 1, column: 4 }, source: 'in.ts', name: 'a' });
console.log(toEncodedMap(map));`,
    least: 3,
  },
  {
    name: '@jridgewell/remapping',
    main: `import remapping, { type SourceMapInput } from './src/remapping.ts';
const outer: SourceMapInput = { version: 3, sources: ['middle.js'], names: [], mappings: 'AAAA;AACA' };
const inner: SourceMapInput = { version: 3, sources: ['first.ts'], names: [], mappings: 'AAAA;AAEA' };
console.log(String(remapping(outer, (file: string): SourceMapInput | null => (file === 'middle.js' ? inner : null))));`,
    least: 4,
  },
  {
    name: 'tldts-core',
    main: `import extractHostname from './src/extract-hostname.ts';
import isIp from './src/is-ip.ts';
import isValid from './src/is-valid.ts';
for (const url of ['https://user@a.example.co.uk:80/b?c#d', '[::1]', '192.168.0.1', 'x..y'] as const) {
  const host: string | null = extractHostname(url, false);
  console.log(url, host, host !== null && isIp(host), host !== null && isValid(host));
}`,
    least: 4,
  },
];

/**
 * Copies a package's sources.
 *
 * @param {string} from the sources
 * @param {string} to
 */
export function copySources(from, to) {
  fs.cpSync(from, to, { recursive: true });
  for (const entry of fs.readdirSync(to, { recursive: true, withFileTypes: true })) {
    if (!entry.isFile() || !entry.name.endsWith('.ts')) continue;
    const file = path.join(entry.parentPath, entry.name);
    const text = fs.readFileSync(file, 'utf8');
    const named = text.replace(
      /(\b(?:from|import)\s*)(['"])(\.[^'"]*)\2/g,
      (all, before, quote, specifier) => {
        const target = sourceOf(path.resolve(path.dirname(file), specifier));
        if (!target) return all;
        const relative = path.relative(path.dirname(file), target).replaceAll(path.sep, '/');
        return before + quote + (relative.startsWith('.') ? relative : `./${relative}`) + quote;
      },
    );
    if (named !== text) fs.writeFileSync(file, named);
  }
}

/** @param {string} named a file without `.ts`, or with `.js` */
function sourceOf(named) {
  const candidates = [named, named.replace(/\.js$/, '.ts'), `${named}.ts`, `${named}/index.ts`];
  return candidates.find((file) => file.endsWith('.ts') && fs.existsSync(file));
}
