'use strict';
// For esbuild: `platform: 'node'` with `format: 'esm'`.

const path = require('node:path');

const { NAME, Warmer } = require('./core.js');

/** Levels at which esbuild itself says what it has done. */
const TALKATIVE = new Set(['verbose', 'debug', 'info']);

/** Levels at which it does not warn. */
const QUIET = new Set(['silent', 'error']);

/** @type {typeof import('./types/esbuild.js')} */
function bmesCache(options) {
  const warmer = new Warmer(options);
  return {
    name: NAME,
    setup(build) {
      const asked = build.initialOptions;
      const { absWorkingDir: root = process.cwd(), bundle, format, logLevel, platform } = asked;
      if (!warmer.isOn || asked.write === false) return;
      // Only it says which of the output is what.
      asked.metafile = true;
      build.onEnd(async ({ errors, metafile }) => {
        if (errors.length > 0 || !metafile) return {};
        /** @type {{ text: string }[]} */
        const warnings = [];
        try {
          await warmer.written({
            folder: path.resolve(root, asked.outdir ?? path.dirname(asked.outfile ?? '')),
            root,
            isForNode: platform === 'node',
            ...entriesOf(metafile.outputs, asked, root),
            ...(format === 'esm' && (bundle || warmer.isChosen) ? {} : { entries: [] }),
            logger: {
              info: (message) => {
                if (TALKATIVE.has(logLevel ?? '')) process.stderr.write(`${message}\n`);
              },
              warn: (message) => void warnings.push({ text: message }),
            },
          });
        } catch (error) {
          return { errors: [{ text: String(error), detail: error }], warnings };
        }
        // What comes after the end is in the result, but printed by nobody.
        if (warnings.length > 0 && !QUIET.has(logLevel ?? '')) {
          const messages = warnings.map((warning) => ({ ...warning, pluginName: NAME }));
          const color = process.stderr.isTTY === true;
          const how = { kind: /** @type {const} */ ('warning'), color };
          const formatted = await build.esbuild.formatMessages(messages, how);
          process.stderr.write(formatted.join(''));
        }
        return { warnings };
      });
    },
  };
}

/**
 * @param {Record<string, any>} outputs of the metafile, by their paths from the root
 * @param {any} asked
 * @param {string} root
 */
function entriesOf(outputs, { bundle, entryPoints, outdir, outfile }, root) {
  const folder = path.resolve(root, outdir ?? path.dirname(outfile ?? ''));
  const relative = (/** @type {string} */ output) =>
    path.relative(folder, path.resolve(root, output));
  const dynamic = new Set(
    Object.values(outputs)
      .flatMap(({ imports }) => imports)
      .filter(({ kind }) => kind === 'dynamic-import')
      .map((each) => each.path),
  );
  const named = new Set(namesOf(entryPoints).map((name) => path.resolve(root, name)));
  const entries = Object.entries(outputs)
    .filter(([output, { entryPoint }]) => entryPoint !== undefined && /\.[cm]?js$/.test(output))
    // What is split off at an `import()` has an entry point of its own.
    .filter(
      ([output, { entryPoint }]) =>
        !dynamic.has(output) || named.has(path.resolve(root, entryPoint)),
    )
    .map(([output]) => relative(output));
  return {
    entries,
    partsOf: (/** @type {string} */ entry) => {
      // Without bundling nobody has looked at what a file imports.
      if (!bundle) return Object.keys(outputs).map(relative);
      const parts = new Set(Object.keys(outputs).filter((output) => relative(output) === entry));
      // A set grows while it is walked.
      for (const output of parts) {
        for (const next of outputs[output].imports) if (outputs[next.path]) parts.add(next.path);
      }
      return [...parts].map(relative);
    },
  };
}

/**
 * @param {any} entryPoints in each of its forms
 * @returns {string[]}
 */
function namesOf(entryPoints = []) {
  const list = Array.isArray(entryPoints) ? entryPoints : Object.values(entryPoints);
  return list.map((each) => (typeof each === 'string' ? each : each.in));
}

module.exports = bmesCache;
