/**
 * How long real apps take to start, whole process, from spawn to exit.
 *
 *     node bench/startup.mjs --node 24 --runs 15 --check
 *
 * See README.md beside this file for what each column isolates. Runs are interleaved, one of each
 * variant in turn, so that a machine that slows down slows all of them.
 */

import { spawnSync } from 'node:child_process';
import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { parseArgs } from 'node:util';
import { installedApps } from '../scripts/apps.mjs';
import { nodeBinary } from '../scripts/runtimes.mjs';
import { environment, failedBars, summarize, variantsOf } from './variants.mjs';

const DEFAULT_APPS = 'lodash-es,effect,date-fns,astro,zod,ramda,remeda,three';

const usage = `usage: node bench/startup.mjs [options]
  --apps a,b     which apps of apps/ (default ${DEFAULT_APPS})
  --runs n       measured runs of each variant (default 15)
  --node n       20, 22, 24, 26, or the path of a binary (default: the one that runs this)
  --json         raw numbers instead of a table
  --check        also compare with the bars, and exit 1 where one is missed`;

const options = readOptions();
const node = await nodeBinary(options.node);
const apps = await installedApps(options.apps.split(','));
const scratch = fs.mkdtempSync(path.join(os.tmpdir(), 'bmes-bench-'));
try {
  const version = spawnSync(node, ['--version'], { encoding: 'utf8' }).stdout.trim();
  const results = apps.map((app) => measure(app));
  if (options.json)
    console.log(JSON.stringify({ node: version, runs: options.runs, results }, null, 2));
  else printTable(version, results);
  if (options.check) check(results);
} finally {
  fs.rmSync(scratch, { recursive: true, force: true });
}

function readOptions() {
  try {
    const { values } = parseArgs({
      options: {
        apps: { type: 'string', default: DEFAULT_APPS },
        runs: { type: 'string', default: '15' },
        node: { type: 'string' },
        json: { type: 'boolean', default: false },
        check: { type: 'boolean', default: false },
        help: { type: 'boolean', default: false },
      },
    });
    if (values.help) {
      console.log(usage);
      process.exit(0);
    }
    const runs = Number(values.runs);
    if (!Number.isInteger(runs) || runs < 1) throw new Error('--runs must be a whole number');
    return { ...values, runs };
  } catch (error) {
    console.error(`${/** @type {Error} */ (error).message}\n${usage}`);
    process.exit(2);
  }
}

/** @param {import('../scripts/apps.mjs').App} app */
function measure(app) {
  const folder = path.join(scratch, app.name);
  const variants = variantsOf(app, folder);
  for (const variant of variants) {
    for (let i = 0; i < variant.warmUps; i += 1) timeOf(variant, app);
  }
  for (const variant of variants) verify(variant, app);
  /** @type {Record<string, number[]>} */
  const times = Object.fromEntries(variants.map((variant) => [variant.name, []]));
  for (let run = 0; run < options.runs; run += 1) {
    for (const variant of variants) times[variant.name]?.push(timeOf(variant, app));
  }
  if (!options.json) process.stderr.write(`measured ${app.name}\n`);
  return summarize(app.name, times);
}

/**
 * One start, in milliseconds.
 *
 * @param {import('./variants.mjs').Variant} variant
 * @param {import('../scripts/apps.mjs').App} app
 */
function timeOf(variant, app) {
  const env = environment(scratch, variant.env);
  const started = process.hrtime.bigint();
  const { error, signal } = spawnSync(node, variant.argv, { cwd: app.cwd, env, stdio: 'ignore' });
  const ended = process.hrtime.bigint();
  if (error) throw error;
  if (signal) throw new Error(`${app.name}, ${variant.name}: ended by ${signal}`);
  return Number(ended - started) / 1e6;
}

/**
 * A variant that fails, or does not run the stage it is measured for, has no time worth printing.
 *
 * @param {import('./variants.mjs').Variant} variant
 * @param {import('../scripts/apps.mjs').App} app
 */
function verify(variant, app) {
  const env = environment(scratch, {
    ...variant.env,
    ...(variant.stage ? { BMES_DEBUG: '1' } : {}),
  });
  const run = spawnSync(node, variant.argv, { cwd: app.cwd, env, encoding: 'utf8' });
  const wanted = variant.exitCode ?? app.exitCode;
  if (run.status !== wanted) {
    throw new Error(`${app.name}, ${variant.name}: ended with ${run.status}\n${run.stderr}`);
  }
  if (variant.stage && !run.stderr.includes(`bmes: ${variant.stage}`)) {
    const said = run.stderr.match(/^bmes: .*$/gm)?.join('\n  ') ?? '(nothing)';
    process.stderr.write(`${app.name}: ${variant.name} is not "${variant.stage}":\n  ${said}\n`);
  }
}

/**
 * @param {string} version
 * @param {ReturnType<typeof summarize>[]} results
 */
function printTable(version, results) {
  const names = Object.keys(results[0]?.median ?? {});
  const rows = results.map(({ app, median, spread, ratio }) => [
    app,
    ...names.map((name) => `${median[name]?.toFixed(0)} ±${spread[name]?.toFixed(0)}`),
    ...Object.values(ratio).map((value) => `${value.toFixed(1)}x`),
  ]);
  const head = [
    `${version}, ms`,
    ...names,
    ...Object.keys(results[0]?.ratio ?? {}).map((name) => `${name} ratio`),
  ];
  const line = (/** @type {string[]} */ cells) => `| ${cells.join(' | ')} |`;
  console.log([line(head), line(head.map(() => '---')), ...rows.map(line)].join('\n'));
}

/** @param {ReturnType<typeof summarize>[]} results */
function check(results) {
  const { checked, missed } = failedBars(results);
  for (const { app, variant, bar, ratio, met } of checked) {
    const word = met ? 'pass' : 'fail';
    console.error(`${word}  ${app}, ${variant}: ${ratio.toFixed(2)}x, the bar is ${bar}x`);
  }
  if (missed > 0) process.exitCode = 1;
}
