'use strict';
// What this process tells the core about itself.

const Module = require('node:module');

const { runtimeIdentity } = require('./environment.js');
const features = require('./features.js');

/**
 * @param {string} entry the entry's path
 * @param {import('./launch.js').Launch} launch
 * @param {boolean} isMain whether the entry is the main module
 */
function sessionSettings(entry, launch, isMain) {
  const { flags } = launch;
  const transform = launch.transforms?.settings();
  const { preserveSymlinks, preserveSymlinksMain } = flags;
  return {
    entry,
    directory: launch.directory,
    ...runtimeIdentity(),
    flags: [...flags.flags, ...howStarted(launch, isMain), ...howTransformed(transform)],
    readOnly: launch.readOnly,
    shared: launch.shared,
    maxSize: launch.maxSize,
    pack: launch.pack,
    inWorker: launch.isWorker,
    builtins: builtins(),
    preserveSymlinks,
    preserveSymlinksMain: isMain ? preserveSymlinksMain : preserveSymlinks,
    detectModule: flags.detectModule,
    requireModule: features.requireModule,
    stripTypes: features.stripsTypes,
    transform: transform && { paths: transform.paths },
    rootImports: features.rootImports,
    globalPaths: /** @type {any} */ (Module).globalPaths,
  };
}

/**
 * What else makes another app of an entry: a worker loads another part of a file that both run, two
 * programs may reach the same module first, and hooks of others choose what is loaded.
 *
 * @param {import('./launch.js').Launch} launch
 * @param {boolean} isMain
 */
function howStarted({ isWorker, isAmongHooks }, isMain) {
  const how = isWorker ? ['in a worker'] : [];
  if (isAmongHooks) how.push('among hooks of others');
  return isMain ? how : [...how, `reached from ${process.argv[1]}`];
}

/**
 * What is transformed is an app of its own, and another one with other settings.
 *
 * @param {import('./tsconfig.js').TransformSettings | undefined} settings
 */
function howTransformed(settings) {
  if (!settings) return [];
  const { compilerOptions, version } = settings;
  return [`transformed by esbuild ${version} with ${JSON.stringify(compilerOptions)}`];
}

/** Those that need the prefix are missing from Node 22's own list. */
function builtins() {
  const prefixed = PREFIXED.filter((name) => Module.isBuiltin(name));
  return [...new Set([...Module.builtinModules, ...prefixed])].join();
}

const PREFIXED = ['node:sea', 'node:sqlite', 'node:test', 'node:test/reporters'];

module.exports = { builtins, sessionSettings };
