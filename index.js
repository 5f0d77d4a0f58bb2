'use strict';

// The public face; index.d.ts documents every name. Applications load this at their very start, so
// it loads nothing itself: each part comes with the first call into it.

/** @type {typeof import('./api/records.js') | undefined} */
let loadedRecords;
const records = () => (loadedRecords ??= require('./api/records.js'));

/** @type {typeof import('./api/bytecode/index.js') | undefined} */
let loadedBytecode;
const bytecode = () => (loadedBytecode ??= require('./api/bytecode/index.js'));

/** @type {typeof import('./api/graph/analysis.js') | undefined} */
let loadedAnalysis;
const analysis = () => (loadedAnalysis ??= require('./api/graph/analysis.js'));

/** @type {typeof import('./api/graph/build.js') | undefined} */
let loadedGraph;
const graph = () => (loadedGraph ??= require('./api/graph/build.js'));

/** @type {typeof import('./runtime/enable.js') | undefined} */
let loadedEnable;

/** @type {typeof import('./index.d.ts').serializeModuleMetadata} */
function serializeModuleMetadata(metadata, code) {
  return records().serializeModuleMetadata(metadata, code);
}

/** @type {typeof import('./index.d.ts').deserializeCachedModuleMetadata} */
function deserializeCachedModuleMetadata(cache) {
  return records().deserializeCachedModuleMetadata(cache);
}

/** @type {typeof import('./index.d.ts').validate} */
function validate(cache) {
  return records().validate(cache);
}

/** @type {typeof import('./index.d.ts').diagnose} */
function diagnose(cache) {
  return records().diagnose(cache);
}

/** @type {any} One name, two types: index.d.ts has them. */
function analyzeModule(
  /** @type {any} */ source,
  /** @type {any} */ sourceURL,
  /** @type {any} */ options,
) {
  return records().analyzeModule(source, sourceURL, options);
}

/** @type {any} */
function analyzeModules(/** @type {any} */ files, /** @type {any} */ options) {
  return analysis().analyzeModules(files, options);
}

/** @type {any} */
function analyzeModulesAsync(/** @type {any} */ files, /** @type {any} */ options) {
  return analysis().analyzeModulesAsync(files, options);
}

/** @type {typeof import('./index.d.ts').detectFormat} */
function detectFormat(source, sourceURL) {
  return analysis().detectFormat(source, sourceURL);
}

/** @type {typeof import('./index.d.ts').buildGraph} */
function buildGraph(entry, options) {
  return graph().buildGraph(entry, options);
}

/** @type {typeof import('./index.d.ts').buildGraphAsync} */
async function buildGraphAsync(entry, options) {
  return graph().buildGraphAsync(entry, options);
}

/** @type {typeof import('./index.d.ts').CachedBytecode} */
const CachedBytecode = {
  generateForESMWithMetadata(sourceURL, source, options) {
    return bytecode().generateForESMWithMetadata(sourceURL, source, options);
  },
  generateForESM(sourceURL, source, options) {
    return bytecode().generateForESM(sourceURL, source, options);
  },
  validateMetadata(cache) {
    return records().validateMetadata(cache);
  },
};

/** @type {typeof import('./api/cache.js') | undefined} */
let loadedCache;
const lazy = {
  get ModuleBytecodeCache() {
    loadedCache ??= require('./api/cache.js');
    return loadedCache.ModuleBytecodeCache;
  },
};

/** @type {typeof import('./index.d.ts').enable} */
function enable(options) {
  loadedEnable ??= require('./runtime/enable.js');
  return loadedEnable.enable(options);
}

/** @type {typeof import('./api/prewarm.js') | undefined} */
let loadedPrewarm;

/** @type {typeof import('./index.d.ts').prewarm} */
async function prewarm(options) {
  loadedPrewarm ??= require('./api/prewarm.js');
  return loadedPrewarm.prewarm(options);
}

const validateCachedModuleMetadata = validate;
const generateCachedModuleByteCodeWithMetadata = CachedBytecode.generateForESMWithMetadata;

// One literal: that is the form in which `import { validate } from 'bmes-cache'` finds the names.
module.exports = {
  CachedBytecode,
  analyzeModule,
  analyzeModules,
  analyzeModulesAsync,
  buildGraph,
  buildGraphAsync,
  deserializeCachedModuleMetadata,
  detectFormat,
  diagnose,
  enable,
  generateCachedModuleByteCodeWithMetadata,
  prewarm,
  serializeModuleMetadata,
  validate,
  validateCachedModuleMetadata,
};

// A class cannot be put off by wrapping it, as a function can. This is the form of a getter in which
// `import` finds its name.
Object.defineProperty(module.exports, 'ModuleBytecodeCache', {
  enumerable: true,
  get: function () {
    return lazy.ModuleBytecodeCache;
  },
});
