/**
 * What does a graph cost that is kept in Rust, and what does it save those who ask it?
 *
 *     cargo build --release --example crawl && node bench/graph.mjs [--rounds 11] [--modules 10000]
 *
 * 1. `buildGraph` of astro, in a process of its own, against the crawl alone (examples/crawl.rs).
 * 2. Questions about a generated app, against es-module-lexer reading the same sources, which is the least
 *    that a tool without a graph does. Every question is asked of a new graph, so what it needs to find
 *    out first is in its time; building the graph is not.
 *
 * Rounds are interleaved, one of each in turn; what is printed are medians of CPU time of the process
 * (of wall time for the crawl, which uses several threads), and medians of the ratios of neighbours.
 */

import { spawnSync } from 'node:child_process';
import fs from 'node:fs';
import { builtinModules, createRequire } from 'node:module';
import os from 'node:os';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { buildGraph } from '../index.js';
import { median, ratio } from './statistics.mjs';

const root = fileURLToPath(new URL('../', import.meta.url));
const { values: options } = parseArgs({
  options: {
    rounds: { type: 'string', default: '11' },
    modules: { type: 'string', default: '10000' },
    // For the process that this one starts.
    once: { type: 'string' },
  },
});
const rounds = Number(options.rounds);

if (options.once === undefined) {
  await crawls(path.join(root, 'apps/entries/astro.mjs'));
  await questions(Number(options.modules));
} else {
  const start = performance.now();
  buildGraph(options.once);
  console.log(performance.now() - start);
}

/** @param {string} entry */
async function crawls(entry) {
  const binary = path.join(root, 'target/release/examples/crawl');
  if (!fs.existsSync(binary)) {
    console.log('the crawl alone is not built: cargo build --release --example crawl\n');
    return;
  }
  const env = { ...process.env, BUILTINS: builtinModules.join('\n') };
  /** @type {number[]} */
  const ours = [];
  /** @type {number[]} */
  const alone = [];
  for (let round = 0; round <= rounds; round++) {
    const built = output(process.execPath, [fileURLToPath(import.meta.url), '--once', entry]);
    const crawled = output(binary, [entry, '1'], env);
    const [, number = '', unit] = /min ([\d.]+)(ms|s)/.exec(crawled) ?? [];
    // The first one fills the file cache.
    if (round === 0) continue;
    ours.push(Number(built));
    alone.push(Number(number) * (unit === 's' ? 1000 : 1));
  }
  console.log(`buildGraph of astro, wall time, ${rounds} rounds`);
  console.log(`  the crawl alone        ${ms(median(alone))}`);
  console.log(
    `  buildGraph             ${ms(median(ours))}  ${timesTheCrawl(ratio(ours, alone).median)}\n`,
  );
}

/** @param {number} count */
async function questions(count) {
  const folder = fs.mkdtempSync(path.join(os.tmpdir(), 'bmes-bench-graph-'));
  try {
    const entry = generate(folder, count);
    const first = buildGraph(entry);
    const sources = first.urls().map((url) => first.source(url));
    const last = first.urls().at(-1) ?? '';
    const lexer = createRequire(import.meta.url)('es-module-lexer');
    await lexer.init;
    /** @type {Record<string, (graph: import('../index.js').ModuleGraph) => unknown>} */
    const asked = {
      'importers, direct and all': (graph) => [graph.importers(last), graph.dependents(last)],
      'exports of the entry': (graph) => graph.exports(entry),
      cycles: (graph) => graph.cycles(),
      'order of evaluation': (graph) => graph.evaluationOrder(),
      'exports of every module': (graph) => graph.allExports(),
      'everything as objects': (graph) => graph.toJSON(),
    };
    /** @type {number[]} */
    const lexed = [];
    /** @type {Map<string, number[]>} */
    const answered = new Map(Object.keys(asked).map((name) => [name, []]));
    for (let round = 0; round <= rounds; round++) {
      const lexing = cpu(() => {
        for (const source of sources) lexer.parse(source);
      });
      const times = Object.entries(asked).map(([name, ask]) => {
        const graph = buildGraph(entry);
        return /** @type {const} */ ([name, cpu(() => ask(graph))]);
      });
      if (round === 0) continue;
      lexed.push(lexing);
      for (const [name, time] of times) answered.get(name)?.push(time);
    }
    const megabytes = sources.reduce((sum, source) => sum + source.length, 0) / 1e6;
    console.log(
      `${first.size} modules, ${megabytes.toFixed(1)} MB, CPU time, ${rounds} rounds, Node ${process.versions.node}`,
    );
    console.log(`  es-module-lexer reads them  ${ms(median(lexed))}`);
    for (const [name, all] of answered) {
      const faster = ratio(lexed, all).median;
      console.log(`  ${name.padEnd(26)}  ${ms(median(all))}  ${faster.toFixed(1)} times faster`);
    }
  } finally {
    fs.rmSync(folder, { recursive: true });
  }
}

/**
 * An app of features: each a barrel over modules of about 3 kB, which import some of each other.
 *
 * @param {string} folder
 * @param {number} count
 */
function generate(folder, count) {
  const perFeature = 99;
  const features = Math.ceil(count / (perFeature + 1));
  const write = (/** @type {string} */ name, /** @type {string[]} */ lines) =>
    fs.writeFileSync(path.join(folder, `${name}.mjs`), lines.join('\n'));
  for (let feature = 0; feature < features; feature++) {
    const parts = Array.from({ length: perFeature }, (_, at) => `f${feature}m${at}`);
    write(
      `f${feature}`,
      parts.map((part) => `export * from './${part}.mjs';`),
    );
    for (const [at, part] of parts.entries()) {
      const near = parts[(at * 7 + 3) % perFeature];
      const far = `f${(feature * 13 + at) % features}m${(at * 31) % perFeature}`;
      const lines = [`import { ${near}A } from './${near}.mjs';`, `import './${far}.mjs';`];
      for (let line = 0; line < 36; line++) {
        lines.push(`  // What is done here is explained in a line or two, as it should be.`);
        lines.push(
          `function work${line}(a, b = "text ${line}") { return a ? [b, /x{${line}}/] : {} }`,
        );
      }
      const names = ['A', 'B', 'C', 'D'].map((letter) => `${part}${letter}`);
      lines.push(...names.map((name) => `export const ${name} = (it) => work1(it, ${near}A);`));
      write(part, lines);
    }
  }
  write(
    'main',
    Array.from({ length: features }, (_, feature) => `export * from './f${feature}.mjs';`),
  );
  return path.join(folder, 'main.mjs');
}

/**
 * @param {string} program
 * @param {string[]} args
 * @param {NodeJS.ProcessEnv} [env]
 */
function output(program, args, env = process.env) {
  const { status, stdout, stderr } = spawnSync(program, args, { env, encoding: 'utf8' });
  if (status !== 0) throw new Error(`${program} ended with ${status}: ${stderr}`);
  return stdout;
}

/** @param {() => unknown} act */
function cpu(act) {
  const start = process.cpuUsage();
  act();
  const { user, system } = process.cpuUsage(start);
  return (user + system) / 1000;
}

/** @param {number} milliseconds */
function ms(milliseconds) {
  return `${milliseconds.toFixed(1).padStart(8)} ms`;
}

/** @param {number} factor */
function timesTheCrawl(factor) {
  return `${factor.toFixed(2)} times the crawl`;
}
