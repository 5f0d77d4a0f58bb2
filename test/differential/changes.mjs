/**
 * Changes to a project tree. Each is chosen by looking at the tree as it is and becomes a list of plain
 * words, which can be printed, done again and left out while a failing sequence is made smaller.
 */

import path from 'node:path';

import { SELF_FLAG, relative } from './projects.mjs';
import { nextRevision } from './tree.mjs';

/** @typedef {import('./tree.mjs').Tree} Tree */
/** @typedef {import('./random.mjs').Random} Random */

/** @typedef {[what: string, ...words: string[]]} Change */

/**
 * @param {Random} random
 * @param {Tree} tree
 * @param {string} [wanted] Its kind, where that is settled.
 * @returns {Change}
 */
export function chooseChange(random, tree, wanted) {
  for (;;) {
    const kind = wanted ?? random.pick(WEIGHTED);
    const change = CHOICES[kind]?.(random, choicesOf(tree));
    if (change) return change;
  }
}

/**
 * One that can be made while an app starts: nobody can see it half done, and it is one file's content.
 *
 * @param {Random} random
 * @param {Tree} tree
 * @returns {Change | undefined}
 */
export function chooseWhileStarting(random, tree) {
  const { sources } = choicesOf(tree);
  const file = choose(
    random,
    sources.filter((one) => /rev \d/.test(readable(tree, one))),
  );
  return file ? ['replace', file, nextRevision(tree.read(file))] : undefined;
}

/**
 * What there is to choose from.
 *
 * @param {Tree} tree
 */
function choicesOf(tree) {
  const all = tree.list();
  const of = (/** @type {import('./tree.mjs').Kind} */ kind) =>
    all.filter((one) => one.kind === kind).map(({ file }) => file);
  const files = of('file');
  const sources = files.filter((file) => /\.(mjs|cjs|js)$/.test(file));
  return {
    tree,
    all: all.map(({ file }) => file),
    files,
    links: of('link'),
    folders: of('folder'),
    sources,
    modules: files.filter((file) => file.endsWith('.mjs')),
    packageFiles: files.filter((file) => path.basename(file) === 'package.json'),
  };
}

/** How a file gets another text; each with its times as they were. */
const WRITES = ['write', 'write', 'replace', 'write-again'];

/**
 * @param {Random} random
 * @param {string} file
 * @param {string} text
 * @returns {Change}
 */
const written = (random, file, text) => [random.pick(WRITES), file, text];

/**
 * @type {Record<string, (random: Random, choices: ReturnType<typeof choicesOf>) => Change | '' | undefined>}
 */
const CHOICES = {
  /** Another text of the same size. */
  revision(random, { tree, files }) {
    const file = choose(
      random,
      files.filter((one) => /rev \d/.test(readable(tree, one))),
    );
    return file && written(random, file, nextRevision(tree.read(file)));
  },
  longer(random, { tree, sources }) {
    const file = choose(random, sources);
    return file && readable(tree, file)
      ? written(random, file, `${tree.read(file)}console.log('longer ${random.below(10)}');\n`)
      : undefined;
  },
  specifiers(random, { tree, sources, all }) {
    const file = choose(
      random,
      sources.filter((one) => /'\.\.?\//.test(readable(tree, one))),
    );
    const to = choose(
      random,
      all.filter((one) => /\.\w+$/.test(one)),
    );
    if (!file || !to) return undefined;
    const found = [...tree.read(file).matchAll(/(?<=(?:from |import\(|require\()')\.\.?\/[^']+/g)];
    const one = found[random.below(found.length)];
    if (!one) return undefined;
    const { index } = one;
    const text = tree.read(file);
    return written(
      random,
      file,
      text.slice(0, index) + relative(file, to) + text.slice(index + one[0].length),
    );
  },
  imports(random, { tree, modules, all }) {
    const file = choose(random, modules);
    if (!file || !readable(tree, file)) return undefined;
    const to = choose(
      random,
      all.filter((one) => /\.(mjs|cjs|js)$/.test(one)),
    );
    const specifier = random.chance(0.5) && to ? relative(file, to) : random.pick(SPECIFIERS);
    const line = random.pick([
      `import * as added${random.below(99)} from '${specifier}';`,
      `console.log('added', await import('${specifier}').then((x) => Object.keys(x).join(), (e) => e.code));`,
      `export * from '${specifier}';`,
    ]);
    return written(random, file, `${tree.read(file)}${line}\n`);
  },
  'fewer imports'(random, { tree, modules }) {
    const file = choose(
      random,
      modules.filter((one) => /^import \* as \w+ from/m.test(readable(tree, one))),
    );
    return (
      file &&
      written(
        random,
        file,
        tree.read(file).replace(/^import \* as (\w+) from[^\n]*/m, 'const $1 = 0;'),
      )
    );
  },
  'other exports'(random, { tree, sources }) {
    const file = choose(
      random,
      sources.filter((one) => /export const v|exports\.v/.test(readable(tree, one))),
    );
    return (
      file &&
      written(
        random,
        file,
        tree
          .read(file)
          .replace(/export const v\b/, 'const v = 0; export const w')
          .replaceAll('exports.v', 'exports.w'),
      )
    );
  },
  attributes(random, { tree, modules }) {
    const file = choose(
      random,
      modules.filter((one) => readable(tree, one).includes(`type: 'json'`)),
    );
    return (
      file &&
      written(
        random,
        file,
        tree
          .read(file)
          .replace(random.pick([` with { type: 'json' }`, `'json'`]), (found) =>
            found === `'json'` ? `'jsox'` : '',
          ),
      )
    );
  },
  broken(random, { tree, files }) {
    const file = choose(random, files);
    return file && readable(tree, file)
      ? written(random, file, `${tree.read(file)}let broken = ;\n`)
      : undefined;
  },
  'package.json'(random, { tree, packageFiles }) {
    const file = choose(random, packageFiles);
    const text = file && otherPackage(random, readable(tree, file), path.dirname(file), tree);
    return file && text ? written(random, file, text) : undefined;
  },
  'nearer package.json'(random, { tree, folders }) {
    const folder = choose(
      random,
      folders.filter((one) => tree.kind(`${one}/package.json`) === 'none'),
    );
    return folder && ['write', `${folder}/package.json`, random.pick(NEARER)];
  },
  'no package.json'(random, { packageFiles }) {
    const file = choose(random, packageFiles);
    return file && ['remove', file];
  },
  'nearer package'(random, { tree, folders }) {
    const near = folders.filter((one) => !/node_modules$|@s$/.test(one)).concat('.');
    const folder = `${choose(random, near)}/node_modules/${random.pick([...NAMES, 'optional'])}`;
    if (tree.kind(folder) !== 'none') return undefined;
    return ['package', folder, random.pick(['esm', 'cjs', 'bare', 'empty', 'link'])];
  },
  'no package'(random, { all }) {
    const one = choose(
      random,
      all.filter((file) => /node_modules\/(@s\/)?[^/@.]+$/.test(file)),
    );
    return one && ['remove', one];
  },
  remove(random, { all }) {
    const file = choose(random, all);
    return file && ['remove', file];
  },
  'remove and make again'(random, { sources }) {
    const file = choose(random, sources);
    return file && ['make-again', file];
  },
  retarget(random, { tree, links, files, folders }) {
    const link = choose(random, links);
    if (!link) return undefined;
    const target = tree.target(link);
    const other = target
      .replace(/@([12])/, (_all, n) => `@${3 - n}`)
      .replace(/^r([12])$/, (_all, n) => `r${3 - n}`);
    if (other !== target && random.chance(0.7)) return ['retarget', link, other];
    const to = choose(random, [...files, ...folders]);
    return to && ['retarget', link, path.relative(path.dirname(link), to)];
  },
  'link to a copy'(random, { files }) {
    const file = choose(random, files);
    return file && ['link-to-copy', file, random.pick(['same', 'other'])];
  },
  'folder behind a link'(random, { tree, folders }) {
    const folder = choose(
      random,
      folders.filter((one) => !one.endsWith('node_modules')),
    );
    if (!folder) return undefined;
    const away = `away-${folder.replaceAll('/', '-')}`;
    return tree.kind(away) === 'none' ? ['move-behind-link', folder, away] : undefined;
  },
  'link becomes what it leads to'(random, { links }) {
    const link = choose(random, links);
    return link && ['copy-over-link', link];
  },
  'hard link'(random, { sources }) {
    const pair = twoOf(random, sources);
    return pair && ['hard-link', ...pair, random.pick(['same', 'other'])];
  },
  'swap folders'(random, { folders }) {
    const pair = twoOf(random, folders);
    return pair && ['swap', ...pair];
  },
  'swap files'(random, { files }) {
    const file = choose(random, files);
    const alike = files.filter((one) => file && path.extname(one) === path.extname(file));
    const pair = twoOf(random, alike);
    return pair && ['swap', ...pair];
  },
  case(random, { all, tree }) {
    const one = choose(random, all);
    if (!one) return undefined;
    const name = path.basename(one);
    const other = name === name.toUpperCase() ? name.toLowerCase() : name.toUpperCase();
    const to = path.join(path.dirname(one), other);
    return other !== name && tree.kind(to) === 'none' ? ['move', one, to] : undefined;
  },
  'folder in its place'(random, { sources }) {
    const file = choose(random, sources);
    return file && ['folder-in-place', file];
  },
  'permissions taken'(random, { files, folders }) {
    const one = choose(random, [...files, ...folders]);
    return one && ['mode', one, random.pick(['000', '000', '644', '444', '100'])];
  },
  times(random, { all }) {
    const one = choose(random, all);
    return (
      one && ['times', one, random.pick(['0', '1600000000', '1600000001', '4000000000', 'now'])]
    );
  },
  restore(random) {
    return ['restore', random.pick(['tar', 'tar', 'tar-unlink', 'cp', 'cp-remove', 'rsync'])];
  },
  /** From now on, or no longer, the app changes itself while it runs. */
  self(_random, { tree, folders }) {
    if (!folders.includes('self')) return undefined;
    return tree.kind(SELF_FLAG) === 'none' ? ['write', SELF_FLAG, ''] : ['remove', SELF_FLAG];
  },
  cache(random) {
    return [
      'cache',
      random.pick(['touch', 'keep', 'put-back', 'no-compile-cache', 'copy', 'remove']),
    ];
  },
};

/** How often each is chosen. @type {string[]} */
const WEIGHTED = Object.entries({
  revision: 10,
  longer: 2,
  specifiers: 4,
  imports: 4,
  'fewer imports': 2,
  'other exports': 2,
  attributes: 1,
  broken: 1,
  'package.json': 8,
  'nearer package.json': 4,
  'no package.json': 2,
  'nearer package': 5,
  'no package': 3,
  remove: 2,
  'remove and make again': 2,
  retarget: 6,
  'link to a copy': 3,
  'folder behind a link': 2,
  'link becomes what it leads to': 2,
  'hard link': 2,
  'swap folders': 4,
  'swap files': 4,
  case: 2,
  'folder in its place': 2,
  'permissions taken': 3,
  times: 3,
  restore: 12,
  self: 6,
  cache: 4,
}).flatMap(([kind, weight]) => Array.from({ length: weight }, () => kind));

const NAMES = ['alpha', 'beta', 'gamma', '@s/delta', '@s/eps', 'zeta'];
const SPECIFIERS = [
  ...NAMES,
  'alpha/sub',
  'optional',
  '#one',
  '#lib/base',
  'app/self',
  'node:os',
  'no-such',
];
const NEARER = [
  '{"type":"module"}',
  '{"type":"commonjs"}',
  '{}',
  '{ broken',
  '{"type":"module","imports":{"#one":"./none.mjs"}}',
  '{"name":"app","exports":"./main.mjs"}',
];

/**
 * @param {Random} random
 * @param {readonly string[]} list
 */
function choose(random, list) {
  return list.length > 0 ? random.pick(list) : undefined;
}

/**
 * Two things, neither within the other.
 *
 * @param {Random} random
 * @param {readonly string[]} list
 * @returns {[string, string] | undefined}
 */
function twoOf(random, list) {
  const [a, b] = [choose(random, list), choose(random, list)];
  if (a === undefined || b === undefined || a === b) return undefined;
  return a.startsWith(`${b}/`) || b.startsWith(`${a}/`) ? undefined : [a, b];
}

/**
 * A file's text; empty where its permissions were taken away.
 *
 * @param {Tree} tree
 * @param {string} file
 */
function readable(tree, file) {
  try {
    return tree.read(file);
  } catch {
    return '';
  }
}

/**
 * @param {Random} random
 * @param {string} text
 * @param {string} folder
 * @param {Tree} tree
 * @returns {string | undefined}
 */
function otherPackage(random, text, folder, tree) {
  /** @type {Record<string, unknown>} */
  let json;
  try {
    json = JSON.parse(text);
  } catch {
    return random.pick(NEARER);
  }
  const files = tree
    .list()
    .flatMap(({ file, kind }) =>
      kind === 'file' && (folder === '.' || file.startsWith(`${folder}/`)) && file.endsWith('js')
        ? [`./${folder === '.' ? file : file.slice(folder.length + 1)}`]
        : [],
    );
  const to = choose(random, files) ?? './none.js';
  const change = random.pick([
    'type',
    'exports',
    'exports',
    'imports',
    'main',
    'name',
    'version',
    'same',
  ]);
  if (change === 'same') return `${JSON.stringify(json, null, 1)}\n`;
  if (change === 'type') {
    json.type = random.pick(['module', 'commonjs', 'neither']);
    if (random.chance(0.3)) delete json.type;
  } else if (change === 'exports') {
    json.exports = random.pick([
      to,
      { import: to, default: './none.js' },
      { '.': [{ custom: './none.js' }, to], './sub': to },
      { './sub': to },
      { '.': to, './*': './*.js' },
      { '.': null },
    ]);
    if (random.chance(0.2)) delete json.exports;
  } else if (change === 'imports')
    json.imports = { '#one': to, '#lib/*': random.pick(['./src/*.mjs', './lib/*.mjs', 'alpha']) };
  else if (change === 'main') json.main = random.pick([to, 'none', '.', 'lib']);
  else if (change === 'name') json.name = random.pick(['app', 'other', 'alpha']);
  else json.version = random.pick(['rev 2', 'rev 3', 'a longer revision']);
  return JSON.stringify(json);
}
