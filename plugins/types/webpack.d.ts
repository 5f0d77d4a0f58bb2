import type { PluginOptions } from './options.js';

/**
 * Compiles the ES modules (`output.module`) that webpack writes with `target: 'node'` for the Node that will run them.
 *
 * ```js
 * // webpack.config.mjs
 * import BmesCache from 'bmes-cache/webpack';
 * export default {
 *   target: 'node',
 *   experiments: { outputModule: true },
 *   output: { module: true, chunkFormat: 'module' },
 *   plugins: [new BmesCache()],
 * };
 * ```
 */
declare const BmesCache: {
  new (options?: PluginOptions): BmesCache.Plugin;
  (options?: PluginOptions): BmesCache.Plugin;
};

declare namespace BmesCache {
  type Options = PluginOptions;

  /** As webpack has it. */
  interface Plugin {
    apply(compiler: any): void;
  }
}

export = BmesCache;
