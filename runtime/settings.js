'use strict';
// What this process tells the core about itself.

const Module = require('node:module');

const { isSet } = require('./environment.js');
const features = require('./features.js');

/**
 * @param {string} entry the entry's path
 * @param {import('./flags.js').Flags} flags
 */
function sessionSettings(entry, flags) {
  const { env, version, versions, platform, arch } = process;
  return {
    entry,
    directory: env.BMES_CACHE_DIR || undefined,
    runtime: `node-${version.slice(1)}-${platform}-${arch}`,
    build: `v8 ${versions.v8} modules ${versions.modules} bmes ${VERSION}`,
    flags: flags.flags,
    readOnly: isSet('BMES_READONLY'),
    builtins: builtins(),
    preserveSymlinks: flags.preserveSymlinks || env.NODE_PRESERVE_SYMLINKS === '1',
    preserveSymlinksMain: flags.preserveSymlinksMain || env.NODE_PRESERVE_SYMLINKS_MAIN === '1',
    detectModule: flags.detectModule,
    requireModule: features.requireModule,
    rootImports: features.rootImports,
    globalPaths: /** @type {any} */ (Module).globalPaths,
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

module.exports = { sessionSettings };
