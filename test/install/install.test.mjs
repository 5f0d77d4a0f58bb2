// As a new user would: everything a release publishes is published to a registry on loopback, and
// installed from there into empty folders by each package manager, with no Rust and no compiler on the
// `PATH`. Then the commands of the README.

import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import fs from 'node:fs';
import path from 'node:path';
import { after, before, describe, test } from 'node:test';
import { installOnce } from '../../scripts/install-once.mjs';
import { runtimes } from '../../scripts/runtimes.mjs';
import {
  makeRelease,
  publish,
  publishStandIn,
  root,
  startRegistry,
  temporaryFolder,
  tools,
} from './registry.mjs';

const home = temporaryFolder();
const paths = await runtimes();
const { node22 = '', node24 = process.execPath, node26 = '', bun = '', deno = '' } = paths;
const nodes = { node22, node24, node26 };

/** npm, and the shell's commands; nothing of Rust. */
const npm = path.dirname(
  spawnSync('sh', ['-c', 'command -v npm'], { encoding: 'utf8' }).stdout.trim(),
);
const PATH = [path.dirname(node24), npm, '/usr/bin', '/bin'].join(':');

/** @type {{ url: string, stop: () => void }} */
let registry;
/** @type {ReturnType<typeof makeRelease>} */
let release;

before(async () => {
  await installOnce(path.join(root, 'registry'));
  release = makeRelease(home);
  registry = await startRegistry(path.join(home, 'registry'));
  for (const folder of release.standIns) await publishStandIn(folder, registry.url);
  for (const folder of [...release.built, release.main]) publish(folder, registry.url, home);
});
after(() => registry?.stop());

const APP = {
  'app.mjs': `import { b } from './b.mjs'; console.log(b, process.argv.slice(2)); process.exitCode = 3;`,
  'b.mjs': `export const b = 'b';`,
  'tool.cjs': `const bmes = require('bmes-cache');
    const { requestedModules } = bmes.analyzeModule("import './x.js'");
    console.log(requestedModules[0].specifier, bmes.validate(new Uint8Array(8)));`,
  'bin.cjs': `console.log(JSON.stringify(require('bmes-cache').enable())); import('./app.mjs');`,
};

/**
 * An empty project, and how to run a command in it.
 *
 * @param {string} name
 * @param {Record<string, string>} [more] environment
 */
function project(name, more = {}) {
  const folder = path.join(home, name, 'project');
  const own = path.join(home, name, 'home');
  fs.mkdirSync(folder, { recursive: true });
  fs.mkdirSync(own, { recursive: true });
  fs.writeFileSync(path.join(folder, 'package.json'), '{"private":true,"type":"commonjs"}');
  fs.writeFileSync(path.join(folder, '.npmrc'), `registry=${registry.url}\n`);
  for (const [file, text] of Object.entries(APP)) fs.writeFileSync(path.join(folder, file), text);
  /**
   * @param {string} file
   * @param {string[]} args
   * @param {Record<string, string>} [env]
   */
  const run = (file, args, env = {}) => {
    const { error, status, stdout, stderr } = spawnSync(file, args, {
      cwd: folder,
      encoding: 'utf8',
      timeout: 120_000,
      env: {
        PATH,
        HOME: own,
        BMES_CACHE_DIR: path.join(own, 'cache'),
        NO_COLOR: '1',
        ...more,
        ...env,
      },
    });
    if (error) throw error;
    return { command: [path.basename(file), ...args].join(' '), status, stdout, stderr };
  };
  /** @param {ReturnType<typeof run>} ran */
  const assertEnds = (ran, status = 0) => {
    assert.equal(ran.status, status, `${ran.command}\n${ran.stdout}\n${ran.stderr}`);
    return ran;
  };
  const install = (/** @type {string} */ file, /** @type {string[]} */ args) =>
    assertEnds(run(file, args));
  return { folder, run, assertEnds, install };
}

/** @typedef {ReturnType<typeof project>} Project */

/** What is in the package for bundlers, none of which is installed. */
const PLUGINS = ['bun', 'esbuild', 'rolldown', 'rollup', 'rspack', 'vite', 'webpack'];

/**
 * The stages of three starts by the same words.
 *
 * @param {Project} app
 * @param {string} file
 * @param {string[]} args
 */
function assertThreeStages({ run, assertEnds }, file, args, env = {}) {
  const stages = [1, 2, 3].map(() => {
    // One after the other, and the same in each runtime.
    const fixed = { BMES_DEBUG: '1', BMES_LEARN: 'exit', BMES_MODE: 'hooks' };
    const { stdout, stderr } = assertEnds(run(file, args, { ...env, ...fixed }), 3);
    assert.match(stdout, /b \[ 'x' \]\n$/);
    return /^bmes: stage (\w+)/m.exec(stderr)?.[1] ?? stderr;
  });
  assert.deepEqual(stages, ['native', 'linked', 'warm']);
}

/** @param {Project} app */
function assertAPI({ run, assertEnds }, file = node24, before_ = /** @type {string[]} */ ([])) {
  const { stdout } = assertEnds(run(file, [...before_, 'tool.cjs']));
  assert.equal(stdout, './x.js false\n');
}

/**
 * Type-checks files that use the types.
 *
 * @param {Project} app
 * @param {string} tsc
 * @param {string[]} files
 * @param {Record<string, unknown>} compilerOptions
 */
function assertTypes({ folder, run, assertEnds }, tsc, files, compilerOptions) {
  fs.writeFileSync(
    path.join(folder, 'tsconfig.json'),
    JSON.stringify({
      compilerOptions: { strict: true, noEmit: true, types: [], ...compilerOptions },
      files,
    }),
  );
  assertEnds(run(node24, [tsc, '-p', 'tsconfig.json']));
}

const typescripts = {
  'TypeScript 5': path.join(tools, 'typescript5', 'bin', 'tsc'),
  'TypeScript 7': path.join(root, 'node_modules', 'typescript', 'bin', 'tsc'),
};

const USE = `
  import { enable, prewarm, serializeModuleMetadata, type EnableStatus, ModuleBytecodeCache } from 'bmes-cache';
  import 'bmes-cache/register';
  import bun from 'bmes-cache/bun';
  import esbuild from 'bmes-cache/esbuild';
  import rolldown from 'bmes-cache/rolldown';
  import rollup from 'bmes-cache/rollup';
  import Rspack from 'bmes-cache/rspack';
  import vite from 'bmes-cache/vite';
  import Webpack from 'bmes-cache/webpack';
  const status: EnableStatus = enable({ readOnly: true });
  const why: string = status.status === 'disabled' ? status.code : 'none';
  const bytes: Uint8Array = serializeModuleMetadata({ requestedModules: [], importEntries: [], exportEntries: [], starExports: [] });
  export const kept: boolean = new ModuleBytecodeCache({ directory: why }).saveCache('/a', bytes);
  prewarm({ entries: 'app.mjs' }).then(({ results }) => results[0]?.packs?.[0]?.modules.toFixed());
  export const plugins: { name: string }[] = [bun(), esbuild(), rolldown(), rollup(), vite({ pack: true })];
  new Webpack().apply({});
  new Rspack({ node: why }).apply({});
  // @ts-expect-error: there is no such option
  vite({ packs: true });
  // @ts-expect-error: there is no such option
  enable({ direktory: '' });`;

describe('npm', () => {
  /** @type {Project} */
  let app;
  before(() => {
    app = project('npm');
    app.install('npm', ['install', 'bmes-cache']);
  });

  test('puts the package of this platform beside the main one, and no other', () => {
    const installed = fs.readdirSync(path.join(app.folder, 'node_modules'));
    assert.deepEqual(
      installed.filter((name) => name.startsWith('bmes-cache')),
      ['bmes-cache', 'bmes-cache-linux-x64-gnu'],
    );
    const main = path.join(app.folder, 'node_modules', 'bmes-cache');
    const files = fs.readdirSync(main, { recursive: true, encoding: 'utf8' });
    for (const file of [
      'README.md',
      'LICENSE',
      'CHANGELOG.md',
      'docs/guide.md',
      'index.d.ts',
      'dist/launch.js',
    ]) {
      assert.ok(files.includes(file), `${file} is in the package`);
    }
    assert.deepEqual(
      files.filter((file) => /\.node$|\.rs$|^test|^node_modules/.test(file)),
      [],
    );
  });

  for (const [name, node] of Object.entries(nodes)) {
    test(`${name}: the API, and three stages in each way to start`, () => {
      if (!node) assert.fail(`${name} is not there`);
      assertAPI(app, node);
      const bmes = path.join(app.folder, 'node_modules', 'bmes-cache', 'cli', 'bmes.js');
      const env = (/** @type {string} */ way) => ({
        BMES_CACHE_DIR: path.join(home, `${name} ${way}`),
      });
      assertThreeStages(app, node, [bmes, 'run', 'app.mjs', 'x'], env('run'));
      assertThreeStages(
        app,
        node,
        ['--import', 'bmes-cache/register', 'app.mjs', 'x'],
        env('register'),
      );
      const flag = '--experimental-esm-bytecode';
      assertThreeStages(app, node, [bmes, 'run', flag, 'app.mjs', 'x'], env('bytecode'));
      assertThreeStages(app, node, ['bin.cjs', 'x'], env('enable'));
    });
  }

  test('npx bmes runs an app', () => {
    const env = { BMES_CACHE_DIR: path.join(home, 'npx') };
    assertThreeStages(app, 'npx', ['bmes', 'run', 'app.mjs', 'x'], env);
  });

  test('plugins are functions by `require()` and by `import`, with no bundler installed', () => {
    const specifiers = PLUGINS.map((name) => `bmes-cache/${name}`);
    const check = `async (name) => {
      const required = require(name);
      if (typeof required !== 'function' || (await import(name)).default !== required) throw name;
      required({ silent: true });
    }`;
    const script = `Promise.all(${JSON.stringify(specifiers)}.map(${check}))`;
    app.assertEnds(app.run(node24, ['-e', script]));
  });

  for (const [name, tsc] of Object.entries(typescripts)) {
    test(`${name} knows the types in each resolution, with no types of Node`, () => {
      fs.writeFileSync(path.join(app.folder, 'use.cts'), USE);
      fs.writeFileSync(path.join(app.folder, 'use.mts'), USE);
      const both = ['use.cts', 'use.mts'];
      const own = { target: 'es2022', lib: ['es2022'] };
      assertTypes(app, tsc, both, { ...own, module: 'node16' });
      assertTypes(app, tsc, both, { ...own, module: 'nodenext', lib: ['es2022', 'dom'] });
      const bundler = { module: 'esnext', moduleResolution: 'bundler' };
      assertTypes(app, tsc, ['use.mts'], { ...own, ...bundler });
      // TypeScript 7 has no such resolution any more.
      if (name !== 'TypeScript 5') return;
      // Without interoperation such a project writes `import vite = require('bmes-cache/vite')`.
      const node10 = { module: 'commonjs', moduleResolution: 'node10', esModuleInterop: true };
      assertTypes(app, tsc, ['use.cts'], { ...own, ...node10 });
    });
  }

  test('without optional dependencies apps run, and the reason is told', () => {
    const bare = project('npm-omit');
    bare.install('npm', ['install', '--omit=optional', 'bmes-cache']);
    assert.ok(!fs.existsSync(path.join(bare.folder, 'node_modules', 'bmes-cache-linux-x64-gnu')));
    const { stdout } = bare.assertEnds(bare.run(node24, ['bin.cjs', 'x']), 3);
    const [told = '', answer] = stdout.split('\n');
    assert.equal(answer, `b [ 'x' ]`);
    const { status, code, message } = JSON.parse(told);
    assert.deepEqual([status, code], ['disabled', 'BMES_NO_ADDON']);
    assert.match(message, /bmes-cache-linux-x64-gnu is not installed/);
    const run = bare.assertEnds(
      bare.run('npx', ['bmes', 'run', 'app.mjs', 'x'], { BMES_DEBUG: '1' }),
      3,
    );
    assert.match(run.stderr, /stand-aside BMES_NO_ADDON/);
    const compile = bare.assertEnds(bare.run('npx', ['bmes', 'compile', 'app.mjs']), 1);
    assert.match(compile.stderr, /app\.mjs: BMES_NO_ADDON .* is not installed/);
  });
});

describe('other package managers', () => {
  test('pnpm', () => {
    const app = project('pnpm');
    const pnpm = path.join(tools, 'pnpm', 'bin', 'pnpm.cjs');
    app.install(node24, [pnpm, 'add', 'bmes-cache']);
    assertAPI(app);
    assertThreeStages(app, node24, [pnpm, 'exec', 'bmes', 'run', 'app.mjs', 'x']);
  });

  const yarn = path.join(tools, '@yarnpkg', 'cli-dist', 'bin', 'yarn.js');
  /** @param {string} linker */
  const yarnProject = (linker) => {
    const app = project(`yarn-${linker}`, {
      YARN_NODE_LINKER: linker,
      YARN_NPM_REGISTRY_SERVER: registry.url.replace(/\/$/, ''),
      YARN_UNSAFE_HTTP_WHITELIST: '127.0.0.1',
      YARN_ENABLE_TELEMETRY: '0',
      // What was published a moment ago is held back by default.
      YARN_NPM_MINIMAL_AGE_GATE: '0',
      YARN_ENABLE_IMMUTABLE_INSTALLS: '0',
    });
    fs.writeFileSync(path.join(app.folder, 'yarn.lock'), '');
    app.install(node24, [yarn, 'add', 'bmes-cache']);
    return app;
  };

  test('yarn with node_modules', () => {
    const app = yarnProject('node-modules');
    assertAPI(app);
    assertThreeStages(app, node24, [yarn, 'bmes', 'run', 'app.mjs', 'x']);
  });

  test('yarn with Plug and Play: the API, and apps with the reason for what they run as', () => {
    const app = yarnProject('pnp');
    assertAPI(app, node24, [yarn, 'node']);
    for (let nth = 1; nth <= 3; nth++) {
      const words = [yarn, 'bmes', 'run', 'app.mjs', 'x'];
      const { stdout, stderr } = app.assertEnds(app.run(node24, words, { BMES_DEBUG: '1' }), 3);
      assert.equal(stdout, `b [ 'x' ]\n`);
      assert.match(stderr, /^bmes: stage \w+/m);
    }
  });

  test('bun', { skip: !bun && 'there is no Bun on this platform' }, () => {
    const app = project('bun', { BUN_INSTALL_CACHE_DIR: path.join(home, 'bun-cache') });
    app.install(bun, ['add', 'bmes-cache', `--registry=${registry.url}`]);
    assertAPI(app);
    assertAPI(app, bun);
    const bmes = path.join(app.folder, 'node_modules', '.bin', 'bmes');
    assertThreeStages(app, node24, [bmes, 'run', 'app.mjs', 'x']);
  });

  test('deno', { skip: !deno && 'there is no Deno on this platform' }, () => {
    const app = project('deno', {
      NPM_CONFIG_REGISTRY: registry.url,
      DENO_DIR: path.join(home, 'deno'),
    });
    // What was published a moment ago is held back by default.
    const settings = { minimumDependencyAge: 0, nodeModulesDir: 'auto' };
    fs.writeFileSync(path.join(app.folder, 'deno.json'), JSON.stringify(settings));
    app.install(deno, ['add', 'npm:bmes-cache']);
    assertAPI(app, deno, ['run', '--allow-all']);
    // What Deno installs Node finds too, if it is told to make a node_modules.
    app.install(deno, ['install']);
    const bmes = path.join(app.folder, 'node_modules', 'bmes-cache', 'cli', 'bmes.js');
    assertThreeStages(app, node24, [bmes, 'run', 'app.mjs', 'x']);
  });
});

describe('the packages', () => {
  test('publint finds nothing', () => {
    const publint = path.join(tools, 'publint', 'src', 'cli.js');
    const { folder, run, assertEnds } = project('publint');
    assert.ok(folder);
    assertEnds(run(node24, [publint, '--strict', release.main]));
  });

  test('the types are right in each resolution', () => {
    const attw = path.join(tools, '@arethetypeswrong', 'cli', 'dist', 'index.js');
    const { run, assertEnds } = project('attw');
    assertEnds(run(node24, [attw, '--pack', release.main]));
  });
});
