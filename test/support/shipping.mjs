/**
 * Apps as they are shipped: copied with the packages they need, moved after they were compiled, and started where
 * nobody may write, by somebody else.
 */

import fs from 'node:fs';
import path from 'node:path';
import { createRequire } from 'node:module';
import { packageRoot } from './run.mjs';

/** @type {typeof import('../../index.js')} */
const { buildGraph } = createRequire(import.meta.url)(path.join(packageRoot, 'index.js'));

/** What no start reads, which is most of what packages hold. */
const NOT_RUN = /\.(?:d\.[cm]?ts|ts|map|md|markdown|flow)$/;

const PACKAGES = `${path.sep}node_modules${path.sep}`;

/**
 * Copies every package that an app reaches beside it, with what these name as optional: native code for one
 * platform.
 *
 * @param {string} entry whose `import`s and `require()`s are followed
 * @param {string} from the folder whose `node_modules` has them
 * @param {string} to
 * @param {string[]} [others] packages that no literal leads to
 */
export function copyPackages(entry, from, to, others = []) {
  const files = [...buildGraph(entry).modules()].flatMap(({ path: file }) => file ?? []);
  const open = files.flatMap((file) => {
    const at = file.lastIndexOf(PACKAGES);
    return at >= 0 ? [packageOf(file, at)] : [];
  });
  open.push(...others.map((name) => path.join(fs.realpathSync(from), 'node_modules', name)));
  const done = new Set();
  for (let folder = open.pop(); folder !== undefined; folder = open.pop()) {
    if (done.has(folder)) continue;
    done.add(folder);
    const relative = path.relative(fs.realpathSync(from), folder);
    const filter = (/** @type {string} */ file) => !NOT_RUN.test(file);
    fs.cpSync(folder, path.join(to, relative), { recursive: true, filter });
    const manifest = JSON.parse(fs.readFileSync(path.join(folder, 'package.json'), 'utf8'));
    for (const name of Object.keys(manifest.optionalDependencies ?? {})) {
      const optional = path.join(fs.realpathSync(from), 'node_modules', name);
      if (fs.existsSync(optional)) open.push(optional);
    }
  }
}

/**
 * @param {string} file
 * @param {number} at where the last `node_modules` of it is
 */
function packageOf(file, at) {
  const [scope = '', name = ''] = file.slice(at + PACKAGES.length).split(path.sep);
  return file.slice(0, at + PACKAGES.length) + (scope.startsWith('@') ? `${scope}/${name}` : scope);
}

/**
 * Nobody can write to it or to anything in it.
 *
 * @param {string} file
 */
export function protect(file) {
  const stat = fs.lstatSync(file);
  if (stat.isSymbolicLink()) return;
  if (stat.isDirectory()) for (const name of fs.readdirSync(file)) protect(path.join(file, name));
  fs.chmodSync(file, (stat.mode & 0o555) | (stat.isDirectory() ? 0o555 : 0o444));
}

/**
 * Its owner can again.
 *
 * @param {string} file
 */
export function release(file) {
  const stat = fs.lstatSync(file);
  if (stat.isSymbolicLink()) return;
  fs.chmodSync(file, stat.mode | 0o200);
  if (stat.isDirectory()) for (const name of fs.readdirSync(file)) release(path.join(file, name));
}

/**
 * What is in a folder: names, and when each was written to.
 *
 * @param {string} folder
 * @returns {string[]}
 */
export function contents(folder) {
  const entries = fs.readdirSync(folder, { recursive: true, encoding: 'utf8' });
  return entries
    .map((name) => `${name} ${fs.lstatSync(path.join(folder, name)).mtimeMs}`)
    .concat(`. ${fs.lstatSync(folder).mtimeMs}`)
    .sort();
}
