'use strict';

// The text that the engine compiles of a source: of TypeScript what this runtime makes of it, which only it
// can tell. Nobody else's stripper gives the same blanks.

const { argumentError, optionsOf, text, withFields } = require('./arguments.js');

const LANGUAGES = ['javascript', 'typescript'];

/**
 * Whether the options say that a source is TypeScript.
 *
 * @param {unknown} options
 */
function isTypescript(options) {
  const { language } = optionsOf(options, /** @type {const} */ (['language']));
  if (language === undefined) return false;
  if (typeof language === 'string' && LANGUAGES.includes(language))
    return language === 'typescript';
  throw argumentError(
    `options.language must be one of ${LANGUAGES.map((one) => `'${one}'`).join(', ')}`,
  );
}

/**
 * @param {string} source
 * @param {string} sourceURL empty if the text is not to name it
 * @returns {string} what the runtime's loader would hand to the engine
 * @throws {SyntaxError} where it refuses the text, with `code`, `line` and `column`
 */
function stripTypes(source, sourceURL) {
  const { bun, deno } = process.versions;
  const { stripTypeScriptTypes } = /** @type {any} */ (require('node:module'));
  if (bun || deno || typeof stripTypeScriptTypes !== 'function') {
    const message =
      'this runtime does not strip types: use Node 22.13 or later, or compile the source';
    throw withFields(new Error(message), { code: 'BMES_UNSUPPORTED_RUNTIME' });
  }
  const { emitWarning } = process;
  // It warns of itself, which whoever asked for this cannot do anything about.
  process.emitWarning = () => {};
  try {
    return stripTypeScriptTypes(text(source, 'source'), { sourceUrl: sourceURL });
  } catch (error) {
    throw refusal(error, sourceURL);
  } finally {
    process.emitWarning = emitWarning;
  }
}

/** Stable, by what the runtime says. */
const CODES = new Map([
  ['ERR_INVALID_TYPESCRIPT_SYNTAX', 'BMES_SYNTAX_ERROR'],
  ['ERR_UNSUPPORTED_TYPESCRIPT_SYNTAX', 'BMES_UNSUPPORTED_TYPESCRIPT'],
]);

/**
 * @param {unknown} error
 * @param {string} sourceURL
 */
function refusal(error, sourceURL) {
  const { code: said, message, stack } = /** @type {NodeJS.ErrnoException} */ (error);
  const code = CODES.get(said ?? '');
  if (code === undefined) return error;
  // `file:line`, the lines, an empty one, and then the error. It does not tell the column.
  const [, line, frame] = /^[^\n]*:(\d+)\n(.*?)\n\n/s.exec(String(stack)) ?? [];
  const at = Number(line ?? 1);
  const told = `${sourceURL || '<module>'}:${at}: ${message}${frame ? `\n\n${frame}` : ''}`;
  return withFields(new SyntaxError(told), { code, line: at, column: 1 });
}

module.exports = { isTypescript, stripTypes };
