import type { PluginOptions } from './options.js';

/**
 * Compiles what esbuild writes with `platform: 'node'` and `format: 'esm'` for the Node that will run it. The result
 * has a `metafile` then.
 *
 * ```js
 * import { build } from 'esbuild';
 * import bmesCache from 'bmes-cache/esbuild';
 * await build({ ..., platform: 'node', format: 'esm', plugins: [bmesCache()] });
 * ```
 */
declare function bmesCache(options?: PluginOptions): bmesCache.Plugin;

declare namespace bmesCache {
  type Options = PluginOptions;

  /** As esbuild has it. */
  interface Plugin {
    name: string;
    setup(build: {
      initialOptions: Record<string, any>;
      esbuild: {
        formatMessages(
          messages: { text: string; pluginName: string }[],
          options: { kind: 'warning'; color: boolean },
        ): Promise<string[]>;
      };
      onEnd(
        callback: (result: {
          errors: any[];
          metafile?: { outputs: Record<string, any> } | undefined;
        }) => any,
      ): any;
    }): void;
  }
}

export = bmesCache;
