// Names for types that files here share. Classes leave a CommonJS file as values only.

export type { Session, Tables } from '../bindings.js';
export type Bridge = InstanceType<typeof import('./linker/bridge.js').Bridge>;
export type EdgeFinder = InstanceType<typeof import('./tables.js').EdgeFinder>;
export type Linker = InstanceType<typeof import('./linker/linker.js').Linker>;
export type PackView = InstanceType<typeof import('./linker/pack.js').PackView>;
