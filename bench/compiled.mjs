/**
 * How long the first start of an app takes where it was just put: a folder that holds the app and a compiled
 * pack, no home, and no cache that could be written.
 *
 *     sudo node bench/compiled.mjs --node 24
 *
 * Each app is copied to a folder of its own, as an image would hold it, and compiled before it is copied. Every
 * start is the first one there: nothing is left behind by those before it. Columns are interleaved; with a
 * dropped file cache everything that a start reads, Node included, comes from the disk.
 */

import { spawnSync } from 'node:child_process';
import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { parseArgs } from 'node:util';
import { nodeBinary } from '../scripts/runtimes.mjs';
import { packageWithBundle } from './package.mjs';
import { readyRows } from './rows.mjs';
import { median, ratio, spread } from './statistics.mjs';

const usage = `usage: node bench/compiled.mjs [options]
  --rows a,b     names of bench/rows.mjs (default astro,lodash-es,knip --help)
  --runs n       measured starts of each with a warm file cache (default 11)
  --cold-runs n  and with a dropped one (default 7; 0 where you are not root)
  --node n       22, 24, 26, or the path of a binary (default: the one that runs this)
  --json file    also write the raw numbers`;

/**
 * @typedef {object} Column
 * @property {string} name
 * @property {string[]} [compile] what `bmes compile --out` is called with besides
 * @property {string} [stage] what the timeline of a start must say
 */

/** @type {Column[]} */
const columns = [
  { name: 'native' },
  { name: 'compile cache' },
  { name: 'portable', compile: [], stage: 'stage warm' },
  { name: 'frozen', compile: ['--frozen'], stage: 'stage warm' },
];

/** The folder of an app with all that it needs. @typedef {{ row: import('./rows.mjs').Row, place: string }} Placed */

const options = readOptions();
const node = await nodeBinary(options.node);
// Everything that a start reads is on one disk.
const scratch = fs.realpathSync(fs.mkdtempSync(path.join(os.tmpdir(), 'bmes-compiled-')));
try {
  const ours = await packageWithBundle(scratch);
  const rows = await readyRows(options.rows, scratch);
  /** @type {{ name: string, warm: Record<string, number[]>, cold: Record<string, number[]> }[]} */
  const results = [];
  for (const row of rows) {
    const placed = place(row, ours);
    for (const column of columns) verify(column, placed, ours);
    const warm = measure(placed, ours, options.runs, () => {});
    const cold = measure(placed, ours, options.coldRuns, dropFileCache);
    results.push({ name: row.name, warm, cold });
    process.stderr.write(`measured ${row.name}\n`);
  }
  const version = spawnSync(node, ['--version'], { encoding: 'utf8' }).stdout.trim();
  printTable(`${version}, ms`, results);
  if (options.json) fs.writeFileSync(options.json, `${JSON.stringify({ version, results })}\n`);
} finally {
  fs.rmSync(scratch, { recursive: true, force: true, maxRetries: 10, retryDelay: 50 });
}

function readOptions() {
  try {
    const { values } = parseArgs({
      options: {
        rows: { type: 'string', default: 'astro,lodash-es,knip --help' },
        runs: { type: 'string', default: '11' },
        'cold-runs': { type: 'string', default: process.getuid?.() === 0 ? '7' : '0' },
        node: { type: 'string' },
        json: { type: 'string' },
        help: { type: 'boolean', default: false },
      },
    });
    if (values.help) {
      console.log(usage);
      process.exit(0);
    }
    const [runs, coldRuns] = [Number(values.runs), Number(values['cold-runs'])];
    if (!Number.isInteger(runs) || runs < 1) throw new Error('--runs must be a whole number');
    if (!Number.isInteger(coldRuns) || coldRuns < 0) {
      throw new Error('--cold-runs must be a whole number');
    }
    return { ...values, runs, coldRuns, rows: values.rows.split(',').filter(Boolean) };
  } catch (error) {
    console.error(`${/** @type {Error} */ (error).message}\n${usage}`);
    process.exit(2);
  }
}

/**
 * Compiles an app, and puts it where nobody has started it yet.
 *
 * @param {import('./rows.mjs').Row} row
 * @param {string} ours
 * @returns {Placed}
 */
function place(row, ours) {
  const folder = path.join(scratch, 'places', row.name.replaceAll(/\W+/g, '-'));
  fs.mkdirSync(folder, { recursive: true });
  for (const { name, compile } of columns) {
    if (!compile) continue;
    const words = ['--out', path.join(folder, `${name}.bmes`), '--root', row.cwd, ...compile];
    const argv = [path.join(ours, 'cli/bmes.js'), 'compile', ...words, row.entry];
    const made = spawnSync(node, argv, {
      cwd: row.cwd,
      env: { PATH: process.env.PATH, BMES_CACHE_DIR: path.join(scratch, 'build') },
      encoding: 'utf8',
    });
    if (made.status !== 0) throw new Error(`${row.name}: bmes compile\n${made.stderr}`);
  }
  const project = path.join(folder, 'project');
  fs.cpSync(row.cwd, project, { recursive: true, verbatimSymlinks: true });
  // Nobody calls a file racy that was written a moment ago.
  const entry = path.join(project, path.relative(row.cwd, row.entry));
  return { row: { ...row, entry, cwd: project }, place: folder };
}

/**
 * @param {Column} column
 * @param {Placed} placed
 * @param {string} ours
 * @param {Record<string, string>} [env]
 */
function start({ name, compile }, { row, place: folder }, ours, env = {}) {
  const preload = compile ? ['--import', path.join(ours, 'runtime/register.js')] : [];
  /** @type {Record<string, string>} */
  const own = compile ? { BMES_PACK: path.join(folder, `${name}.bmes`) } : {};
  if (name === 'compile cache') own.NODE_COMPILE_CACHE = path.join(folder, 'compile-cache');
  return {
    argv: [...preload, row.entry, ...row.args],
    env: { PATH: process.env.PATH, TZ: 'UTC', LANG: 'C.UTF-8', NO_COLOR: '1', ...own, ...env },
    cwd: row.cwd,
  };
}

/**
 * A start that prints something else than Node alone, or is not what it is measured for, has no time worth
 * printing. It also fills Node's compile cache.
 *
 * @param {Column} column
 * @param {Placed} placed
 * @param {string} ours
 */
function verify(column, placed, ours) {
  const run = (/** @type {Column} */ how, /** @type {Record<string, string>} */ env) => {
    const { argv, ...rest } = start(how, placed, ours, env);
    return spawnSync(node, argv, { ...rest, encoding: 'utf8' });
  };
  const native = run({ name: 'native' }, {});
  const own = run(column, column.stage ? { BMES_DEBUG: '1' } : {});
  if (own.status !== placed.row.exitCode || own.stdout !== native.stdout) {
    throw new Error(`${placed.row.name}, ${column.name}: another answer\n${own.stderr}`);
  }
  if (column.stage && !own.stderr.includes(`bmes: ${column.stage}`)) {
    throw new Error(`${placed.row.name}, ${column.name}: not "${column.stage}"\n${own.stderr}`);
  }
}

/**
 * @param {Placed} placed
 * @param {string} ours
 * @param {number} runs
 * @param {() => void} before each start
 */
function measure(placed, ours, runs, before) {
  /** @type {Record<string, number[]>} */
  const times = Object.fromEntries(columns.map(({ name }) => [name, []]));
  for (let nth = 0; nth < runs; nth++) {
    for (const column of columns) {
      const { argv, ...rest } = start(column, placed, ours);
      before();
      const begun = process.hrtime.bigint();
      const { error, signal } = spawnSync(node, argv, { ...rest, stdio: 'ignore' });
      const took = Number(process.hrtime.bigint() - begun) / 1e6;
      if (error ?? signal) throw error ?? new Error(`${column.name}: ended by ${signal}`);
      times[column.name]?.push(took);
    }
  }
  return times;
}

function dropFileCache() {
  spawnSync('sync');
  fs.writeFileSync('/proc/sys/vm/drop_caches', '3');
}

/**
 * @param {string} unit
 * @param {{ name: string, warm: Record<string, number[]>, cold: Record<string, number[]> }[]} results
 */
function printTable(unit, results) {
  const line = (/** @type {string[]} */ cells) => `| ${cells.join(' | ')} |`;
  const names = columns.map(({ name }) => name);
  const compared = columns.filter(({ compile }) => compile).map(({ name }) => name);
  const head = [unit, 'file cache', ...names, ...compared.map((name) => `${name}: native is`)];
  console.log(`${line(head)}\n${line(head.map(() => '---'))}`);
  for (const { name, warm, cold } of results) {
    for (const [cache, times] of /** @type {const} */ ([
      ['warm', warm],
      ['dropped', cold],
    ])) {
      const of = (/** @type {string} */ column) => times[column] ?? [];
      if (of('native').length === 0) continue;
      const cells = names.map(
        (column) => `${median(of(column)).toFixed(0)} ±${spread(of(column)).toFixed(0)}`,
      );
      const ratios = compared.map(
        (column) => `${ratio(of('native'), of(column)).median.toFixed(2)}x`,
      );
      console.log(line([name, cache, ...cells, ...ratios]));
    }
  }
}
