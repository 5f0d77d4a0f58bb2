import type { PluginOptions } from './options.js';

/**
 * Compiles what Rollup writes for the Node that will run it. ES modules are taken to be for Node: Rollup does
 * not know better.
 *
 * ```js
 * // rollup.config.js
 * import bmesCache from 'bmes-cache/rollup';
 * export default { input: 'src/main.js', output: { dir: 'dist', format: 'es' }, plugins: [bmesCache()] };
 * ```
 */
declare function bmesCache(options?: PluginOptions): bmesCache.Plugin;

declare namespace bmesCache {
  type Options = PluginOptions;

  /** As Rollup has it. */
  interface Plugin {
    name: string;
    writeBundle: {
      order: 'post';
      sequential: true;
      handler(
        this: any,
        options: { dir?: string | undefined; file?: string | undefined; format?: any },
        bundle: Record<string, any>,
      ): Promise<void>;
    };
  }
}

export = bmesCache;
