/// <reference types="bun-types" preserve="true" />
// Compiled, never run: each plugin is what its bundler takes for one.

import bun from '../plugins/types/bun.js';
import esbuild from '../plugins/types/esbuild.js';
import rolldown from '../plugins/types/rolldown.js';
import rollup from '../plugins/types/rollup.js';
import Rspack from '../plugins/types/rspack.js';
import vite from '../plugins/types/vite.js';
import Webpack from '../plugins/types/webpack.js';

export const plugins: {
  bun: import('bun').BunPlugin;
  esbuild: import('esbuild').Plugin;
  rolldown: import('rolldown').Plugin;
  rollup: import('rollup').Plugin;
  rspack: import('@rspack/core').RspackPluginInstance;
  vite: import('vite').PluginOption;
  webpack: import('webpack').WebpackPluginInstance;
} = {
  bun: bun({ pack: true, frozen: true }),
  esbuild: esbuild({ include: ['*.js', /server/], exclude: 'worker.js' }),
  rolldown: rolldown(),
  rollup: rollup({ cacheDir: new URL('file:///cache'), silent: true }),
  rspack: new Rspack({ node: '/usr/bin/node' }),
  vite: vite({ entries: 'server.js', failOnError: true }),
  webpack: new Webpack(),
};

// With and without `new`.
plugins.webpack = Webpack({ enabled: true });

const options: vite.Options = { pack: '[name].bmes' };
// @ts-expect-error: there is no such option
options.packs = true;
