/**
 * Real programs doing real work: command line tools by their own bin file, libraries by an entry of a
 * few lines. Each has a folder in `apps/programs/`, which a test copies, runs and edits.
 */

/**
 * @typedef {object} Program
 * @property {string} name Also its folder's.
 * @property {string} entry A file of the folder, or one of `node_modules/`.
 * @property {string[]} [args]
 * @property {Record<string, string>} [env]
 * @property {{ file: string, from: string, to: string }} edit What changes its answer.
 * @property {number} [exitCode] 0 when left out.
 * @property {'hooks'} [ranBy] Where the linker cannot run it: its entry is CommonJS, for one.
 * @property {boolean} [profiles] It imports `node:inspector`: on hooks it is never warm.
 * @property {boolean} [isQuick] Part of every check; `npm run test:apps` runs all.
 */

const MAIN = 'main.mjs';

/** @type {Program[]} */
export const programs = [
  {
    name: 'ava',
    entry: 'node_modules/ava/entrypoints/cli.mjs',
    args: ['--tap', '--serial'],
    edit: { file: 'adds.js', from: 'a + b', to: 'a - b' },
    profiles: true,
  },
  {
    name: 'astro',
    entry: 'node_modules/astro/bin/astro.mjs',
    args: ['build', '--silent'],
    env: { ASTRO_TELEMETRY_DISABLED: '1' },
    edit: { file: 'site.mjs', from: 'first', to: 'second' },
  },
  {
    name: 'cli-kit',
    entry: MAIN,
    args: ['--name', 'Ada', '--times=2'],
    edit: { file: 'greet.mjs', from: 'Hello', to: 'Goodbye' },
    isQuick: true,
  },
  {
    name: 'cli-kit-misused',
    entry: MAIN,
    args: ['unknown'],
    exitCode: 1,
    edit: { file: 'cli.mjs', from: 'a command', to: 'another description' },
  },
  {
    name: 'd3',
    entry: MAIN,
    edit: { file: 'data.mjs', from: '[2, 50]', to: '[2, 60]' },
    isQuick: true,
  },
  {
    name: 'esbuild',
    entry: MAIN,
    edit: { file: 'plugin.mjs', from: 'first', to: 'second' },
  },
  {
    name: 'eslint',
    entry: 'node_modules/eslint/bin/eslint.js',
    args: ['--no-color', 'src'],
    exitCode: 1,
    ranBy: 'hooks',
    edit: { file: 'rules.mjs', from: `eqeqeq: 'warn'`, to: `eqeqeq: 'error'` },
  },
  {
    name: 'execa',
    entry: MAIN,
    edit: { file: 'expression.mjs', from: '6 * 7', to: '6 * 8' },
  },
  {
    name: 'express',
    entry: MAIN,
    edit: { file: 'app.mjs', from: 'on purpose', to: 'on another purpose' },
  },
  {
    name: 'fastify',
    entry: MAIN,
    edit: { file: 'routes.mjs', from: `kind: 'user'`, to: `kind: 'person'` },
  },
  { name: 'got', entry: MAIN, edit: { file: 'answer.mjs', from: '42', to: '43' } },
  {
    name: 'graphql-yoga',
    entry: MAIN,
    edit: { file: 'resolvers.mjs', from: 'Hello', to: 'Goodbye' },
  },
  {
    name: 'hono',
    entry: MAIN,
    edit: { file: 'app.mjs', from: `hello: 'world'`, to: `hello: 'moon'` },
  },
  { name: 'ink', entry: MAIN, edit: { file: 'rows.mjs', from: `'two'`, to: `'two', 'three'` } },
  { name: 'jsdom', entry: MAIN, edit: { file: 'page.mjs', from: '<li>2', to: '<li>2<li>3' } },
  {
    name: 'marked',
    entry: 'node_modules/marked/bin/marked.js',
    args: ['-i', 'input.md'],
    edit: { file: 'input.md', from: 'Title', to: 'Another title' },
    isQuick: true,
  },
  { name: 'mdx', entry: MAIN, edit: { file: 'text.mjs', from: '1 + 1', to: '1 + 2' } },
  {
    name: 'mocha',
    entry: 'node_modules/mocha/bin/mocha.js',
    args: ['--reporter', 'tap', 'spec/*.mjs'],
    exitCode: 1,
    ranBy: 'hooks',
    edit: { file: 'adds.mjs', from: 'a + b', to: 'a - b' },
  },
  {
    name: 'postcss-cli',
    entry: 'node_modules/postcss-cli/index.js',
    args: ['input.css', '-o', 'out/out.css', '--no-map'],
    edit: { file: 'marks.mjs', from: 'crimson', to: 'maroon' },
    isQuick: true,
  },
  {
    name: 'prettier',
    entry: 'node_modules/prettier/bin/prettier.cjs',
    args: ['input.md', 'input.ts', 'input.css'],
    ranBy: 'hooks',
    edit: { file: 'prettier.config.mjs', from: 'singleQuote: true', to: 'semi: false' },
  },
  {
    name: 'publint',
    entry: 'node_modules/publint/src/cli.js',
    exitCode: 1,
    edit: { file: 'package.json', from: './missing.js', to: './absent.js' },
  },
  {
    name: 'remark-cli',
    entry: 'node_modules/remark-cli/cli.js',
    args: ['input.md', '--frail', '--no-color'],
    exitCode: 1,
    edit: { file: 'shouts.mjs', from: 'children`', to: 'nodes`' },
    isQuick: true,
  },
  {
    name: 'rollup',
    entry: 'node_modules/rollup/dist/bin/rollup',
    args: ['-c', '--silent'],
    ranBy: 'hooks',
    edit: { file: 'banner.mjs', from: 'first', to: 'second' },
  },
  { name: 'shiki', entry: MAIN, edit: { file: 'code.mjs', from: 'one', to: 'two' } },
  {
    name: 'stylelint',
    entry: 'node_modules/stylelint/bin/stylelint.mjs',
    args: ['--no-color', 'input.css'],
    exitCode: 2,
    edit: { file: 'rules.mjs', from: `'color-named': 'never'`, to: `'color-no-hex': true` },
  },
  { name: 'svelte', entry: MAIN, edit: { file: 'component.mjs', from: 'Hello', to: 'Goodbye' } },
  {
    name: 'svgo',
    entry: 'node_modules/svgo/bin/svgo.js',
    args: ['-i', 'input.svg', '-o', '-'],
    edit: { file: 'precision.mjs', from: '2', to: '1' },
  },
  {
    name: 'typedoc',
    entry: 'node_modules/typedoc/bin/typedoc',
    edit: { file: 'name.mjs', from: 'first', to: 'second' },
    profiles: true,
  },
  {
    name: 'vite',
    entry: 'node_modules/vite/bin/vite.js',
    args: ['build'],
    edit: { file: 'title.mjs', from: 'first', to: 'second' },
  },
  { name: 'vue', entry: MAIN, edit: { file: 'list.mjs', from: `'ul'`, to: `'ol'` } },
  {
    name: 'webpack',
    entry: MAIN,
    edit: { file: 'definitions.mjs', from: 'first', to: 'second' },
  },
  { name: 'yaml', entry: MAIN, edit: { file: 'text.mjs', from: 'x, y', to: 'x, z' } },
];
