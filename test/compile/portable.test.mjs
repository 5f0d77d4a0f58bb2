/**
 * `bmes compile --out`: one file that serves the app wherever it was copied to, for whoever runs it. What
 * does not hold there is a reason and the native answer, never another one.
 */

import assert from 'node:assert/strict';
import fs from 'node:fs';
import path from 'node:path';
import { describe, test } from 'node:test';
import { assertSameAnswer, assertStage, runDebugged } from '../support/compare.mjs';
import { withFlippedBit } from '../support/packs.mjs';
import { modes, runCli, runNative, testedNode } from '../support/run.mjs';
import { sandbox } from '../support/sandbox.mjs';
import { allowLinking } from '../support/self-test.mjs';
import { attacker, withoutOtherUsers } from '../support/users.mjs';

const STAGE = { hooks: 'linked', linker: 'warm' };

/** @param {import('../support/sandbox.mjs').Sandbox} box */
function writeApp(box) {
  box.write('package.json', '{"name":"app","type":"module"}');
  box.write('lib/main.js', MAIN);
  box.write('lib/lazy.js', `export default 'lazy';`);
  box.write('lib/data.json', '{"answer":42}');
  box.write('lib/common.cjs', `exports.common = require('./deep.cjs').deep; exports.ünï = 'ö€';`);
  box.write('lib/deep.cjs', `exports.deep = __filename.endsWith('deep.cjs');`);
  box.write('node_modules/dep/package.json', '{"name":"dep","exports":"./index.mjs"}');
  box.write('node_modules/dep/index.mjs', `export const dep = 'dep';`);
}

const MAIN = `import data from './data.json' with { type: 'json' };
import { common } from './common.cjs';
import { dep } from 'dep';
console.log(data.answer, common, dep, import.meta.url, (await import('./lazy.js')).default);
await import('optional').then((it) => console.log(it.optional), (error) => console.log(error.code));
`;

/**
 * @param {import('../support/sandbox.mjs').Sandbox} box
 * @param {string[]} words
 */
function bmes(box, words) {
  const options = { cwd: box.project, home: box.home, cache: box.cache('made') };
  allowLinking(options.cache, testedNode);
  return runCli(['compile', ...words], options);
}

/**
 * @param {import('../support/sandbox.mjs').Sandbox} box
 * @param {string[]} [words]
 */
async function compile(box, words = []) {
  const run = await bmes(box, ['--out', 'app.bmes', ...words, 'lib/main.js']);
  assert.equal(run.exitCode, 0, `${run.stdout}${run.stderr}`);
}

/**
 * A copy of the project at another place.
 *
 * @param {import('../support/sandbox.mjs').Sandbox} box
 * @param {string} name
 */
function moved(box, name) {
  const to = path.join(box.root, name);
  fs.cpSync(box.project, to, { recursive: true, verbatimSymlinks: true });
  return to;
}

/**
 * Without a home, and so without a cache.
 *
 * @param {import('../support/sandbox.mjs').Sandbox} box
 * @param {string} cwd
 * @param {import('../support/run.mjs').Mode} mode
 */
function anywhere(box, cwd, mode) {
  const env = { HOME: '', BMES_PACK: path.join(cwd, 'app.bmes') };
  return { mode, cwd, home: box.home, cache: '', env };
}

/**
 * @param {import('../support/sandbox.mjs').Sandbox} box
 * @param {string} place
 * @param {RegExp | undefined} why the file is not used; undefined if it is
 * @param {string} what
 */
async function assertAnswer(box, place, why, what) {
  for (const mode of modes) {
    const how = anywhere(box, place, mode);
    const run = await runDebugged('lib/main.js', how);
    assertSameAnswer(run, await runNative('lib/main.js', how), `${what}, ${mode}`);
    if (why) assert.match(run.timeline.lines.join('\n'), why, what);
    else assertStage(run, STAGE[mode], mode, `${what}, ${mode}`);
  }
}

describe('bmes compile --out', { concurrency: 4 }, () => {
  test('the file serves copies of the app, without home and cache', async (t) => {
    const box = sandbox(t);
    writeApp(box);
    await compile(box);
    assert.equal(fs.statSync(box.path('app.bmes')).mode & 0o777, 0o644);
    await assertAnswer(box, box.project, undefined, 'in place');
    const place = moved(box, 'else where');
    fs.rmSync(box.project, { recursive: true });
    const before = fs.readdirSync(place, { recursive: true }).length;
    await assertAnswer(box, place, undefined, 'moved');
    assert.equal(fs.readdirSync(place, { recursive: true }).length, before);
  });

  test('another user starts from it, in a folder that nobody can write to', async (t) => {
    const reason = withoutOtherUsers();
    if (reason) return t.skip(reason);
    const box = sandbox(t);
    writeApp(box);
    await compile(box);
    fs.chmodSync(box.root, 0o755);
    chmodAll(box.project, 0o555, 0o444);
    for (const mode of modes) {
      const how = { ...anywhere(box, box.project, mode), user: attacker };
      const run = await runDebugged('lib/main.js', how);
      assertSameAnswer(run, await runNative('lib/main.js', how), mode);
      assertStage(run, STAGE[mode], mode, mode);
    }
    chmodAll(box.project, 0o755, 0o644);
  });

  test('where a store can be written, it becomes a pack of this place', async (t) => {
    const box = sandbox(t);
    writeApp(box);
    await compile(box);
    const place = moved(box, 'place');
    /** @type {Record<string, string>[]} */
    const environments = [{ BMES_PACK: path.join(place, 'app.bmes') }, {}];
    for (const [index, env] of environments.entries()) {
      /** @type {Parameters<typeof runDebugged>[1]} */
      const how = { mode: 'linker', cwd: place, home: box.home, cache: box.cache('own'), env };
      const run = await runDebugged('lib/main.js', how);
      assertSameAnswer(run, await runNative('lib/main.js', how), `run ${index + 1}`);
      assertStage(run, 'warm', 'linker', `run ${index + 1}`);
    }
  });

  test('what was edited, added or removed there is seen', async (t) => {
    const box = sandbox(t);
    writeApp(box);
    await compile(box);
    /** @type {[string, RegExp, (place: string) => void][]} */
    const changes = [
      [
        'an edited module',
        /lib\/lazy\.js content changed/,
        (place) => {
          fs.writeFileSync(path.join(place, 'lib/lazy.js'), `export default 'edited';`);
        },
      ],
      [
        'edited CommonJS',
        /lib\/deep\.cjs content changed/,
        (place) => {
          fs.writeFileSync(path.join(place, 'lib/deep.cjs'), `exports.deep = 'edited';`);
        },
      ],
      [
        'edited JSON',
        /lib\/data\.json content changed/,
        (place) => {
          fs.writeFileSync(path.join(place, 'lib/data.json'), '{"answer":43}');
        },
      ],
      [
        'a package that is nearer',
        /lib\/node_modules appeared/,
        (place) => {
          const nearer = path.join(place, 'lib/node_modules/dep');
          fs.mkdirSync(nearer, { recursive: true });
          fs.writeFileSync(path.join(nearer, 'index.mjs'), `export const dep = 'nearer';`);
          fs.copyFileSync(
            path.join(place, 'node_modules/dep/package.json'),
            path.join(nearer, 'package.json'),
          );
        },
      ],
      [
        'an optional package that was added',
        /node_modules\/optional appeared/,
        (place) => {
          addOptional(path.join(place, 'node_modules/optional'));
        },
      ],
      [
        'one above the app',
        /node_modules\/optional appeared/,
        (place) => {
          addOptional(path.join(path.dirname(place), 'node_modules/optional'));
        },
      ],
      [
        'a removed module',
        /lib\/lazy\.js is gone/,
        (place) => {
          fs.rmSync(path.join(place, 'lib/lazy.js'));
        },
      ],
      [
        'another package.json',
        /dep\/package\.json content changed/,
        (place) => {
          const file = path.join(place, 'node_modules/dep/package.json');
          fs.writeFileSync(file, '{"name":"dep","exports":"./other.mjs"}');
          fs.writeFileSync(
            path.join(place, 'node_modules/dep/other.mjs'),
            `export const dep = 'other';`,
          );
        },
      ],
      [
        'a module behind a link',
        /lib\/lazy\.js is no longer a file/,
        (place) => {
          fs.renameSync(path.join(place, 'lib/lazy.js'), path.join(place, 'lib/real.js'));
          fs.symlinkSync('real.js', path.join(place, 'lib/lazy.js'));
        },
      ],
    ];
    for (const [what, why, change] of changes) {
      const place = moved(box, path.join(what, 'app'));
      change(place);
      await assertAnswer(box, place, why, what);
    }
    // Other packages above it are nobody's business.
    const place = moved(box, path.join('unrelated', 'app'));
    addOptional(path.join(box.root, 'unrelated/node_modules/unrelated'));
    await assertAnswer(box, place, undefined, 'unrelated packages above');
  });

  test('damaged, cut and foreign files are refused with a reason', async (t) => {
    const box = sandbox(t);
    writeApp(box);
    await compile(box);
    const file = box.path('app.bmes');
    const bytes = fs.readFileSync(file);
    const label = bytes.indexOf('BMES\r\n');
    assert.ok(label > 0);
    /** @type {[string, Uint8Array, RegExp][]} */
    const damages = [
      ['an empty file', new Uint8Array(), /BMES_PACK_/],
      ['a text', Buffer.from('export default 1;\n'.repeat(40)), /BMES_PACK_NOT_A_PACK/],
      ['half of it', bytes.subarray(0, bytes.length >> 1), /BMES_PACK_LENGTH/],
      ['its label alone', bytes.subarray(0, label), /BMES_PACK_/],
      ['a damaged label', withFlippedBit(bytes, 30), /BMES_PACK_DAMAGED/],
      ['another version', withFlippedBit(bytes, 8), /BMES_PACK_VERSION/],
      ['a damaged header', withFlippedBit(bytes, label + 60), /BMES_PACK_DAMAGED/],
      ['damaged tables', withFlippedBit(bytes, label + 300), /BMES_PACK_DAMAGED/],
    ];
    for (const [what, damaged, why] of damages) {
      fs.writeFileSync(file, damaged);
      await assertAnswer(box, box.project, why, what);
    }
    // Every part of the file: whatever is said of it, the answer is the runtime's.
    const native = await runNative('lib/main.js', anywhere(box, box.project, 'linker'));
    for (let at = 1; at < 12; at++) {
      fs.writeFileSync(file, withFlippedBit(bytes, Math.floor((bytes.length * at) / 12)));
      const run = await runDebugged('lib/main.js', anywhere(box, box.project, 'linker'));
      assertSameAnswer(run, native, `a bit at ${at} of 12`);
    }
    fs.rmSync(file);
    await assertAnswer(box, box.project, /pack .*there is no file .*app\.bmes/, 'no file');
  });

  test('a file for other flags or another entry is refused with both names', async (t) => {
    const box = sandbox(t);
    writeApp(box);
    box.write('lib/other.js', `console.log('other');`);
    await compile(box);
    const how = anywhere(box, box.project, 'linker');
    const other = await runDebugged('lib/other.js', how);
    assert.match(
      other.timeline.lines.join('\n'),
      /BMES_PACK_FOREIGN the pack was made for another entry: \/lib\/main\.js, this is file:\S+other\.js/,
    );
    const flagged = await runDebugged('lib/main.js', { ...how, nodeArgs: ['--conditions=x'] });
    assert.match(
      flagged.timeline.lines.join('\n'),
      /BMES_PACK_FOREIGN the pack was made for another way to start: .* this is .*--conditions=x/,
    );
  });

  test('a frozen file is not compared with the disk, but for its entry', async (t) => {
    const box = sandbox(t);
    writeApp(box);
    await compile(box, ['--frozen']);
    const native = await runNative('lib/main.js', anywhere(box, box.project, 'linker'));
    fs.writeFileSync(box.path('lib/lazy.js'), `export default 'edited';`);
    for (const mode of modes) {
      const run = await runDebugged('lib/main.js', anywhere(box, box.project, mode));
      assertSameAnswer(run, native, `as it was packed, ${mode}`);
      assertStage(run, STAGE[mode], mode, mode);
    }
    fs.appendFileSync(box.path('lib/main.js'), `console.log('edited');`);
    await assertAnswer(box, box.project, /BMES_GUARD_CHANGED .*main\.js content changed/, 'entry');
  });

  test('what lies outside of the root is named, or left to Node', async (t) => {
    const box = sandbox(t);
    writeApp(box);
    box.write('outside.js', `export const outside = 'outside';`);
    box.write('lib/main.js', `import { outside } from '../outside.js'; console.log(outside);`);
    const words = ['--out', 'app.bmes', '--root', 'lib'];
    const refused = await bmes(box, [...words, 'lib/main.js']);
    assert.equal(refused.exitCode, 1);
    assert.match(refused.stderr, /BMES_OUTSIDE_ROOT \S+outside\.js lies outside of \S+lib/);
    assert.equal(fs.existsSync(box.path('app.bmes')), false);
    box.write('lib/package.json', '{"type":"module"}');
    const left = await bmes(box, [...words, '--external', 'lib/main.js']);
    assert.equal(left.exitCode, 0, left.stderr);
    const how = anywhere(box, box.project, 'linker');
    const run = await runDebugged('lib/main.js', how);
    assertSameAnswer(run, await runNative('lib/main.js', how), 'with --external');
    assertStage(run, 'linked', 'hooks', 'with --external');
  });

  test('a link to an absolute path and an absolute specifier are named', async (t) => {
    const box = sandbox(t);
    writeApp(box);
    const words = ['--out', 'app.bmes', 'lib/main.js'];
    fs.renameSync(box.path('node_modules/dep'), box.path('real-dep'));
    fs.symlinkSync(box.path('real-dep'), box.path('node_modules/dep'));
    const linked = await bmes(box, words);
    assert.match(linked.stderr, /BMES_OUTSIDE_ROOT \S+dep is a link to an absolute path/);
    fs.rmSync(box.path('node_modules/dep'));
    fs.symlinkSync('../real-dep', box.path('node_modules/dep'));
    const relative = await bmes(box, words);
    assert.equal(relative.exitCode, 0, relative.stderr);
    await assertAnswer(box, moved(box, 'linked'), undefined, 'a relative link');
    box.write('lib/main.js', `import ${JSON.stringify(`${box.project}/lib/lazy.js`)};`);
    const absolute = await bmes(box, words);
    assert.match(absolute.stderr, /BMES_OUTSIDE_ROOT .*main\.js imports .* by an absolute path/);
  });

  test('bmes run --pack and enable({ pack }) use it', async (t) => {
    const box = sandbox(t);
    writeApp(box);
    await compile(box);
    const how = anywhere(box, box.project, 'hooks');
    const native = await runNative('lib/main.js', how);
    const env = { HOME: '' };
    const run = await runCli(['run', '--pack', 'app.bmes', 'lib/main.js'], {
      ...how,
      env,
      debug: true,
    });
    assert.equal(run.stdout, native.stdout);
    assert.match(run.stderr, /^bmes: open hit /m);
    const index = path.join(import.meta.dirname, '../../index.js');
    box.write(
      'bin.cjs',
      `const { enable } = require(${JSON.stringify(index)});
      enable({ pack: require('node:path').join(__dirname, 'bin.bmes') });
      import('./lib/main.js');`,
    );
    const made = await bmes(box, ['--out', 'bin.bmes', 'bin.cjs']);
    assert.equal(made.exitCode, 0, made.stderr);
    const place = moved(box, 'with a bin');
    const bin = await runNative('bin.cjs', {
      ...how,
      cwd: place,
      env: { ...env, BMES_DEBUG: '1' },
    });
    assert.equal(bin.stdout, native.stdout.replace(box.project, place.replace(/ /g, '%20')));
    assert.match(bin.stderr, /^bmes: open hit /m);
  });

  test('wrong use is said', async (t) => {
    const box = sandbox(t);
    for (const words of [
      ['--out', 'a.bmes', 'a.mjs', 'b.mjs'],
      ['--frozen', 'a.mjs'],
      ['--root', '.', 'a.mjs'],
      ['--external', 'a.mjs'],
      ['--out', '', 'a.mjs'],
      ['--out', 'a.bmes', '--store', 'a.mjs'],
    ]) {
      const run = await bmes(box, words);
      assert.equal(run.exitCode, 2, words.join(' '));
      assert.match(run.stderr, /^bmes compile: --/);
    }
  });
});

/** @param {string} folder */
function addOptional(folder) {
  fs.mkdirSync(folder, { recursive: true });
  fs.writeFileSync(path.join(folder, 'package.json'), '{"exports":"./index.mjs"}');
  fs.writeFileSync(path.join(folder, 'index.mjs'), `export const optional = 'optional';`);
}

/**
 * @param {string} folder
 * @param {number} folders
 * @param {number} files
 */
function chmodAll(folder, folders, files) {
  for (const entry of fs.readdirSync(folder, { recursive: true, withFileTypes: true })) {
    const file = path.join(entry.parentPath, entry.name);
    if (entry.isFile()) fs.chmodSync(file, files);
    else if (entry.isDirectory()) fs.chmodSync(file, folders);
  }
  fs.chmodSync(folder, folders);
}
