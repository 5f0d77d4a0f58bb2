'use strict';
// Environment variables that are switches: set, and neither empty nor `0`.

/** @param {string} name */
function isSet(name) {
  const value = process.env[name];
  return value !== undefined && value !== '' && value !== '0';
}

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

module.exports = { defaultDirectory, isSet };
