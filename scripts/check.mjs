/**
 * Everything that must hold before a change is merged, as named and timed steps.
 *
 *     npm test                               a check of under 45 minutes
 *     npm run test:whole                     that, and on every Node what it does on one
 *     node scripts/check.mjs --only lint,rust
 *     node scripts/check.mjs --only runtime:node24
 *     node scripts/check.mjs --list
 *
 * A step's output is shown only where it fails. The last line counts: a test is one, and so is a step
 * that has none. Steps run one after the other; the tests within them share the cores.
 */

import { spawn } from 'node:child_process';
import fs from 'node:fs';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { installedApps } from './apps.mjs';
import { missingBrowser } from './browser.mjs';
import { missingForFuzzing, quickTargets } from './fuzz.mjs';
import { missingForMiri } from './miri.mjs';
import { loaderRuntimes, runtimes } from './runtimes.mjs';

/** @typedef {import('./runtimes.mjs').RuntimeName} RuntimeName */
/** @typedef {{ passed: number, failed: number }} Counts */

/**
 * @typedef {object} Step
 * @property {string} name `group` or `group:part`; `--only` takes either.
 * @property {string[] | ((paths: import('./runtimes.mjs').Runtimes) => string[])} command
 * @property {RuntimeName} [needs] Left out where this platform has no such runtime.
 * @property {() => string | undefined} [missing] What this machine lacks for it; it is then left out.
 * @property {(paths: import('./runtimes.mjs').Runtimes) => Record<string, string>} [env]
 * @property {(output: string) => Counts} [count] How to read the number of tests; a step that has one
 *   and ran no test has failed.
 */

const root = fileURLToPath(new URL('../', import.meta.url));
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
const storeTests = testFiles('test/store', /\.test\.mjs$/);
const graphTests = testFiles('test/graph', /\.test\.mjs$/);
const compileTests = testFiles('test/compile', /\.test\.mjs$/);
const reportTests = testFiles('test/report', /(?<!page)\.test\.mjs$/);
const typescriptTests = testFiles('test/typescript', /\.test\.mjs$/);

/** @param {string} output */
function countNodeTests(output) {
  const number = (/** @type {string} */ word) =>
    Number(new RegExp(`^(?:ℹ|#) ${word} (\\d+)$`, 'm').exec(output)?.[1] ?? 0);
  return { passed: number('pass'), failed: number('fail') + number('cancelled') };
}

/** @param {string} output */
function countCargoTests(output) {
  const counts = { passed: 0, failed: 0 };
  for (const match of output.matchAll(/^test result: \w+\. (\d+) passed; (\d+) failed/gm)) {
    counts.passed += Number(match[1]);
    counts.failed += Number(match[2]);
  }
  return counts;
}

/** @param {string} output */
function countBunTests(output) {
  const number = (/** @type {string} */ word) =>
    Number(new RegExp(`^\\s*(\\d+) ${word}$`, 'm').exec(output)?.[1] ?? 0);
  return { passed: number('pass'), failed: number('fail') };
}

/** @type {readonly RuntimeName[]} */
const apiNodes = ['node20', ...loaderRuntimes];

/** @type {Step[]} */
const steps = [
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
  ...loaderRuntimes.map((needs) => ({
    name: `runtime:${needs}`,
    needs,
    command: nodeTest(needs, runtimeTests),
    env: (/** @type {import('./runtimes.mjs').Runtimes} */ paths) => ({
      BMES_TEST_NODE: paths[needs] ?? '',
    }),
    count: countNodeTests,
  })),
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
  ...loaderRuntimes.map((needs) => ({
    name: `compile:${needs}`,
    needs,
    command: nodeTest(needs, compileTests),
    env: (/** @type {import('./runtimes.mjs').Runtimes} */ paths) => ({
      BMES_TEST_NODE: paths[needs] ?? '',
    }),
    count: countNodeTests,
  })),
  ...loaderRuntimes.map((needs) => ({
    name: `typescript:${needs}`,
    needs,
    command: nodeTest(needs, typescriptTests),
    env: (/** @type {import('./runtimes.mjs').Runtimes} */ paths) => ({
      BMES_TEST_NODE: paths[needs] ?? '',
    }),
    count: countNodeTests,
  })),
  ...loaderRuntimes.map((needs) => ({
    name: `plugins:${needs}`,
    needs,
    command: nodeTest(needs, ['test/plugins/bundlers.test.mjs']),
    env: (/** @type {import('./runtimes.mjs').Runtimes} */ paths) => ({
      BMES_TEST_NODE: paths[needs] ?? '',
    }),
    count: countNodeTests,
  })),
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
  ...loaderRuntimes.map((needs) => ({
    name: `report:${needs}`,
    needs,
    command: nodeTest(needs, reportTests),
    env: (/** @type {import('./runtimes.mjs').Runtimes} */ paths) => ({
      BMES_TEST_NODE: paths[needs] ?? '',
    }),
    count: countNodeTests,
  })),
  {
    name: 'report:page',
    needs: 'node24',
    missing: missingBrowser,
    command: nodeTest('node24', ['test/report/page.test.mjs']),
    count: countNodeTests,
  },
  ...loaderRuntimes.map((needs) => ({
    name: `cli:${needs}`,
    needs,
    command: nodeTest(needs, cliTests),
    env: (/** @type {import('./runtimes.mjs').Runtimes} */ paths) => ({
      BMES_TEST_NODE: paths[needs] ?? '',
    }),
    count: countNodeTests,
  })),
  ...loaderRuntimes.map((needs) => ({
    name: `graph:${needs}`,
    needs,
    command: nodeTest(needs, graphTests),
    count: countNodeTests,
  })),
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
 * @param {RuntimeName} name
 * @param {string[]} files
 * @returns {Step['command']}
 */
function nodeTest(name, files) {
  return (paths) => [paths[name] ?? '', '--test', '--test-reporter=spec', ...files];
}

/**
 * Groups that are run on one Node unless the whole check is asked for, or they are by name: what differs between
 * releases in them is what `runtime` is about, on each.
 */
const ON_ONE_NODE = /^(?:cli|compile|graph|plugins|report|typescript):node(?:22|26)$/;

const { values: options } = parseArgs({
  options: {
    only: { type: 'string' },
    whole: { type: 'boolean', default: false },
    list: { type: 'boolean', default: false },
  },
});

if (options.list) {
  for (const { name } of steps) console.log(name);
} else {
  process.exitCode = await main(chosenSteps(options.only));
}

/** @param {string | undefined} only */
function chosenSteps(only) {
  if (only === undefined) return steps;
  const wanted = only.split(',').map((word) => word.trim());
  const matches = (/** @type {string} */ word) =>
    steps.filter(({ name }) => name === word || name.startsWith(`${word}:`));
  const unknown = wanted.filter((word) => matches(word).length === 0);
  if (unknown.length > 0) {
    console.error(`no step is called ${unknown.join(', ')}; --list names them`);
    process.exit(2);
  }
  const chosen = new Set(wanted.flatMap(matches));
  return steps.filter((step) => chosen.has(step));
}

/**
 * @param {Step[]} chosen
 * @returns {Promise<number>} The exit code.
 */
async function main(chosen) {
  const total = { passed: 0, failed: 0 };
  /** @type {string[]} */
  const failures = [];
  const started = process.hrtime.bigint();
  const paths = chosen.some((step) => step.needs) ? await runtimes() : {};
  if (chosen.some((step) => /^(?:runtime|graph):node/.test(step.name))) await installedApps();
  for (const step of chosen) {
    if (step.needs && !paths[step.needs]) {
      console.log(`-     ${step.name.padEnd(16)} not on this platform`);
      continue;
    }
    if (!options.only && !options.whole && ON_ONE_NODE.test(step.name)) {
      console.log(`-     ${step.name.padEnd(16)} in the whole check: npm run test:whole`);
      continue;
    }
    const missing = step.missing?.();
    if (missing) {
      console.log(`-     ${step.name.padEnd(16)} not on this machine: ${missing}`);
      continue;
    }
    const counts = await run(step, paths);
    total.passed += counts.passed;
    total.failed += counts.failed;
    if (counts.failed > 0) failures.push(step.name);
  }
  console.log(`\n${seconds(started)} in all`);
  if (failures.length > 0) {
    console.log(`failed: ${failures.join(', ')}`);
    console.log(`again:  node scripts/check.mjs --only ${failures.join(',')}`);
  }
  console.log(`${total.passed} passed, ${total.failed} failed`);
  return total.failed === 0 ? 0 : 1;
}

/**
 * @param {Step} step
 * @param {import('./runtimes.mjs').Runtimes} paths
 * @returns {Promise<Counts>}
 */
async function run(step, paths) {
  const started = process.hrtime.bigint();
  const command = typeof step.command === 'function' ? step.command(paths) : step.command;
  const { output, ended } = await execute(command, step.env?.(paths) ?? {});
  const counts = step.count?.(output) ?? { passed: ended === 0 ? 1 : 0, failed: 0 };
  const ranNothing = counts.passed + counts.failed === 0;
  if ((ended !== 0 || ranNothing) && counts.failed === 0) counts.failed = 1;
  const word = counts.failed === 0 ? 'ok' : 'FAIL';
  const numbers = step.count ? `${counts.passed} passed, ${counts.failed} failed` : '';
  console.log(
    `${word.padEnd(6)}${step.name.padEnd(17)}${seconds(started).padStart(7)}  ${numbers}`,
  );
  if (counts.failed > 0) {
    const why = ended === 0 && ranNothing ? 'it ran no test' : `it ended with ${ended}`;
    console.log(`\n$ ${command.join(' ')}\n${output.trimEnd()}\n(${step.name}: ${why})\n`);
  }
  return counts;
}

/**
 * @param {string[]} command
 * @param {Record<string, string>} env
 * @returns {Promise<{ output: string, ended: number | string }>}
 */
function execute([file = '', ...args], env) {
  return new Promise((resolve) => {
    const child = spawn(file, args, {
      cwd: root,
      env: { ...process.env, FORCE_COLOR: '0', CARGO_TERM_COLOR: 'never', ...env },
      stdio: ['ignore', 'pipe', 'pipe'],
      shell: process.platform === 'win32',
    });
    let output = '';
    child.stdout.setEncoding('utf8').on('data', (text) => (output += text));
    child.stderr.setEncoding('utf8').on('data', (text) => (output += text));
    child.on('error', (error) =>
      resolve({ output: `${output}${error.message}`, ended: 'no start' }),
    );
    child.on('close', (code, signal) => resolve({ output, ended: code ?? signal ?? 'nothing' }));
  });
}

/** @param {bigint} started */
function seconds(started) {
  return `${(Number(process.hrtime.bigint() - started) / 1e9).toFixed(1)} s`;
}
