'use strict';
// What this process tells the core about itself.

const Module = require('node:module');
const path = require('node:path');

const { isSet } = require('./environment.js');
const features = require('./features.js');

/**
 * @param {string} entry the entry's path
 * @param {import('./flags.js').Flags} flags
 */
function sessionSettings(entry, flags) {
  const { env } = process;
  return {
    entry,
    directory: env.BMES_CACHE_DIR || undefined,
    ...runtimeIdentity(),
    flags: flags.flags,
    readOnly: isSet('BMES_READONLY'),
    shared: isSet('BMES_SHARED'),
    pack: env.BMES_PACK ? path.resolve(env.BMES_PACK) : undefined,
    builtins: builtins(),
    preserveSymlinks: flags.preserveSymlinks || env.NODE_PRESERVE_SYMLINKS === '1',
    preserveSymlinksMain: flags.preserveSymlinksMain || env.NODE_PRESERVE_SYMLINKS_MAIN === '1',
    detectModule: flags.detectModule,
    requireModule: features.requireModule,
    rootImports: features.rootImports,
    globalPaths: /** @type {any} */ (Module).globalPaths,
  };
}

/** Which runtime this is, exactly: what one has made serves no other. */
function runtimeIdentity() {
  const { arch, platform, version, versions } = process;
  const { bun, deno, modules, v8, webkit } = versions;
  const name = bun ? `bun-${bun}` : deno ? `deno-${deno}` : `node-${version.slice(1)}`;
  const engine = webkit ? `jsc ${webkit}` : `v8 ${v8}`;
  return {
    runtime: `${name}-${platform}-${arch}`,
    build: `${engine} modules ${modules} bmes ${VERSION}`,
  };
}

/** Those that need the prefix are missing from Node 22's own list. */
function builtins() {
  const prefixed = PREFIXED.filter((name) => Module.isBuiltin(name));
  return [...new Set([...Module.builtinModules, ...prefixed])].join();
}

const PREFIXED = ['node:sea', 'node:sqlite', 'node:test', 'node:test/reporters'];

/** The release that made a pack; another release's packs are left alone. */
const VERSION = '0.1.0';

module.exports = { runtimeIdentity, sessionSettings };
