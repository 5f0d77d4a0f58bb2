/**
 * How each bundler builds the same app, and watches it. `test/plugins` is the only user.
 */

import { spawn } from 'node:child_process';
import { createRequire } from 'node:module';
import path from 'node:path';
import { fileURLToPath } from 'node:url';

/**
 * @typedef {object} Job
 * @property {string} root the project; its sources are in `src`
 * @property {string} out the folder of the output, absolute
 * @property {string[]} entries names of files in `src`, without extension
 * @property {boolean} isForNode or for browsers
 * @property {string} [plugin] the file of ours; without it the build has none
 * @property {any} [options] what it is told
 * @property {string} [bun] the binary
 * @property {'cjs'} [format] of Rollup, instead of ES modules
 * @property {(level: 'info' | 'warn', message: string) => void} log what the bundler says
 */

/**
 * @typedef {object} Bundler
 * @property {string} plugin the subpath of our package
 * @property {(job: Job) => Promise<unknown>} build
 * @property {(job: Job, done: (error?: unknown) => void) => Promise<() => Promise<unknown>>} [watch] ends with what it gives
 */

/** @param {Job} job */
const pluginsOf = ({ plugin, options }) =>
  plugin === undefined ? [] : [createRequire(plugin)(plugin)(options)];

/** @param {Job} job */
const inputs = ({ root, entries }) =>
  Object.fromEntries(entries.map((name) => [name, path.join(root, 'src', `${name}.js`)]));

/** @param {Job} job */
function rollupOptions(job) {
  return {
    input: inputs(job),
    plugins: pluginsOf(job),
    external: [/^node:/],
    onLog: (/** @type {string} */ level, /** @type {{ message: string }} */ { message }) => {
      if (level === 'warn' || level === 'info') job.log(level, message);
    },
    // Rollup 3 began with this alone.
    onwarn: (/** @type {{ message: string }} */ { message }) => job.log('warn', message),
    output: { dir: job.out, format: job.format ?? /** @type {const} */ ('es') },
  };
}

/** @param {Job} job */
function rolldownOptions(job) {
  const { onwarn: _, ...options } = rollupOptions(job);
  const platform = /** @type {'node' | 'browser'} */ (job.isForNode ? 'node' : 'browser');
  return { ...options, cwd: job.root, platform };
}

/**
 * @param {any} watcher of Rollup or Rolldown
 * @param {(error?: unknown) => void} done
 */
async function watched(watcher, done) {
  watcher.on('event', async (/** @type {any} */ event) => {
    await event.result?.close();
    if (event.code === 'ERROR') done(event.error);
    if (event.code === 'END') done();
  });
  return () => watcher.close();
}

/** @param {Job} job */
function viteConfig(job) {
  const { root, out, isForNode, log } = job;
  const logged = (/** @type {'info' | 'warn'} */ level) => (/** @type {string} */ message) =>
    log(level, message);
  return {
    root,
    configFile: /** @type {const} */ (false),
    plugins: pluginsOf(job),
    customLogger: {
      info: logged('info'),
      warn: logged('warn'),
      warnOnce: logged('warn'),
      error: logged('warn'),
      clearScreen: () => {},
      hasErrorLogged: () => false,
      hasWarned: false,
    },
    build: {
      outDir: out,
      target: 'esnext',
      emptyOutDir: false,
      ssr: isForNode,
      rollupOptions: { input: inputs(job), output: { entryFileNames: '[name].js' } },
    },
  };
}

/**
 * For browsers and for servers at once, by environments of Vite.
 *
 * @param {Job} job
 */
export async function buildEnvironments(job) {
  const { createBuilder } = await import('vite');
  const { build, ...config } = viteConfig(job);
  const folder = (/** @type {string} */ name) => path.join(job.out, name);
  const builder = await createBuilder({
    ...config,
    builder: {},
    environments: {
      client: { build: { ...build, ssr: false, outDir: folder('client') } },
      ssr: { build: { ...build, ssr: true, outDir: folder('server') } },
    },
  });
  await builder.buildApp();
}

/** @param {Job} job */
function webpackConfig(job) {
  const { root, out, isForNode, log } = job;
  return {
    context: root,
    mode: /** @type {const} */ ('production'),
    target: isForNode ? 'node20' : 'web',
    entry: inputs(job),
    experiments: { outputModule: true },
    output: {
      path: out,
      filename: '[name].js',
      module: true,
      chunkFormat: 'module',
      chunkLoading: 'import',
      publicPath: '',
    },
    externalsType: 'module',
    plugins: pluginsOf(job),
    infrastructureLogging: {
      level: /** @type {const} */ ('info'),
      console: /** @type {any} */ ({
        ...console,
        info: (/** @type {unknown[]} */ ...words) => log('info', words.join(' ')),
        warn: (/** @type {unknown[]} */ ...words) => log('warn', words.join(' ')),
      }),
    },
  };
}

/** @param {Job} job */
function rspackConfig(job) {
  const { experiments: _, ...config } = webpackConfig(job);
  return config;
}

/**
 * @param {any} bundler webpack or Rspack
 * @param {any} config
 */
function webpackBuild(bundler, config) {
  return new Promise((resolve, reject) => {
    const compiler = bundler(config);
    compiler.run((/** @type {Error | null} */ error, /** @type {any} */ stats) => {
      compiler.close(() => {
        if (error) reject(error);
        else if (stats.hasErrors() || stats.hasWarnings()) reject(new Error(stats.toString()));
        else resolve(undefined);
      });
    });
  });
}

/**
 * @param {any} bundler
 * @param {any} config
 * @param {(error?: unknown) => void} done
 */
async function webpackWatch(bundler, config, done) {
  const watching = bundler(config).watch({}, (/** @type {Error | null} */ error) =>
    done(error ?? undefined),
  );
  return () => new Promise((resolve) => watching.close(resolve));
}

/** @param {Job} job */
function esbuildOptions(job) {
  const { root, out, isForNode, log } = job;
  return {
    absWorkingDir: root,
    entryPoints: inputs(job),
    outdir: out,
    bundle: true,
    splitting: true,
    format: /** @type {const} */ ('esm'),
    platform: /** @type {'node' | 'browser'} */ (isForNode ? 'node' : 'browser'),
    external: ['node:*'],
    logLevel: /** @type {const} */ ('silent'),
    plugins: [
      ...pluginsOf(job),
      {
        name: 'log',
        setup(/** @type {import('esbuild').PluginBuild} */ build) {
          // Plugins are told of the warnings of those before.
          build.onEnd(({ warnings }) => warnings.forEach(({ text }) => log('warn', text)));
        },
      },
    ],
  };
}

/**
 * @param {any} esbuild
 * @param {Job} job
 * @param {(error?: unknown) => void} done
 */
async function esbuildWatch(esbuild, job, done) {
  const options = esbuildOptions(job);
  options.plugins.push({
    name: 'done',
    setup: (/** @type {any} */ build) => void build.onEnd(() => done()),
  });
  const context = await esbuild.context(options);
  await context.watch();
  return () => context.dispose();
}

/** @param {Job} job */
function bunBuild({ bun = 'bun', log, ...job }) {
  return new Promise((resolve, reject) => {
    const script = fileURLToPath(new URL('bun-build.mjs', import.meta.url));
    const child = spawn(bun, [script, JSON.stringify(job)], { stdio: ['ignore', 'pipe', 'pipe'] });
    const said = { stdout: '', stderr: '' };
    child.stdout.setEncoding('utf8').on('data', (text) => (said.stdout += text));
    child.stderr.setEncoding('utf8').on('data', (text) => (said.stderr += text));
    child.on('error', reject);
    child.on('close', (code) => {
      for (const line of said.stdout.split('\n').filter(Boolean)) log('info', line);
      if (code !== 0) return reject(new Error(said.stderr));
      for (const line of said.stderr.split('\n').filter(Boolean)) log('warn', line);
      resolve(undefined);
    });
  });
}

/** @type {Record<string, Bundler>} */
export const bundlers = {
  rollup: {
    plugin: 'rollup',
    build: async (job) => rollupBuild(await import('rollup'), job),
    watch: async (job, done) => watched((await import('rollup')).watch(rollupOptions(job)), done),
  },
  'rollup-oldest': {
    plugin: 'rollup',
    build: async (job) => rollupBuild(await import('rollup-oldest'), job),
  },
  rolldown: {
    plugin: 'rolldown',
    build: async (job) => rollupBuild(await import('rolldown'), job, rolldownOptions(job)),
    watch: async (job, done) =>
      watched((await import('rolldown')).watch(rolldownOptions(job)), done),
  },
  vite: {
    plugin: 'vite',
    build: async (job) => (await import('vite')).build(viteConfig(job)),
    watch: async (job, done) => {
      const config = viteConfig(job);
      const { build } = await import('vite');
      const watcher = await build({ ...config, build: { ...config.build, watch: {} } });
      return watched(watcher, done);
    },
  },
  'vite-oldest': {
    plugin: 'vite',
    build: async (job) => (await import('vite-oldest')).build(viteConfig(job)),
  },
  webpack: {
    plugin: 'webpack',
    build: async (job) => webpackBuild((await import('webpack')).default, webpackConfig(job)),
    watch: async (job, done) =>
      webpackWatch((await import('webpack')).default, webpackConfig(job), done),
  },
  rspack: {
    plugin: 'rspack',
    build: async (job) => webpackBuild((await import('@rspack/core')).rspack, rspackConfig(job)),
    watch: async (job, done) =>
      webpackWatch((await import('@rspack/core')).rspack, rspackConfig(job), done),
  },
  'rspack-oldest': {
    plugin: 'rspack',
    build: async (job) => webpackBuild((await import('rspack-oldest')).rspack, webpackConfig(job)),
  },
  bun: { plugin: 'bun', build: bunBuild },
  esbuild: {
    plugin: 'esbuild',
    build: async (job) => (await import('esbuild')).build(esbuildOptions(job)),
    watch: async (job, done) => esbuildWatch(await import('esbuild'), job, done),
  },
  'esbuild-oldest': {
    plugin: 'esbuild',
    build: async (job) => (await import('esbuild-oldest')).build(esbuildOptions(job)),
  },
};

/**
 * @param {any} bundler Rollup or Rolldown
 * @param {Job} job
 * @param {any} options
 */
async function rollupBuild(bundler, job, options = rollupOptions(job)) {
  const { output, ...input } = options;
  const build = (await bundler.rollup?.(input)) ?? (await bundler.rolldown(input));
  try {
    await build.write(output);
  } finally {
    await build.close();
  }
}
