/**
 * Frozen packs hold CommonJS and JSON too. What an app can see of how these are loaded is as the runtime has it:
 * everything here runs natively and from such a pack.
 */

import assert from 'node:assert/strict';
import fs from 'node:fs';
import { describe, test } from 'node:test';
import { assertSameAnswer, assertStage, runDebugged } from '../support/compare.mjs';
import { modes, runCli, runNative, testedNode } from '../support/run.mjs';
import { sandbox } from '../support/sandbox.mjs';
import { allowLinking } from '../support/self-test.mjs';

const STAGE = { hooks: 'linked', linker: 'warm' };

/** What an app does with CommonJS, by the name it is started with. */
const SCENES = {
  plain: `console.log(common.deep, common.text, data.answer, names, typeless.kind, bom.length);`,
  cache: `const below = (file) => file.slice(file.indexOf('lib'));
    console.log(Object.keys(require.cache).map(below), require('./common.cjs') === common);
    const { children, paths, loaded, parent } = require.cache[require.resolve('./common.cjs')];
    console.log(children.map((it) => below(it.id)), paths.length, loaded, parent);
    console.log(require('./data.json') === data, require.resolve.paths('dep').length);
    console.log(Object.getOwnPropertyNames(require.cache[require.resolve('./deep.cjs')]));`,
  throws: `require('./throws.cjs');`,
  throwsImported: `await import('./throws.cjs');`,
  syntax: `require('./syntax.cjs');`,
  reload: `const file = require.resolve('./late.cjs');
    const before = require(file);
    const fs = process.getBuiltinModule('node:fs');
    const text = fs.readFileSync(file, 'utf8');
    fs.writeFileSync(file, "module.exports = 'rewritten';");
    delete require.cache[file];
    console.log(before, require('./late.cjs'));
    fs.writeFileSync(file, text);`,
  extensions: `const { _extensions, prototype } = require('node:module');
    const native = _extensions['.js'];
    _extensions['.js'] = (module, file) => {
      const compile = module._compile;
      module._compile = (text, name, ...rest) =>
        compile.call(module, text + ';module.exports += " patched";' + text.length, name, ...rest);
      native(module, file);
    };
    console.log(require('./late.cjs'), prototype.load.length);
    const json = _extensions['.json'];
    _extensions['.json'] = (module, file) => {
      json(module, file);
      module.exports.patched = true;
    };
    console.log(require('./late.json'));`,
  ownExtension: `require('node:module')._extensions['.cjs'] = (module, file) => {
      module.exports = file.length > 0;
    };
    console.log(require('./late.cjs'), (await import('./late-too.cjs')).default);`,
  disk: `const fs = require('node:fs');
    const native = fs.readFileSync;
    fs.readFileSync = function (file, ...rest) {
      const text = native.call(this, file, ...rest);
      return String(file).endsWith('late.cjs') ? "module.exports = 'another disk';" : text;
    };
    console.log(require('./late.cjs'));
    fs.readFileSync = native;
    console.log(require('./late.json'));`,
  resolution: `const Module = require('node:module');
    const native = Module._resolveFilename;
    Module._resolveFilename = function (request, ...rest) {
      return native.call(this, request === './late.cjs' ? './late-too.cjs' : request, ...rest);
    };
    console.log(require('./late.cjs'), require.resolve('./late.json').endsWith('late.json'));`,
  load: `const Module = require('node:module');
    const native = Module._load;
    const asked = [];
    Module._load = function (request, parent, isMain) {
      asked.push([request.slice(-8), parent === undefined, isMain]);
      return native.apply(this, arguments);
    };
    require('./late.cjs');
    await import('./late-too.cjs');
    console.log(asked);`,
  missing: `try { await import('./miss' + 'ing.mjs'); } catch (error) { console.log(error.stack); }
    require.resolve('./late.cjs');
    try { await import('./miss' + 'ing-too.mjs'); } catch (error) { console.log(error.stack); }`,
  hooks: `const { registerHooks } = require('node:module');
    registerHooks({
      load(url, context, nextLoad) {
        const loaded = nextLoad(url, context);
        console.log(url.slice(-9), context.format, loaded.format, typeof loaded.source);
        return loaded;
      },
    });
    console.log(require('./late.cjs'), (await import('./late-too.cjs')).default);`,
  spy: `const Module = require('node:module');
    let calls = 0;
    Module.registerHooks = () => calls++;
    console.log(require('./late.cjs'), require('./late.json'), calls);`,
  json: `const { default: late } = await import('./late.json', { with: { type: 'json' } });
    console.log(late, require('./late.json') === late);
    await import('./late-too.json').catch((error) => console.log(error.code));
    try { require('./bad.json'); } catch (error) { console.log(error.name, error.message.slice(-60)); }`,
  mutated: `require('./common.cjs').text = 'mutated';
    delete require.cache[require.resolve('./common.cjs')];
    console.log(require('./common.cjs').text, common.text);`,
  polluted: `Object.prototype.source = 'module.exports = 1';
    Object.prototype.format = 'module';
    Array.prototype.push = String.prototype.startsWith = Map.prototype.get = undefined;
    process.stdout.write(require('./late.cjs') + require('./late.json').late + '\\n');
    process.exit();`,
};

/** @param {import('../support/sandbox.mjs').Sandbox} box */
function writeApp(box) {
  box.write('package.json', '{"name":"app","type":"module"}');
  box.write('lib/data.json', '{"answer":42}');
  box.write(
    'lib/common.cjs',
    `#!/usr/bin/env node
// ö€ 😀
exports.deep = require('./deep.cjs').deep;
exports.text = 'ünï €';
Object.assign(exports, require('dep'));`,
  );
  box.write('lib/deep.cjs', `exports.deep = __filename.endsWith('deep.cjs') && require.main;`);
  box.write(
    'lib/names.cjs',
    `module.exports = { ...require('dep'), own: require('./data.json') };`,
  );
  box.write('lib/bom.cjs', `\u{feff}module.exports = (() => 'bom').toString();`);
  box.write('node_modules/dep/package.json', '{"name":"dep","main":"./lib"}');
  box.write('node_modules/dep/lib/index.js', `exports.dep = require('./inner').inner;`);
  box.write('node_modules/dep/lib/inner.js', `exports.inner = require('fs').existsSync('/');`);
  box.write('node_modules/dep/lib/typeless.js', `module.exports = { kind: typeof exports };`);
  box.write(
    'lib/throws.cjs',
    `// A line before.
const fail = () => {
  throw new TypeError('thrown: ö');
};
fail();`,
  );
  box.write('lib/syntax.cjs', `module.exports = 1;\nlet let = 2;`);
  box.write('lib/late.cjs', `module.exports = 'late';`);
  box.write('lib/late-too.cjs', `module.exports = 'late too';`);
  box.write('lib/late.json', '{"late":true}');
  box.write('lib/late-too.json', '{"late":"too"}');
  box.write('lib/bad.json', '{"late":tru}');
  box.write('lib/missing.mjs', `import { nope } from './common.cjs'; nope;`);
  box.write('lib/missing-too.mjs', `import { nope } from './late.cjs'; nope;`);
  for (const [name, scene] of Object.entries(SCENES)) {
    box.write(
      `lib/${name}.scene.js`,
      `import { createRequire } from 'node:module';
import common from './common.cjs';
import data from './data.json' with { type: 'json' };
import * as names from './names.cjs';
import bom from './bom.cjs';
import typeless from '../node_modules/dep/lib/typeless.js';
const require = createRequire(import.meta.url);
${scene}`,
    );
  }
  const cases = Object.keys(SCENES).map(
    (name) => `case '${name}': await import('./${name}.scene.js'); break;`,
  );
  box.write('lib/main.js', `switch (process.argv[2]) {\n${cases.join('\n')}\n}`);
  // What scenes get by `createRequire` no text says.
  box.write('lib/all.cjs', ALL);
}

const ALL = `require('./late.cjs'); require('./late-too.cjs'); require('./late.json'); require('./throws.cjs');`;

/** @param {import('../support/sandbox.mjs').Sandbox} box */
async function compile(box) {
  const options = { cwd: box.project, home: box.home, cache: box.cache('made') };
  allowLinking(options.cache, testedNode);
  const words = ['--out', 'app.bmes', '--frozen', '--include', 'lib/*.cjs', 'lib/main.js'];
  const run = await runCli(['compile', ...words], options);
  assert.equal(run.exitCode, 0, `${run.stdout}${run.stderr}`);
}

/**
 * @param {import('../support/sandbox.mjs').Sandbox} box
 * @param {import('../support/run.mjs').Mode} mode
 * @param {string} scene
 */
function how(box, mode, scene) {
  const env = { HOME: '', BMES_PACK: box.path('app.bmes') };
  return { mode, cwd: box.project, home: box.home, cache: '', env, args: [scene] };
}

describe('a frozen pack', () => {
  test('gives CommonJS and JSON as the runtime loads them', async (t) => {
    const box = sandbox(t);
    writeApp(box);
    await compile(box);
    for (const scene of Object.keys(SCENES)) {
      const native = await runNative('lib/main.js', how(box, 'linker', scene));
      for (const mode of modes) {
        const run = await runDebugged('lib/main.js', how(box, mode, scene));
        assertSameAnswer(run, native, `${scene}, ${mode}`);
        assertStage(run, STAGE[mode], mode, scene);
        assert.match(run.timeline.lines.join('\n'), /^texts [1-9]/m, scene);
      }
    }
  });

  test('says of CommonJS, JSON and require() what was packed, whatever is there', async (t) => {
    const box = sandbox(t);
    writeApp(box);
    await compile(box);
    const native = await runNative('lib/main.js', how(box, 'linker', 'plain'));
    assert.equal(native.stderr, '');
    const edited = ['lib/common.cjs', 'lib/names.cjs', 'lib/data.json', 'lib/deep.cjs'];
    for (const file of edited) fs.writeFileSync(box.path(file), 'not even JavaScript');
    for (const file of ['node_modules/dep/lib/inner.js', 'lib/deep.cjs']) fs.rmSync(box.path(file));
    for (const mode of modes) {
      const run = await runDebugged('lib/main.js', how(box, mode, 'plain'));
      assertSameAnswer(run, native, mode);
      assert.match(run.timeline.lines.join('\n'), /^requires [1-9]\d* answered, 0 known/m);
    }
    // What is not the runtime's text byte for byte is read by the runtime.
    fs.writeFileSync(box.path('lib/bom.cjs'), `module.exports = 'edited, and longer than before';`);
    const run = await runDebugged('lib/main.js', how(box, 'linker', 'plain'));
    assert.equal(run.stdout, native.stdout.replace(/\d+\n$/, '30\n'));
  });
});
