// Compiled by `tsc`, never run: what users write against index.d.ts, and what must not compile.

import {
  CachedBytecode,
  analyzeModule,
  analyzeModules,
  buildGraph,
  buildGraphAsync,
  deserializeCachedModuleMetadata,
  diagnose,
  enable,
  serializeModuleMetadata,
  validate,
  type EnableStatus,
  type ModuleMetadata,
  type ModuleSyntaxError,
} from '../../index.js';

const metadata: ModuleMetadata = analyzeModule('export {}', 'file:///m.js');
analyzeModule('let a: 1', 'file:///m.ts', { language: 'typescript' });
// @ts-expect-error: no such language
analyzeModule('', 'file:///m.ts', { language: 'tsx' });
const record: Buffer = serializeModuleMetadata(metadata, new Uint8Array(8));
const stored = deserializeCachedModuleMetadata(record);
// @ts-expect-error: there may be nothing in it
export const unchecked = stored.bytecode;
if (stored) serializeModuleMetadata(stored, stored.bytecode);

validate(new SharedArrayBuffer(8));
validate(new DataView(new ArrayBuffer(8)));
// @ts-expect-error: text is not memory
validate('SEMB');

const code: string | undefined = diagnose(record)?.code;
const generated: Buffer | null = CachedBytecode.generateForESMWithMetadata('file:///m.js', '');
const place = (error: ModuleSyntaxError) => [error.code, error.line, error.column];

// @ts-expect-error: not a kind of import
metadata.importEntries.push({ type: 'Local', moduleRequest: '', importName: '', localName: '' });

const status: EnableStatus = enable();
enable({ directory: '/cache', readOnly: true });
// @ts-expect-error: a path, not a switch
enable({ directory: true });
const isEnabled = status.status === 'enabled' || status.status === 'already-enabled';

const [place1] = analyzeModule('', 'file:///m.js', { details: true }).imports;
const units: [number, number] | undefined = place1 && [place1.start, place1.line];
// @ts-expect-error: places are there if asked for
export const placeless = analyzeModule('').imports;
const detailed = analyzeModules(['a.mjs', { source: '' }], { details: true });
// @ts-expect-error: there may be an error instead
export const exported = detailed[0]?.metadata.exports;

const graph = buildGraph('main.mjs', { conditions: ['production'], followDynamic: false });
for (const { url, imports } of graph) {
  for (const { url: target, kind } of imports)
    if (kind === 'require-call') graph.has(target ?? url);
}
// @ts-expect-error: it cannot be aborted
buildGraph('main.mjs', { signal: AbortSignal.abort() });
const later: Promise<number> = buildGraphAsync([new URL('file:///m.js')], {
  signal: AbortSignal.timeout(1),
  onProgress: ({ found, loaded }) => void (found - loaded),
}).then((built) => built.size);

export { later, units };
export { code, generated, isEnabled, place };
