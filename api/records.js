'use strict';

// Records: the arguments are checked here, the bytes are read and written by the core.

const addon = require('../runtime/addon.js');
const {
  argumentError,
  bytecode,
  bytes,
  metadata,
  optionsOf,
  text,
  withFields,
} = require('./arguments.js');
const { isTypescript, stripTypes } = require('./typescript.js');

/** @type {typeof import('../index.d.ts').serializeModuleMetadata} */
function serializeModuleMetadata(value, code) {
  return addon.serialize(JSON.stringify(metadata(value)), bytecode(code));
}

/** @type {typeof import('../index.d.ts').deserializeCachedModuleMetadata} */
function deserializeCachedModuleMetadata(cache) {
  const memory = bytes(cache, 'cache');
  const record = addon.deserialize(memory);
  if (record === null) return null;
  if (record.metadata === '') {
    throw argumentError('cache holds more metadata than fits into objects', 'BMES_TOO_LARGE');
  }
  const start = memory.byteOffset + record.bytecodeStart;
  return {
    ...JSON.parse(record.metadata),
    bytecode: new Uint8Array(memory.buffer, start, record.bytecodeLength),
  };
}

/** @type {typeof import('../index.d.ts').validate} */
function validate(cache) {
  return addon.validate(bytes(cache, 'cache'));
}

/** @type {typeof import('../index.d.ts').CachedBytecode.validateMetadata} */
function validateMetadata(cache) {
  return addon.validate(
    bytes(cache, 'cache', 'Expected Uint8Array or ArrayBuffer as first argument'),
  );
}

/** @type {typeof import('../index.d.ts').diagnose} */
function diagnose(cache) {
  return addon.diagnose(bytes(cache, 'cache'));
}

/** @type {any} One name, two types: index.d.ts has them. */
const analyzeModule = (
  /** @type {unknown} */ source,
  /** @type {unknown} */ sourceURL,
  /** @type {unknown} */ options,
) => {
  const { details, language } = optionsOf(options, ['details', 'language']);
  if (details !== undefined && typeof details !== 'boolean') {
    throw argumentError('options.details must be true or false');
  }
  const given = text(source, 'source');
  const url = sourceURL === undefined ? '<module>' : text(sourceURL, 'sourceURL');
  const isStripped = language !== undefined && isTypescript({ language });
  const read = isStripped ? stripTypes(given, sourceURL === undefined ? '' : url) : given;
  const answer = details ? addon.analyzeInDetail(read) : addon.analyze(read);
  if (typeof answer === 'string') return JSON.parse(answer);
  const { code, message, line, column, frame } = answer;
  const error = new SyntaxError(`${url}:${line}:${column}: ${message}\n\n${frame}`);
  throw withFields(error, { code, line, column });
};

module.exports = {
  analyzeModule,
  deserializeCachedModuleMetadata,
  diagnose,
  serializeModuleMetadata,
  validate,
  validateMetadata,
};
