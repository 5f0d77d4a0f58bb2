/** What lies in a store, seen from outside: whole listings, one kind of file, sizes. */

import fs from 'node:fs';
import path from 'node:path';

/**
 * Every name below a folder, in order; a folder that is gone has none.
 *
 * @param {string} folder
 * @returns {string[]}
 */
export function namesIn(folder) {
  /** @type {string[]} */
  const names = [];
  addNames(folder, names);
  return names.sort();
}

/**
 * Not `recursive: true` of `readdir`: that throws when a folder goes away meanwhile.
 *
 * @param {string} folder
 * @param {string[]} names
 */
function addNames(folder, names) {
  let entries;
  try {
    entries = fs.readdirSync(folder, { withFileTypes: true });
  } catch {
    return;
  }
  for (const entry of entries) {
    const name = path.join(folder, entry.name);
    names.push(name);
    if (entry.isDirectory()) addNames(name, names);
  }
}

/**
 * The entries of records.
 *
 * @param {string} directory
 */
export function entriesIn(directory) {
  return namesIn(directory).filter((name) => name.endsWith('.bmes'));
}

/**
 * The entry of the only record there is.
 *
 * @param {string} directory
 */
export function onlyEntry(directory) {
  const [entry, ...others] = entriesIn(directory);
  if (!entry || others.length > 0) throw new Error(`not one entry in ${directory}`);
  return entry;
}

/**
 * What is being written, or was left by a writer that died.
 *
 * @param {string} directory
 */
export function temporariesIn(directory) {
  const names = namesIn(path.join(directory, 'v1', 'tmp'));
  return names.filter((name) => fs.lstatSync(name, { throwIfNoEntry: false })?.isFile());
}

/**
 * Bytes of all files, by apparent size.
 *
 * @param {string} directory
 */
export function sizeOf(directory) {
  return namesIn(directory).reduce((sum, name) => {
    const found = fs.lstatSync(name, { throwIfNoEntry: false });
    return sum + (found?.isFile() ? found.size : 0);
  }, 0);
}

/**
 * Everything a reader or a writer would change: names, owners, modes, sizes, all three times.
 *
 * @param {string} folder
 */
export function listing(folder) {
  return [folder, ...namesIn(folder)]
    .map((name) => {
      const { mode, uid, ino, size, atimeNs, mtimeNs, ctimeNs } = fs.lstatSync(name, {
        bigint: true,
      });
      return [name, mode.toString(8), uid, ino, size, atimeNs, mtimeNs, ctimeNs].join(' ');
    })
    .join('\n');
}

/**
 * @param {string} file
 * @param {number} seconds How long ago; negative for a time to come.
 */
export function setAge(file, seconds) {
  const at = Date.now() / 1000 - seconds;
  fs.utimesSync(file, at, at);
}
