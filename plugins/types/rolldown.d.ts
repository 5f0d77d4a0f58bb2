import type { PluginOptions } from './options.js';
import type rollup = require('./rollup.js');

/**
 * Compiles what Rolldown writes with `platform: 'node'` for the Node that will run it.
 *
 * ```js
 * // rolldown.config.js
 * import bmesCache from 'bmes-cache/rolldown';
 * export default { input: 'src/main.js', platform: 'node', plugins: [bmesCache()] };
 * ```
 */
declare function bmesCache(options?: PluginOptions): bmesCache.Plugin;

declare namespace bmesCache {
  type Options = PluginOptions;

  /** As Rolldown has it. */
  interface Plugin extends rollup.Plugin {
    buildStart(this: any, options: any): void;
    closeBundle: { order: 'post'; sequential: true; handler(this: any): Promise<void> };
  }
}

export = bmesCache;
