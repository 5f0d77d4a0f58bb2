// Names for types that files here share. Classes leave a CommonJS file as values only.

export type { Session, Tables } from '../bindings.js';
export type EdgeFinder = InstanceType<typeof import('./tables.js').EdgeFinder>;
export type Engine = Exclude<ReturnType<typeof import('./linker/engine.js').open>, string>;
export type Linker = InstanceType<typeof import('./linker/linker.js').Linker>;
export type PackView = InstanceType<typeof import('./linker/pack.js').PackView>;
export type PassingTexts = InstanceType<typeof import('./texts.js').PassingTexts>;
