/**
 * The exact runtimes that tests and benches start.
 *
 *     node scripts/runtimes.mjs            installs them and lists their paths
 *     node scripts/runtimes.mjs node24     prints one path
 *
 * The packages hold Linux x64 binaries. Elsewhere there is one runtime, the Node that runs this file,
 * and whoever asked is told so.
 */

import { spawnSync } from 'node:child_process';
import fs from 'node:fs';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { installOnce } from './install-once.mjs';

/** @typedef {'node20' | 'node22' | 'node24' | 'node26' | 'bun' | 'deno'} RuntimeName */
/** @typedef {Partial<Record<RuntimeName, string>>} Runtimes Absolute paths of the binaries. */

const directory = fileURLToPath(new URL('../runtimes/', import.meta.url));

/** @type {Record<RuntimeName, string>} */
const binaries = {
  node20: 'node20/bin/node',
  node22: 'node22/bin/node',
  node24: 'node24/bin/node',
  node26: 'node26/bin/node',
  bun: '@oven/bun-linux-x64/bin/bun',
  deno: '@deno/linux-x64-glibc/deno',
};

export const runtimeNames = /** @type {RuntimeName[]} */ (Object.keys(binaries));

/** Node lines in which apps can be started from the cache; the others have the API only. */
export const loaderRuntimes = /** @type {const} */ (['node22', 'node24', 'node26']);

/** @type {Promise<Runtimes> | undefined} */
let found;

/**
 * Every runtime there is on this platform, installed if need be.
 *
 * @returns {Promise<Runtimes>}
 */
export function runtimes() {
  found ??= findRuntimes();
  return found;
}

async function findRuntimes() {
  if (process.platform !== 'linux' || process.arch !== 'x64') {
    const own = ownRuntimeName();
    process.stderr.write(
      `runtimes/ holds Linux x64 binaries, and this is ${process.platform} ${process.arch}: ` +
        `using ${process.execPath} (${process.version}) alone\n`,
    );
    return own ? { [own]: process.execPath } : {};
  }
  await installOnce(directory);
  /** @type {Runtimes} */
  const paths = {};
  for (const name of runtimeNames) {
    const binary = path.join(directory, 'node_modules', binaries[name]);
    if (fs.existsSync(binary)) paths[name] = binary;
    else process.stderr.write(`runtimes/ has no ${name}: ${binary} is missing\n`);
  }
  return paths;
}

/** @returns {RuntimeName | undefined} */
function ownRuntimeName() {
  const name = /** @type {RuntimeName} */ (`node${process.versions.node.split('.')[0]}`);
  return name in binaries ? name : undefined;
}

/**
 * The binary a `--node` option names: a runtime of ours (`node24`, `24`), or a path.
 *
 * @param {string | undefined} wanted
 * @returns {Promise<string>}
 */
export async function nodeBinary(wanted) {
  if (wanted === undefined) return process.execPath;
  if (wanted.includes('/') || wanted.includes(path.sep)) return path.resolve(wanted);
  const name = /** @type {RuntimeName} */ (wanted.startsWith('node') ? wanted : `node${wanted}`);
  const binary = (await runtimes())[name];
  if (!binary)
    throw new Error(`no runtime is called ${wanted}; there is ${runtimeNames.join(', ')}`);
  return binary;
}

if (process.argv[1] && fs.realpathSync(process.argv[1]) === fileURLToPath(import.meta.url)) {
  const wanted = process.argv[2];
  if (wanted) console.log(await nodeBinary(wanted));
  else {
    for (const [name, binary] of Object.entries(await runtimes())) {
      const version = spawnSync(binary, ['--version'], { encoding: 'utf8' }).stdout.split('\n')[0];
      console.log(`${name.padEnd(8)}${version.padEnd(16)}${binary}`);
    }
  }
}
