/** What must hold before a change is merged, as a table. */

import fs from 'node:fs';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { missingBrowser } from '../browser.mjs';
import { missingForFuzzing, quickTargets } from '../fuzz.mjs';
import { missingForMiri } from '../miri.mjs';
import { loaderRuntimes } from '../runtimes.mjs';
import { countBunTests, countCargoTests, countNodeTests } from './counts.mjs';

/** @typedef {import('../runtimes.mjs').RuntimeName} RuntimeName */

/** @typedef {string[] | ((paths: import('../runtimes.mjs').Runtimes) => string[])} Command */

/**
 * @typedef {object} Step
 * @property {string} name `group` or `group:part`; `--only` takes either.
 * @property {Command} command
 * @property {Command} [slice] What is run of it where not everything is asked for, nor this step by its name.
 * @property {RuntimeName} [needs] Left out where this platform has no such runtime.
 * @property {() => string | undefined} [missing] What this machine lacks for it; it is then left out.
 * @property {(paths: import('../runtimes.mjs').Runtimes) => Record<string, string>} [env]
 * @property {(output: string) => import('./counts.mjs').Counts} [count] How to read the number of tests; a step that has one
 *   and ran no test has failed.
 */

const root = fileURLToPath(new URL('../../', import.meta.url));
const bin = (/** @type {string} */ name) => path.join(root, 'node_modules', '.bin', name);

/**
 * @param {string} folder
 * @param {RegExp} pattern
 */
function testFiles(folder, pattern) {
  if (!fs.existsSync(path.join(root, folder))) return [];
  return fs
    .readdirSync(path.join(root, folder))
    .filter((name) => pattern.test(name))
    .map((name) => `${folder}/${name}`)
    .sort();
}

const apiTests = testFiles('test/api', /\.test\.(m|c)?js$/);
const cliTests = testFiles('test/cli', /\.test\.mjs$/);
const bunTests = testFiles('test/bun', /\.test\.mjs$/);
const runtimeTests = testFiles('test/runtime', /\.test\.mjs$/);
/** Those whose subject is what releases of Node do in their own ways. */
const releaseTests = runtimeTests.filter((file) =>
  /\/(?:broken-builtins|busybox|children|commonjs|errors|fixture-app|in-effect|known-differences|learning|node-options|programs|random-\w+|real-apps|self-test|unseen|workers)\.test/.test(
    file,
  ),
);
const storeTests = testFiles('test/store', /\.test\.mjs$/);
const graphTests = testFiles('test/graph', /\.test\.mjs$/);
const compileTests = testFiles('test/compile', /(?<!shipped)\.test\.mjs$/);
const shippedTests = ['test/compile/shipped.test.mjs'];
const reportTests = testFiles('test/report', /(?<!page)\.test\.mjs$/);
const typescriptTests = testFiles('test/typescript', /\.test\.mjs$/);

/**
 * The Node on which everything is run in each check.
 *
 * @type {RuntimeName}
 */
const WHOLE_ON = 'node24';

/** @type {readonly RuntimeName[]} */
const apiNodes = ['node20', ...loaderRuntimes];

/** @type {readonly Step[]} */
export const steps = [
  { name: 'format:rust', command: ['cargo', 'fmt', '--check'] },
  {
    name: 'format:fuzz',
    command: ['cargo', 'fmt', '--manifest-path', 'fuzz/Cargo.toml', '--check'],
  },
  { name: 'format:js', command: [bin('prettier'), '--check', '--log-level', 'warn', '.'] },
  {
    name: 'lint:rust',
    command: ['cargo', 'clippy', '--locked', '--all-targets', '--', '-D', 'warnings'],
  },
  { name: 'lint:js', command: [bin('oxlint'), '--deny-warnings'] },
  { name: 'rust', command: ['cargo', 'test', '--locked'], count: countCargoTests },
  ...quickTargets.map((target) => ({
    name: `fuzz:${target}`,
    missing: missingForFuzzing,
    // What a check runs is the same each time.
    command: ['node', 'scripts/fuzz.mjs', target, '--seed', '1', '--runs', '40000'],
  })),
  {
    name: 'miri',
    missing: missingForMiri,
    command: ['node', 'scripts/miri.mjs'],
    count: countCargoTests,
  },
  // The addon may be older than its sources; right after an install this builds nothing.
  { name: 'build', command: ['npm', 'run', 'build'] },
  { name: 'types', command: [bin('tsc'), '--noEmit'] },
  { name: 'types:page', command: [bin('tsc'), '--noEmit', '--project', 'report/page'] },
  ...apiNodes.map((needs) => ({
    name: `api:${needs}`,
    needs,
    command: nodeTest(needs, apiTests),
    count: countNodeTests,
  })),
  {
    name: 'api:bun',
    needs: 'bun',
    command: ({ bun = '' }) => [bun, 'test', ...apiTests.map((file) => `./${file}`)],
    count: countBunTests,
  },
  {
    name: 'api:deno',
    needs: 'deno',
    command: ({ deno = '' }) => [
      deno,
      'run',
      '--allow-read',
      '--allow-write',
      '--allow-ffi',
      '--allow-env',
      '--allow-sys',
      'test/api/deno-smoke.mjs',
    ],
  },
  ...onEachNode('runtime', runtimeTests, (needs) =>
    needs === WHOLE_ON ? undefined : releaseTests,
  ),
  {
    name: 'bundle:node24',
    needs: 'node24',
    command: ['node', 'scripts/test-bundle.mjs'],
    count: countNodeTests,
  },
  {
    name: 'install',
    needs: 'node24',
    missing: () =>
      `${process.platform}-${process.arch}` === 'linux-x64'
        ? undefined
        : 'it installs the addon of Linux x64',
    command: nodeTest('node24', testFiles('test/install', /\.test\.mjs$/)),
    count: countNodeTests,
  },
  {
    name: 'runtime:bun',
    needs: 'bun',
    command: ({ bun = '' }) => [bun, 'test', ...bunTests.map((file) => `./${file}`)],
    count: countBunTests,
  },
  {
    name: 'runtime:deno',
    needs: 'deno',
    command: ({ deno = '' }) => [deno, 'run', '--allow-all', 'test/deno/register.mjs'],
  },
  ...onEachNode('compile', compileTests),
  // Thousands of files of packages are copied for each of the three.
  ...onEachNode('shipped', shippedTests, () => [
    '--test-name-pattern=command line tool',
    ...shippedTests,
  ]),
  ...onEachNode('typescript', typescriptTests),
  ...onEachNode('plugins', ['test/plugins/bundlers.test.mjs']),
  {
    name: 'plugins:options',
    needs: 'node24',
    command: nodeTest('node24', ['test/plugins/options.test.mjs']),
    env: ({ node24 = '' }) => ({ BMES_TEST_NODE: node24 }),
    count: countNodeTests,
  },
  {
    name: 'examples:node24',
    needs: 'node24',
    command: nodeTest('node24', testFiles('test/examples', /\.test\.mjs$/)),
    env: ({ node24 = '' }) => ({ BMES_TEST_NODE: node24 }),
    count: countNodeTests,
  },
  ...onEachNode('report', reportTests),
  {
    name: 'report:page',
    needs: 'node24',
    missing: missingBrowser,
    command: nodeTest('node24', ['test/report/page.test.mjs']),
    count: countNodeTests,
  },
  ...onEachNode('cli', cliTests),
  ...onEachNode('graph', graphTests),
  // Those that are about several runtimes start the others themselves.
  {
    name: 'store:node24',
    needs: 'node24',
    // They wait for other processes more than they work.
    command: nodeTest('node24', ['--test-concurrency=4', ...storeTests]),
    env: ({ node24 = '' }) => ({ BMES_TEST_NODE: node24 }),
    count: countNodeTests,
  },
];

/**
 * Tests that are run by each Node that starts apps from the cache, about that Node.
 *
 * @param {string} group
 * @param {string[]} files
 * @param {(needs: RuntimeName) => string[] | undefined} [slice] which of them, where not everything is asked for
 * @returns {Step[]}
 */
function onEachNode(group, files, slice) {
  return loaderRuntimes.map((needs) => {
    const some = slice?.(needs);
    return {
      name: `${group}:${needs}`,
      needs,
      command: nodeTest(needs, files),
      slice: some && nodeTest(needs, some),
      env: (paths) => ({ BMES_TEST_NODE: paths[needs] ?? '' }),
      count: countNodeTests,
    };
  });
}

/**
 * @param {RuntimeName} name
 * @param {string[]} files
 * @returns {Command}
 */
function nodeTest(name, files) {
  return (paths) => [paths[name] ?? '', '--test', '--test-reporter=spec', ...files];
}

/**
 * Whether a step is run only where the whole check is asked for, or by its name: what differs between releases
 * in these groups is what `runtime` is about, on each.
 *
 * @param {Step} step
 */
export function isOnlyInWhole({ name, needs }) {
  const isOfEach = /^(?:cli|compile|graph|plugins|report|shipped|typescript):node/.test(name);
  return isOfEach && needs !== WHOLE_ON;
}
