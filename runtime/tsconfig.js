'use strict';
// What `--transform-types` takes from a `tsconfig.json`. All of it is part of an app's key, so an edit makes
// another app.

const { readFileSync, statSync } = require('node:fs');
const path = require('node:path');

/**
 * @typedef {object} Alias one of `paths`
 * @property {string} pattern with one `*` at most
 * @property {string[]} targets absolute paths with the same `*`
 */

/**
 * @typedef {object} TransformSettings
 * @property {string} transformer the folder of esbuild; empty if there is none
 * @property {string} version of it
 * @property {Record<string, unknown>} compilerOptions those that say what a text means
 * @property {Alias[]} paths the most specific first
 */

/** What of `compilerOptions` changes the text of a file, and not what is checked. */
const OPTIONS = [
  'alwaysStrict',
  'emitDecoratorMetadata',
  'experimentalDecorators',
  'importsNotUsedAsValues',
  'jsx',
  'jsxFactory',
  'jsxFragmentFactory',
  'jsxImportSource',
  'preserveValueImports',
  'target',
  'useDefineForClassFields',
  'verbatimModuleSyntax',
];

/** A file that extends itself is no reason to go on for ever. */
const MOST_EXTENDED = 32;

/**
 * @param {string} directory of the main module
 * @returns {TransformSettings}
 */
function transformSettings(directory) {
  const file = find(directory, 'tsconfig.json');
  const { options, paths } = file ? readConfig(file, MOST_EXTENDED) : NOTHING;
  /** @type {Record<string, unknown>} */
  const compilerOptions = {};
  for (const name of OPTIONS) if (name in options) compilerOptions[name] = options[name];
  // What is kept as JSX runs nowhere.
  if (/^(?:preserve|react-native)$/i.test(`${options.jsx}`)) compilerOptions.jsx = 'react-jsx';
  const manifest =
    find(directory, 'node_modules/esbuild/package.json') ??
    find(__dirname, 'node_modules/esbuild/package.json');
  return {
    transformer: manifest ? path.dirname(manifest) : '',
    version: manifest ? JSON.parse(readFileSync(manifest, 'utf8')).version : '',
    compilerOptions,
    paths,
  };
}

/**
 * @param {string} directory
 * @param {string} name
 * @returns {string | undefined} the nearest file of that name, there or above
 */
function find(directory, name) {
  for (let at = directory; ; at = path.dirname(at)) {
    const file = path.join(at, name);
    if (isFile(file)) return file;
    if (at === path.dirname(at)) return undefined;
  }
}

/** @param {string} file */
function isFile(file) {
  return statSync(file, { throwIfNoEntry: false })?.isFile() === true;
}

/**
 * @typedef {object} Config a file and all that it extends
 * @property {Record<string, unknown>} options
 * @property {string | undefined} baseUrl absolute
 * @property {Alias[]} paths
 */

/** @type {Config} */
const NOTHING = { options: {}, baseUrl: undefined, paths: [] };

/**
 * @param {string} file
 * @param {number} room how many files more it may extend
 * @returns {Config}
 */
function readConfig(file, room) {
  const { compilerOptions = {}, extends: base = [] } = parse(readFileSync(file, 'utf8'), file);
  const directory = path.dirname(file);
  const { paths, baseUrl, ...options } = compilerOptions;
  const all = { ...NOTHING };
  for (const name of [base].flat()) {
    const extended = room > 0 && typeof name === 'string' && findExtended(name, directory);
    if (!extended) throw configError(`${file} extends ${name}, which is not there`);
    const below = readConfig(extended, room - 1);
    all.options = { ...all.options, ...below.options };
    all.baseUrl = below.baseUrl ?? all.baseUrl;
    if (below.paths.length > 0) all.paths = below.paths;
  }
  all.options = { ...all.options, ...options };
  if (typeof baseUrl === 'string') all.baseUrl = path.resolve(directory, baseUrl);
  if (paths) all.paths = aliases(paths, all.baseUrl ?? directory, directory);
  return all;
}

/**
 * @param {Record<string, unknown>} paths
 * @param {string} root what they are relative to
 * @param {string} directory of the file that has them
 * @returns {Alias[]}
 */
function aliases(paths, root, directory) {
  const all = Object.entries(paths).map(([pattern, targets]) => ({
    pattern,
    targets: [targets].flat().map((target) => {
      const text = `${target}`.replace('${configDir}', directory);
      return path.resolve(root, text);
    }),
  }));
  // The longest before its star, and one without a star before all.
  const weight = (/** @type {Alias} */ { pattern }) =>
    pattern.includes('*') ? pattern.indexOf('*') : Infinity;
  return all.sort((a, b) => (weight(a) === weight(b) ? 0 : weight(b) - weight(a)));
}

/**
 * @param {string} name a path, or a file of a package
 * @param {string} directory
 * @returns {string | undefined}
 */
function findExtended(name, directory) {
  const isPath = /^\.{0,2}[\\/]|^[A-Za-z]:/.test(name) || name === '.' || name === '..';
  const found = (/** @type {string} */ suffix) =>
    isPath
      ? [path.resolve(directory, name + suffix)].find(isFile)
      : find(directory, path.join('node_modules', name + suffix));
  return found('') ?? found('.json') ?? found('/tsconfig.json');
}

/** A string, or else what JSON has not and a `tsconfig.json` may: comments, and commas before an end. */
const COMMENT = /("(?:\\.|[^"\\])*")|\/\/[^\r\n]*|\/\*[\s\S]*?\*\//g;
const LAST_COMMA = /("(?:\\.|[^"\\])*")|,(?=\s*[}\]])/g;

/**
 * @param {string} text
 * @param {string} file
 * @returns {any}
 */
function parse(text, file) {
  const plain = text.replace(/^\uFEFF/, '').replace(COMMENT, (_, string) => string ?? '');
  try {
    const json = JSON.parse(plain.replace(LAST_COMMA, (_, string) => string ?? '') || '{}');
    return Object(json);
  } catch (error) {
    throw configError(`${file} cannot be read: ${/** @type {Error} */ (error).message}`);
  }
}

/** @param {string} message */
function configError(message) {
  return Object.assign(new Error(message), { code: 'BMES_TSCONFIG' });
}

module.exports = { transformSettings };
