/**
 * What is started: libraries, whole programs, and graphs of a size.
 */

import fs from 'node:fs';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { appsDirectory } from '../scripts/apps.mjs';
import { installOnce } from '../scripts/install-once.mjs';

const programsDirectory = fileURLToPath(new URL('programs/', import.meta.url));

/**
 * @typedef {object} Row
 * @property {string} name
 * @property {'library' | 'program' | 'graph'} kind
 * @property {string} entry Absolute path of the file to start.
 * @property {string[]} args What follows it on the command line.
 * @property {string} cwd
 * @property {number} exitCode What it ends with natively.
 * @property {boolean} isBundled Whether it is compared with a bundle: programs look for files beside them, and
 *   CommonJS has other export names in one.
 */

const libraries = ['lodash-es', 'effect', 'date-fns', 'zod', 'ramda', 'remeda', 'three', 'rxjs'];

/** @type {[name: string, from: 'apps' | 'programs', file: string, args: string[], exitCode?: number][]} */
const programs = [
  ['astro', 'apps', 'entries/astro.mjs', []],
  [
    'markdownlint-cli2',
    'apps',
    'node_modules/markdownlint-cli2/markdownlint-cli2-bin.mjs',
    ['lint-me.md'],
    1,
  ],
  [
    'markdownlint-cli2 --help',
    'apps',
    'node_modules/markdownlint-cli2/markdownlint-cli2-bin.mjs',
    ['--help'],
    2,
  ],
  ['vitest --help', 'apps', 'node_modules/vitest/vitest.mjs', ['--help']],
  ['eslint --version', 'apps', 'node_modules/eslint/bin/eslint.js', ['--version']],
  ['knip --help', 'programs', 'node_modules/knip/bin/knip.js', ['--help']],
  ['release-it --version', 'programs', 'node_modules/release-it/bin/release-it.js', ['--version']],
  ['ng --help', 'programs', 'node_modules/@angular/cli/bin/ng.js', ['--help']],
  ['webpack --help', 'programs', 'node_modules/webpack-cli/bin/cli.js', ['--help']],
  [
    'gemini --version',
    'programs',
    'node_modules/@google/gemini-cli/bundle/gemini.js',
    ['--version'],
  ],
];

/** Modules of a generated graph; 0 is an empty entry. */
const sizes = [0, 1, 20, 100, 500];

/**
 * @param {Row['kind']} kind
 * @param {string} name
 * @param {string} folder
 * @param {string} file
 * @returns {Row}
 */
function rowOf(kind, name, folder, file) {
  const entry = path.join(folder, file);
  return {
    name,
    kind,
    entry,
    args: [],
    cwd: folder,
    exitCode: 0,
    isBundled: kind !== 'program' && name !== 'rxjs',
  };
}

/** @returns {Row[]} */
export function rows() {
  const all = libraries.map((name) => rowOf('library', name, appsDirectory, `entries/${name}.mjs`));
  for (const [name, from, file, args, exitCode = 0] of programs) {
    const folder = from === 'apps' ? appsDirectory : programsDirectory;
    all.push(Object.assign(rowOf('program', name, folder, file), { args, exitCode }));
  }
  for (const size of sizes) all.push(rowOf('graph', sizeName(size), '', ''));
  return all;
}

/** @param {number} size */
function sizeName(size) {
  if (size === 0) return 'an empty module';
  return size === 1 ? '1 module' : `${size} modules`;
}

/**
 * Those asked for, ready to be started.
 *
 * @param {readonly string[]} wanted Names, kinds, or nothing for all of them.
 * @param {string} scratch Where graphs are generated.
 * @returns {Promise<Row[]>}
 */
export async function readyRows(wanted, scratch) {
  const all = rows();
  const unknown = wanted.filter(
    (word) => !all.some(({ name, kind }) => word === name || word === kind),
  );
  if (unknown.length > 0) {
    const names = all.map(({ name }) => name).join(', ');
    throw new Error(
      `no row is called ${unknown.join(', ')}; there is library, program, graph, ${names}`,
    );
  }
  const chosen = all.filter(
    ({ name, kind }) => wanted.length === 0 || wanted.includes(name) || wanted.includes(kind),
  );
  await installOnce(appsDirectory);
  if (chosen.some(({ cwd }) => cwd === programsDirectory)) await installOnce(programsDirectory);
  for (const row of chosen) {
    if (row.kind !== 'graph') continue;
    row.cwd = path.join(scratch, 'graphs', row.name.replaceAll(' ', '-'));
    row.entry = generate(row.cwd, sizes.find((size) => sizeName(size) === row.name) ?? 0);
  }
  return chosen;
}

/**
 * A tree of modules of about 3.7 KB, four imports each, as programs have them.
 *
 * @param {string} folder
 * @param {number} size
 * @returns {string} the entry
 */
function generate(folder, size) {
  fs.mkdirSync(folder, { recursive: true });
  fs.writeFileSync(path.join(folder, 'package.json'), '{ "type": "module" }');
  const body = Array.from(
    { length: 30 },
    (_, at) =>
      `export function f${at}(list, by = ${at}) {\n` +
      `  return list.filter((each) => each % (by + 1) === 0).map((each) => ({ each, by }));\n}\n`,
  ).join('');
  for (let at = 0; at < size; at++) {
    const imports = [1, 2, 3, 4]
      .map((nth) => 4 * at + nth)
      .filter((child) => child < size)
      .map((child) => `import { f0 as g${child} } from './m${child}.js';\nexport { g${child} };\n`);
    fs.writeFileSync(path.join(folder, `m${at}.js`), imports.join('') + body);
  }
  const entry = path.join(folder, 'main.js');
  const text = size === 0 ? '' : `import { f1 } from './m0.js';\nconsole.log(f1([1, 2]).length);\n`;
  fs.writeFileSync(entry, text);
  return entry;
}
