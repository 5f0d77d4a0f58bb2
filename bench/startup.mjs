/**
 * How long real apps take to start, whole process, from spawn to exit.
 *
 *     node bench/startup.mjs --node 24 --runs 15 --check
 *
 * See README.md beside this file for what each column isolates. Runs are interleaved, one of each
 * column in turn, so that a machine that slows down slows all of them.
 */

import { spawnSync } from 'node:child_process';
import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { parseArgs } from 'node:util';
import { nodeBinary, runtimes } from '../scripts/runtimes.mjs';
import { bars } from './bars.mjs';
import { barChart } from './chart.mjs';
import { BASELINE, columns, environment } from './columns.mjs';
import { packageWithBundle } from './package.mjs';
import { readyRows } from './rows.mjs';
import { median, ratio, spread } from './statistics.mjs';

/**
 * @typedef {object} Result
 * @property {import('./rows.mjs').Row} row
 * @property {Record<string, number[]>} times By column, in milliseconds, in the order they were measured.
 */

const DEFAULT_COLUMNS = `native,${BASELINE},first,second,bmes-cache,hooks,bundle,node -e 0`;

const usage = `usage: node bench/startup.mjs [options]
  --rows a,b     names, or library, program, graph, typescript (default: all)
  --columns a,b  of ${columns.map(({ name }) => name).join(', ')}
                 (default ${DEFAULT_COLUMNS})
  --runs n       measured runs of each (default 15)
  --node n       22, 24, 26, or the path of a binary (default: the one that runs this)
  --cold         drop the system's file cache before each run (Linux, root)
  --json file    also write the raw numbers
  --chart file   also draw native, compile cache and bmes-cache
  --check        also compare with the bars, and exit 1 where one is missed`;

const options = readOptions();
const node = await nodeBinary(options.node);
const others = await runtimes();
const scratch = fs.realpathSync(fs.mkdtempSync(path.join(os.tmpdir(), 'bmes-bench-')));
try {
  const version = spawnSync(node, ['--version'], { encoding: 'utf8' }).stdout.trim();
  const register = path.join(await packageWithBundle(scratch), 'runtime', 'register.js');
  /** @type {Result[]} */
  const results = [];
  for (const row of await readyRows(options.rows, scratch)) {
    results.push(await measure(row, register));
    process.stderr.write(`measured ${row.name}\n`);
  }
  printTable(version, results);
  if (options.json) {
    const machine = { cpus: os.cpus().length, model: os.cpus()[0]?.model, system: os.version() };
    const measured = results.map(({ row, times }) => ({ name: row.name, kind: row.kind, times }));
    const all = { node: version, machine, runs: options.runs, cold: options.cold, rows: measured };
    fs.writeFileSync(options.json, `${JSON.stringify(all, null, 1)}\n`);
  }
  if (options.chart) fs.writeFileSync(options.chart, barChart(version, results));
  if (options.check) check(results);
} finally {
  fs.rmSync(scratch, { recursive: true, force: true });
}

function readOptions() {
  try {
    const { values } = parseArgs({
      options: {
        rows: { type: 'string', default: '' },
        columns: { type: 'string', default: DEFAULT_COLUMNS },
        runs: { type: 'string', default: '15' },
        node: { type: 'string' },
        cold: { type: 'boolean', default: false },
        json: { type: 'string' },
        chart: { type: 'string' },
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
    const words = (/** @type {string} */ list) => list.split(',').filter(Boolean);
    const names = words(values.columns);
    const unknown = names.filter((name) => !columns.some((column) => column.name === name));
    if (unknown.length > 0) throw new Error(`no column is called ${unknown.join(', ')}`);
    return { ...values, runs, rows: words(values.rows), columns: names };
  } catch (error) {
    console.error(`${/** @type {Error} */ (error).message}\n${usage}`);
    process.exit(2);
  }
}

/**
 * @param {import('./rows.mjs').Row} row
 * @param {string} register
 * @returns {Promise<Result>}
 */
async function measure(row, register) {
  const starts = columns
    .filter(({ name, has }) => options.columns.includes(name) && (has?.(row) ?? true))
    .map((column) => {
      const folder = path.join(
        scratch,
        row.name.replaceAll(/\W+/g, '-'),
        column.name.replaceAll(' ', '-'),
      );
      fs.mkdirSync(folder, { recursive: true });
      const start = { row, folder, register, run: () => void timeOf(column, start) };
      return { column, start };
    });
  for (const { column, start } of starts) {
    await column.prepare?.(start);
    column.reset?.(start);
    verify(column, start);
    await column.settle?.(start);
  }
  /** @type {Record<string, number[]>} */
  const times = Object.fromEntries(starts.map(({ column }) => [column.name, []]));
  for (let nth = 0; nth < options.runs; nth++) {
    for (const { column, start } of starts) {
      column.reset?.(start);
      if (options.cold) dropFileCache();
      times[column.name]?.push(timeOf(column, start));
      await column.settle?.(start);
    }
  }
  return { row, times };
}

/**
 * One start, in milliseconds.
 *
 * @param {import('./columns.mjs').Column} column
 * @param {import('./columns.mjs').Start} start
 */
function timeOf(column, start) {
  const { argv, env = {} } = column.command(start);
  const begun = process.hrtime.bigint();
  const { error, signal } = spawnSync(binaryOf(column), argv, {
    cwd: start.row.cwd,
    env: environment(scratch, env),
    stdio: 'ignore',
  });
  const ended = process.hrtime.bigint();
  if (error) throw error;
  if (signal) throw new Error(`${start.row.name}, ${column.name}: ended by ${signal}`);
  return Number(ended - begun) / 1e6;
}

/** @param {import('./columns.mjs').Column} column */
function binaryOf({ runtime }) {
  if (runtime === undefined) return node;
  const binary = others[runtime];
  if (!binary) throw new Error(`there is no ${runtime} for this platform`);
  return binary;
}

/**
 * A column that fails, prints something else than Node alone, or does not run the stage it is measured
 * for, has no time worth printing.
 *
 * @param {import('./columns.mjs').Column} column
 * @param {import('./columns.mjs').Start} start
 */
function verify(column, start) {
  const { row } = start;
  const { argv, env = {} } = column.command(start);
  /** @type {Record<string, string>} */
  const debug = column.stage ? { BMES_DEBUG: '1' } : {};
  const run = spawnSync(binaryOf(column), argv, {
    cwd: row.cwd,
    env: environment(scratch, { ...env, ...debug }),
    encoding: 'utf8',
  });
  const isFloor = !argv.some((word) => word === row.entry || word.startsWith(start.folder));
  if (!isFloor && run.status !== row.exitCode) {
    throw new Error(`${row.name}, ${column.name}: ended with ${run.status}\n${run.stderr}`);
  }
  const native = isFloor
    ? run
    : spawnSync(node, [row.entry, ...row.args], {
        cwd: row.cwd,
        env: environment(scratch, {}),
        encoding: 'utf8',
      });
  if (run.stdout !== native.stdout) {
    throw new Error(`${row.name}, ${column.name}: it prints something else than Node alone`);
  }
  if (column.stage && !run.stderr.includes(`bmes: ${column.stage}`)) {
    const said = run.stderr.match(/^bmes: .*$/gm)?.join('\n  ') ?? '(nothing)';
    process.stderr.write(`${row.name}: ${column.name} is not "${column.stage}":\n  ${said}\n`);
  }
}

function dropFileCache() {
  spawnSync('sync');
  fs.writeFileSync('/proc/sys/vm/drop_caches', '3');
}

/**
 * @param {string} version
 * @param {Result[]} results
 */
function printTable(version, results) {
  const names = options.columns;
  const against = ['bmes-cache', 'hooks'].filter((name) => names.includes(name));
  const head = [`${version}, ms`, ...names, ...against.map((name) => `${name} is faster by`)];
  const body = results.map(({ row, times }) => [
    row.name,
    ...names.map((name) => {
      const values = times[name];
      return values ? `${median(values).toFixed(0)} ±${spread(values).toFixed(0)}` : '';
    }),
    ...against.map((name) => {
      const { median: value } = ratio(times[BASELINE] ?? [], times[name] ?? []);
      return Number.isNaN(value) ? '' : `${value.toFixed(2)}x`;
    }),
  ]);
  const line = (/** @type {string[]} */ cells) => `| ${cells.join(' | ')} |`;
  console.log([line(head), line(head.map(() => '---')), ...body.map(line)].join('\n'));
}

/** @param {Result[]} results */
function check(results) {
  for (const { what, reached, bar, met } of bars(results)) {
    console.error(`${met ? 'pass' : 'FAIL'}  ${what}: ${reached.toFixed(2)}, the bar is ${bar}`);
    if (!met) process.exitCode = 1;
  }
}
