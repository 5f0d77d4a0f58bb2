/**
 * Everything that may happen to the fixture `guarded` between two runs and must not go unseen.
 */

import fs from 'node:fs';

/** @typedef {import('./sandbox.mjs').Sandbox} Sandbox */

/**
 * What happens on disk between a warm run and the next. `says` is a word of the native answer that was
 * not there before: a change that changes nothing would prove nothing. `path` is what of the pack's guards
 * moves: itself, or something below it.
 *
 * @type {Record<string, { path: string, says: string, change: (box: Sandbox) => void }>}
 */
export const changesOnDisk = {
  'an edited source file': {
    path: 'lib/value.js',
    says: 'second and longer',
    change: (box) => box.edit('lib/value.js', 'first', 'second and longer'),
  },
  'an edited source file of the same size': {
    path: 'lib/inner.js',
    says: 'inner 2',
    change: (box) => box.edit('lib/inner.js', 'inner 1', 'inner 2'),
  },
  'an edited source file of the same size and time': {
    path: 'lib/inner.js',
    says: 'inner 2',
    change: (box) => {
      const { atime, mtime } = fs.statSync(box.path('lib/inner.js'));
      box.edit('lib/inner.js', 'inner 1', 'inner 2');
      fs.utimesSync(box.path('lib/inner.js'), atime, mtime);
    },
  },
  'a source file replaced by renaming': {
    path: 'lib/inner.js',
    says: 'inner 2',
    change: (box) => {
      box.write('lib/.inner.js.new', box.read('lib/inner.js').replace('inner 1', 'inner 2'));
      fs.renameSync(box.path('lib/.inner.js.new'), box.path('lib/inner.js'));
    },
  },
  'an edited entry': {
    path: 'main.js',
    says: 'the value',
    change: (box) => box.edit('main.js', "'value'", "'the value'"),
  },
  'an edited module that is only imported dynamically': {
    path: 'lib/lazy.js',
    says: 'lazy 2',
    change: (box) => box.edit('lib/lazy.js', 'lazy 1', 'lazy 2'),
  },
  'edited CommonJS': {
    path: 'lib/legacy.cjs',
    says: 'legacy 2',
    change: (box) => box.edit('lib/legacy.cjs', 'legacy 1', 'legacy 2'),
  },
  'another name exported by re-exported CommonJS': {
    path: 'lib/reexported.cjs',
    says: 'two',
    change: (box) => box.edit('lib/reexported.cjs', 'exports.one', 'exports.two'),
  },
  'edited JSON': {
    path: 'lib/data.json',
    says: 'data 2',
    change: (box) => box.edit('lib/data.json', '1', '2'),
  },
  'a new import': {
    path: 'lib/inner.js',
    says: 'added',
    change: (box) => {
      box.write('lib/added.js', "export const added = 'added';\n");
      box.edit('lib/inner.js', "'inner 1'", 'added');
      box.write('lib/inner.js', `import { added } from './added.js';\n${box.read('lib/inner.js')}`);
    },
  },
  'a removed source file': {
    path: 'lib/inner.js',
    says: 'Cannot find module',
    change: (box) => box.remove('lib/inner.js'),
  },
  'a removed export': {
    path: 'lib/inner.js',
    says: 'SyntaxError',
    change: (box) => box.edit('lib/inner.js', 'const inner', 'const outer'),
  },
  'a syntax error': {
    path: 'lib/inner.js',
    says: 'SyntaxError',
    change: (box) => box.edit('lib/inner.js', "'inner 1'", ''),
  },
  'other "exports" in a package.json': {
    path: 'node_modules/pkg/package.json',
    says: 'pkg two',
    change: (box) => box.edit('node_modules/pkg/package.json', './one.js', './two.js'),
  },
  'another "type" in a package.json': {
    path: 'node_modules/typed/package.json',
    says: 'does not provide an export',
    change: (box) => box.edit('node_modules/typed/package.json', 'commonjs', 'module'),
  },
  'other "imports" in the package.json of the app': {
    path: 'package.json',
    says: 'setting fixture',
    change: (box) => box.edit('package.json', './setting.js', './setting-fixture.js'),
  },
  'a package.json nearer to a file': {
    path: 'lib/deep/package.json',
    says: 'deep pkg one tool one CommonJS',
    change: (box) => {
      // The two modules in that folder would no longer be ES modules but for this one.
      fs.renameSync(box.path('lib/deep/uses-packages.js'), box.path('lib/deep/uses-packages.mjs'));
      box.edit('main.js', 'uses-packages.js', 'uses-packages.mjs');
      box.write('lib/deep/package.json', '{ "type": "commonjs" }');
    },
  },
  'only a package.json nearer to a file': {
    path: 'lib/package.json',
    says: 'SyntaxError',
    change: (box) => box.write('lib/package.json', '{ "type": "commonjs" }'),
  },
  'a package added to a new nearer node_modules': {
    path: 'lib/node_modules',
    says: 'deep nearer pkg',
    change: (box) => addPackage(box, 'lib/node_modules/pkg', 'nearer pkg'),
  },
  'a scope added to a new nearer node_modules': {
    path: 'lib/node_modules',
    says: 'deep pkg one nearer tool',
    change: (box) => addPackage(box, 'lib/node_modules/@scope/tool', 'nearer tool'),
  },
  'a package that was missing': {
    path: 'node_modules',
    says: 'optional now present',
    change: (box) => addPackage(box, 'node_modules/optional', 'now present'),
  },
  'a removed package': {
    path: 'node_modules/pkg/package.json',
    says: "Cannot find package 'pkg'",
    change: (box) => box.remove('node_modules/pkg'),
  },
  'a removed scope': {
    path: 'node_modules/@scope',
    says: "Cannot find package '@scope/tool'",
    change: (box) => box.remove('node_modules/@scope'),
  },
  'a link that points elsewhere': {
    path: 'node_modules/linked',
    says: 'linked other',
    change: (box) => box.relink('node_modules/linked', '../linked/linked-other'),
  },
  'a folder that became a link': {
    path: 'lib',
    says: 'inner elsewhere',
    change: (box) => {
      fs.cpSync(box.path('lib'), box.path('elsewhere'), { recursive: true });
      box.edit('elsewhere/inner.js', 'inner 1', 'inner elsewhere');
      box.remove('lib');
      fs.symlinkSync('elsewhere', box.path('lib'), 'dir');
    },
  },
};

/** What makes a warm pack of a package in a nearer folder wrong is its removal. */
export const changesToNearerPackages = {
  'a package removed from a nearer node_modules': 'lib/node_modules/pkg',
  'a package removed from a nearer scope': 'lib/node_modules/@scope/tool',
  'a package.json removed from a folder': 'lib/deep/package.json',
};

/**
 * @param {Sandbox} box
 * @param {string} folder
 * @param {string} name
 */
export function addPackage(box, folder, name) {
  box.write(`${folder}/package.json`, '{ "type": "module", "exports": "./index.js" }');
  box.write(`${folder}/index.js`, `export const name = '${name}';\n`);
}
