/**
 * Random apps: files as lists of statements, so that an app that shows a difference can be made smaller
 * by leaving statements out. Each statement stands on a line of its own and prints what it sees.
 */

import { Random } from './random.mjs';
import { Writer } from './writer.mjs';

/**
 * @typedef {Map<string, string[]> & { isCalm?: boolean }} App Statements by file; the entry is `main.mjs`.
 *   Calm: nothing it prints depends on how many microtasks the loading of a module takes.
 *
 * @typedef {object} Plan
 * @property {number} id
 * @property {string} file
 * @property {'module' | 'commonjs' | 'json'} kind
 * @property {string[]} names What it exports by itself.
 */

export const ENTRY = 'main.mjs';

const FOLDERS = ['', '', 'a/', 'a/b/'];

/** Loaded by every module before anything else; it makes what they print readable. */
const PRELUDE = [
  `const seen = new Map();`,
  `globalThis.log = (...words) => console.log(...words);`,
  `globalThis.why = (e) => e instanceof Error ? [e.name, e.code, e.message.replaceAll(process.cwd(), '')].join(' | ') : 'thrown ' + String(e);`,
  `globalThis.show = (v, depth = 0) => {`,
  `  if (typeof v === 'function') return 'function ' + v.name;`,
  `  if (typeof v !== 'object' || v === null) return String(v);`,
  `  if (depth > 1) return '...';`,
  `  const keys = Reflect.ownKeys(v).filter((k) => typeof k === 'string').slice(0, 12);`,
  `  return (v[Symbol.toStringTag] ?? '') + '{' + keys.map((k) => { try { return k + ': ' + show(v[k], depth + 1); } catch (e) { return k + ' ! ' + why(e); } }).join(', ') + '}';`,
  `};`,
  `globalThis.same = (what, v) => { if (!seen.has(what)) { seen.set(what, v); return 'first'; } return seen.get(what) === v ? 'same' : 'ANOTHER'; };`,
  `globalThis.attempt = (label, step) => { try { log(label, step()); } catch (e) { log(label, 'threw', why(e)); } };`,
  `globalThis.frames = (e) => e.stack.split('\\n').filter((l) => l.includes('file:')).slice(0, 4).map((l) => l.trim().replaceAll(process.cwd(), '')).join(' ; ');`,
  `globalThis.makers = [(text) => eval(text), (body) => Function(body), Function];`,
  `globalThis.settled = new Promise((resolve) => { globalThis.settle = resolve; });`,
  `globalThis.later = (label, step) => { globalThis.settled = globalThis.settled.then(step).then((v) => log(label, show(v)), (e) => log(label, 'rejected', why(e))); };`,
];

/** @param {number} seed */
export function generate(seed) {
  const random = new Random(seed);
  const plans = plansOf(random);
  // Half of the apps run everything asynchronous one after the other, so that what they print does not
  // depend on how long a file takes to be read.
  const isCalm = random.chance(0.6);
  const writer = new Writer(random, plans, { isCalm, isBroken: random.chance(0.2) });
  /** @type {App} */
  const app = Object.assign(new Map(), { isCalm });
  app.set('package.json', [
    '{ "name": "app", "type": "module", "imports": { "#one": "./' + plans[0]?.file + '" } }',
  ]);
  app.set('prelude.mjs', PRELUDE);
  app.set('node_modules/dep/package.json', [
    '{ "name": "dep", "exports": { ".": { "import": "./i.mjs", "require": "./r.cjs" }, "./sub": "./sub.cjs" } }',
  ]);
  app.set('node_modules/dep/i.mjs', [
    `import sub from './sub.cjs';`,
    `log('dep i');`,
    `export const v = 'dep.i';`,
    `export default sub;`,
  ]);
  app.set('node_modules/dep/r.cjs', [`log('dep r');`, `exports.v = 'dep.r';`]);
  app.set('node_modules/dep/sub.cjs', [
    `log('dep sub');`,
    `exports.sub = 'sub';`,
    `exports.v = 'sub.v';`,
  ]);
  for (const one of plans) app.set(one.file, writer.statements(one));
  return app;
}

/** @param {Random} random */
function plansOf(random) {
  const count = 1 + random.below(random.chance(0.3) ? 24 : 9);
  const commonjs = random.pick([0, 0.15, 0.4]);
  /** @type {Plan[]} */
  const plans = [{ id: 0, file: ENTRY, kind: 'module', names: ['v0', 'v'] }];
  for (let id = 1; id <= count; id++) {
    const kind = random.chance(commonjs) ? 'commonjs' : random.chance(0.08) ? 'json' : 'module';
    const extension = { module: random.pick(['mjs', 'js']), commonjs: 'cjs', json: 'json' }[kind];
    const names = [`v${id}`];
    for (const name of ['v', 'f', 'set', 'C', 'default', 'late'])
      if (random.chance(0.45)) names.push(name);
    plans.push({ id, file: `${random.pick(FOLDERS)}m${id}.${extension}`, kind, names });
  }
  return plans;
}
