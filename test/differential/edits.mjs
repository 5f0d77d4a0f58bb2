/** Random edits of random apps. */

import { ENTRY } from './generate.mjs';
import { Random } from './random.mjs';

/** @typedef {import('./generate.mjs').App} App */

/**
 * What is done to a project between two lives of its cache.
 *
 * @typedef {object} Edit
 * @property {string} what
 * @property {(disk: Disk) => void} apply
 *
 * @typedef {object} Disk
 * @property {(file: string) => boolean} has
 * @property {(file: string) => string} read
 * @property {(file: string, text: string) => void} write
 * @property {(file: string) => void} remove
 * @property {(file: string) => void} touch
 * @property {(file: string, text: string) => void} writeUnnoticed Same times as before.
 */

/**
 * @param {number} seed
 * @param {App} app
 * @returns {Edit}
 */
export function editOf(seed, app) {
  const random = new Random(seed ^ 0x5bd1e995);
  const files = [...app.keys()].filter(
    (file) => /\.(mjs|js|cjs)$/.test(file) && file !== 'prelude.mjs',
  );
  const sources = files.filter((file) => !file.startsWith('node_modules/') && file !== ENTRY);
  if (sources.length === 0) return { what: 'nothing', apply: () => {} };
  const file = random.pick(sources);
  const isModule = !file.endsWith('.cjs');
  const folder = random.pick(['a/', 'a/b/']);
  switch (random.below(12)) {
    case 0:
      return {
        what: `print more in ${file}`,
        apply: (disk) => disk.write(file, `${disk.read(file)}\nlog('edited');`),
      };
    case 1: {
      const line = isModule
        ? `import { added } from './added.mjs';log(added);`
        : `require('./added.mjs');`;
      const folder2 = file.slice(0, file.lastIndexOf('/') + 1);
      return {
        what: `add an import to ${file}`,
        apply: (disk) => {
          disk.write(`${folder2}added.mjs`, `export const added = 'added';`);
          disk.write(file, `${disk.read(file)}\n${line}`);
        },
      };
    }
    case 2:
      return {
        what: `remove the last import of ${file}`,
        apply: (disk) => {
          const lines = disk.read(file).split('\n');
          const at = lines.findLastIndex((line) => /^import [^']*'\.\.?\/.*m\d/.test(line));
          if (at >= 0) lines.splice(at, 1);
          disk.write(file, lines.join('\n'));
        },
      };
    case 3:
      return {
        what: `a package.json in ${folder}`,
        apply: (disk) =>
          disk.write(
            `${folder}package.json`,
            random.pick(['{ "type": "commonjs" }', '{}', '{ "type": "module" }', 'broken']),
          ),
      };
    case 4:
      return { what: `touch ${file}`, apply: (disk) => disk.touch(file) };
    case 5:
      return {
        what: `same size, same times: ${file}`,
        apply: (disk) =>
          disk.writeUnnoticed(
            file,
            disk.read(file).replaceAll(' starts', ' STARTS').replaceAll(' ends', ' ENDS'),
          ),
      };
    case 6:
      return { what: `remove ${file}`, apply: (disk) => disk.remove(file) };
    case 7:
      return {
        what: `a nearer dep in ${folder}`,
        apply: (disk) => disk.write(`${folder}node_modules/dep/package.json`, '{ "main": "x.js" }'),
      };
    case 8:
      return {
        what: `dep has other exports`,
        apply: (disk) =>
          disk.write(
            `node_modules/dep/package.json`,
            '{ "name": "dep", "exports": { ".": "./r.cjs", "./sub": "./i.mjs" } }',
          ),
      };
    case 9:
      return {
        what: `make ${file} broken`,
        apply: (disk) => disk.write(file, `${disk.read(file)}\nlet broken = ;`),
      };
    case 10:
      return {
        what: `add, rename and drop exports of ${file}`,
        apply: (disk) =>
          disk.write(
            file,
            disk
              .read(file)
              .replaceAll(/export (const|let|var) v /g, 'export $1 w ')
              .replaceAll('exports.v =', 'exports.w ='),
          ),
      };
    default:
      return {
        what: `a dynamic import in ${file}`,
        apply: (disk) =>
          disk.write(
            file,
            `${disk.read(file)}\nimport('node:path').then((p) => log(typeof p.default));later('new', () => import('${file.includes('/') ? '../'.repeat(file.split('/').length - 1) : './'}node_modules/dep/r.cjs'));`,
          ),
      };
  }
}
