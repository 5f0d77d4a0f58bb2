import type { PluginOptions } from './options.js';

/**
 * Compiles the ES modules (`output.module`) that Rspack writes with `target: 'node'` for the Node that will run them.
 *
 * ```js
 * // rspack.config.mjs
 * import BmesCache from 'bmes-cache/rspack';
 * export default {
 *   target: 'node',
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

  /** As Rspack has it. */
  interface Plugin {
    apply(compiler: any): void;
  }
}

export = BmesCache;
