/** What random modules say: one statement a line, each of which prints what it sees. */

/** @typedef {import('./random.mjs').Random} Random */
/** @typedef {import('./generate.mjs').Plan} Plan */

/** Later than anything an app does by itself, or the order would depend on how fast files are read. */
const LATE_MS = 300;

const BUILTINS = ['node:fs', 'path', 'node:os', 'node:util', 'events', 'node:module'];

export class Writer {
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
        if (random.chance(0.2) && !written.includes('import.meta')) {
          const generated = this.#generated(`import(${written}${options})`);
          return [wrap(`${generated}.then((ns) => [same('ns ' + ${key}, ns), ns])`)];
        }
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
   * The same by code that is made of text, in each way there is.
   *
   * @param {string} expression
   */
  #generated(expression) {
    const text = JSON.stringify(expression);
    const body = JSON.stringify(`return ${expression}`);
    return this.#random.pick([
      `eval(${text})`,
      `(0, eval)(${text})`,
      `((parts) => eval(parts[0]))\`${expression}\``,
      `new Function(${body})()`,
      `(() => {}).constructor(${body})()`,
      `(async () => {}).constructor(${body})()`,
      `Reflect.construct(Function, [${body}])()`,
      `globalThis.makers[0](${text})`,
      `globalThis.makers[1](${body})()`,
      `[globalThis.makers[2]].map((make) => make(${body})())[0]`,
    ]);
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
