// A package without its addon: installed without optional dependencies, or on a platform there is none
// for. Programs run as they do natively, and what enables the cache says why.

import assert from 'node:assert/strict';
import fs from 'node:fs';
import path from 'node:path';
import { describe, test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { assertSameAnswer } from '../support/compare.mjs';
import { linkPackage } from '../support/enabled.mjs';
import { enabling, modes, runNative, start } from '../support/run.mjs';
import { sandbox } from '../support/sandbox.mjs';
import { withoutTimeline } from '../support/timeline.mjs';

const root = fileURLToPath(new URL('../../', import.meta.url));

/**
 * The package as it is published, without an addon.
 *
 * @param {import('../support/sandbox.mjs').Sandbox} box
 */
function installWithoutAddon(box) {
  const folder = box.path('node_modules/bmes-cache');
  fs.rmSync(folder, { recursive: true, force: true });
  fs.mkdirSync(folder, { recursive: true });
  for (const name of ['api', 'cli', 'index.js', 'package.json', 'runtime']) {
    fs.cpSync(path.join(root, name), path.join(folder, name), { recursive: true });
  }
  return folder;
}

const target = `${process.platform}-${process.arch}${process.platform === 'linux' ? '-gnu' : ''}`;

/**
 * What is there instead of an addon, and what is said of it.
 *
 * @type {{ what: string, make: (folder: string) => void, flags?: string[], why: RegExp }[]}
 */
const cases = [
  { what: 'nothing', make: () => {}, why: /bmes-cache-\S+ is not installed/ },
  {
    what: 'a file that is no addon',
    make: (folder) => fs.writeFileSync(path.join(folder, `bmes-cache.${target}.node`), 'no addon'),
    why: /\.node cannot be loaded \(.+\)/,
  },
  {
    what: 'one of another release',
    make: (folder) => {
      const addon = fs.readdirSync(root).find((name) => name.endsWith('.node')) ?? '';
      fs.copyFileSync(path.join(root, addon), path.join(folder, addon));
      const file = path.join(folder, 'runtime/environment.js');
      const text = fs.readFileSync(file, 'utf8');
      fs.writeFileSync(file, text.replace(/const VERSION = '.*'/, `const VERSION = '999.0.0'`));
    },
    why: /\.node is of release [\d.]+, not 999\.0\.0/,
  },
  {
    what: 'an addon that may not be loaded',
    make: (folder) => {
      const addon = fs.readdirSync(root).find((name) => name.endsWith('.node')) ?? '';
      fs.copyFileSync(path.join(root, addon), path.join(folder, addon));
    },
    flags: ['--no-addons'],
    // Who starts an app asks what is in effect before there is anything to load.
    why: /native code is not loaded|cannot be loaded \(Cannot load native addon/,
  },
];

describe('without an addon', { concurrency: 2 }, () => {
  for (const { what, make, flags = [], why } of cases) {
    for (const mode of modes) {
      test(`${what}: an app runs natively and the reason is printed for who asks, ${mode}`, async (t) => {
        const box = sandbox(t);
        box.write(
          'app.mjs',
          `import { b } from './b.mjs'; console.log(b, process.argv.slice(2)); process.exitCode = 3;`,
        );
        box.write('b.mjs', `export const b = 'ours';`);
        make(installWithoutAddon(box));
        const place = { cwd: box.project, home: box.home };
        const native = await runNative('app.mjs', { ...place, nodeArgs: flags, args: ['x'] });
        const [register] = enabling().slice(-1);
        const own = box.path('node_modules/bmes-cache/runtime/register.js');
        const words = enabling().map((word) => (word === register ? own : word));
        const nodeArgs = [...flags, ...words];
        for (const debug of [false, true]) {
          const env = debug ? { BMES_DEBUG: '1' } : undefined;
          const run = await runNative('app.mjs', { ...place, nodeArgs, args: ['x'], env });
          assertSameAnswer({ ...run, stderr: withoutTimeline(run.stderr) }, native, what);
          if (!debug) continue;
          assert.match(run.stderr, /^bmes: stand-aside BMES_NO_ADDON /m);
          assert.match(run.stderr, why);
          assert.match(run.stderr, flags.length > 0 ? why : /install bmes-cache again/);
        }
        const cli = box.path('node_modules/bmes-cache/cli/bmes.js');
        const run = await start([...flags, cli, 'run', 'app.mjs', 'x'], place);
        assertSameAnswer(run, native, 'bmes run');
      });
    }

    test(`${what}: enable() says so at once, and again`, async (t) => {
      const box = sandbox(t);
      box.write(
        'bin.cjs',
        `const { enable } = require('bmes-cache');
         const told = [enable?.(), enable?.()];
         import('./a.mjs').then(() => console.error('told', JSON.stringify(told)));`,
      );
      box.write('a.mjs', `console.log('a');`);
      linkPackage(box, false);
      const options = { cwd: box.project, home: box.home, nodeArgs: flags };
      const native = await runNative('bin.cjs', options);
      fs.rmSync(box.path('node_modules/bmes-cache'));
      make(installWithoutAddon(box));
      const run = await runNative('bin.cjs', options);
      const silent = (/** @type {import('../support/run.mjs').Run} */ each) => ({
        ...each,
        stderr: each.stderr.replace(/^told .*\n/m, ''),
      });
      assertSameAnswer(silent(run), silent(native), what);
      const told = JSON.parse(/^told (.*)$/m.exec(run.stderr)?.[1] ?? 'null');
      for (const { status, code, message } of told) {
        assert.deepEqual([status, code], ['disabled', 'BMES_NO_ADDON']);
        assert.match(message, why);
        if (flags.length > 0) continue;
        assert.ok(message.includes(`${process.platform}-${process.arch}`), message);
      }
    });

    test(`${what}: the API throws the reason at each call`, async (t) => {
      const box = sandbox(t);
      box.write(
        'tool.cjs',
        `const bmes = require('bmes-cache');
         for (let n = 0; n < 2; n++) {
           try { bmes.validate(new Uint8Array(8)); } catch (error) {
             const { code, platform, tried, message } = error;
             console.log(JSON.stringify({ code, platform, tried: tried.length > 0, message }));
           }
         }`,
      );
      make(installWithoutAddon(box));
      const run = await runNative('tool.cjs', {
        cwd: box.project,
        home: box.home,
        nodeArgs: flags,
      });
      const lines = run.stdout
        .trim()
        .split('\n')
        .map((line) => JSON.parse(line));
      assert.equal(lines.length, 2, run.stderr);
      for (const { code, platform, tried, message } of lines) {
        assert.deepEqual([code, tried], ['BMES_NO_ADDON', true]);
        assert.equal(platform, `${process.platform}-${process.arch}`);
        assert.match(message, why);
      }
    });
  }

  test('a platform there is none for is named', async (t) => {
    const box = sandbox(t);
    installWithoutAddon(box);
    box.write(
      'tool.cjs',
      `Object.defineProperty(process, 'platform', { value: 'haiku' });
       console.log(JSON.stringify(require('bmes-cache').enable()));`,
    );
    const run = await runNative('tool.cjs', { cwd: box.project, home: box.home });
    const { code, message } = JSON.parse(run.stdout);
    assert.equal(code, 'BMES_NO_ADDON');
    assert.match(
      message,
      /^bmes-cache has no addon for haiku-\S+: there is none for it, only for linux-x64, /,
    );
  });
});
