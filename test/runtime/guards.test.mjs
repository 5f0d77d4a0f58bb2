import assert from 'node:assert/strict';
import fs from 'node:fs';
import path from 'node:path';
import { describe, test } from 'node:test';
import { assertSameAnswer, assertStage, runDebugged } from '../support/compare.mjs';
import { otherNode } from '../support/other-node.mjs';
import { modes, runNative } from '../support/run.mjs';
import { sandbox } from '../support/sandbox.mjs';
import { assertSaysWhy, warmApp } from '../support/warm.mjs';

/** @typedef {import('../support/sandbox.mjs').Sandbox} Sandbox */

/**
 * What happens on disk between a warm run and the next. `says` is a word of the native answer that was
 * not there before: a change that changes nothing would prove nothing.
 *
 * @type {Record<string, { says: string, change: (box: Sandbox) => void }>}
 */
const changesOnDisk = {
  'an edited source file': {
    says: 'second and longer',
    change: (box) => box.edit('lib/value.js', 'first', 'second and longer'),
  },
  'an edited source file of the same size': {
    says: 'inner 2',
    change: (box) => box.edit('lib/inner.js', 'inner 1', 'inner 2'),
  },
  'an edited source file of the same size and time': {
    says: 'inner 2',
    change: (box) => {
      const { atime, mtime } = fs.statSync(box.path('lib/inner.js'));
      box.edit('lib/inner.js', 'inner 1', 'inner 2');
      fs.utimesSync(box.path('lib/inner.js'), atime, mtime);
    },
  },
  'a source file replaced by renaming': {
    says: 'inner 2',
    change: (box) => {
      box.write('lib/.inner.js.new', box.read('lib/inner.js').replace('inner 1', 'inner 2'));
      fs.renameSync(box.path('lib/.inner.js.new'), box.path('lib/inner.js'));
    },
  },
  'an edited entry': {
    says: 'the value',
    change: (box) => box.edit('main.js', "'value'", "'the value'"),
  },
  'an edited module that is only imported dynamically': {
    says: 'lazy 2',
    change: (box) => box.edit('lib/lazy.js', 'lazy 1', 'lazy 2'),
  },
  'edited CommonJS': {
    says: 'legacy 2',
    change: (box) => box.edit('lib/legacy.cjs', 'legacy 1', 'legacy 2'),
  },
  'another name exported by re-exported CommonJS': {
    says: 'two',
    change: (box) => box.edit('lib/reexported.cjs', 'exports.one', 'exports.two'),
  },
  'edited JSON': { says: 'data 2', change: (box) => box.edit('lib/data.json', '1', '2') },
  'a new import': {
    says: 'added',
    change: (box) => {
      box.write('lib/added.js', "export const added = 'added';\n");
      box.edit('lib/inner.js', "'inner 1'", 'added');
      box.write('lib/inner.js', `import { added } from './added.js';\n${box.read('lib/inner.js')}`);
    },
  },
  'a removed source file': {
    says: 'Cannot find module',
    change: (box) => box.remove('lib/inner.js'),
  },
  'a removed export': {
    says: 'SyntaxError',
    change: (box) => box.edit('lib/inner.js', 'const inner', 'const outer'),
  },
  'a syntax error': {
    says: 'SyntaxError',
    change: (box) => box.edit('lib/inner.js', "'inner 1'", ''),
  },
  'other "exports" in a package.json': {
    says: 'pkg two',
    change: (box) => box.edit('node_modules/pkg/package.json', './one.js', './two.js'),
  },
  'another "type" in a package.json': {
    says: 'does not provide an export',
    change: (box) => box.edit('node_modules/typed/package.json', 'commonjs', 'module'),
  },
  'other "imports" in the package.json of the app': {
    says: 'setting fixture',
    change: (box) => box.edit('package.json', './setting.js', './setting-fixture.js'),
  },
  'a package.json nearer to a file': {
    says: 'deep pkg one tool one CommonJS',
    change: (box) => {
      // The two modules in that folder would no longer be ES modules but for this one.
      fs.renameSync(box.path('lib/deep/uses-packages.js'), box.path('lib/deep/uses-packages.mjs'));
      box.edit('main.js', 'uses-packages.js', 'uses-packages.mjs');
      box.write('lib/deep/package.json', '{ "type": "commonjs" }');
    },
  },
  'only a package.json nearer to a file': {
    says: 'SyntaxError',
    change: (box) => box.write('lib/package.json', '{ "type": "commonjs" }'),
  },
  'a package added to a new nearer node_modules': {
    says: 'deep nearer pkg',
    change: (box) => addPackage(box, 'lib/node_modules/pkg', 'nearer pkg'),
  },
  'a scope added to a new nearer node_modules': {
    says: 'deep pkg one nearer tool',
    change: (box) => addPackage(box, 'lib/node_modules/@scope/tool', 'nearer tool'),
  },
  'a package that was missing': {
    says: 'optional now present',
    change: (box) => addPackage(box, 'node_modules/optional', 'now present'),
  },
  'a removed package': {
    says: "Cannot find package 'pkg'",
    change: (box) => box.remove('node_modules/pkg'),
  },
  'a removed scope': {
    says: "Cannot find package '@scope/tool'",
    change: (box) => box.remove('node_modules/@scope'),
  },
  'a link that points elsewhere': {
    says: 'linked other',
    change: (box) => box.relink('node_modules/linked', '../linked/linked-other'),
  },
  'a folder that became a link': {
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
const changesToNearerPackages = {
  'a package removed from a nearer node_modules': 'lib/node_modules/pkg',
  'a package removed from a nearer scope': 'lib/node_modules/@scope/tool',
  'a package.json removed from a folder': 'lib/deep/package.json',
};

for (const mode of modes) {
  describe(`the next run sees what changed, ${mode}`, { concurrency: 2 }, () => {
    for (const [what, { says, change }] of Object.entries(changesOnDisk)) {
      test(what, async (t) => {
        const app = await warmApp(sandbox(t, 'guarded'), mode);
        assert.ok(!everything(app.native).includes(says), `already there: ${says}`);
        change(app.box);
        const native = await assertNextRunIsRight(app);
        assert.ok(everything(native).includes(says), `natively it does not say ${says}`);
      });
    }

    for (const [what, removed] of Object.entries(changesToNearerPackages)) {
      test(what, async (t) => {
        const box = sandbox(t, 'guarded');
        addPackage(box, 'lib/node_modules/pkg', 'nearer pkg');
        addPackage(box, 'lib/node_modules/@scope/tool', 'nearer tool');
        fs.renameSync(box.path('lib/deep/kind.js'), box.path('lib/deep/nested.js'));
        box.write(
          'lib/deep/package.json',
          '{ "type": "module", "imports": { "#own": "./own.js" } }',
        );
        box.write('lib/deep/kind.js', "import './nested.js';\nimport '#own';\n");
        box.write('lib/deep/own.js', '');
        const app = await warmApp(box, mode);
        box.remove(removed);
        const native = await assertNextRunIsRight(app);
        assert.notEqual(everything(native), everything(app.native));
      });
    }

    test('other conditions', async (t) => {
      const app = await warmApp(sandbox(t, 'guarded'), mode);
      app.run.nodeArgs = ['--conditions=fixture'];
      const native = await assertNextRunIsRight(app);
      assert.match(native.stdout, /setting fixture/);
    });

    test('other conditions, from NODE_OPTIONS', async (t) => {
      const app = await warmApp(sandbox(t, 'guarded'), mode);
      app.run.env = { NODE_OPTIONS: '-C fixture' };
      const native = await assertNextRunIsRight(app);
      assert.match(native.stdout, /setting fixture/);
    });

    test('links kept as they are named', async (t) => {
      const box = sandbox(t, 'guarded');
      box.write('linked/linked/index.js', 'export const name = import.meta.url;\n');
      const app = await warmApp(box, mode);
      app.run.nodeArgs = ['--preserve-symlinks'];
      const native = await assertNextRunIsRight(app);
      assert.match(native.stdout, /node_modules\/linked\/index\.js/);
    });

    test('another version of Node', async (t) => {
      const node = await otherNode();
      if (!node) return t.skip('there is only one version of Node here');
      const app = await warmApp(sandbox(t, 'guarded'), mode);
      app.run.node = node;
      await assertNextRunIsRight(app);
    });

    test('the app in another folder', async (t) => {
      const app = await warmApp(sandbox(t, 'guarded'), mode);
      const moved = path.join(app.box.root, 'moved');
      app.box.edit('lib/inner.js', "'inner 1'", "import.meta.dirname.split('/').at(-2)");
      fs.renameSync(app.box.project, moved);
      app.run.cwd = moved;
      const native = await assertNextRunIsRight(app);
      assert.match(native.stdout, /first moved/);
    });
  });
}

describe('a change that changes nothing', { concurrency: 2 }, () => {
  for (const mode of modes) {
    test(`a touched file costs no stage, ${mode}`, async (t) => {
      const app = await warmApp(sandbox(t, 'guarded'), mode);
      const later = new Date(Date.now() + 5000);
      fs.utimesSync(app.box.path('lib/inner.js'), later, later);
      for (const what of ['after the touch', 'once more']) {
        const run = await runDebugged('main.js', app.run);
        assertSameAnswer(run, app.native, what);
        assertStage(run, 'warm', mode, what);
      }
    });
  }
});

/** @param {import('../support/run.mjs').Run} run */
function everything(run) {
  return run.stdout + run.stderr;
}

/**
 * @param {Sandbox} box
 * @param {string} folder
 * @param {string} name
 */
function addPackage(box, folder, name) {
  box.write(`${folder}/package.json`, '{ "type": "module", "exports": "./index.js" }');
  box.write(`${folder}/index.js`, `export const name = '${name}';\n`);
}

/**
 * The very next run must be right and say why it did not trust the pack; those after it, whatever they
 * made of the pack, must be right too.
 *
 * @param {Awaited<ReturnType<typeof warmApp>>} app
 */
async function assertNextRunIsRight({ run }) {
  const next = await runDebugged('main.js', run);
  const native = await runNative('main.js', run);
  assertSameAnswer(next, native, 'the next run');
  assertSaysWhy(next, 'the next run');
  for (const what of ['the second run', 'the third run']) {
    assertSameAnswer(await runDebugged('main.js', run), native, `${what} after the change`);
  }
  return native;
}
