'use strict';
// `--transform-types`: what stripping cannot do. It is asked for, and differs from the runtime on purpose:
// these hooks are there before all others, so that to everybody else, the cache too, this is how the
// runtime is. What the runtime finds by itself stays as it is; only what it does not find is looked for
// under other names, and only what it cannot run, or would have stripped, is transformed.
//
// A run without a pack asks a worker (learn/transform-thread.js) for each text; with one, texts come from
// there, and no worker is started before something new is loaded.

const { readFileSync, statSync } = require('node:fs');
const Module = require('node:module');
const path = require('node:path');
const { fileURLToPath, pathToFileURL } = require('node:url');

const { packageType } = require('./commonjs.js');
const { registerOwnHooks } = require('./disguise.js');
const features = require('./features.js');

const { has, indexOf } = require('./safe.js');
const { ask, connect, disconnect } = require('./strip-types.js');
const { TRAIT } = require('./tables.js');
const { mark } = require('./timeline.js');
const { transformSettings } = require('./tsconfig.js');

const THREAD = path.join(__dirname, '..', 'learn', 'transform-thread.js');

/**
 * @typedef {import('./tsconfig.js').TransformSettings} TransformSettings
 * @typedef {import('./strip-types.js').Extension} Extension
 * @typedef {string | { message: string, line: number, column: number }} Transformed JavaScript, or why
 *   there is none
 * @typedef {ReturnType<typeof install>} Transforms
 */

/** Installs the hooks of this thread. */
function install() {
  /** @type {TransformSettings | undefined} */
  let known;
  /** Read when they are first needed: a worker is told its file after its preloads. */
  const settings = () => (known ??= transformSettings(directoryOfMain()));
  /** @type {((url: string) => string | undefined)[]} of packs */
  const packed = [];
  const transformer = lazyTransformer(settings);

  /**
   * @param {string} url
   * @param {Extension} extension
   * @returns {string}
   */
  function textOf(url, extension) {
    for (const find of packed) {
      const text = find(url);
      if (text !== undefined) return text;
    }
    const file = fileURLToPath(url);
    const [text] = transformer([readFileSync(file, 'utf8').replace(/^\uFEFF/, '')], [extension]);
    if (typeof text === 'string') return text;
    const { message, line, column } = text;
    const error = new SyntaxError(`${file}:${line}:${column}: ${message}`);
    throw Object.assign(error, { code: 'BMES_TRANSFORM_FAILED' });
  }

  registerOwnHooks({
    resolve(specifier, context, nextResolve) {
      // `createRequire` and `import.meta.resolve` take URL objects.
      const parentURL = context.parentURL === undefined ? undefined : `${context.parentURL}`;
      const isOurs = parentURL === undefined || !isForeign(parentURL);
      if (!isOurs || typeof specifier !== 'string') return nextResolve(specifier, context);
      const alias = parentURL === undefined ? undefined : aliased(specifier, settings().paths);
      if (alias !== undefined) return found(alias, context, nextResolve);
      try {
        return withFormat(nextResolve(specifier, context));
      } catch (error) {
        const other = otherFile(error, specifier, context);
        if (other === undefined) throw error;
        return found(other, context, nextResolve);
      }
    },
    load(url, context, nextLoad) {
      const extension = isForeign(url) ? undefined : extensionOf(url);
      if (extension === undefined) return nextLoad(url, context);
      enableSourceMaps();
      const source = textOf(url, extension);
      return { format: formatOfText(url, context.format, source), source, shortCircuit: true };
    },
  });

  if (!features.loadsCommonJSTypescript) helpImportedCommonJS();

  return {
    settings,

    /**
     * For the core: null where there is no text.
     *
     * @type {import('./strip-types.js').Strip}
     */
    strip: (texts, extensions) =>
      transformer(texts, extensions).map((text) => (typeof text === 'string' ? text : null)),

    /**
     * Takes texts from a pack.
     *
     * @param {import('./types.d.ts').Session} session
     * @param {import('./types.d.ts').Tables} tables
     */
    usePack(session, { urls, traits }) {
      enableSourceMaps();
      const indices = indexOf(urls);
      packed.push((url) => {
        const index = indices.get(url);
        if (index === undefined || !(traits[index] & TRAIT.typescript)) return undefined;
        return session.isCurrent(index) ? String(session.source(index)) : undefined;
      });
    },
  };
}

/**
 * For whoever has no hooks: a learner.
 *
 * @template T
 * @param {TransformSettings} settings
 * @param {(strip: import('./strip-types.js').Strip) => T} act
 * @returns {T}
 */
function withTransformer(settings, act) {
  const transformer = lazyTransformer(() => settings);
  try {
    return act((texts, extensions) =>
      transformer(texts, extensions).map((text) => (typeof text === 'string' ? text : null)),
    );
  } finally {
    transformer.end();
  }
}

/** @param {() => TransformSettings} settings */
function lazyTransformer(settings) {
  /** @type {ReturnType<typeof connect> | undefined} */
  let connection;
  /**
   * @param {string[]} texts
   * @param {Extension[]} extensions
   * @returns {Transformed[]}
   */
  function transformer(texts, extensions) {
    const known = settings();
    if (known.transformer === '') {
      const message =
        '--transform-types needs esbuild, which is not installed: npm install --save-dev esbuild';
      throw Object.assign(new Error(message), { code: 'BMES_NO_TRANSFORMER' });
    }
    mark('transform', `${texts.length} of what no pack has`);
    connection ??= connect(THREAD, { settings: known });
    return ask(connection, { texts, extensions });
  }
  transformer.end = () => {
    if (connection) disconnect(connection);
  };
  return transformer;
}

function directoryOfMain() {
  const main = process.argv[1];
  return main === undefined ? process.cwd() : path.dirname(path.resolve(main));
}

let mapsSources = false;

/** Stacks say where things are in the files that people wrote. */
function enableSourceMaps() {
  if (mapsSources) return;
  mapsSources = true;
  const { setSourceMapsSupport } = /** @type {any} */ (Module);
  if (setSourceMapsSupport) setSourceMapsSupport(true, { nodeModules: false });
  else process.setSourceMapsEnabled(true);
}

/**
 * What is below `node_modules` is the runtime's alone, which refuses TypeScript there.
 *
 * @param {string} url
 */
function isForeign(url) {
  return !url.startsWith('file:') || url.includes('/node_modules/');
}

/**
 * @param {string} url
 * @returns {Extension | undefined} what must be transformed, by its name
 */
function extensionOf(url) {
  const [, extension] = /[^/]\.([cm]?ts|[tj]sx)(?:[?#].*)?$/s.exec(url) ?? [];
  if (extension === 'tsx' || extension === 'jsx') return extension;
  return extension === undefined ? undefined : 'ts';
}

/**
 * @param {string} url
 * @returns {'module' | 'commonjs' | undefined} undefined if only the text tells
 */
function formatByName(url) {
  if (/\.mts(?:[?#].*)?$/s.test(url)) return 'module';
  if (/\.cts(?:[?#].*)?$/s.test(url)) return 'commonjs';
  const type = packageType(url);
  return type === 'module' || type === 'commonjs' ? type : undefined;
}

/**
 * What a runtime that runs such files would say of one.
 *
 * @param {any} result
 */
function withFormat(result) {
  const { url, format } = result;
  if (typeof format === 'string' || isForeign(url) || !extensionOf(url)) return result;
  const byName = formatByName(url);
  return byName === undefined ? result : { ...result, format: `${byName}-typescript` };
}

/**
 * @param {string} url
 * @param {string | null | undefined} format that it was resolved to have
 * @param {string} source
 */
function formatOfText(url, format, source) {
  if (format === 'module' || format === 'module-typescript') return 'module';
  if (format === 'commonjs' || format === 'commonjs-typescript') return 'commonjs';
  const { detectSourceFormat } = require('./addon.js');
  const byName = formatByName(url);
  return byName ?? (detectSourceFormat(source) === 'module' ? 'module' : 'commonjs');
}

/**
 * @param {string} file
 * @param {{ conditions: string[] }} context
 * @param {Function} nextResolve
 */
function found(file, context, nextResolve) {
  const specifier = has(context.conditions, 'import') ? pathToFileURL(file).href : file;
  return withFormat(nextResolve(specifier, context));
}

const IS_PATH = /^\.{0,2}(?:\/|$)/;

/**
 * @param {string} specifier
 * @param {import('./tsconfig.js').Alias[]} paths
 * @returns {string | undefined} the file that `paths` lead to
 */
function aliased(specifier, paths) {
  if (paths.length === 0 || IS_PATH.test(specifier)) return undefined;
  for (const { pattern, targets } of paths) {
    const [before, after] = pattern.split('*');
    const isMatch =
      after === undefined
        ? specifier === pattern
        : specifier.length >= before.length + after.length &&
          specifier.startsWith(before) &&
          specifier.endsWith(after);
    if (!isMatch) continue;
    const star = specifier.slice(before.length, specifier.length - (after ?? '').length);
    for (const target of targets) {
      const file = target.replace('*', () => star);
      const one = isFile(file) ? file : otherNames(file).find(isFile);
      if (one !== undefined) return one;
    }
    return undefined;
  }
  return undefined;
}

/** @param {string} file */
function isFile(file) {
  return statSync(file, { throwIfNoEntry: false })?.isFile() === true;
}

/**
 * The `require` that Node 22 gives to CommonJS which is imported, and is not the file's own text, asks no
 * hooks where it leads.
 */
function helpImportedCommonJS() {
  /** @type {any} */
  const module = Module;
  const original = module._resolveFilename;
  /** @this {any} @param {string} specifier @param {any} parent @param {any[]} rest */
  module._resolveFilename = function (specifier, parent, ...rest) {
    try {
      return Reflect.apply(original, this, [specifier, parent, ...rest]);
    } catch (error) {
      const file = parent?.filename;
      const parentURL = typeof file === 'string' ? pathToFileURL(file).href : '';
      const context = { conditions: [], parentURL };
      const other = isForeign(parentURL) ? undefined : otherFile(error, specifier, context);
      if (other === undefined) throw error;
      return other;
    }
  };
}

/**
 * What is meant by a specifier that the runtime has found nothing for.
 *
 * @param {unknown} error of the runtime
 * @param {string} specifier
 * @param {{ conditions: string[], parentURL?: string | URL }} context
 */
function otherFile(error, specifier, context) {
  const missing = missingPath(error, specifier, context);
  return missing === undefined ? undefined : otherNames(missing).find(isFile);
}

/**
 * The path that a specifier leads to where no file is.
 *
 * @param {unknown} error of the runtime
 * @param {string} specifier
 * @param {{ conditions: string[], parentURL?: string | URL }} context
 * @returns {string | undefined}
 */
function missingPath(error, specifier, { conditions, parentURL }) {
  const { code, url } = /** @type {{ code?: string, url?: unknown }} */ (Object(error));
  if (has(conditions, 'import')) {
    const isMissing = code === 'ERR_MODULE_NOT_FOUND' || code === 'ERR_UNSUPPORTED_DIR_IMPORT';
    const isFileURL = typeof url === 'string' && url.startsWith('file:') && !/[?#]/.test(url);
    return isMissing && isFileURL ? fileURLToPath(url) : undefined;
  }
  if (code !== 'MODULE_NOT_FOUND' || !IS_PATH.test(specifier) || !parentURL) return undefined;
  return path.resolve(path.dirname(fileURLToPath(`${parentURL}`)), specifier);
}

/** What a file that is there may be called by: the name of what would be made of it. */
const COMPILED = {
  '.js': ['.ts', '.tsx'],
  '.jsx': ['.tsx', '.ts'],
  '.mjs': ['.mts'],
  '.cjs': ['.cts'],
};
const WITHOUT = ['.ts', '.tsx', '.js', '.jsx', '.json'];

/**
 * The same as `other_names` of src/graph/format.rs: where a run was led and where a crawl leads are compared.
 *
 * @param {string} file
 * @returns {string[]}
 */
function otherNames(file) {
  const extension = /** @type {keyof typeof COMPILED} */ (path.extname(file));
  const stem = file.slice(0, file.length - extension.length);
  const folder = file.replace(/[\\/]$/, '');
  const isFolder = folder !== file;
  return [
    ...(COMPILED[extension] ?? []).map((one) => stem + one),
    ...(isFolder ? [] : WITHOUT.map((one) => file + one)),
    ...WITHOUT.map((one) => `${folder}/index${one}`),
  ];
}

module.exports = { install, withTransformer };
