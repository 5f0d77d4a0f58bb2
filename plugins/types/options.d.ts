/** `URL` where its type is known, from Node or from a browser. */
type URL = typeof globalThis extends { URL: new (url: string) => infer U } ? U : { href: string };

/** What each plugin is told. One that is wrong or that there is not is a `TypeError`, `BMES_INVALID_ARGUMENT`. */
export interface PluginOptions {
  /**
   * What Node is to start, if it is not what was bundled but a file that imports it, such as the `server.js` of a
   * Vite app: paths, against the root of the project if they are relative. Left out: the entries among the output.
   */
  entries?: string | URL | readonly (string | URL)[];
  /**
   * The entries that are meant, of those that were written: patterns (`server/*.js`, as `path.matchesGlob` takes
   * them) or regular expressions for the path below the output folder, with forward slashes. Left out: all. Of
   * esbuild without `bundle` every file is an entry: there they must be chosen.
   */
  include?: string | RegExp | readonly (string | RegExp)[];
  /** The entries that are not meant. */
  exclude?: string | RegExp | readonly (string | RegExp)[];
  /** The cache to write to; `BMES_CACHE_DIR`, else `~/.bun-cache/esm` if left out. */
  cacheDir?: string | URL;
  /**
   * A portable pack to write instead, in the output folder: `true` for one beside each entry, by its name
   * (`server.js`, `server.bmes`), or a path; `[name]` in it is the entry's path without its extension. It is used
   * where it is named: `BMES_PACK`, `bmes run --pack`, `enable({ pack })`. Default: `false`.
   */
  pack?: boolean | string | URL;
  /** With `pack`: compare nothing but the entry with the disk; for images nobody edits. Default: `false`. */
  frozen?: boolean;
  /**
   * The Node that will run the output, Node 22.15 or later, by its path. Default: the one that runs the build; in Bun
   * the `node` that is found on the `PATH`.
   */
  node?: string | URL;
  /**
   * `true`: compile whatever the output is for. `false`: do nothing. Left out: compile what the bundler knows to
   * be for Node, and leave what is for browsers, workers and other runtimes alone.
   */
  enabled?: boolean;
  /** Say nothing, warnings neither. Default: `false`. */
  silent?: boolean;
  /** Fail the build where an entry cannot be compiled, instead of a warning. Default: `false`. */
  failOnError?: boolean;
}
