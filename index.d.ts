/**
 * Module records: what an ES module imports and exports, and its bytecode, as one binary file.
 *
 * The format is BMES v1, which began as the record of Bun's `--experimental-esm-bytecode`
 * (December 2025); docs/format.md describes it byte for byte. The metadata is what JavaScriptCore's
 * module analyzer records, in the terms of ECMA-262, section 16.2.1.
 *
 * A wrong argument is a `TypeError` with `code: 'BMES_INVALID_ARGUMENT'` and a message that names
 * the argument and the place inside it. What is in a file never throws: damage is an answer. Without an
 * addon for this platform every call throws an `Error` with `code: 'BMES_NO_ADDON'`, except `enable()`,
 * whose status says so.
 */

/**
 * Node's `Buffer` where its types are known (`@types/node`), else the `Uint8Array` that it is. So a
 * program that has no types of Node can use these.
 */
type Buffer = typeof globalThis extends { Buffer: { isBuffer(value: any): value is infer B } }
  ? B
  : Uint8Array;

/** `URL` where its type is known, from Node or from a browser. */
type URL = typeof globalThis extends { URL: new (url: string) => infer U } ? U : { href: string };

/** `AbortSignal` where its type is known, from Node or from a browser. */
type AbortSignal = typeof globalThis extends { AbortSignal: { prototype: infer S } }
  ? S
  : { readonly aborted: boolean };

/**
 * Memory that may hold a record: any view (`Buffer`, `Uint8Array`, `DataView`, ...) or any buffer.
 * Shared memory is copied before it is read, at most 256 MB of it; above that, and for metadata of
 * more than 64 MB, the error is a `TypeError` with `code: 'BMES_TOO_LARGE'`. A detached buffer, and a
 * view that a resize has put out of bounds, hold 0 bytes.
 */
export type Bytes = ArrayBufferView | ArrayBufferLike;

/** The static interface of one module, everything in source order. */
export interface ModuleMetadata {
  /** The modules it must have to be linked: one entry per distinct specifier and attributes. */
  requestedModules: ModuleRequest[];
  /** One entry per imported binding. */
  importEntries: ImportEntry[];
  /** One entry per exported name, except those of `export * from`. */
  exportEntries: ExportEntry[];
  /** The specifiers of `export * from`, each once. */
  starExports: string[];
}

/** `import 'specifier'` in any of its forms. */
export interface ModuleRequest {
  /** As written, not resolved. */
  specifier: string;
  /** What `with { ... }` holds; `null` without it, and where it is empty. */
  attributes: Record<string, string> | null;
}

/** A binding that another module provides. */
export interface ImportEntry {
  /**
   * `Single` is one name, `Namespace` is `* as`. `SingleTypeScript` is a name that may turn out to
   * be a type; analysis never gives it.
   */
  type: 'Single' | 'SingleTypeScript' | 'Namespace';
  /** The specifier. */
  moduleRequest: string;
  /** The name in that module; `*` for a namespace. */
  importName: string;
  /** The name here. */
  localName: string;
}

/**
 * A name this module exports. `Local` has `localName`; `Indirect` has `moduleName` and
 * `importName`; `Namespace` has `moduleName`. The others are `null`. The format cannot tell an
 * absent name from an empty one: `''` reads back as `null`.
 */
export interface ExportEntry {
  /** A binding of this module, a binding of another one, or another one's namespace. */
  type: 'Local' | 'Indirect' | 'Namespace';
  /** The name importers use. */
  exportName: string;
  /** The specifier. */
  moduleName: string | null;
  /** The name in that module. */
  importName: string | null;
  /** The name here; `starDefault` for an `export default` without one. */
  localName: string | null;
}

/** Why some bytes are not a record. */
export interface Diagnosis {
  /**
   * Stable: `BMES_TOO_SHORT`, `BMES_BAD_MAGIC`, `BMES_BAD_VERSION`, `BMES_TRUNCATED`,
   * `BMES_COUNT_TOO_LARGE`, `BMES_STRING_OUT_OF_BOUNDS`, `BMES_INVALID_UTF8`,
   * `BMES_BAD_HAS_ATTRIBUTES`, `BMES_BAD_IMPORT_TYPE`, `BMES_BAD_EXPORT_TYPE`,
   * `BMES_BYTECODE_OUT_OF_BOUNDS`, `BMES_TRAILING_BYTES`.
   */
  code: string;
  /** The byte at which it shows, from 0. */
  offset: number;
  /** A sentence for people; it may change between releases. */
  message: string;
}

/** What `analyzeModule` throws for a source that is not an ES module. */
export interface ModuleSyntaxError extends SyntaxError {
  /** Stable, `BMES_...`: says whether the source is wrong or only beyond what a record can say. */
  code: string;
  /** From 1. */
  line: number;
  /** From 1, in UTF-16 code units, as editors and stack traces count. */
  column: number;
}

/**
 * The record of `metadata` and `bytecode` (none if left out). The same input always gives the same
 * bytes. Properties that are not part of the metadata are ignored.
 *
 * @throws {TypeError} `BMES_INVALID_ARGUMENT`, such as `metadata.importEntries[2].type must be one
 *   of 'Single', 'SingleTypeScript', 'Namespace'; got 'Foo'`. A string with a lone surrogate has no
 *   UTF-8 and is refused too.
 */
export function serializeModuleMetadata(metadata: ModuleMetadata, bytecode?: Bytes): Buffer;

/**
 * What a record holds, or `null` where `validate` is false. `bytecode` is a view of the memory of
 * `cache`, not a copy of it; if that is shared memory, a view of the copy that was validated.
 */
export function deserializeCachedModuleMetadata(
  cache: Bytes,
): (ModuleMetadata & { bytecode: Uint8Array }) | null;

/**
 * Whether the bytes are one whole record and nothing else: every length, string and kind is looked
 * at, the bytecode is not.
 */
export function validate(cache: Bytes): boolean;

/** The same function as {@link validate}. */
export function validateCachedModuleMetadata(cache: Bytes): boolean;

/** Why `validate` says no; `null` if it says yes. */
export function diagnose(cache: Bytes): Diagnosis | null;

/** What a source is written in. */
export interface LanguageOptions {
  /**
   * `javascript`, the default, or `typescript`: what is looked at is then what this runtime makes of the
   * source, by `module.stripTypeScriptTypes`, since nothing else is what it would run. `import { type A }`
   * stays a request, `import type` does not. Where a runtime strips no types (Node before 22.13, Bun, Deno) that is an
   * `Error` with `code: 'BMES_UNSUPPORTED_RUNTIME'`. No JSX, and nothing that would have to be transformed.
   */
  language?: 'javascript' | 'typescript';
}

/**
 * The metadata of an ES module, without running or resolving anything. `sourceURL` only serves the error
 * message.
 *
 * @throws {ModuleSyntaxError} with `sourceURL:line:column` and the lines around it in the message.
 *   `import defer` and `import source` are errors too: a record cannot say them. TypeScript that the
 *   runtime refuses is `BMES_SYNTAX_ERROR` or, if it would have to be transformed (an enum), `BMES_UNSUPPORTED_TYPESCRIPT`;
 *   their column is always 1, as it is not told.
 */
export function analyzeModule(
  source: string,
  sourceURL?: string,
  options?: LanguageOptions & { details?: false },
): ModuleMetadata;

/** The same, and where everything is: docs/api.md has an example. */
export function analyzeModule(
  source: string,
  sourceURL: string | undefined,
  options: LanguageOptions & { details: true },
): ModuleDetails;

/** A stretch of a source text. */
export interface SourcePlace {
  /** In UTF-16 code units from 0, as `String.prototype.slice` counts. */
  start: number;
  end: number;
  /** Of `start`, from 1. LF, CR, CRLF, U+2028 and U+2029 end a line. */
  line: number;
  /** Of `start`, from 1, in UTF-16 code units. */
  column: number;
}

/** The metadata of a module, its traits, and the place of everything; each list in source order. */
export interface ModuleDetails extends ModuleMetadata {
  imports: SourceImport[];
  exports: SourceExport[];
  /** Where evaluation stops: `await`, `for await`, `await using` at the top level. */
  topLevelAwaits: SourcePlace[];
  hasTopLevelAwait: boolean;
  hasImportMeta: boolean;
  /** Has an `import()` whose specifier or options must be computed. */
  hasComputedImports: boolean;
  /** Names `eval` or `Function`, or calls something's `constructor`. */
  makesCode: boolean;
}

/** How a module is asked for, by esbuild's names. */
export type ImportKind = 'import-statement' | 'dynamic-import' | 'require-call';

/**
 * One place that asks for a module, or an `import.meta`. `start` and `end` are of the statement without
 * its semicolon (`ss` and `se` of es-module-lexer) or of the whole expression.
 */
export interface SourceImport extends SourcePlace {
  kind: 'import-statement' | 'dynamic-import' | 'import-meta';
  /** As written; `null` if it must be computed, and for `import.meta`. */
  specifier: string | null;
  /** What `with { ... }` holds; `null` without it, where it is empty, or where it must be computed. */
  attributes: Record<string, string> | null;
  /** Of the text between the quotes of a statement, or of the argument of `import()`. */
  specifierStart: number;
  specifierEnd: number;
}

/** One exported name and its place; for `export default` the word `default`. */
export interface SourceExport extends SourcePlace {
  exportName: string;
}

/**
 * What a source is made for. The end of `sourceURL`, a URL or a path, decides if it is `.mjs`, `.cjs`,
 * `.mts`, `.cts` or `.json`; else the syntax does, by Node's own rule for files that nothing else tells
 * about (https://nodejs.org/api/packages.html#syntax-detection):
 *
 * - `module`: Node runs it as an ES module. It has `import`, `export` or `import.meta`, or a top-level `await`
 *   or a top-level `const require` (and its like) with which it only compiles as one.
 * - `commonjs`: Node runs it as CommonJS, and it would not do as an ES module: it does not compile as one, or
 *   uses `require`, `module`, `exports`, `__filename` or `__dirname`. So is what compiles as neither.
 * - `ambiguous`: Node runs it as CommonJS; it would do as either.
 *
 * No `package.json` is looked at: {@link buildGraph} does that.
 */
export function detectFormat(
  source: string,
  sourceURL?: string | URL,
): 'module' | 'commonjs' | 'json' | 'ambiguous';

/** A module by its file, a path or a `file:` URL, or by its text. */
export type SourceFile = string | URL | { url?: string | URL; source: string };

/** What {@link analyzeModules} says of one module. */
export interface AnalyzedModule<T = ModuleMetadata> {
  /** As it was given; `null` for a text without a name. */
  url: string | null;
  /** `null` if there is an error. */
  metadata: T | null;
  /** Of {@link ModuleSyntaxError}, or `BMES_SOURCE_UNREADABLE` for a file that cannot be read or is not UTF-8. */
  error: { code: string; message: string; line: number | null; column: number | null } | null;
}

/**
 * {@link analyzeModule} of many modules, in parallel, on at most eight threads; in the order of `files`. A
 * module with an error has it in its place. With `details` each `metadata` is a {@link ModuleDetails}.
 */
export function analyzeModules(
  files: readonly SourceFile[],
  options?: { details?: false },
): AnalyzedModule[];
export function analyzeModules(
  files: readonly SourceFile[],
  options: { details: true },
): AnalyzedModule<ModuleDetails>[];

/**
 * The same while this thread goes on. Once `signal` is aborted the promise is rejected with its reason, and
 * the work ends soon after.
 */
export function analyzeModulesAsync(
  files: readonly SourceFile[],
  options?: { details?: false; signal?: AbortSignal },
): Promise<AnalyzedModule[]>;
export function analyzeModulesAsync(
  files: readonly SourceFile[],
  options: { details: true; signal?: AbortSignal },
): Promise<AnalyzedModule<ModuleDetails>[]>;

/** What {@link buildGraph} follows, and how. */
export interface GraphOptions {
  /** Conditions of `exports` and `imports` beyond Node's own, as `--conditions` gives them. */
  conditions?: readonly string[];
  /** As `--preserve-symlinks`: URLs keep the links of their paths. Default: `false`. */
  preserveSymlinks?: boolean;
  /** As `--preserve-symlinks-main`: the same for entries. Default: `false`. */
  preserveSymlinksMain?: boolean;
  /** Whether what only `import()` reaches is read. If not, it is in the graph, but external. Default: `true`. */
  followDynamic?: boolean;
  /**
   * Specifiers that are not resolved: `name` stands for `name/subpath` too, and one `*` for any text, as in
   * esbuild. They are edges without a URL.
   */
  external?: readonly string[];
  /** `external`: every specifier that names a package is external. Default: `follow`. */
  packages?: 'follow' | 'external';
  /** Files and folders whose modules are in the graph, but not read: they are external. Paths. */
  exclude?: readonly string[];
}

/** The same, for {@link buildGraphAsync}. */
export interface AsyncGraphOptions extends GraphOptions {
  /** Once it is aborted the promise is rejected with its reason. */
  signal?: AbortSignal;
  /**
   * Called every 50 ms or so while files are read, and once at the end: how many were found so far, and how
   * many of them were read. If it throws, the promise is rejected with that.
   */
  onProgress?: (progress: { found: number; loaded: number }) => void;
}

/**
 * Everything that one or several entries reach by `import`, literal `import()` and literal `require()`,
 * found by Node's own rules for this version of Node, without running anything. An entry is a path as
 * `node` takes one (extensions and `index` are tried) or a `file:` URL.
 *
 * What is broken is part of the graph: a request that leads nowhere has its reason, a module that
 * cannot be read or parsed its `problem`.
 *
 * @throws {TypeError} `BMES_INVALID_ARGUMENT`
 * @throws {Error} `BMES_GRAPH_ENTRY_NOT_FOUND`; `BMES_GRAPH_NO_WORKING_DIRECTORY` and `BMES_GRAPH_THREADS` if
 *   the system refuses.
 */
export function buildGraph(
  entry: string | URL | readonly (string | URL)[],
  options?: GraphOptions,
): ModuleGraph;

/** The same while this thread goes on; what would be thrown is what the promise is rejected with. */
export function buildGraphAsync(
  entry: string | URL | readonly (string | URL)[],
  options?: AsyncGraphOptions,
): Promise<ModuleGraph>;

/**
 * A graph of modules. It is held by the core, and each question makes the objects of its own answer only.
 * It does not change: after an edit a new one is built.
 *
 * A module is named by its URL, or by a path. Except for `has` and `getModule`, a name that is not in the
 * graph is a `TypeError` with `code: 'BMES_NOT_IN_GRAPH'`.
 */
export interface ModuleGraph extends Iterable<GraphModule> {
  /** How many modules there are, builtins and external ones included. */
  readonly size: number;
  /** URLs of the entries. */
  readonly entries: string[];

  /** Every URL, in the order in which a depth-first walk from the entries meets them. */
  urls(): string[];
  has(module: string | URL): boolean;
  /** One module; `null` if it is not in the graph. */
  getModule(module: string | URL, options?: PositionOptions): GraphModule | null;
  /** Every module in the order of `urls`, made one by one. */
  modules(options?: PositionOptions): IterableIterator<GraphModule>;
  /** The record of an ES module; empty for others. */
  metadata(module: string | URL): ModuleMetadata;
  /**
   * The text that was read, without byte order mark; `''` for what was not read. Of TypeScript what the
   * runtime makes of it, in which everything stands where it stood.
   */
  source(module: string | URL): string;

  /** Who asks for a module, by edge. */
  importers(module: string | URL): GraphImporter[];
  /** A module and everything that reaches it. */
  dependents(module: string | URL): string[];
  /** The names that a module really exports, with `export * from` expanded. */
  exports(module: string | URL): ExpandedExports;
  /** The same of every module, by URL. */
  allExports(): Record<string, ExpandedExports>;
  /** What a name of a module stands for: `ResolveExport` of ECMA-262. */
  resolveExport(module: string | URL, name: string): ResolvedExport;
  /** Which names of a module anybody uses, whether by importing them from it or through another. */
  usedExports(module: string | URL): ExportUsage;

  /**
   * The modules that run when the entries are imported, in that order: what only `import()` reaches, and
   * builtins, left out. A CommonJS module is listed where it ends. Where modules have a top-level
   * `await`, the waits are taken to end in the order in which they began, after everything that need not wait.
   */
  evaluationOrder(): string[];
  /** Modules that import each other: by static imports and `require()`; with `dynamic`, `import()` too. */
  cycles(options?: { dynamic?: boolean }): GraphCycle[];
  /** Packages of one name at several places. */
  duplicates(): DuplicatePackage[];
  /** Modules that pass on the names of others, the one that loads most bytes in vain first. */
  barrels(): Barrel[];
  /** Requests that lead nowhere. */
  unresolved(): UnresolvedImport[];

  /** Why a module is there; of its importers `limit` (10) are followed to an entry. */
  why(module: string | URL, options?: { limit?: number }): WhyIncluded;
  /** What would not be in the graph if `importer` did not ask for `module`. */
  savings(importer: string | URL, module: string | URL): GraphCost;
  /** What only this module brings in, itself included. */
  retained(module: string | URL): GraphCost;

  /** Everything that was looked at on disk: whatever changes the graph changes one of these. */
  watched(): WatchedPaths;
  /**
   * What a change of these paths means: files that were edited, made or removed, `package.json`s, folders. An
   * edit is believed, not looked for. Where the paths may lead a request elsewhere, every request is resolved
   * again, by what is on disk now.
   */
  changedSince(paths: readonly (string | URL)[]): GraphChanges;

  /** Everything, as plain objects, for `JSON.stringify`. */
  toJSON(): GraphJSON;
}

export interface PositionOptions {
  /** Each edge has its `positions`; the module is parsed again for that. Default: `false`. */
  positions?: boolean;
}

/** One module of a graph. */
export interface GraphModule {
  url: string;
  /** The real path of its file; `null` if it has none. */
  path: string | null;
  /** As Node names it; `null` for what is left to the runtime, see `problem`, and for what was not read. */
  format:
    'module' | 'module-typescript' | 'commonjs' | 'commonjs-typescript' | 'json' | 'builtin' | null;
  /** Of its file; 0 for what has none or was not read. */
  bytes: number;
  /** SHA-256 of the file, as hexadecimal digits; `null` for what was not read. */
  contentHash: string | null;
  /** By the folder in `node_modules`, elsewhere by the nearest `package.json` with a name. */
  package: { name: string; version: string | null; directory: string } | null;
  isEntry: boolean;
  /** A builtin, or left out by `followDynamic` or `exclude`. */
  isExternal: boolean;
  /**
   * Why it was not analysed: a code of {@link ModuleSyntaxError} with the place, or `BMES_NOT_A_FILE`,
   * `BMES_SOURCE_UNREADABLE`, `BMES_UNSUPPORTED_FORMAT` (WebAssembly, addons, TypeScript that this runtime does
   * not strip of its types without a warning, text that is not UTF-8).
   */
  problem: { code: string; message: string; line: number | null; column: number | null } | null;
  hasTopLevelAwait: boolean;
  hasImportMeta: boolean;
  /** Has an `import()` or, in CommonJS, a `require()` whose target must be computed. */
  hasComputedImports: boolean;
  /** Each distinct request: static ones in source order, then `import()`s, then `require()`s. */
  imports: GraphEdge[];
}

/** A request of a module, with the names of esbuild's metafile where it has them. */
export interface GraphEdge {
  kind: ImportKind;
  /** As written. */
  specifier: string;
  /** Where it leads; `null` if nowhere, or if it is external by its specifier. */
  url: string | null;
  /** Its attributes; `null` without any. */
  with: Record<string, string> | null;
  /** It leads out of the graph: to a builtin, or to what the options leave out. */
  external: boolean;
  /** Why it leads nowhere, by Node's code, such as `ERR_MODULE_NOT_FOUND`. */
  error: { code: string; message: string } | null;
  /** Every place at which it is written, if asked for. In the text without byte order mark. */
  positions?: SourcePlace[];
}

export interface GraphImporter {
  url: string;
  kind: ImportKind;
  specifier: string;
}

/** What a module exports. */
export interface ExpandedExports {
  /** The keys of its namespace, in their order, as far as they can be known. */
  names: string[];
  /** Names that several `export * from` give different meanings, which the namespace leaves out. */
  conflicts: { name: string; bindings: ExportBinding[] }[];
  /** Names that it exports from modules that do not have them: to link it is a `SyntaxError`. */
  missing: string[];
  /** CommonJS and builtin modules all of whose names it exports; only the runtime knows those. */
  unknown: string[];
  /** An `export * from` leads nowhere. */
  hasUnresolvedStar: boolean;
}

/** Where a name comes from. */
export interface ExportBinding {
  url: string;
  /** A variable of the module; `*` for its namespace; the exported name if it is `foreign`. */
  name: string;
  /** `foreign`: of a module that is not an ES module, or through a request that leads nowhere. */
  kind: 'local' | 'namespace' | 'foreign';
}

export interface ResolvedExport {
  /** `unknown`: there is no such name that we can see, but the modules in `unknown` may have it. */
  status: 'found' | 'missing' | 'ambiguous' | 'unknown';
  /** One if it was found, several if it is ambiguous. */
  bindings: ExportBinding[];
  unknown: string[];
}

export interface ExportUsage {
  /** Names that are used, in the order of a namespace's keys. */
  names: string[];
  /** All are: it is an entry, or somebody has its namespace (`import *`, `import()`, `require()`). */
  isWhole: boolean;
}

export interface GraphCycle {
  /** Each reaches all others. */
  modules: string[];
  /** A shortest way from the first of them back to it; it is named at both ends. */
  path: string[];
}

export interface DuplicatePackage {
  name: string;
  copies: { version: string | null; directory: string; modules: string[]; bytes: number }[];
}

/** Modules and the bytes of their files. Builtins are not counted. */
export interface GraphCost {
  modules: number;
  bytes: number;
}

/** A module with at least eight names, most of which are bindings of others. */
export interface Barrel {
  url: string;
  /** How many names it exports, and how many of them are used. */
  exports: number;
  used: number;
  /** What its static imports load, itself included. */
  loads: GraphCost;
  /** What of that the used names need: itself, the modules that have them and what those import. */
  needs: GraphCost;
}

export interface UnresolvedImport {
  importer: string;
  kind: ImportKind;
  specifier: string;
  /**
   * Node's own code for it: `ERR_MODULE_NOT_FOUND`, `ERR_PACKAGE_PATH_NOT_EXPORTED`,
   * `ERR_PACKAGE_IMPORT_NOT_DEFINED`, `ERR_INVALID_MODULE_SPECIFIER`, `ERR_INVALID_PACKAGE_CONFIG`,
   * `ERR_INVALID_PACKAGE_TARGET`, `ERR_UNSUPPORTED_DIR_IMPORT`, `ERR_UNKNOWN_BUILTIN_MODULE`,
   * `ERR_IMPORT_ATTRIBUTE_MISSING`, `ERR_IMPORT_ATTRIBUTE_TYPE_INCOMPATIBLE`,
   * `ERR_IMPORT_ATTRIBUTE_UNSUPPORTED`; `DEP0166` for what Node resolves with a warning and we leave to it.
   */
  code: string;
  /** A sentence for people. */
  message: string;
}

export interface WhyIncluded {
  /**
   * For each importer the shortest way from an entry, shortest first. A step says what would not be in
   * the graph without the import that leads to it; the entry, which none leads to, `null`.
   */
  chains: { url: string; saves: GraphCost | null }[][];
  /** How many modules ask for it, since not all may be in `chains`. */
  importers: number;
  /** What would not be in the graph without the module, itself included. */
  saves: GraphCost;
}

/** Absolute paths. */
export interface WatchedPaths {
  /** Sources and `package.json`s that were read. */
  files: string[];
  /** Places at which something was looked for and nothing was. */
  missing: string[];
  /** Folders whose entries matter: something may be found there tomorrow. */
  directories: string[];
  /** Symbolic links that were followed. */
  links: string[];
}

export interface GraphChanges {
  /** URLs of modules whose file is one of the paths. */
  modules: string[];
  /** URLs of modules a request of which leads elsewhere now, or whose format is another. */
  rerouted: string[];
  /** All of these, and everything that reaches them: what must be looked at anew. Empty: nothing need be. */
  affected: string[];
  /** Paths that the graph does not rest on. */
  unrelated: string[];
}

export interface GraphJSON {
  /** The version of this shape. */
  schema: 1;
  entries: string[];
  modules: GraphModule[];
}

/**
 * Records with this runtime's own bytecode.
 *
 * - Node 22.15, 24 and 26, and Bun: made in this thread.
 * - Any other Node: made in a worker, as `--experimental-vm-modules` is needed there. The first call starts it
 *   (17-40 ms) and every call waits for it; it never keeps the process alive.
 * - Deno, and wherever that worker may not be started: the bytecode is empty, the metadata is not.
 *   So it is for a source that nests more deeply than the engine can read.
 *
 * Bytecode only serves the exact runtime that made it. V8 checks its own version, its flags and the
 * *length* of the source: whoever keeps a record must make sure it is of this very source.
 *
 * Errors for wrong arguments have the texts of the original, such as `Expected source URL string as
 * first argument`.
 */
export const CachedBytecode: {
  /** The record of an ES module; `null` if the source has a syntax error or has no record. */
  generateForESMWithMetadata(
    sourceURL: string,
    source: string,
    options?: LanguageOptions,
  ): Buffer | null;
  /**
   * The bytecode alone; `null` if the source has a syntax error. That of TypeScript belongs to the text which the
   * runtime's loader would compile: `stripTypeScriptTypes(source, { sourceUrl: sourceURL })`.
   */
  generateForESM(sourceURL: string, source: string, options?: LanguageOptions): Buffer | null;
  /** The same answer as {@link validate}. */
  validateMetadata(cache: Bytes): boolean;
};

/** What {@link enable} is told. */
export interface EnableOptions {
  /**
   * Where the cache is: an absolute path, made if it is not there. The same as `BMES_CACHE_DIR`, before
   * which it goes; `~/.bun-cache/esm` without either.
   */
  directory?: string;
  /** Read the cache and write nothing; the same as `BMES_READONLY=1`, which it cannot undo. */
  readOnly?: boolean;
  /**
   * Bytecode of equal files elsewhere will do; the same as `BMES_SHARED=1`. A second project that has
   * the same packages starts with what the first one compiled.
   */
  shared?: boolean;
  /** The limit of the cache in bytes; the same as `BMES_MAX_SIZE`. Default: 100 MiB. */
  maxSize?: number;
  /**
   * Who makes the pack of an app that has none; the same as `BMES_LEARN`. `background`, the default: a
   * process of low priority that goes on after this one. `exit`: this process, at its end. `off`: nobody.
   */
  learn?: 'background' | 'exit' | 'off';
  /**
   * A pack to use where the cache has none that holds, such as one made by `bmes compile --out`: an absolute
   * path; the same as `BMES_PACK`, before which it goes. A pack is code.
   */
  pack?: string;
  /**
   * TypeScript and JSX are transformed, by the `esbuild` that is installed, instead of only stripped of types:
   * enums, namespaces, parameter properties, decorators, `.tsx`, `.jsx`, `paths` of the `tsconfig.json`, and
   * specifiers without an extension or with that of what would be compiled. The same as
   * `BMES_TRANSFORM_TYPES=1`. This is not what the runtime does by itself; docs/typescript.md says what differs.
   */
  transformTypes?: boolean;
}

/** What came of {@link enable}; `status` tells which of these it is. */
export type EnableStatus = Enabled | AlreadyEnabled | NotEnabled;

/**
 * What is imported from now on is watched, and comes from the cache once it was learnt. The addon, the
 * directory and the way this process was started are good for it. What only the first import of an ES
 * module can tell (a program whose pack cannot be used, hooks that others have installed since) is told
 * by a second call, as `disabled` with its code.
 */
export interface Enabled {
  status: 'enabled';
  /** Where the cache is. Absent if nothing says so and a pack was named (`BMES_PACK`). */
  directory?: string;
  code?: undefined;
  message?: undefined;
}

/** By an earlier call or by `bmes-cache/register`; nothing has changed. */
export interface AlreadyEnabled {
  status: 'already-enabled';
  /** As the earlier call had it. */
  directory?: string;
  /** A sentence for people; it may change between releases. */
  message: string;
  code?: undefined;
}

/** This thread runs as it would without; `unsupported` says that it always will, in this runtime. */
export interface NotEnabled {
  status: 'disabled' | 'unsupported';
  /**
   * Why not; stable. `BMES_INVALID_ARGUMENT` for wrong options, `BMES_NO_ADDON` if there is none for this
   * platform or it cannot be loaded, `BMES_STORE_NOT_TRUSTED` and `BMES_STORE_IO` for a directory that
   * cannot be used. The others are listed in docs/architecture.md, "When the cache stands aside".
   */
  code: string;
  /** A sentence for people; it may change between releases. */
  message: string;
  directory?: undefined;
}

/**
 * Starts what this thread imports from now on from the cache. For a program that cannot choose the
 * flags it is started with: the first line of a command line tool's CommonJS file,
 *
 * ```js
 * require('bmes-cache').enable();
 * import('./cli.js');
 * ```
 *
 * or of its ES module, where only what `import()` loads comes later: `enable(); await
 * import('./cli.js');`. Call it before anything else is imported. It never throws, prints nothing and
 * reads nothing from the cache yet: that happens at the first import of an ES module. An option that is
 * misspelt is a wrong option.
 */
export function enable(options?: EnableOptions): EnableStatus;

/** `CachedBytecode.generateForESMWithMetadata` by the original's longer name. */
export function generateCachedModuleByteCodeWithMetadata(
  sourceURL: string,
  source: string,
  options?: LanguageOptions,
): Buffer | null;

/** Where a {@link ModuleBytecodeCache} is and how it works. */
export interface CacheOptions {
  /**
   * The directory; a relative path is resolved against the working directory. Default:
   * `BMES_CACHE_DIR`, else `~/.bun-cache/esm`. It must belong to the current user and be writable by
   * nobody else (docs/store.md), or nothing is kept and `stats().reason` says so.
   */
  directory?: string | URL;
  /**
   * Directories of the same layout that are asked first and never written to, such as one shipped
   * with the app. They must belong to the current user or root.
   */
  layers?: readonly (string | URL)[];
  /** Nothing is written. Default: `false`, or `true` if `BMES_READONLY` is set. */
  readOnly?: boolean;
  /**
   * Leaves the URL out of the key: equal files share a record wherever they are, so a second project
   * finds the first one's. Default: `false`, or `true` if `BMES_SHARED` is set.
   */
  shared?: boolean;
  /**
   * The limit in bytes, for all runtimes together, by apparent size. Default: `BMES_MAX_SIZE`
   * (bytes, or a number with `K`, `M` or `G`: `200M`, `1.5GB`; each is 1024 of the one before), else
   * 100 MiB. Nothing larger than nine tenths of it is kept.
   */
  maxSize?: number;
}

/** What a module's text is. */
export interface SourceOptions {
  /** The text, or its UTF-8 bytes. Left out, the file at the URL is read. */
  source?: string | Bytes;
}

/** Why an answer was no. */
export interface CacheReason {
  /**
   * Stable: `BMES_STORE_MISSING` (not kept), `BMES_STORE_DAMAGED`, `BMES_STORE_FOREIGN`,
   * `BMES_STORE_NOT_TRUSTED`, `BMES_STORE_NO_DIRECTORY`, `BMES_STORE_IO` (the system refused: a full
   * disk, no permission), `BMES_STORE_FULL` (larger than the limit allows), `BMES_STORE_BUSY`
   * (another process is sweeping), `BMES_READONLY`, `BMES_SOURCE_UNREADABLE`,
   * `BMES_INVALID_ENVIRONMENT` (a variable whose value is not understood).
   */
  code: string;
  /** A sentence for people. */
  message: string;
}

/** What was done. */
export interface CacheTally {
  /** Records that were found. */
  hits: number;
  /** Records that were not, by code. */
  misses: Record<string, number>;
  /** `hits` of all lookups, from 0 to 1; `null` before the first lookup. */
  hitRate: number | null;
  /** Records that were saved. */
  saves: number;
  /** Records that could not be saved, by code. */
  refusals: Record<string, number>;
  /** Starts of apps from their pack. */
  starts: number;
  /** Starts of apps without it, by code. */
  missedStarts: Record<string, number>;
  /** Bytes of records that were found. */
  bytesRead: number;
  /** Bytes of records and packs that were written. */
  bytesWritten: number;
  /** Files that were removed to keep the limit. */
  evictions: number;
  /** Their bytes. */
  bytesEvicted: number;
}

/** Where a cache is and what it did. */
export interface CacheStats {
  /** The directory; `null` if nothing says where it is. */
  directory: string | null;
  /**
   * Why nothing can be kept there, what the system said to this object's last save, or which variable of
   * the environment is not understood; `null` if none of these.
   */
  reason: CacheReason | null;
  /** Bytes that are kept, of all runtimes: at most this many, by the last count and what was written since. */
  size: number;
  /** The limit in bytes. */
  maxSize: number;
  /** By this object. */
  run: CacheTally;
  /** By all processes since the last reset. Such numbers may be lost when a process is killed. */
  total: CacheTally;
}

/** What `verify` found. */
export interface CacheVerification {
  /** Records and packs that were read, of all runtimes. */
  checked: number;
  /** Their bytes. */
  bytes: number;
  /** What is not as it was written, and whether it was removed. */
  damaged: { path: string; code: string; message: string; removed: boolean }[];
  /** Folders that could not be looked into, each with its reason. */
  passedOver: string[];
  /** Files in the directory that are not the cache's. They are never read or removed. */
  unknown: number;
}

/** What `prune` or `clear` did. */
export interface CacheRemoval {
  /** Files that were removed. */
  removed: number;
  /** Their bytes. */
  bytes: number;
  /** Bytes that are left. */
  size: number;
}

/**
 * Records of this exact runtime on disk, found by the SHA-256 of a module's URL and content: first
 * in entries of their own, then in the packs of apps. What is found is verified; what is damaged is
 * a miss. The directory is described in docs/store.md.
 *
 * Only wrong arguments throw (`TypeError`, `BMES_INVALID_ARGUMENT`), and options that there are not.
 * Whatever the disk does is a `false` or `null`, and `lastReason` says why. Any number of objects for one
 * directory hold two descriptors of it in all, so there is nothing to close.
 *
 * `sourceURL` is a `file:` URL or an absolute path; any other URL needs `source`.
 */
export class ModuleBytecodeCache {
  constructor(options?: CacheOptions);

  /** Why the last answer of this object was no; `null` after a yes. */
  readonly lastReason: CacheReason | null;

  /** Whether `loadCache` would give a record. It is read and verified for that. */
  hasCache(sourceURL: string | URL, options?: SourceOptions): boolean;

  /**
   * Keeps a record. Returns `false` if that could not be done.
   *
   * @throws {TypeError} `BMES_INVALID_RECORD` if `data` is not one whole record. Whether it is one of
   *   this very source is the caller's word.
   */
  saveCache(sourceURL: string | URL, data: Bytes, options?: SourceOptions): boolean;

  /** The record of a module, verified; `null` if there is none. Its bytecode may be empty. */
  loadCache(sourceURL: string | URL, options?: SourceOptions): Buffer | null;

  /** Where the cache is and what it did; `reset` starts counting anew after the answer. */
  stats(options?: { reset?: boolean }): CacheStats;

  /**
   * Reads every record and pack of every runtime again and removes what is damaged. `null` if the
   * directory cannot be used.
   */
  verify(): CacheVerification | null;

  /**
   * Applies the limit now, and removes what dead writers and runtimes not used for 30 days have
   * left. `null` if that cannot be done.
   */
  prune(): CacheRemoval | null;

  /** Removes everything of ours, of all runtimes; files of others stay. `null` if that cannot be done. */
  clear(): CacheRemoval | null;
}

/** What {@link prewarm} is told: at least `entries` or `files`. The options are those of `bmes compile`. */
export interface PrewarmOptions {
  /**
   * What `node <entry>` is to start, one or several: a path, against the working directory if it is relative, or
   * a `file:` URL. One pack is made for each.
   */
  entries?: string | URL | readonly (string | URL)[];
  /**
   * Patterns of such files, as in `dist/server/*.mjs`; each match is an entry. On Node 20 only names of files.
   */
  files?: string | readonly string[];
  /** The cache to write to; `BMES_CACHE_DIR`, else `~/.bun-cache/esm` if left out. */
  cacheDir?: string | URL;
  /**
   * A portable pack to write instead: a file that serves the app at any place and is used where it is named
   * (`BMES_PACK`, `bmes run --pack`, `enable({ pack })`). Of one entry only.
   */
  out?: string | URL;
  /** What that file is relative to; the nearest folder that holds all modules if left out. */
  root?: string | URL;
  /** Leave what lies outside of it to the runtime, instead of an error. Default: `false`. */
  external?: boolean;
  /**
   * Compare nothing but the entry with the disk, and hold CommonJS as well: for images nobody edits. Default: `false`.
   */
  frozen?: boolean;
  /**
   * The Node that will run the app, Node 22.15 or later, by its path. Default: the one that runs this; in Bun and
   * Deno the `node` that is found on the `PATH`.
   */
  node?: string | URL;
  /** `--conditions` of that start, in order. */
  conditions?: string | readonly string[];
  /** `--preserve-symlinks` of that start. Default: `false`. */
  preserveSymlinks?: boolean;
  /** `--preserve-symlinks-main` of that start. Default: `false`. */
  preserveSymlinksMain?: boolean;
  /** Patterns of files that the app imports by names nobody can read. */
  include?: string | readonly string[];
  /** Whether what only literal `import()`s reach is taken in. Default: `true`. */
  dynamic?: boolean;
  /** Ends it; the promise is rejected with the signal's reason. */
  signal?: AbortSignal;
  /** Called every now and then. What it throws ends the work and rejects the promise. */
  onProgress?: (progress: PrewarmProgress) => void;
}

/** How far {@link prewarm} is with an entry. */
export interface PrewarmProgress {
  /** As it was given. */
  entry: string;
  /** Modules that were asked about. */
  done: number;
  /** Modules that are known of so far. */
  known: number;
}

/** What {@link prewarm} did, and `bmes compile --json` prints. */
export interface PrewarmSummary {
  /** Of this object; it goes up when something that was there changes or goes away. */
  schema: number;
  /** Whether all entries were compiled. */
  ok: boolean;
  /** One for each entry, in order. */
  results: PrewarmResult[];
}

/** What came of one entry. */
export interface PrewarmResult {
  /** As it was given; the path of a URL. */
  entry: string;
  /** The runtime the packs are for, such as `node-24.21.0-linux-x64`. Absent after an error. */
  runtime?: string;
  /** What was written; one, or for a CommonJS entry one for each ES module it may reach first. Absent after an error. */
  packs?: PrewarmPack[];
  /** Why nothing was written. */
  error?: { code: string; message: string };
  /** Of `bmes compile --check`: how the run has ended. */
  check?: { exitCode: number | null; signal: string | null };
  /** How long it took. */
  milliseconds: number;
}

/** One pack that was written. */
export interface PrewarmPack {
  /** The URL of the ES module where its graph begins. */
  entry: string;
  /** How many modules it knows. */
  modules: number;
  /** How many of them are ES modules. */
  esModules: number;
  /** Bytes of the texts it holds. */
  sourceBytes: number;
  /** Bytes of their records, bytecode left out. */
  metadataBytes: number;
  /** Bytes of bytecode. */
  bytecodeBytes: number;
  /** Bytes of the pack. */
  packBytes: number;
  /** Why the linker must not run it; empty if it may. */
  hooksOnly: string;
  /** Modules that are left to the runtime. */
  left: { url: string; reason: string }[];
  /** Of `bmes compile --check`: URLs of ES modules that only the run has shown. Absent if there are none. */
  seen?: string[];
}

/** What {@link prewarm} is rejected with if an entry cannot be compiled. */
export interface PrewarmError extends Error {
  /**
   * Stable. Among others: `BMES_NO_ENTRY` (there is no such file), `BMES_NOT_PACKED` (Node could not start it, or it
   * is CommonJS alone), `BMES_PREDICTION_DIFFERS` (the runtime gives another answer than we; both are in the
   * message), `BMES_OUTSIDE_ROOT`, `BMES_UNSUPPORTED_RUNTIME`, `BMES_FOREIGN_PRELOAD`, `BMES_NO_ADDON`,
   * `BMES_STORE_IO`, `BMES_COMPILE_FAILED` (the Node that was named cannot be started).
   */
  code: string;
  /** The first entry that could not be compiled. */
  entry: string;
  /** What came of all of them. */
  summary: PrewarmSummary;
}

/**
 * Makes the packs of apps ahead of time, so that their first start comes from the cache: `bmes compile` as a
 * function, for build tools and scripts of deployment.
 *
 * ```js
 * const { results } = await prewarm({ entries: 'dist/server.mjs', out: 'dist/server.bmes' });
 * console.log(`${results[0].packs[0].modules} modules for ${results[0].runtime}`);
 * ```
 *
 * Nothing of the apps runs: in a child, the Node that will run them is asked about every module. Files that were
 * written within the last two seconds are waited for, unless `out` is given. The first compilation for a Node also
 * runs the linker's self-test, which takes seconds. One that is ended by its signal leaves no half pack.
 *
 * Rejected with a `TypeError` (`BMES_INVALID_ARGUMENT`) for wrong options, with a {@link PrewarmError} if an entry
 * cannot be compiled; the others are compiled all the same.
 */
export function prewarm(options: PrewarmOptions): Promise<PrewarmSummary>;

// Nothing else is exported.
// oxlint-disable-next-line unicorn/require-module-specifiers -- that is what makes it a module
export {};
