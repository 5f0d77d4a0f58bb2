'use strict';
// What is asked of the process before anything else of ours is loaded: switches, the place of the cache,
// and which runtime this is.

/** Values of `BMES_LEARN`; the first holds unless another is set. */
const LEARN = /** @type {const} */ (['background', 'exit', 'off']);

/**
 * Whether a variable that is a switch is on: set, and to no word of no.
 *
 * @param {string} name
 */
function isSet(name) {
  const value = process.env[name];
  return value !== undefined && !OFF.test(value);
}

/** What switches a variable off, as if it were not set. */
const OFF = /^(?:|0|false|no|off)$/i;

/**
 * Where the cache is unless somebody says otherwise. It is asked here, not in the core: a worker has
 * an environment of its own, and reading the process's from another thread is not safe.
 *
 * @returns {string | undefined}
 */
function defaultDirectory() {
  const { env } = process;
  if (env.BMES_CACHE_DIR) return env.BMES_CACHE_DIR;
  const home = process.platform === 'win32' ? env.USERPROFILE : env.HOME;
  const isAbsolute = home && (home.startsWith('/') || /^[A-Za-z]:[\\/]|^\\\\/.test(home));
  return isAbsolute ? `${home}/.bun-cache/esm` : undefined;
}

/** Which runtime this is, exactly: what one has made serves no other. */
function runtimeIdentity() {
  const { arch, platform, version, versions } = process;
  const { bun, deno, modules, v8, webkit } = versions;
  const name = bun ? `bun-${bun}` : deno ? `deno-${deno}` : `node-${version.slice(1)}`;
  const engine = webkit ? `jsc ${webkit}` : `v8 ${v8}`;
  return {
    runtime: `${name}-${platform}-${arch}`,
    build: `${engine} modules ${modules} bmes ${VERSION}`,
  };
}

/** The release that these files are of. Another one's packs are left alone, and another one's addon. */
const VERSION = '0.1.0';

module.exports = { LEARN, VERSION, defaultDirectory, isSet, runtimeIdentity };
