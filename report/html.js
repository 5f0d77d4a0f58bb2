'use strict';
// One file with everything in it: the data, what draws it and how it looks.

const fs = require('node:fs');
const path = require('node:path');

/** Made when the package is built (scripts/bundle.mjs). */
const BUILT = path.join(__dirname, '..', 'dist');
const PAGE = path.join(__dirname, 'page');

/**
 * @param {import('./data.js').Report} report
 * @returns {string} the page
 */
function pageOf(report) {
  const { script, style } = parts();
  const { randomBytes } = require('node:crypto');
  const nonce = randomBytes(16).toString('base64');
  const values = {
    title: text(`${report.entry}: where its start goes`),
    // Whatever a path is called, nothing is asked of the network, and no other script runs.
    policy: `default-src 'none'; style-src 'nonce-${nonce}'; script-src 'nonce-${nonce}'`,
    nonce,
    style,
    data: inScript(JSON.stringify(report)),
    script: inScript(script),
  };
  const template = fs.readFileSync(path.join(PAGE, 'index.html'), 'utf8');
  return template.replace(/\{\{(\w+)\}\}/g, (_, name) => {
    const value = /** @type {Record<string, string | undefined>} */ (values)[name];
    if (value === undefined) throw new Error(`the page asks for ${name}`);
    return value;
  });
}

/** @returns {{ script: string, style: string }} */
function parts() {
  try {
    return {
      script: fs.readFileSync(path.join(BUILT, 'report.js'), 'utf8'),
      style: fs.readFileSync(path.join(BUILT, 'report.css'), 'utf8'),
    };
  } catch {
    return build();
  }
}

/** In a checkout it is made anew, so that nothing is older than its sources. */
function build() {
  /** @type {typeof import('esbuild')} */
  const { buildSync } = require('esbuild');
  const outputs = buildSync({ ...options(), write: false }).outputFiles;
  /** @param {string} name */
  const output = (name) => outputs.find((file) => file.path.endsWith(name))?.text ?? '';
  return { script: output('report.js'), style: output('report.css') };
}

/**
 * How the page's parts are made, here and for the package.
 *
 * @returns {import('esbuild').BuildOptions}
 */
function options() {
  return {
    entryPoints: { report: path.join(PAGE, 'main.js') },
    outdir: BUILT,
    bundle: true,
    minify: true,
    format: 'iife',
    target: ['chrome115', 'firefox115', 'safari17'],
    charset: 'utf8',
    legalComments: 'none',
    banner: { js: licences() },
    logLevel: 'error',
  };
}

/** Packages that the page has parts of. */
const PARTS_OF = ['d3-array', 'd3-hierarchy'];

/** @returns {string} a comment: what they want to be said wherever they are */
function licences() {
  const texts = PARTS_OF.map((name) => {
    const file = path.join(__dirname, '..', 'node_modules', name, 'LICENSE');
    return `${name}\n\n${fs.readFileSync(file, 'utf8').trim()}`;
  });
  return `/*!\n${texts.join('\n\n')}\n*/`;
}

/**
 * Text that can stand in a script: nothing in it ends the element or opens a comment.
 *
 * @param {string} source JSON or JavaScript, where `<` stands in strings and expressions only
 */
function inScript(source) {
  return source.replaceAll(/<(?=\/script|!--|script)/gi, String.raw`\u003C`);
}

/** @param {string} value */
function text(value) {
  return value.replaceAll('&', '&amp;').replaceAll('<', '&lt;');
}

module.exports = { options, pageOf };
