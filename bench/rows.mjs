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
 * @property {'library' | 'program' | 'graph' | 'typescript'} kind
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

/** The same in TypeScript. */
const typescriptSizes = [20, 100, 500];

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
    isBundled: kind !== 'program' && kind !== 'typescript' && name !== 'rxjs',
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
  for (const size of typescriptSizes) all.push(rowOf('typescript', typescriptName(size), '', ''));
  return all;
}

/** @param {number} size */
function sizeName(size) {
  if (size === 0) return 'an empty module';
  return size === 1 ? '1 module' : `${size} modules`;
}

/** @param {number} size */
const typescriptName = (size) => `${size} modules of TypeScript`;

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
      `no row is called ${unknown.join(', ')}; there is library, program, graph, typescript, ${names}`,
    );
  }
  const chosen = all.filter(
    ({ name, kind }) => wanted.length === 0 || wanted.includes(name) || wanted.includes(kind),
  );
  await installOnce(appsDirectory);
  if (chosen.some(({ cwd }) => cwd === programsDirectory)) await installOnce(programsDirectory);
  for (const row of chosen) {
    const isTypescript = row.kind === 'typescript';
    if (row.kind !== 'graph' && !isTypescript) continue;
    row.cwd = path.join(scratch, 'graphs', row.name.replaceAll(' ', '-'));
    const nameOf = isTypescript ? typescriptName : sizeName;
    const size = sizes.find((one) => nameOf(one) === row.name) ?? 0;
    row.entry = generate(row.cwd, size, isTypescript ? 'ts' : 'js');
  }
  return chosen;
}

/**
 * A tree of modules of about 3.7 KB, four imports each, as programs have them.
 *
 * @param {string} folder
 * @param {number} size
 * @param {'js' | 'ts'} language
 * @returns {string} the entry
 */
function generate(folder, size, language) {
  fs.mkdirSync(folder, { recursive: true });
  fs.writeFileSync(path.join(folder, 'package.json'), '{ "type": "module" }');
  const js = (/** @type {number} */ at) =>
    `export function f${at}(list, by = ${at}) {\n` +
    `  return list.filter((each) => each % (by + 1) === 0).map((each) => ({ each, by }));\n}\n`;
  const ts = (/** @type {number} */ at) =>
    `export function f${at}(list: number[], by: number = ${at}): Pair[] {\n` +
    `  return list.filter((each) => each % (by + 1) === 0).map((each): Pair => ({ each, by }));\n}\n`;
  const isTypescript = language === 'ts';
  const head = isTypescript ? 'interface Pair {\n  each: number;\n  by: number;\n}\n' : '';
  const functions = Array.from({ length: isTypescript ? 22 : 30 }, (_, at) =>
    isTypescript ? ts(at) : js(at),
  );
  const body = head + functions.join('');
  for (let at = 0; at < size; at++) {
    const imports = [1, 2, 3, 4]
      .map((nth) => 4 * at + nth)
      .filter((child) => child < size)
      .map(
        (child) =>
          `import { f0 as g${child} } from './m${child}.${language}';\nexport { g${child} };\n`,
      );
    fs.writeFileSync(path.join(folder, `m${at}.${language}`), imports.join('') + body);
  }
  const entry = path.join(folder, `main.${language}`);
  const text =
    size === 0 ? '' : `import { f1 } from './m0.${language}';\nconsole.log(f1([1, 2]).length);\n`;
  fs.writeFileSync(entry, text);
  return entry;
}
