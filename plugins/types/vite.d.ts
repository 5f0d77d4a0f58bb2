import type { PluginOptions } from './options.js';
import type rollup = require('./rollup.js');

/**
 * Compiles what Vite builds for servers (`vite build --ssr`, and environments whose consumer is a server) for the
 * Node that will run it.
 *
 * ```js
 * // vite.config.js
 * import bmesCache from 'bmes-cache/vite';
 * export default { plugins: [bmesCache()], build: { ssr: 'src/server.js' } };
 * ```
 */
declare function bmesCache(options?: PluginOptions): bmesCache.Plugin;

declare namespace bmesCache {
  type Options = PluginOptions;

  /** As Vite has it. */
  interface Plugin extends rollup.Plugin {
    apply: 'build';
    enforce: 'post';
    configResolved(config: any): void;
    closeBundle: { order: 'post'; sequential: true; handler(this: any): Promise<void> };
  }
}

export = bmesCache;
