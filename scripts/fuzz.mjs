/**
 * Builds the fuzz targets of `fuzz/` and runs them under libFuzzer, on stable Rust.
 *
 *     npm run fuzz                               every target but `analyze`, some seconds each
 *     npm run fuzz -- record --seconds 600
 *     npm run fuzz -- record --keep              afterwards, writes a minimal corpus to tests/fixtures/fuzz/
 *     npm run fuzz -- pack --input FILE          one input again, such as a find
 *     npm run fuzz -- pack --seed 1 --runs 9000  the same inputs each time, from an empty corpus
 *     npm run fuzz -- nesting --seed 1           sources made from that seed on, without libFuzzer
 *
 * cargo-fuzz wants nightly for its sanitizers. These targets have no use for those, being safe Rust:
 * coverage comes from LLVM's own pass, which stable rustc runs when asked, and libFuzzer is compiled by
 * `libfuzzer-sys`. So a C++ compiler is all that is needed beside Rust.
 */

import { spawn, spawnSync } from 'node:child_process';
import fs from 'node:fs';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';

/**
 * @typedef {object} Target
 * @property {number} maxLength In bytes. Longer inputs are slower and say nothing new.
 * @property {string[]} seeds Folders with files to start from. `pack` writes its own.
 * @property {RegExp} [seedName]
 * @property {string} [feature] Of fuzz/Cargo.toml.
 * @property {string} [dictionary]
 */

/** @type {Record<string, Target>} */
const targets = {
  record: {
    maxLength: 4096,
    seeds: ['tests/fixtures/golden', 'tests/fixtures/bad'],
    seedName: /\.bmes$/,
  },
  entry: { maxLength: 1024, seeds: ['tests/fixtures/golden'], seedName: /\.bmes$/ },
  pack: { maxLength: 8192, seeds: [] },
  analyze: {
    maxLength: 512,
    seeds: ['test/fixtures', 'runtime', 'api', 'examples'],
    seedName: /\.[cm]?js$/,
    feature: 'analysis',
    dictionary: 'fuzz/javascript.dict',
  },
};

/** The longest source of `nesting`, in bytes. */
const LONGEST_NESTING = 10_000_000;

/** Those that are built in seconds. `analyze` is built with a parser. */
export const quickTargets = Object.keys(targets).filter((name) => !targets[name]?.feature);

/** Enough to run into anything that is not deep; the long runs are done by hand. */
const DEFAULT_SECONDS = 12;

/** The longest files reach the most, and a folder of a thousand is nobody's fixture. */
const MOST_KEPT = 100;

const root = fileURLToPath(new URL('../', import.meta.url));
const fuzz = path.join(root, 'fuzz');

/** The flags of cargo-fuzz, without its sanitizers. */
const coverage = [
  '-Cpasses=sancov-module',
  '-Cllvm-args=-sanitizer-coverage-level=4',
  '-Cllvm-args=-sanitizer-coverage-inline-8bit-counters',
  '-Cllvm-args=-sanitizer-coverage-pc-table',
  '-Cllvm-args=-sanitizer-coverage-trace-compares',
  '-Cllvm-args=-simplifycfg-branch-fold-threshold=0',
];

/**
 * What this machine lacks for fuzzing, if anything.
 *
 * @returns {string | undefined}
 */
export function missingForFuzzing() {
  if (process.platform === 'win32') return 'the link of libFuzzer has been tried on Unix only';
  const compiler = process.env.CXX ?? 'c++';
  return spawnSync(compiler, ['--version']).status === 0
    ? undefined
    : `no C++ compiler, ${compiler}`;
}

/**
 * @param {string[]} names
 * @returns {string} The folder of the binaries.
 */
function build(names) {
  const host = /^host: (.+)$/m.exec(spawnSync('rustc', ['-vV'], { encoding: 'utf8' }).stdout)?.[1];
  if (!host) throw new Error('rustc does not say what its host is');
  const features = names.flatMap((name) => targets[name]?.feature ?? []);
  // With a target named, the flags leave build scripts and macros alone, which run inside rustc.
  const args = ['build', '--release', '--locked', '--target', host, '--features', features.join()];
  const built = spawnSync('cargo', [...args, ...names.flatMap((name) => ['--bin', name])], {
    cwd: fuzz,
    env: {
      ...process.env,
      RUSTFLAGS: coverage.join(' '),
      CARGO_TARGET_DIR: path.join(fuzz, 'target'),
    },
    encoding: 'utf8',
    maxBuffer: 64 << 20,
  });
  if (built.error) throw built.error;
  if (built.status !== 0) throw new Error(`the targets cannot be built\n${built.stderr}`);
  return path.join(fuzz, 'target', host, 'release');
}

/** @param {string} name */
const folders = (name) => ({
  corpus: path.join(fuzz, 'corpus', name),
  seeds: path.join(fuzz, 'corpus', `${name}.seeds`),
  finds: path.join(fuzz, 'artifacts', name),
  kept: path.join(root, 'tests', 'fixtures', 'fuzz', name),
});

/** @param {string} name */
function prepare(name) {
  const { maxLength = 0, seeds = [], seedName = /./ } = targets[name] ?? {};
  const place = folders(name);
  fs.rmSync(place.seeds, { recursive: true, force: true });
  for (const folder of Object.values(place)) fs.mkdirSync(folder, { recursive: true });
  for (const folder of seeds) {
    const entries = fs.readdirSync(path.join(root, folder), { recursive: true, encoding: 'utf8' });
    for (const entry of entries.filter((file) => seedName.test(file))) {
      const file = path.join(root, folder, entry);
      const found = fs.statSync(file);
      if (!found.isFile() || found.size > maxLength) continue;
      const flat = `${folder}/${entry}`.replace(/[^\w.]/g, '-');
      fs.copyFileSync(file, path.join(place.seeds, flat));
    }
  }
}

/**
 * @param {string} binary
 * @param {string[]} args
 * @param {boolean} verbose
 * @returns {Promise<{ output: string, ended: number | string }>}
 */
function run(binary, args, verbose) {
  return new Promise((resolve, reject) => {
    const seeds = folders(path.basename(binary)).seeds;
    const child = spawn(binary, args, {
      cwd: root,
      env: { ...process.env, BMES_FUZZ_SEEDS: seeds },
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    let output = '';
    const collect = (/** @type {string} */ text) => {
      output += text;
      if (verbose) process.stderr.write(text);
    };
    child.stdout.setEncoding('utf8').on('data', collect);
    child.stderr.setEncoding('utf8').on('data', collect);
    child.on('error', reject);
    child.on('close', (code, signal) => resolve({ output, ended: code ?? signal ?? 'nothing' }));
  });
}

/**
 * @param {string} binary
 * @param {string} name
 * @param {{ seconds: number, runs: number, seed: number, verbose: boolean }} options
 * @returns {Promise<boolean>} Whether nothing was found.
 */
async function hunt(binary, name, { seconds, runs, seed, verbose }) {
  const { maxLength, dictionary } = targets[name] ?? {};
  const { corpus, seeds, finds, kept } = folders(name);
  // What earlier runs have reached would make this one another.
  if (runs > 0) fs.rmSync(corpus, { recursive: true, force: true });
  fs.mkdirSync(corpus, { recursive: true });
  console.log(`${name}: seed ${seed}`);
  const { output, ended } = await run(
    binary,
    [
      runs > 0 ? `-runs=${runs}` : `-max_total_time=${seconds}`,
      `-seed=${seed}`,
      `-max_len=${maxLength}`,
      '-timeout=10',
      '-print_final_stats=1',
      `-artifact_prefix=${finds}/`,
      ...(dictionary ? [`-dict=${path.join(root, dictionary)}`] : []),
      corpus,
      seeds,
      kept,
    ],
    verbose,
  );
  const number = (/** @type {RegExp} */ pattern) => output.match(pattern)?.at(-1) ?? '?';
  const inputs = /number_of_executed_units: (\d+)/.exec(output)?.[1] ?? '?';
  const edges = number(/cov: \d+/g).replace('cov: ', '');
  console.log(`${name}: ${inputs} inputs, ${edges} edges covered, ended with ${ended}`);
  if (ended === 0) return true;
  const find = /Test unit written to (\S+)/.exec(output)?.[1];
  console.log(output.split('\n').slice(-60).join('\n'));
  if (find) {
    console.log(`again: npm run fuzz -- ${name} --input ${path.relative(root, find)}`);
    console.log(
      `mended, keep it in ${path.relative(root, kept)}/ under a name that says what it was`,
    );
  }
  return false;
}

/**
 * Replaces the kept corpus by the fewest small inputs that cover what this machine has covered. Finds,
 * which have names of their own, stay.
 *
 * @param {string} binary
 * @param {string} name
 */
async function keep(binary, name) {
  const { corpus, seeds, kept } = folders(name);
  const merged = `${corpus}.merged`;
  fs.rmSync(merged, { recursive: true, force: true });
  fs.mkdirSync(merged);
  // How often an edge was taken would multiply the files by ten.
  const args = ['-set_cover_merge=1', '-use_counters=0', merged, kept, seeds, corpus];
  const { output, ended } = await run(binary, args, false);
  if (ended !== 0) throw new Error(`the corpus of ${name} cannot be merged\n${output}`);
  const isCorpus = (/** @type {string} */ file) => /^[\da-f]{40}$/.test(file);
  for (const file of fs.readdirSync(kept).filter(isCorpus)) fs.rmSync(path.join(kept, file));
  const sizeOf = (/** @type {string} */ file) => fs.statSync(path.join(merged, file)).size;
  const longest = fs.readdirSync(merged).sort((a, b) => sizeOf(b) - sizeOf(a));
  for (const file of longest.slice(0, MOST_KEPT)) {
    fs.copyFileSync(path.join(merged, file), path.join(kept, file));
  }
  fs.rmSync(merged, { recursive: true });
  const sizes = fs.readdirSync(kept).map((file) => fs.statSync(path.join(kept, file)).size);
  const bytes = sizes.reduce((sum, size) => sum + size, 0);
  console.log(`${name}: ${sizes.length} files of ${bytes} bytes kept`);
}

/**
 * Builds `nesting` as users get the package, without coverage or assertions, which take stack of their
 * own, and runs it.
 *
 * @param {number} seconds
 * @param {number} seed
 * @returns {Promise<boolean>} Whether nothing was found.
 */
async function nest(seconds, seed) {
  const target = path.join(fuzz, 'target', 'nesting');
  const args = ['build', '--release', '--locked', '--features', 'analysis', '--bin', 'nesting'];
  const built = spawnSync('cargo', args, {
    cwd: fuzz,
    env: {
      ...process.env,
      CARGO_TARGET_DIR: target,
      CARGO_PROFILE_RELEASE_DEBUG_ASSERTIONS: 'false',
      CARGO_PROFILE_RELEASE_OVERFLOW_CHECKS: 'false',
    },
    encoding: 'utf8',
    maxBuffer: 64 << 20,
  });
  if (built.status !== 0) throw new Error(`nesting cannot be built\n${built.stderr}`);
  const numbers = [seed, seconds, LONGEST_NESTING].map(String);
  const { output, ended } = await run(path.join(target, 'release', 'nesting'), numbers, false);
  const lines = output.trimEnd().split('\n');
  console.log(`nesting: from seed ${seed}: ${lines.at(-1)}, ended with ${ended}`);
  if (ended === 0) return true;
  console.log(lines.slice(-20).join('\n'));
  const last = lines.findLast((line) => /^seed \d+$/.test(line)) ?? '';
  console.log(`again: npm run fuzz -- nesting --seconds 0 --${last}`);
  return false;
}

async function main() {
  const { values, positionals } = parseArgs({
    allowPositionals: true,
    options: {
      seconds: { type: 'string', default: String(DEFAULT_SECONDS) },
      runs: { type: 'string', default: '0' },
      seed: { type: 'string' },
      input: { type: 'string' },
      keep: { type: 'boolean', default: false },
      verbose: { type: 'boolean', default: false },
    },
  });
  const names = positionals.length > 0 ? positionals : quickTargets;
  const known = [...Object.keys(targets), 'nesting'];
  const unknown = names.filter((name) => !known.includes(name));
  const seconds = Number(values.seconds);
  const runs = Number(values.runs);
  // libFuzzer takes 0 for none given.
  const seed = Number(values.seed ?? 1 + Math.floor(Math.random() * 0xffff_fffe));
  if (unknown.length > 0 || [seconds, runs, seed].some((n) => !Number.isSafeInteger(n) || n < 0)) {
    console.error(
      `usage: npm run fuzz -- [${known.join('|')}] [--seconds N] [--runs N] [--seed N]`,
    );
    return 2;
  }
  if (names.includes('nesting')) {
    const others = names.length > 1;
    const sound = await nest(seconds, seed);
    if (others) console.error('nesting runs by itself; name the others without it');
    return sound && !others ? 0 : 1;
  }
  const missing = missingForFuzzing();
  if (missing) {
    console.error(`not on this machine: ${missing}`);
    return 2;
  }
  const binaries = build(names);
  let sound = true;
  for (const name of names) {
    prepare(name);
    const binary = path.join(binaries, name);
    if (values.input) {
      const { output, ended } = await run(binary, [path.resolve(values.input)], false);
      console.log(output.trimEnd());
      sound &&= ended === 0;
      continue;
    }
    // `--seconds 0 --keep` only minimises: to libFuzzer, 0 is no limit.
    if (seconds > 0 || runs > 0) {
      const options = { seconds, runs, seed, verbose: values.verbose };
      sound = (await hunt(binary, name, options)) && sound;
    }
    if (values.keep && sound) await keep(binary, name);
  }
  return sound ? 0 : 1;
}

if (process.argv[1] && fs.realpathSync(process.argv[1]) === fileURLToPath(import.meta.url)) {
  process.exitCode = await main();
}
