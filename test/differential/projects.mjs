/**
 * Random projects as they are on disk: packages with maps, scopes, nested and linked packages, folders with
 * a `package.json` of their own. Every file says which revision of it was run, in text of one length, so
 * that a change can leave its size as it was.
 */

import { Random } from './random.mjs';

/**
 * @typedef {object} Project
 * @property {string} entry
 * @property {Map<string, string>} files Text by path.
 * @property {Map<string, string>} links Target by path, as written.
 * @property {string[]} nodeArgs
 *
 * @typedef {object} Place What can be imported, and from where it is written how.
 * @property {string} file
 * @property {'module' | 'commonjs' | 'json'} kind
 */

/** Names of packages, each in a way of its own in {@link Maker}. */
const PACKAGES = ['alpha', 'beta', 'gamma', '@s/delta', '@s/eps', 'zeta'];

/** @param {number} seed */
export function generateProject(seed) {
  return new Maker(new Random(seed)).make();
}

class Maker {
  #random;
  /** @type {Map<string, string>} */
  #files = new Map();
  /** @type {Map<string, string>} */
  #links = new Map();
  /** Bare specifiers that the root can import. @type {string[]} */
  #bare = [];

  /** @param {Random} random */
  constructor(random) {
    this.#random = random;
  }

  /** @returns {Project} */
  make() {
    const random = this.#random;
    for (const name of PACKAGES) if (random.chance(0.55)) this.#package(name);
    const local = this.#locals();
    this.#rootPackage(local);
    const entry = 'main.mjs';
    const isLinked = random.chance(0.1);
    if (isLinked) this.#links.set(entry, 'src/real-main.mjs');
    this.#files.set(
      isLinked ? 'src/real-main.mjs' : entry,
      this.#main(isLinked ? 'src' : '', local),
    );
    const nodeArgs = random.chance(0.12)
      ? [random.pick(['--preserve-symlinks', '--conditions=custom', '--preserve-symlinks-main'])]
      : [];
    return { entry, files: this.#files, links: this.#links, nodeArgs };
  }

  /** @param {Place[]} local */
  #rootPackage(local) {
    const random = this.#random;
    const modules = local.filter((place) => place.kind === 'module');
    const one = () => `./${random.pick(modules).file}`;
    const json = {
      name: 'app',
      version: 'rev 1',
      ...(random.chance(0.9)
        ? { type: random.pick(['module', 'module', 'module', 'module', 'commonjs']) }
        : {}),
      exports: { '.': './main.mjs', './self': one(), './package.json': './package.json' },
      imports: {
        '#one': random.pick([one(), { custom: one(), default: one() }, { node: one() }]),
        '#lib/*': './lib/*.mjs',
      },
    };
    this.#files.set('package.json', JSON.stringify(json));
  }

  /** The app's own files, each importing from those after it only. */
  #locals() {
    const random = this.#random;
    const folders = ['lib/', 'lib/', 'lib/deep/', 'src/', ''];
    /** @type {Place[]} */
    const places = [{ file: 'lib/base.mjs', kind: 'module' }];
    for (let at = random.below(7); at >= 0; at--) {
      const file = `${random.pick(folders)}m${at}`;
      const [extension, kind] = random.pick(
        /** @type {const} */ ([
          ['.mjs', 'module'],
          ['.mjs', 'module'],
          ['.js', 'module'],
          ['.cjs', 'commonjs'],
          ['.json', 'json'],
        ]),
      );
      places.push({ file: file + extension, kind });
    }
    for (const folder of ['lib/', 'lib/deep/', 'src/']) {
      if (!places.some(({ file }) => file.startsWith(folder)) || !random.chance(0.3)) continue;
      const text = random.pick([
        '{"type":"module"}',
        '{"type":"module"}',
        '{"type":"commonjs"}',
        '{}',
      ]);
      this.#files.set(`${folder}package.json`, text);
    }
    for (const [at, place] of places.entries()) {
      const text = this.#source(place, places.slice(0, at));
      this.#files.set(place.file, text);
    }
    if (random.chance(0.4)) places.push(...this.#linked(places));
    return places;
  }

  /**
   * A linked file, and a folder behind two links: `current`, and what it leads to.
   *
   * @param {Place[]} places
   * @returns {Place[]}
   */
  #linked(places) {
    const target = this.#random.pick(places.filter(({ kind }) => kind === 'module'));
    const name = `lib/linked${extname(target.file)}`;
    this.#links.set(name, `../${target.file}`);
    this.#links.set('current', 'releases/latest');
    this.#links.set('releases/latest', 'r1');
    for (const release of ['r1', 'r2']) {
      const file = `releases/${release}/x.mjs`;
      this.#files.set(file, this.#source({ file, kind: 'module' }, []));
    }
    return [
      { file: name, kind: 'module' },
      { file: 'current/x.mjs', kind: 'module' },
    ];
  }

  /** @param {string} name */
  #package(name) {
    const random = this.#random;
    const style = random.below(6);
    const isStored = random.chance(0.4);
    const depth = name.startsWith('@') ? '../../' : '../';
    /** @param {string} version */
    const store = (version) =>
      `node_modules/.store/${name.replace('/', '+')}@${version}/node_modules/${name}`;
    const folders = isStored ? [store('1'), store('2')] : [`node_modules/${name}`];
    if (isStored) {
      this.#links.set(`node_modules/${name}`, store('1').replace('node_modules/', depth.slice(3)));
    } else if (random.chance(0.2)) {
      folders[0] = `workspaces/${name.replace('/', '-')}`;
      this.#links.set(`node_modules/${name}`, `${depth}${folders[0]}`);
    }
    const needs = this.#bare.length > 0 && random.chance(0.5) ? [random.pick(this.#bare)] : [];
    for (const folder of folders) this.#packageFiles(folder, name, style, needs);
    const nested = needs[0] && !needs[0].startsWith('#') ? packageOf(needs[0]) : undefined;
    if (nested && random.chance(0.4)) {
      this.#packageFiles(`${folders[0]}/node_modules/${nested}`, nested, 0, []);
    }
    // As stores do it: what a package needs stands beside it.
    if (nested && isStored && random.chance(0.5)) {
      for (const folder of folders) {
        const up = '../'.repeat(nested.startsWith('@') ? 4 : 3);
        const beside = `${folder.slice(0, -name.length)}${nested}`;
        if (!this.#files.has(`${beside}/package.json`)) this.#links.set(beside, `${up}${nested}`);
      }
    }
    this.#bare.push(name);
    if (style === 1 || style === 2) this.#bare.push(`${name}/sub`);
  }

  /**
   * @param {string} folder
   * @param {string} name
   * @param {number} style
   * @param {string[]} needs
   */
  #packageFiles(folder, name, style, needs) {
    const maps = [
      { type: 'module', exports: './index.js' },
      {
        exports: {
          '.': { custom: './sub.mjs', import: './index.mjs', require: './index.cjs' },
          './sub': './sub.mjs',
          './hidden': null,
        },
      },
      {
        type: 'module',
        exports: { '.': './index.js', './*': './*.mjs', './package.json': './package.json' },
      },
      { main: './main.cjs' },
      { main: 'lib', type: 'commonjs' },
      {},
    ];
    const json = { name, version: 'rev 1', ...maps[style] };
    this.#files.set(`${folder}/package.json`, JSON.stringify(json));
    const commonjs = { 3: 'main.cjs', 4: 'lib/index.js', 5: 'index.js' }[style];
    const files =
      commonjs !== undefined
        ? [commonjs]
        : style === 1
          ? ['index.mjs', 'index.cjs', 'sub.mjs']
          : style === 2
            ? ['index.js', 'sub.mjs']
            : ['index.js'];
    for (const file of files) {
      const isCommonJS = file.endsWith('.cjs') || commonjs !== undefined;
      const lines = needs.map((need, at) =>
        isCommonJS
          ? `try { console.log('${folder}/${file} requires', Object.keys(require('${need}')).join()); } catch (e) { console.log(e.code); }`
          : `import * as n${at} from '${need}';`,
      );
      const shown = isCommonJS
        ? []
        : needs.map((_need, at) => `Object.keys(n${at}).join(), n${at}.v`);
      this.#files.set(
        `${folder}/${file}`,
        isCommonJS
          ? commonJSText(`${folder}/${file}`, lines)
          : moduleText(`${folder}/${file}`, lines, shown),
      );
    }
  }

  /**
   * @param {Place} place
   * @param {Place[]} before
   */
  #source(place, before) {
    const random = this.#random;
    if (place.kind === 'json') return '{ "rev": "rev 1", "v": ["json"] }';
    /** @type {string[]} */
    const lines = [];
    /** @type {string[]} */
    const shown = [];
    for (let at = random.below(3); at > 0; at--) {
      const [specifier, kind] = this.#target(place.file, before);
      if (!specifier) continue;
      if (place.kind === 'commonjs') {
        // An app in which CommonJS reaches ES modules is not linked: most should be.
        if (kind === 'module' && random.chance(0.85)) continue;
        lines.push(
          `try { console.log('${place.file} requires', Object.keys(require('${specifier}')).join()); } catch (e) { console.log('${place.file} could not', e.code); }`,
        );
      } else {
        const local = `i${at}`;
        lines.push(importOf(local, specifier, kind, random));
        shown.push(`sum(${local})`);
      }
    }
    const [lazy, kind] = this.#target(place.file, before);
    const load = lazy && random.chance(0.4) ? loadOf(lazy, kind, random) : undefined;
    if (place.kind === 'commonjs') {
      return commonJSText(place.file, load ? [...lines, `exports.load = () => ${load};`] : lines);
    }
    return moduleText(
      place.file,
      load ? [...lines, `export const load = () => ${load};`] : lines,
      shown,
    );
  }

  /**
   * @param {string} from
   * @param {Place[]} places
   * @returns {[specifier: string | undefined, kind: Place['kind'] | 'package']}
   */
  #target(from, places) {
    const random = this.#random;
    if (this.#bare.length > 0 && (places.length === 0 || random.chance(0.4))) {
      return [random.pick(this.#bare), 'package'];
    }
    if (places.length === 0) return [undefined, 'module'];
    const place = random.pick(places);
    return [relative(from, place.file), place.kind];
  }

  /**
   * @param {string} folder
   * @param {Place[]} local
   */
  #main(folder, local) {
    const random = this.#random;
    const from = folder ? `${folder}/main.mjs` : 'main.mjs';
    const lines = [`import fs from 'node:fs';`];
    /** @type {string[]} */
    const seen = [];
    /** @type {string[]} */
    const steps = [];
    for (const place of local) {
      const local2 = `s${seen.length}`;
      const specifier = relative(from, place.file);
      if (random.chance(0.45)) {
        lines.push(importOf(local2, specifier, place.kind, random));
        seen.push(local2);
      } else if (random.chance(0.7)) {
        steps.push(
          `await attempt('${specifier}', () => ${loadOf(specifier, place.kind, random)});`,
        );
      }
    }
    for (const name of [...this.#bare, '#one', '#lib/base', 'app/self']) {
      const local2 = `s${seen.length}`;
      const bare = /** @type {const} */ ('package');
      if (random.chance(name.startsWith('#') || name === 'app/self' ? 0.3 : 0.5)) {
        lines.push(importOf(local2, name, bare, random));
        seen.push(local2);
      } else if (random.chance(0.6)) {
        steps.push(`await attempt('${name}', () => ${loadOf(name, bare, random)});`);
      }
      if (random.chance(0.15))
        steps.push(`attempt('resolve ${name}', () => import.meta.resolve('${name}'));`);
      if (random.chance(0.15)) {
        steps.push(
          `attempt('require ${name}', () => process.getBuiltinModule('module').createRequire(import.meta.url)('${name}'));`,
        );
      }
    }
    if (random.chance(0.5)) steps.push(`await attempt('optional', () => import('optional'));`);
    for (const [name, self] of Object.entries(SELF_CHANGES)) {
      if (!random.chance(0.08)) continue;
      for (const [file, text] of Object.entries(self.files)) this.#files.set(file, text);
      for (const [file, target] of Object.entries(self.links ?? {})) this.#links.set(file, target);
      const { change, back, specifier } = self;
      const written = specifier.includes('/') ? relative(from, specifier) : specifier;
      steps.push(
        `if (fs.existsSync('${SELF_FLAG}')) { ${change} }`,
        `await attempt('${name} of self', () => import('${written}'));`,
        `if (fs.existsSync('${SELF_FLAG}')) { ${back} }`,
      );
    }
    return [
      ...lines,
      `const rev = 'rev 1';`,
      `const sum = (x) => (typeof x === 'object' && x ? Object.keys(x).join() + ' ' + (x.v ?? x.rev ?? x.default?.rev) : String(x));`,
      `const attempt = async (what, step) => { try { const x = await step(); console.log(what, sum(x)); if (typeof x?.load === 'function') console.log(what, 'loads', sum(await x.load())); } catch (e) { console.log(what, 'failed', e.code, e.message); } };`,
      `console.log('main', rev, import.meta.url);`,
      ...seen.map((name) => `console.log('${name}', sum(${name}));`),
      ...seen.map((name) => `if (${name}?.load) await attempt('${name}.load', ${name}.load);`),
      ...steps,
      `console.log('done', rev, fs.constants.F_OK);`,
      '',
    ].join('\n');
  }
}

/** Where this file is, apps that can change themselves do. */
export const SELF_FLAG = 'self.flag';

/**
 * Apps that change themselves between start and `import()`, and put it back, times included.
 *
 * @type {Record<string, { files: Record<string, string>, links?: Record<string, string>, change: string, back: string, specifier: string }>}
 */
const SELF_CHANGES = {
  content: {
    files: { 'self/edited.mjs': `export const v = 'edited rev 1';\n` },
    change: edit('self/edited.mjs', 'rev 1', 'rev 2'),
    back: edit('self/edited.mjs', 'rev 2', 'rev 1'),
    specifier: 'self/edited.mjs',
  },
  map: {
    files: {
      'node_modules/selfmap/package.json': '{"name":"selfmap","exports":"./a.mjs"}',
      'node_modules/selfmap/a.mjs': `export const v = 'selfmap a';\n`,
      'node_modules/selfmap/b.mjs': `export const v = 'selfmap b';\n`,
    },
    change: edit('node_modules/selfmap/package.json', 'a.mjs', 'b.mjs'),
    back: edit('node_modules/selfmap/package.json', 'b.mjs', 'a.mjs'),
    specifier: 'selfmap',
  },
  link: {
    files: {
      'self/r1/x.mjs': `export const v = 'self r1';\n`,
      'self/r2/x.mjs': `export const v = 'self r2';\n`,
    },
    links: { 'self/current': 'r1' },
    change: `fs.unlinkSync('self/current'); fs.symlinkSync('r2', 'self/current');`,
    back: `fs.unlinkSync('self/current'); fs.symlinkSync('r1', 'self/current');`,
    specifier: 'self/current/x.mjs',
  },
  /** What is found elsewhere is asked for by what is imported. */
  nearer: {
    files: {
      'node_modules/selfpkg/package.json': '{"name":"selfpkg","type":"module","exports":"./i.js"}',
      'node_modules/selfpkg/i.js': `export const v = 'selfpkg far';\n`,
      'self/near/uses.mjs': `import * as p from 'selfpkg';\nexport const v = 'uses ' + p.v;\n`,
    },
    change:
      `fs.mkdirSync('self/near/node_modules/selfpkg', { recursive: true }); ` +
      `fs.writeFileSync('self/near/node_modules/selfpkg/package.json', '{"type":"module","exports":"./i.js"}'); ` +
      `fs.writeFileSync('self/near/node_modules/selfpkg/i.js', "export const v = 'selfpkg near';");`,
    back: `fs.rmSync('self/near/node_modules', { recursive: true });`,
    specifier: 'self/near/uses.mjs',
  },
  type: {
    files: {
      'self/typed/package.json': '{"type":"module"}',
      'self/typed/x.js': `console.log(typeof module);\n`,
    },
    change: edit('self/typed/package.json', 'module', 'commonjs'),
    back: edit('self/typed/package.json', 'commonjs', 'module'),
    specifier: 'self/typed/x.js',
  },
};

/**
 * JavaScript that replaces text in a file, whose times stay what they were.
 *
 * @param {string} file
 * @param {string} from
 * @param {string} to
 */
function edit(file, from, to) {
  return (
    `{ const text = fs.readFileSync('${file}', 'utf8'); const { atime, mtime } = fs.statSync('${file}'); ` +
    `fs.writeFileSync('${file}', text.replace('${from}', '${to}')); fs.utimesSync('${file}', atime, mtime); }`
  );
}

/**
 * @param {string} local
 * @param {string} specifier
 * @param {Place['kind'] | 'package'} kind
 * @param {Random} random
 */
function importOf(local, specifier, kind, random) {
  if (kind === 'json') return `import ${local} from '${specifier}' with { type: 'json' };`;
  if (kind === 'commonjs' && random.chance(0.3)) return `import ${local} from '${specifier}';`;
  if (kind !== 'package' && random.chance(0.3))
    return `import { v as ${local} } from '${specifier}';`;
  return `import * as ${local} from '${specifier}';`;
}

/**
 * @param {string} specifier
 * @param {Place['kind'] | 'package'} kind
 * @param {Random} random
 */
function loadOf(specifier, kind, random) {
  const written = random.chance(0.3) ? `['${specifier}'].join('')` : `'${specifier}'`;
  return kind === 'json' ? `import(${written}, { with: { type: 'json' } })` : `import(${written})`;
}

/**
 * @param {string} file
 * @param {string[]} lines
 * @param {string[]} shown
 */
function moduleText(file, lines, shown) {
  return [
    ...lines,
    `const rev = 'rev 1';`,
    `const sum = (x) => (typeof x === 'object' && x ? Object.keys(x).join() + ' ' + (x.v ?? x.rev) : String(x));`,
    `export const v = '${file} ' + rev;`,
    `console.log(v, import.meta.url${shown.map((one) => `, ${one}`).join('')});`,
    '',
  ].join('\n');
}

/**
 * @param {string} file
 * @param {string[]} lines
 */
function commonJSText(file, lines) {
  return [
    `const rev = 'rev 1';`,
    `exports.v = '${file} ' + rev;`,
    ...lines,
    `console.log(exports.v, __filename, module.children.length);`,
    '',
  ].join('\n');
}

/** @param {string} specifier */
function packageOf(specifier) {
  return specifier
    .split('/')
    .slice(0, specifier.startsWith('@') ? 2 : 1)
    .join('/');
}

/** @param {string} file */
function extname(file) {
  return file.slice(file.lastIndexOf('.'));
}

/**
 * @param {string} from
 * @param {string} to
 */
export function relative(from, to) {
  const up = from.split('/').length - 1;
  return up === 0 ? `./${to}` : `${'../'.repeat(up)}${to}`;
}
