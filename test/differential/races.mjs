/**
 * Small graphs whose `import()`s race each other and count microtasks, many in one app, because it takes a
 * process of each stage to run it.
 *
 * Each graph has a folder with its modules and a `run.js`, which starts `import()`s one after the other,
 * waits some microtasks, or for all it has started, and says when each settled and how, and when each
 * module was evaluated. The app runs one graph after the other and prints a line for each.
 */

import { Random } from './random.mjs';

/** What a module is, if it is no usual ES module. */
const ENDS = /** @type {const} */ (['json', 'commonjs', 'builtin', 'missing']);

/**
 * Counts microtasks while something of a graph is under way. `R` is `require()` where it is told to.
 */
const RUNNER = `
export const log = [];
let tick = 0;
let open = 0;
let isCounting = false;
function count() {
  tick++;
  if (open > 0) queueMicrotask(count);
  else isCounting = false;
}
export function say(what) { log.push(what + '@' + tick); }
export function track(what, promise) {
  open++;
  if (!isCounting) { isCounting = true; queueMicrotask(count); }
  const done = (how) => { open--; say(what + ' ' + how); };
  promise.then(
    (value) => done('is ' + Object.keys(value)),
    (error) => done('fails ' + (error.code ?? error.name) + ' ' + String(error.message).split('\\n')[0].replace(/'[^']*'/g, "''").slice(0, 60)),
  );
  return promise.catch(() => {});
}
export async function wait(ticks) { for (let at = 0; at < ticks; at++) await 0; }
export async function start(run) {
  log.length = 0; tick = 0; open = 0; isCounting = false;
  await run();
  await new Promise((done) => setImmediate(done));
  return log.join('; ');
}
globalThis.say = say;
globalThis.track = track;
`;

/**
 * @param {number} seed
 * @param {number} count of graphs
 * @returns {Record<string, string>} files of an app
 */
export function generateRaces(seed, count) {
  /** @type {Record<string, string>} */
  const files = { 'package.json': '{"type":"module"}', 'runner.js': RUNNER };
  const names = [];
  for (let at = 0; at < count; at += 1) {
    const name = `g${seed + at}`;
    names.push(name);
    for (const [file, text] of Object.entries(generateRace(seed + at))) {
      files[`${name}/${file}`] = text;
    }
  }
  const imports = names.map((name) => `import * as ${name} from './${name}/run.js';`);
  files['main.js'] = [
    `import { start } from './runner.js';`,
    ...imports,
    `for (const [name, { run }] of Object.entries({ ${names.join()} })) {`,
    `  console.log(name, await start(run));`,
    `}`,
  ].join('\n');
  return files;
}

/** @param {number} seed */
function generateRace(seed) {
  const random = new Random(seed);
  /** @type {Record<string, string>} */
  const files = {};
  const size = 1 + random.below(9);
  /** How likely a module imports one before it: cycles. */
  const back = random.chance(0.3) ? 0.25 : 0;
  const isDeep = random.chance(0.4);
  const modules = Array.from({ length: size }, (_, at) => `m${at}.js`);
  const ends = Object.fromEntries(
    ENDS.map((kind) => [
      kind,
      { json: 'data.json', commonjs: 'legacy.cjs', builtin: 'node:path', missing: 'nowhere.js' }[
        kind
      ],
    ]),
  );
  files['data.json'] = '{"a":1}';
  files['legacy.cjs'] = `say('legacy'); exports.a = 1;`;
  const kinds = modules.map(() => random.next());

  for (const [at, file] of modules.entries()) {
    const lines = [];
    const kind = /** @type {number} */ (kinds[at]);
    const later = modules.slice(at + 1);
    if (isDeep && later[0]) lines.push(`import './${later[0]}';`);
    for (const other of modules) {
      const isLater = modules.indexOf(other) > at;
      if (random.chance(isLater ? (isDeep ? 0.1 : 0.35) : back)) lines.push(`import './${other}';`);
    }
    if (random.chance(0.15)) lines.push(`import './${ends.json}' with { type: 'json' };`);
    if (random.chance(0.15)) lines.push(`import './${ends.commonjs}';`);
    if (random.chance(0.15)) lines.push(`import '${ends.builtin}';`);
    if (random.chance(0.015)) lines.push(`import './${ends.missing}';`);
    // The order of requests is that of the text.
    for (let from = lines.length - 1; from > 0; from -= 1) {
      const to = random.below(from + 1);
      [lines[from], lines[to]] = [String(lines[to]), String(lines[from])];
    }
    lines.push(`say('${at}');`, `export const m${at} = ${at};`);
    if (kind < 0.08)
      lines.push(
        `await ${random.pick(['0', 'Promise.resolve()', '{ then(done) { done(); } }'])};`,
        `say('${at} again');`,
      );
    else if (kind < 0.12) lines.push(`throw new TypeError('of ${at}');`);
    else if (kind < 0.14) lines.push(`await 0; throw new RangeError('of ${at}');`);
    else if (kind < 0.155) lines.push(`let let;`);
    else if (kind < 0.17 && at + 1 < size) lines.push(`import { nothing } from './m${at + 1}.js';`);
    else if (kind < 0.22) {
      const target = random.below(size);
      lines.push(`track('${target} of ${at}', import('./m${target}.js'));`);
    }
    if (random.chance(0.08)) lines.push(`import.meta.url;`);
    files[file] = lines.join('\n');
  }

  const steps = [`import { say, track, wait } from '../runner.js';`];
  // Loaded before, as part of the app itself.
  if (random.chance(0.25)) {
    const early = random.below(size);
    const isSound = ![...reach(files, `m${early}.js`)].some((file) => isBad(files[file]));
    if (isSound) steps.push(`import './m${early}.js';`);
  }
  steps.push(`export async function run() {`, `  const pending = [];`);
  const count = 1 + random.below(6);
  for (let at = 0; at < count; at += 1) {
    const choice = random.next();
    if (choice < 0.7) {
      const target = random.below(size);
      steps.push(`  pending.push(track('${target}', import('./m${target}.js')));`);
    } else if (choice < 0.78) {
      const [what, words] = random.pick([
        ['json', `'./${ends.json}', { with: { type: 'json' } }`],
        ['legacy', `'./${ends.commonjs}'`],
        ['builtin', `'${ends.builtin}'`],
        ['missing', `'./${ends.missing}'`],
        ['nothing', `'no-such-package'`],
      ]);
      steps.push(`  pending.push(track('${what}', import(${words})));`);
    } else if (choice < 0.93) {
      steps.push(`  await wait(${1 + random.below(30)});`);
    } else {
      steps.push(`  await Promise.all(pending);`);
    }
  }
  steps.push(`  await Promise.all(pending);`, `}`);
  files['run.js'] = steps.join('\n');
  return files;
}

/** @param {string | undefined} text */
function isBad(text = '') {
  return /nowhere|throw |let let|nothing|await /.test(text);
}

/**
 * @param {Record<string, string>} files
 * @param {string} from
 */
function reach(files, from) {
  const seen = new Set([from]);
  for (const file of seen) {
    for (const [, target] of (files[file] ?? '').matchAll(/'\.\/([\w.]+)'/g)) {
      if (target) seen.add(target);
    }
  }
  return seen;
}
