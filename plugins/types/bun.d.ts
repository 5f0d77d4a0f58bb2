import type { PluginOptions } from './options.js';

/**
 * Compiles what `Bun.build` writes with `target: 'node'` for the Node that will run it. What is for Bun itself is
 * started by Bun's own loader, without a cache of ours.
 *
 * ```js
 * import bmesCache from 'bmes-cache/bun';
 * await Bun.build({ ..., target: 'node', outdir: 'dist', plugins: [bmesCache()] });
 * ```
 */
declare function bmesCache(options?: PluginOptions): bmesCache.Plugin;

declare namespace bmesCache {
  type Options = PluginOptions;

  /** As Bun has it. */
  interface Plugin {
    name: string;
    setup(build: {
      config: { format?: any; outdir?: string; target?: any };
      onEnd(
        callback: (result: {
          success: boolean;
          outputs: { kind: string; path: string }[];
        }) => Promise<void>,
      ): any;
    }): void;
  }
}

export = bmesCache;
