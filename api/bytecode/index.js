'use strict';

// Bytecode of one ES module, from whatever engine runs us. Each engine is a file with one function,
// `compile(sourceURL, source)`: the bytecode, empty if the engine made none, and how many requests the
// engine sees, if it says; `null` if the source is not an ES module.
//
//   loader.js       Node 22.15, 24, 26
//   in-process.js   any Node started with --experimental-vm-modules (V8), Bun (JavaScriptCore)
//   worker.js       any other Node: a worker that has the flag
//   none.js         Deno, whose `SourceTextModule` cannot be asked for its bytecode
//
// The choice is by feature and made once, at the first call.

const vm = require('node:vm');

const addon = require('../../runtime/addon.js');
const { argumentError, text } = require('../arguments.js');
const { isTypescript, stripTypes } = require('../typescript.js');

/** @typedef {{ bytecode: Buffer, requests?: number }} Compiled */
/** @typedef {(sourceURL: string, source: string) => Compiled | null} Compile */

/** @type {Compile | undefined} */
let compileHere;

/** @returns {Compile} */
function chooseEngine() {
  const ofLoader = require('./loader.js').compiler();
  if (ofLoader) return ofLoader;
  if (typeof vm.SourceTextModule !== 'function') return require('./worker.js').compile;
  if ('createCachedData' in vm.SourceTextModule.prototype)
    return require('./in-process.js').compile;
  return require('./none.js').compile;
}

/**
 * @param {string} sourceURL
 * @param {string} source
 * @param {import('../../index.d.ts').LanguageOptions} [options]
 * @returns {(Compiled & { text: string }) | null} with the text that was compiled
 */
function compile(sourceURL, source, options) {
  if (typeof sourceURL !== 'string') {
    throw argumentError('Expected source URL string as first argument');
  }
  if (typeof source !== 'string') {
    throw argumentError('Expected source code string as second argument');
  }
  const url = text(sourceURL, 'sourceURL');
  const compiled = textOf(text(source, 'source'), url, options);
  if (compiled === null) return null;
  compileHere ??= chooseEngine();
  const made = compileHere(url, compiled);
  return made && { ...made, text: compiled };
}

/**
 * @param {string} source
 * @param {string} url
 * @param {import('../../index.d.ts').LanguageOptions} [options]
 * @returns {string | null} null if the runtime refuses it
 */
function textOf(source, url, options) {
  if (options === undefined || !isTypescript(options)) return source;
  try {
    return stripTypes(source, url);
  } catch (error) {
    if (error instanceof SyntaxError) return null;
    throw error;
  }
}

/** @type {typeof import('../../index.d.ts').CachedBytecode.generateForESM} */
function generateForESM(sourceURL, source, options) {
  return compile(sourceURL, source, options)?.bytecode ?? null;
}

/** @type {typeof import('../../index.d.ts').CachedBytecode.generateForESMWithMetadata} */
function generateForESMWithMetadata(sourceURL, source, options) {
  const compiled = compile(sourceURL, source, options);
  return compiled && addon.serializeModule(compiled.text, compiled.bytecode, compiled.requests);
}

module.exports = { generateForESM, generateForESMWithMetadata };
