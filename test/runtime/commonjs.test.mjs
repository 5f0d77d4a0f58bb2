// CommonJS that programs are made of or reach: where `require()` leads may come from the pack, and nothing else.

import assert from 'node:assert/strict';
import { describe, test } from 'node:test';

import {
  assertSameAnswer,
  assertSameAnswerThroughLife,
  assertStage,
  runDebugged,
} from '../support/compare.mjs';
import { cacheEnvironment, modes, registerPath, runNative, start } from '../support/run.mjs';
import { sandbox } from '../support/sandbox.mjs';
import { namesIn } from '../support/stored.mjs';
import { withoutTimeline } from '../support/timeline.mjs';

/** As many as are worth knowing in advance. */
const CROWD = 40;

/** @param {ReturnType<typeof sandbox>} box */
function crowd(box) {
  for (let at = 0; at < CROWD; at++) box.write(`many/${at}.js`, `exports.at = ${at};`);
  const all = Array.from({ length: CROWD }, (_, at) => `require('./${at}')`);
  box.write('many/index.js', `module.exports = [${all.join()}].length;`);
}

const PRINT_CACHE = `
  const path = require('path');
  const name = (file) => path.relative(__dirname, file);
  console.log(Object.keys(require.cache).map(name).join(' '));
  console.log(module.children.map((child) => name(child.id)).join(' '));`;

/** @type {Record<string, Record<string, string>>} */
const programs = {
  'cycles, folders, JSON and what is not there': {
    'main.js': `
      const b = require('./b');
      console.log(b, require('./data'), require('./data.json') === require('./data'), require('./lib'), require('./pkg').v);
      for (const gone of ['./gone', 'gone', './gone.node', '', './lib/', './data.js']) {
        try { console.log(gone, require(gone)); } catch (error) { console.log(error.code, error.message, error.requireStack); }
      }
      ${PRINT_CACHE}`,
    'b.js': `exports.early = 1; exports.c = require('./c').seen; exports.name = require.main?.filename.endsWith('main.js');`,
    'c.js': `exports.seen = Object.keys(require('./b')).join();`,
    'data.json': '{"a":1}',
    'lib/index.js': `module.exports = require('..').x ?? 'lib';`,
    'index.js': `exports.x = 'root';`,
    'pkg/package.json': '{"main":"./inner/main"}',
    'pkg/inner/main.js': `exports.v = require('.').w;`,
    'pkg/inner/index.js': `exports.w = module.parent.id.endsWith('main.js');`,
  },
  'packages by their maps, by name, nested and linked': {
    'main.js': `
      console.log(require('p'), require('p/sub'), require('p/deep/x'), require('@s/q'), require('@s/q/file'), require('r'), require('self/me'), require('#in'));
      try { require('p/hidden'); } catch (error) { console.log(error.code); }
      ${PRINT_CACHE}`,
    'package.json':
      '{"name":"self","exports":{"./me":"./me.js","./package.json":"./package.json"},"imports":{"#in":{"require":"./in.cjs","default":"./no.js"}}}',
    'me.js': `module.exports = 'me';`,
    'in.cjs': `module.exports = 'in';`,
    'node_modules/p/package.json':
      '{"exports":{".":{"import":"./no.mjs","require":"./yes.cjs"},"./sub":{"node":"./sub.js"},"./deep/*":"./d/*.js"}}',
    'node_modules/p/yes.cjs': `module.exports = ['require', require('r')];`,
    'node_modules/p/sub.js': `module.exports = require('./d/x');`,
    'node_modules/p/d/x.js': `module.exports = 'x';`,
    'node_modules/p/node_modules/r/index.js': `module.exports = 'nested r';`,
    'node_modules/r.js': `module.exports = 'r, a file';`,
    'node_modules/@s/q/index.js': `module.exports = 'q';`,
    'node_modules/@s/q/file.json': '["file"]',
  },
  'computed names': {
    'main.js': `
      for (const at of [3, 5, 7]) console.log(require(['./many', at].join('/')));
      console.log(require(require.resolve('./many/9')), require.resolve('./many'), require.resolve.paths('x')[0].endsWith('node_modules'));`,
  },
  'resolution replaced': {
    'main.js': `
      const Module = require('module');
      const { _resolveFilename } = Module;
      require('./many/1');
      Module._resolveFilename = function (request, ...rest) {
        return request === './a' ? _resolveFilename.call(this, './b', ...rest) : _resolveFilename.call(this, request, ...rest);
      };
      console.log(require('./a'));
      Module._resolveFilename = _resolveFilename;
      console.log(require('./a'));
      const { _findPath, _load } = Module;
      Module._findPath = (request, paths, isMain) => (request === './c' ? __dirname + '/b.js' : _findPath(request, paths, isMain));
      console.log(require('./c'));
      Module._findPath = _findPath;
      Module._load = (request, parent, isMain) => (request === './d' ? 'mock' : _load(request, parent, isMain));
      console.log(require('./d'));
      Module._load = _load;
      console.log(require('./d'));`,
    'a.js': `module.exports = 'a';`,
    'b.js': `module.exports = 'b';`,
    'c.js': `module.exports = 'c';`,
    'd.js': `module.exports = 'd';`,
  },
  'the tables of answers changed': {
    'main.js': `
      const Module = require('module');
      const fs = require('fs');
      console.log(require('./a'), require('./many'));
      for (const key of Object.keys(Module._pathCache)) delete Module._pathCache[key];
      delete require.cache[require.resolve('./a')];
      console.log(require('./a'));
      Module._pathCache = { __proto__: null };
      console.log(require('./b'), Object.keys(Module._pathCache).length);
      require.cache[require.resolve('./c')] = { exports: 'mocked', loaded: true, id: 'c', children: [] };
      console.log(require('./c'));`,
    'a.js': `module.exports = ['a', require('./b')];`,
    'b.js': `module.exports = 'b';`,
    'c.js': `module.exports = 'c';`,
  },
  'extensions added and replaced': {
    'main.js': `
      const fs = require('fs');
      console.log(require('./a'), require('./folder'));
      require.extensions['.js'] = (module, file) => module._compile(fs.readFileSync(file, 'utf8').replace('one', 'two'), file);
      console.log(require('./b'));
      require.extensions['.foo'] = (module) => { module.exports = 'foo'; };
      console.log(require('./c'), require('./d'));`,
    'a.js': `module.exports = 'one';`,
    'b.js': `module.exports = 'one';`,
    'c.js': `module.exports = 'js before foo';`,
    'c.foo': '',
    'd.foo': '',
    'd/index.js': `module.exports = 'a folder';`,
    'folder/index.js': `module.exports = 'folder';`,
  },
  'places to look added': {
    'main.js': `
      const Module = require('module');
      const path = require('path');
      module.paths.unshift(path.join(__dirname, 'first'));
      console.log(require('p'));
      module.paths.shift();
      console.log(require('p/x'), require(require.resolve('p', { paths: [path.join(__dirname, 'other')] })));
      process.env.NODE_PATH = path.join(__dirname, 'global');
      Module._initPaths();
      console.log(require('g'), require('./deep/one'));
      const fake = new Module(path.join(__dirname, 'fake.js'));
      fake.filename = fake.id;
      fake.paths = [path.join(__dirname, 'first')];
      console.log(fake.require('p'), Module.createRequire(path.join(__dirname, 'other/x.js'))('p'));`,
    'first/p/index.js': `module.exports = 'first';`,
    'global/g.js': `module.exports = 'global';`,
    'node_modules/p/index.js': `module.exports = 'p';`,
    'node_modules/p/x.js': `module.exports = 'x of p';`,
    'other/node_modules/p/index.js': `module.exports = 'other';`,
    'deep/one.js': `module.exports = require('p');`,
  },
  'ES modules required and imported': {
    'main.js': `
      const { v } = require('./a.mjs');
      console.log(v, require('./many'));
      import('./b.mjs').then((b) => { console.log(b.default, b.c); ${PRINT_CACHE} });
      setTimeout(() => import('./c.js').then((c) => console.log(c.default)), 20);`,
    'a.mjs': `export const v = 'a';`,
    'b.mjs': `export { default as c } from './c.js'; export default 'b';`,
    'c.js': `module.exports = require('./many/7');`,
  },
  'an ES module entry': {
    'main.mjs': `
      import many from './many/index.js';
      import { createRequire } from 'node:module';
      const require = createRequire(import.meta.url);
      console.log(many, require('./many/3'), require('p'), (await import('p')).default);`,
    'node_modules/p/package.json': '{"exports":{"import":"./i.mjs","require":"./r.cjs"}}',
    'node_modules/p/i.mjs': `export default 'import';`,
    'node_modules/p/r.cjs': `module.exports = 'require';`,
  },
  'an end in the middle': {
    'main.js': `require('./a'); console.log('not reached');`,
    'a.js': `require('./many'); process.on('exit', (code) => console.log('exit', code)); process.exit(3);`,
  },
  'an error in the middle': {
    'main.js': `try { require('./a'); } catch (error) { console.log(error.stack); }`,
    'a.js': `require('./many');\nrequire('./b');`,
    'b.js': `function f() { throw new Error(require('p')); }\nf();`,
    'node_modules/p/index.js': `module.exports = 'p';`,
  },
};

describe('CommonJS is what it is natively', { concurrency: 2 }, () => {
  for (const mode of modes) {
    for (const [what, files] of Object.entries(programs)) {
      test(`${what}, ${mode}`, async (t) => {
        const box = sandbox(t);
        crowd(box);
        for (const [name, text] of Object.entries(files)) box.write(name, text);
        const entry = 'main.mjs' in files ? 'main.mjs' : 'main.js';
        box.write('start.mjs', `import './many/index.js'; import './${entry}';`);
        for (const first of [entry, 'start.mjs']) {
          const run = { entry: first, mode, cwd: box.project, home: box.home };
          const stages = ['native', null, null];
          await assertSameAnswerThroughLife({ ...run, cache: box.cache(first), stages });
        }
      });
    }
  }

  for (const mode of modes) {
    test(`answers come from the pack, ${mode}`, async (t) => {
      const box = sandbox(t);
      crowd(box);
      box.write('main.mjs', `import './main.js';`);
      box.write('main.js', `console.log(require('./many'));`);
      const run = { mode, cwd: box.project, home: box.home, cache: box.cache(mode) };
      for (const stage of ['native', 'linked', 'warm']) {
        const { timeline } = await runDebugged('main.mjs', run);
        const said = timeline.lines.find((line) => line.startsWith('requires '));
        assert.equal(timeline.stage?.stage, stage, timeline.lines.join('\n'));
        const answers = `requires ${CROWD + 1} answered, 0 known and left to the runtime`;
        assert.equal(said?.split(' +')[0], stage === 'native' ? undefined : answers);
      }
    });
  }
});

describe('a main module that is CommonJS', { concurrency: 2 }, () => {
  /**
   * @param {Parameters<typeof sandbox>[0]} t
   * @param {Record<string, string>} files
   */
  function program(t, files) {
    const box = sandbox(t);
    crowd(box);
    for (const [name, text] of Object.entries(files)) box.write(name, text);
    const run = {
      mode: /** @type {const} */ ('linker'),
      cwd: box.project,
      home: box.home,
      cache: box.cache('own'),
    };
    return { box, run };
  }

  /** @param {{ timeline: { lines: string[] } }} run */
  const said = ({ timeline }) =>
    timeline.lines.map((line) => line.replace(/ \+[\d.]+ms$/, '')).join('\n');

  const answers = `requires ${CROWD + 1} answered, 0 known and left to the runtime`;

  for (const [how, option] of [
    ['--import', ['--import', registerPath]],
    ['--require', ['--require', registerPath]],
  ]) {
    for (const main of ['main.js', 'main.cjs']) {
      test(`${main} is served, ${how}`, async (t) => {
        const { run } = program(t, {
          [main]: `console.log(require('./many'), require.main === module);`,
        });
        const env = { ...cacheEnvironment({ ...run, debug: true }) };
        const native = await runNative(main, run);
        for (const stage of ['native mode native', 'linked mode commonjs', 'warm mode commonjs']) {
          const ours = await start([...option, main], { ...run, env });
          assertSameAnswer({ ...ours, stderr: withoutTimeline(ours.stderr) }, native, stage);
          assert.ok(ours.stderr.includes(`stage ${stage}`), ours.stderr);
          assert.equal(ours.stderr.includes(answers), stage !== 'native mode native', ours.stderr);
        }
      });
    }
  }

  test('one that is small is left alone, one that is long is not', async (t) => {
    const { box, run } = program(t, {
      'small.js': `console.log(require('./many/1'));`,
      'long.js': `console.log(require('./many/1'));\n//${'x'.repeat(1 << 16)}`,
    });
    for (const stage of ['native', 'native', 'native']) {
      const small = await runDebugged('small.js', run);
      assertStage(small, stage, 'native', stage);
    }
    assert.match(said(await runDebugged('small.js', run)), /stand-aside BMES_SMALL/);
    assert.ok(!namesIn(run.cache).some((name) => name.includes('compile-cache')));
    for (const stage of ['native', 'linked', 'warm']) {
      assertStage(await runDebugged('long.js', run), stage, undefined, stage);
    }
    assert.ok(box.project);
  });

  test('what it imports is an app of its own, and both are served', async (t) => {
    const { run } = program(t, {
      'main.js': `console.log(require('./many')); import('./esm.mjs').then((m) => console.log(m.default));`,
      'esm.mjs': `import { b } from './b.mjs'; export default b;`,
      'b.mjs': `export const b = 'b';`,
    });
    const native = await runNative('main.js', run);
    for (const stage of ['native', 'linked', 'warm']) {
      const ours = await runDebugged('main.js', run);
      assertSameAnswer(ours, native, stage);
      assertStage(ours, stage, stage === 'native' ? 'native' : 'linker', stage);
      const lines = said(ours);
      if (stage !== 'native') assert.match(lines, new RegExp(`stage ${stage} mode commonjs`));
      assert.equal(lines.includes(answers), stage !== 'native', lines);
    }
  });

  test('one that was learnt from a small run is learnt again from a large one', async (t) => {
    const { run } = program(t, { 'main.js': `console.log(process.argv[2] && require('./many'));` });
    const large = { ...run, args: ['large'] };
    const nativeLarge = await runNative('main.js', large);
    for (const stage of ['native', 'native']) {
      assertStage(await runDebugged('main.js', run), stage, 'native', stage);
    }
    for (const [stage, mode] of [
      ['native', 'native'],
      ['native', 'native'],
      ['linked', 'commonjs'],
      ['warm', 'commonjs'],
    ]) {
      const ours = await runDebugged('main.js', large);
      assertSameAnswer(ours, nativeLarge, stage ?? '');
      assertStage(ours, stage ?? null, mode, stage ?? '');
    }
    const small = await runDebugged('main.js', run);
    assertStage(small, 'warm', 'commonjs', 'a small one keeps it');
    assert.doesNotMatch(said(small), /outgrown/);
  });

  test('an edit, a file in front and a file gone are seen, and learnt again', async (t) => {
    const { box, run } = program(t, {
      'main.js': `console.log(require('./many'), require('./a').v);`,
    });
    box.write('a/index.js', `exports.v = 'folder';`);
    const changes = [
      () => box.write('a.js', `exports.v = 'file in front';`),
      () => box.write('a.js', `exports.v = require('./a/index').v;`),
      () => box.remove('a.js'),
      () => box.write('main.js', `console.log('edited', require('./many'));`),
    ];
    for (const change of [() => {}, ...changes]) {
      change();
      const native = await runNative('main.js', run);
      for (const which of ['first', 'second', 'third']) {
        const ours = await runDebugged('main.js', run);
        assertSameAnswer(ours, native, `${which} after ${change}`);
        if (which === 'third') assertStage(ours, 'warm', 'commonjs', `${change}`);
      }
    }
  });
});

/** What an app may do to what decides where `require('...')` leads, before it asks. */
const changes = {
  'a file in front of the extension': [
    './dep',
    `fs.writeFileSync('dep', 'exports.v = "front"')`,
    `fs.rmSync('dep')`,
  ],
  'a nearer package': [
    'far',
    `fs.mkdirSync('sub/node_modules/far', { recursive: true }); fs.writeFileSync('sub/node_modules/far/index.js', 'exports.v = "nearer"')`,
    `fs.rmSync('sub/node_modules', { recursive: true })`,
    'sub/',
  ],
  'a file in front of the package': [
    'far',
    `fs.writeFileSync('node_modules/far.js', 'exports.v = "file"')`,
    `fs.rmSync('node_modules/far.js')`,
  ],
  'the target gone': [
    './dep',
    `fs.renameSync('dep.js', 'dep.off')`,
    `fs.renameSync('dep.off', 'dep.js')`,
  ],
  'another main': [
    'far',
    `fs.writeFileSync('node_modules/far/package.json', '{"main":"two.js"}')`,
    `fs.writeFileSync('node_modules/far/package.json', '{"main":"one.js"}')`,
  ],
  'a package made anew': [
    'lib',
    `fs.rmSync('node_modules/lib'); fs.symlinkSync('../b', 'node_modules/lib')`,
    `fs.rmSync('node_modules/lib'); fs.symlinkSync('../a', 'node_modules/lib')`,
  ],
  'a file in front of the folder': [
    './folder',
    `fs.writeFileSync('folder.js', 'exports.v = "file"')`,
    `fs.rmSync('folder.js')`,
  ],
  'a package.json in the folder': [
    './folder',
    `fs.writeFileSync('folder/package.json', '{"main":"other"}')`,
    `fs.rmSync('folder/package.json')`,
  ],
};

describe('changed before it is required', { concurrency: 2 }, () => {
  for (const [what, [specifier, change, back, place = '']] of Object.entries(changes)) {
    test(what, async (t) => {
      const box = sandbox(t);
      crowd(box);
      box.write('dep.js', `exports.v = 'dep';`);
      box.write('node_modules/far/package.json', '{"main":"one.js"}');
      box.write('node_modules/far/one.js', `exports.v = 'one';`);
      box.write('node_modules/far/two.js', `exports.v = 'two';`);
      box.write('folder/index.js', `exports.v = 'folder';`);
      box.write('folder/other.js', `exports.v = 'other';`);
      box.write('a/index.js', `exports.v = 'a';`);
      box.write('b/index.js', `exports.v = 'b';`);
      box.relink('node_modules/lib', '../a');
      box.write(`${place}ask.js`, `module.exports = () => require('${specifier}').v;`);
      box.write('start.mjs', `import './main.js';`);
      box.write(
        'main.js',
        [
          `const fs = require('fs'); require('./many'); const ask = require('./${place}ask');`,
          `const isTold = process.argv[2] === 'change';`,
          `if (isTold) { ${change} }`,
          `let v; try { v = ask(); } catch (error) { v = error.code; }`,
          `if (isTold) { ${back} }`,
          `console.log(v);`,
        ].join('\n'),
      );
      const run = {
        mode: /** @type {const} */ ('hooks'),
        cwd: box.project,
        home: box.home,
        cache: box.cache('hooks'),
      };
      for (const stage of ['native', 'linked', 'warm']) {
        assertStage(await runDebugged('start.mjs', run), stage, undefined, 'while warming up');
      }
      const told = { ...run, args: ['change'] };
      const [plain, native] = [
        await runNative('start.mjs', run),
        await runNative('start.mjs', told),
      ];
      assert.notEqual(native.stdout, plain.stdout);
      const changed = await runDebugged('start.mjs', told);
      assertSameAnswer(changed, native, 'the run that changes');
      assert.match(changed.timeline.lines.join('\n'), /requires \d+ answered/);
      assertSameAnswer(await runDebugged('start.mjs', run), plain, 'the next');
      assertSameAnswer(await runDebugged('start.mjs', told), native, 'another that changes');
    });
  }
});
