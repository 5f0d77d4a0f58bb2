/**
 * Random apps: files as lists of statements, so that an app that shows a difference can be made smaller
 * by leaving statements out. Each statement stands on a line of its own and prints what it sees.
 */

import { Random } from './random.mjs';

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

/** Later than anything an app does by itself, or the order would depend on how fast files are read. */
const LATE_MS = 300;

export const ENTRY = 'main.mjs';

const FOLDERS = ['', '', 'a/', 'a/b/'];
const BUILTINS = ['node:fs', 'path', 'node:os', 'node:util', 'events', 'node:module'];

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

class Writer {
  #random;
  #plans;
  #traits;
  #count = 0;

  /**
   * @param {Random} random
   * @param {Plan[]} plans
   * @param {{ isCalm: boolean, isBroken: boolean }} traits
   */
  constructor(random, plans, traits) {
    this.#random = random;
    this.#plans = plans;
    this.#traits = traits;
  }

  /** @param {Plan} plan */
  statements(plan) {
    if (plan.kind === 'json')
      return [`{ "v": "json ${plan.id}", "default": ${plan.id}, "v${plan.id}": [1] }`];
    return plan.kind === 'module' ? this.#module(plan) : this.#commonjs(plan);
  }

  /** @param {Plan} plan */
  #module(plan) {
    const random = this.#random;
    const label = `m${plan.id}`;
    const lines = [`import '${path(plan, { file: 'prelude.mjs' })}';`];
    const count = random.below(plan.id === 0 ? 6 : 5) + (plan.id === 0 ? 1 : 0);
    /** @type {string[]} */
    const body = [`log('${label} starts');`];
    for (let i = 0; i < count; i++) this.#staticImport(plan, lines, body);
    if (random.chance(0.15)) body.push(...this.#meta(plan));
    for (const name of plan.names) lines.push(...this.#export(plan, name));
    const steps = random.below(4);
    for (let i = 0; i < steps; i++) body.push(...this.#step(plan));
    if (random.chance(0.15)) body.push(this.#await(plan));
    body.push(`log('${label} ends');`);
    if (plan.id === 0) body.push(`settle();`);
    if (this.#traits.isBroken && random.chance(0.1))
      body.splice(random.below(body.length), 0, this.#breakage(plan));
    return [...lines, ...body];
  }

  /**
   * @param {Plan} plan
   * @param {string[]} lines
   * @param {string[]} body
   */
  #staticImport(plan, lines, body) {
    const random = this.#random;
    const label = `m${plan.id}`;
    const local = `i${this.#count++}`;
    if (random.chance(0.12)) {
      const name = random.pick(BUILTINS);
      lines.push(`import ${local}, * as ns${local} from '${name}';`);
      body.push(`log('${label} builtin', typeof ${local}, same('${name}', ns${local}));`);
      return;
    }
    if (random.chance(0.1)) {
      lines.push(`import * as ${local} from '${random.pick(['dep', 'dep/sub', '#one'])}';`);
      body.push(`attempt('${label} dep', () => show(${local}));`);
      return;
    }
    const target = this.#target(plan);
    const specifier = path(plan, target);
    if (target.kind === 'json') {
      lines.push(`import ${local} from '${specifier}' with { type: 'json' };`);
      body.push(`log('${label} json', show(${local}), same('${target.file}', ${local}));`);
      return;
    }
    const isCommonJS = target.kind === 'commonjs';
    const names = isCommonJS ? [...new Set([...target.names, 'default'])] : target.names;
    let name = random.pick(names);
    if (this.#traits.isBroken && random.chance(0.02)) name = 'absent';
    switch (random.below(9)) {
      case 0:
        lines.push(`import '${specifier}';`);
        break;
      case 1:
      case 2:
        lines.push(`import * as ${local} from '${specifier}';`);
        body.push(
          `attempt('${label} ns', () => show(${local}) + same('ns ${target.file}', ${local}));`,
        );
        body.push(`later('${label} ns later', () => show(${local}));`);
        break;
      case 3:
        lines.push(`export * from '${specifier}';`);
        break;
      case 4:
        lines.push(`export * as star${local} from '${specifier}';`);
        break;
      case 5:
        lines.push(`export { ${name} as re${local} } from '${specifier}';`);
        break;
      default:
        lines.push(`import { ${name} as ${local} } from '${specifier}';`);
        body.push(`attempt('${label} ${name} of m${target.id}', () => show(${local}));`);
        if (name === 'f' || name === 'set')
          body.push(`attempt('${label} calls ${name}', () => ${local}('${label}'));`);
        if (random.chance(0.3)) body.push(`later('${label} ${name} later', () => ${local});`);
        if (random.chance(0.1)) lines.push(`export { ${local} as passed${local} };`);
    }
  }

  /**
   * @param {Plan} plan
   * @param {string} name
   */
  #export(plan, name) {
    const label = `m${plan.id}`;
    const random = this.#random;
    switch (name) {
      case 'f':
        return [
          `export function f(who) { return '${label}.f for ' + who + ' ' + (typeof hoisted === 'undefined' ? 'early' : hoisted); }`,
          `var hoisted = 'ready';`,
        ];
      case 'set':
        return [
          `export function set(to) { v${plan.id} = to; return '${label} is ' + v${plan.id}; }`,
        ];
      case 'C':
        return [`export class C { static name2 = '${label}.C'; }`];
      case 'late':
        return [
          `let late;`,
          `export { late };`,
          `queueMicrotask(() => { late = '${label}.late'; });`,
        ];
      case 'default':
        return [
          random.pick([
            `export default function () { return '${label}'; }`,
            `export default class Named {}`,
            `export default '${label}.default';`,
            `export { v${plan.id} as default };`,
            `export default (() => {});`,
          ]),
        ];
      default:
        return [
          `export ${name === 'v' ? random.pick(['const', 'var', 'let']) : 'let'} ${name} = '${label}.${name}';`,
        ];
    }
  }

  /** @param {Plan} plan */
  #step(plan) {
    const random = this.#random;
    const label = `m${plan.id}`;
    const inModule = plan.kind === 'module';
    const id = this.#count++;
    const { isCalm } = this.#traits;
    const wrap = (/** @type {string} */ expression) =>
      isCalm
        ? `later('${label} #${id}', () => ${expression});`
        : random.pick([
            `${expression}.then((v) => log('${label} #${id}', show(v)), (e) => log('${label} #${id}', 'rejected', why(e)));`,
            ...(inModule
              ? [`log('${label} #${id}', await ${expression}.then((v) => show(v), why));`]
              : []),
            `setTimeout(() => ${expression}.then((v) => log('${label} #${id} timer', show(v)), (e) => log('${label} #${id}', 'rejected', why(e))), ${LATE_MS});`,
          ]);
    switch (random.below(11)) {
      case 0:
        return [
          `queueMicrotask(() => log('${label} micro ${id}'));`,
          `process.nextTick(() => log('${label} tick ${id}'));`,
          `Promise.resolve().then(() => log('${label} then ${id}'));`,
        ];
      case 1:
        return [
          `process.on('exit', (code) => log('${label} exit ${id}', code, process.exitCode));`,
        ];
      case 2:
        return inModule
          ? [`log('${label} stack', frames(new Error('x')));`]
          : [
              `log('${label} main', require.main === module, module.children.length, Object.keys(require.cache).map((k) => require('path').basename(k)).join());`,
            ];
      case 3:
        return inModule
          ? [this.#require(plan, id)]
          : [`log('${label} this', this === module.exports, typeof module.parent);`];
      default: {
        const target = this.#target(plan);
        const specifier = path(plan, target);
        const suffix =
          target.kind === 'json' || random.chance(0.75) ? '' : random.pick(['?q=1', '?q=2', '#h']);
        const options =
          target.kind === 'json' && random.chance(0.9) ? `, { with: { type: 'json' } }` : '';
        const key = JSON.stringify(target.file + suffix);
        const written = random.pick([
          `'${specifier}${suffix}'`,
          `'${specifier}${suffix}'`,
          `['${specifier}', '${suffix}'].join('')`,
          ...(inModule ? [`import.meta.resolve('${specifier}${suffix}')`] : []),
        ]);
        if (random.chance(0.05))
          return [
            wrap(
              `import('${random.pick(['./nowhere.mjs', 'no-such-package', 'node:nothing', 'bad://x', './%2f.mjs'])}')`,
            ),
          ];
        if (random.chance(0.04))
          return [wrap(`import('${random.pick(BUILTINS)}').then((ns) => Object.keys(ns).length)`)];
        if (random.chance(0.07))
          return [wrap(`import('${random.pick(['dep', 'dep/sub', '#one'])}')`)];
        if (random.chance(0.1))
          return [
            wrap(
              `Promise.all([import(${written}${options}), import(${written}${options})]).then(([x, y]) => [x === y, x])`,
            ),
          ];
        return [wrap(`import(${written}${options}).then((ns) => [same('ns ' + ${key}, ns), ns])`)];
      }
    }
  }

  /**
   * @param {Plan} plan
   * @param {number} id
   */
  #require(plan, id) {
    const target = this.#target(plan);
    return `attempt('m${plan.id} requires #${id}', () => show(process.getBuiltinModule('module').createRequire(import.meta.url)('${path(plan, target)}')));`;
  }

  /** @param {Plan} plan */
  #await(plan) {
    return this.#random.pick([
      `await 0;`,
      `await null; log('m${plan.id} resumes'); await null;`,
      `await new Promise((resolve) => process.nextTick(resolve));`,
      `await new Promise((resolve) => setTimeout(resolve, 5)); log('m${plan.id} after timer');`,
      `for await (const x of [1, Promise.resolve(2)]) log('m${plan.id} loop', x);`,
    ]);
  }

  /** @param {Plan} plan */
  #meta(plan) {
    const label = `m${plan.id}`;
    const target = this.#target(plan);
    return [
      `log('${label} meta', Object.keys(import.meta).join(), import.meta.url.split('/').at(-1), import.meta.filename?.split('/').at(-1), import.meta.main);`,
      `log('${label} resolves', import.meta.resolve('${path(plan, target)}').split('/').at(-1), import.meta.resolve('node:fs'), import.meta.resolve.name, import.meta.resolve.length, Object.getPrototypeOf(import.meta));`,
      `attempt('${label} does not resolve', () => import.meta.resolve('no-such-package'));`,
    ];
  }

  /** @param {Plan} plan */
  #breakage(plan) {
    const label = `m${plan.id}`;
    const isModule = plan.kind === 'module';
    return this.#random.pick([
      `throw new Error('${label} throws');`,
      `throw '${label}';`,
      `process.exit(${plan.id});`,
      `process.exitCode = ${plan.id};`,
      `let let = 1;`,
      `Promise.reject(new Error('${label} rejects later'));`,
      `process.on('uncaughtException', (e) => log('${label} caught', why(e)));`,
      `process.on('exit', () => { throw new Error('${label} at exit'); });`,
      `setImmediate(() => { throw new TypeError('${label} later'); });`,
      ...(isModule
        ? [
            `await Promise.reject(new Error('${label} rejects'));`,
            `await new Promise(() => {});`,
            `import './nowhere.mjs';`,
            `import 'no-such-package';`,
            `import { nothing } from '${path(plan, this.#target(plan))}';`,
            `export * from 'node:nothing';`,
            `require('fs');`,
          ]
        : [`require('./nowhere.cjs');`, `import x from 'fs';`]),
    ]);
  }

  /** @param {Plan} plan */
  #commonjs(plan) {
    const random = this.#random;
    const label = `m${plan.id}`;
    const lines = [`globalThis.log ??= console.log;`, `log('${label} starts');`];
    if (random.chance(0.3))
      lines.push(`Object.defineProperty(exports, '__esModule', { value: true });`);
    for (const name of plan.names) {
      if (name === 'f')
        lines.push(`exports.f = function f(who) { return '${label}.f for ' + who; };`);
      else if (name === 'set') lines.push(`exports.set = (to) => (exports.v${plan.id} = to);`);
      else if (name === 'late')
        lines.push(
          `setTimeout(() => { exports.late = '${label}.late'; }, ${LATE_MS});`,
          `exports.late = undefined;`,
        );
      else if (name === 'C')
        lines.push(
          `Object.defineProperty(exports, 'C', { enumerable: true, get: function () { return '${label}.C'; } });`,
        );
      else lines.push(`exports.${name} = '${label}.${name}';`);
    }
    const steps = random.below(4);
    for (let i = 0; i < steps; i++) {
      this.#count++;
      const target = this.#plans[random.below(this.#plans.length)] ?? plan;
      const others = this.#plans.filter((one) => one.kind !== 'module');
      const near = random.chance(0.8) && others.length > 0 ? random.pick(others) : target;
      switch (random.below(7)) {
        case 0:
        case 1:
          lines.push(
            `try { log('${label} requires m${near.id}', show(require('${path(plan, near)}'))); } catch (e) { log('${label} could not', why(e)); }`,
          );
          break;
        case 2:
          if (near.kind === 'commonjs' && near !== plan)
            lines.push(`module.exports = require('${path(plan, near)}');`);
          break;
        case 3:
          lines.push(
            `globalThis.count${plan.id} = (globalThis.count${plan.id} ?? 0) + 1;`,
            `if (globalThis.count${plan.id} === ${random.pick([1, 2, 9])}) throw new Error('${label} throws at ' + globalThis.count${plan.id});`,
          );
          break;
        default:
          lines.push(...this.#step(plan));
      }
    }
    if (this.#traits.isBroken && random.chance(0.1))
      lines.splice(random.below(lines.length), 0, this.#breakage(plan));
    lines.push(`log('${label} ends');`);
    return lines;
  }

  /** @param {Plan} plan */
  #target(plan) {
    // Mostly forward, so that not every app is one knot.
    const after = this.#plans.filter((one) => one.id > plan.id);
    if (after.length > 0 && this.#random.chance(0.8)) return this.#random.pick(after);
    return this.#random.pick(this.#plans);
  }
}

/**
 * @param {{ file: string }} from
 * @param {{ file: string }} to
 */
function path(from, to) {
  const up = from.file.split('/').slice(0, -1);
  return up.length === 0 ? `./${to.file}` : `${'../'.repeat(up.length)}${to.file}`;
}

/**
 * What is done to a project between two lives of its cache.
 *
 * @typedef {object} Edit
 * @property {string} what
 * @property {(disk: Disk) => void} apply
 *
 * @typedef {object} Disk
 * @property {(file: string) => boolean} has
 * @property {(file: string) => string} read
 * @property {(file: string, text: string) => void} write
 * @property {(file: string) => void} remove
 * @property {(file: string) => void} touch
 * @property {(file: string, text: string) => void} writeUnnoticed Same times as before.
 */

/**
 * @param {number} seed
 * @param {App} app
 * @returns {Edit}
 */
export function editOf(seed, app) {
  const random = new Random(seed ^ 0x5bd1e995);
  const files = [...app.keys()].filter(
    (file) => /\.(mjs|js|cjs)$/.test(file) && file !== 'prelude.mjs',
  );
  const sources = files.filter((file) => !file.startsWith('node_modules/') && file !== ENTRY);
  if (sources.length === 0) return { what: 'nothing', apply: () => {} };
  const file = random.pick(sources);
  const isModule = !file.endsWith('.cjs');
  const folder = random.pick(['a/', 'a/b/']);
  switch (random.below(12)) {
    case 0:
      return {
        what: `print more in ${file}`,
        apply: (disk) => disk.write(file, `${disk.read(file)}\nlog('edited');`),
      };
    case 1: {
      const line = isModule
        ? `import { added } from './added.mjs';log(added);`
        : `require('./added.mjs');`;
      const folder2 = file.slice(0, file.lastIndexOf('/') + 1);
      return {
        what: `add an import to ${file}`,
        apply: (disk) => {
          disk.write(`${folder2}added.mjs`, `export const added = 'added';`);
          disk.write(file, `${disk.read(file)}\n${line}`);
        },
      };
    }
    case 2:
      return {
        what: `remove the last import of ${file}`,
        apply: (disk) => {
          const lines = disk.read(file).split('\n');
          const at = lines.findLastIndex((line) => /^import [^']*'\.\.?\/.*m\d/.test(line));
          if (at >= 0) lines.splice(at, 1);
          disk.write(file, lines.join('\n'));
        },
      };
    case 3:
      return {
        what: `a package.json in ${folder}`,
        apply: (disk) =>
          disk.write(
            `${folder}package.json`,
            random.pick(['{ "type": "commonjs" }', '{}', '{ "type": "module" }', 'broken']),
          ),
      };
    case 4:
      return { what: `touch ${file}`, apply: (disk) => disk.touch(file) };
    case 5:
      return {
        what: `same size, same times: ${file}`,
        apply: (disk) =>
          disk.writeUnnoticed(
            file,
            disk.read(file).replaceAll(' starts', ' STARTS').replaceAll(' ends', ' ENDS'),
          ),
      };
    case 6:
      return { what: `remove ${file}`, apply: (disk) => disk.remove(file) };
    case 7:
      return {
        what: `a nearer dep in ${folder}`,
        apply: (disk) => disk.write(`${folder}node_modules/dep/package.json`, '{ "main": "x.js" }'),
      };
    case 8:
      return {
        what: `dep has other exports`,
        apply: (disk) =>
          disk.write(
            `node_modules/dep/package.json`,
            '{ "name": "dep", "exports": { ".": "./r.cjs", "./sub": "./i.mjs" } }',
          ),
      };
    case 9:
      return {
        what: `make ${file} broken`,
        apply: (disk) => disk.write(file, `${disk.read(file)}\nlet broken = ;`),
      };
    case 10:
      return {
        what: `add, rename and drop exports of ${file}`,
        apply: (disk) =>
          disk.write(
            file,
            disk
              .read(file)
              .replaceAll(/export (const|let|var) v /g, 'export $1 w ')
              .replaceAll('exports.v =', 'exports.w ='),
          ),
      };
    default:
      return {
        what: `a dynamic import in ${file}`,
        apply: (disk) =>
          disk.write(
            file,
            `${disk.read(file)}\nimport('node:path').then((p) => log(typeof p.default));later('new', () => import('${file.includes('/') ? '../'.repeat(file.split('/').length - 1) : './'}node_modules/dep/r.cjs'));`,
          ),
      };
  }
}
