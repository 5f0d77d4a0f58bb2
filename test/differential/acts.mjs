/** Carries out changes to a project tree (changes.mjs), by their words alone. */

import fs from 'node:fs';
import path from 'node:path';

import { relative } from './projects.mjs';
import { nextRevision } from './tree.mjs';

/** @typedef {import('./tree.mjs').Tree} Tree */
/** @typedef {import('./changes.mjs').Change} Change */

/**
 * @param {Change} change
 * @param {Tree} tree
 * @param {string} cache The caches' folder: it is part of what is attacked.
 */
export function applyChange([what, ...words], tree, cache) {
  const act = ACTS[what];
  if (!act) throw new Error(`no change is called ${what}`);
  const [a = '', b = '', c = ''] = words;
  act(tree, [a, b, c], cache);
}

const STAMPED = 1_600_000_000;

/** @type {Record<string, (tree: Tree, words: [string, string, string], cache: string) => void>} */
const ACTS = {
  write: (tree, [file, text]) => tree.write(file, text),
  replace: (tree, [file, text]) => tree.writeByRename(file, text),
  'write-again'(tree, [file, text]) {
    tree.remove(file);
    tree.write(file, text);
  },
  remove: (tree, [file]) => tree.remove(file),
  move: (tree, [from, to]) => tree.move(from, to),
  'make-again'(tree, [file]) {
    const text = tree.read(file);
    tree.remove(file);
    tree.write(file, text);
  },
  retarget(tree, [link, target]) {
    tree.remove(link);
    tree.link(link, target);
  },
  package(tree, [folder, style]) {
    if (style === 'empty') return tree.write(`${folder}/readme.md`, 'empty\n');
    if (style === 'link') return tree.link(folder, relative(folder, 'node_modules/beta'));
    const isModule = style === 'esm';
    if (style !== 'bare') {
      const json = {
        type: isModule ? 'module' : 'commonjs',
        exports: { '.': './near.js', './sub': './near.js' },
      };
      tree.write(`${folder}/package.json`, JSON.stringify(json));
    }
    const text = isModule ? `export const v = 'nearer';\n` : `exports.v = 'nearer';\n`;
    return tree.write(`${folder}/${style === 'bare' ? 'index' : 'near'}.js`, text);
  },
  'link-to-copy'(tree, [file, which]) {
    const text = tree.read(file);
    const copy = `copies/${file.replaceAll('/', '-')}`;
    tree.write(copy, which === 'same' ? text : nextRevision(text));
    tree.remove(file);
    tree.link(file, relative(file, copy));
  },
  'copy-over-link'(tree, [link]) {
    tree.run('cp', ['-aL', link, `${link}.copy`]);
    tree.remove(link);
    tree.move(`${link}.copy`, link);
    tree.stamp(link);
  },
  'move-behind-link'(tree, [folder, away]) {
    tree.move(folder, away);
    tree.link(folder, relative(folder, away));
  },
  'hard-link'(tree, [from, to, which]) {
    if (which === 'same') tree.write(from, tree.read(to));
    tree.remove(to);
    fs.linkSync(tree.at(from), tree.at(to));
    tree.stamp(to);
    // Written under its other name.
    if (which === 'other') tree.write(from, nextRevision(tree.read(from)));
  },
  swap(tree, [a, b]) {
    tree.move(a, 'swapped');
    tree.move(b, a);
    tree.move('swapped', b);
  },
  'folder-in-place'(tree, [file]) {
    const text = tree.read(file);
    tree.remove(file);
    tree.write(`${file}/index.js`, text);
  },
  mode(tree, [file, mode]) {
    fs.chmodSync(tree.at(file), Number.parseInt(mode, 8));
  },
  times(tree, [file, time]) {
    tree.stamp(file, time === 'now' ? Date.now() / 1000 : Number(time));
  },
  /** As it was at first, from a copy or an archive that kept the times. */
  restore(tree, [how]) {
    const first = path.join(path.dirname(tree.root), 'first');
    // Another kind of thing in the way stops all of these.
    tree.run('chmod', ['-R', 'u+rwX', '.']);
    for (const { file, kind } of tree.list()) {
      const before = fs.lstatSync(path.join(first, file), { throwIfNoEntry: false });
      const isInTheWay =
        before && (before.isDirectory() !== (kind === 'folder') || kind === 'link');
      if (isInTheWay && tree.kind(file) !== 'none') fs.rmSync(tree.at(file), { recursive: true });
    }
    const archive = path.join(path.dirname(tree.root), 'first.tar');
    if (how === 'tar') tree.run('tar', ['-xpf', archive, '--overwrite']);
    else if (how === 'tar-unlink')
      tree.run('tar', ['-xpf', archive, '--unlink-first', '--recursive-unlink']);
    else if (how === 'cp') tree.run('cp', ['-a', `${first}/.`, '.']);
    else {
      const hasRsync = how === 'rsync' && isInstalled('rsync');
      if (hasRsync) return tree.run('rsync', ['-a', '--delete', `${first}/`, './']);
      for (const name of fs.readdirSync(tree.root)) fs.rmSync(tree.at(name), { recursive: true });
      tree.run('cp', ['-a', `${first}/.`, '.']);
    }
    return undefined;
  },
  cache(tree, [how], cache) {
    const kept = path.join(path.dirname(tree.root), 'kept-cache');
    const packs = () =>
      fs
        .readdirSync(cache, { recursive: true, encoding: 'utf8' })
        .filter((name) => name.endsWith('.pack'));
    if (how === 'touch') {
      for (const name of fs.readdirSync(cache, { recursive: true, encoding: 'utf8' })) {
        fs.utimesSync(path.join(cache, name), STAMPED, STAMPED);
      }
    } else if (how === 'keep') {
      fs.rmSync(kept, { recursive: true, force: true });
      fs.cpSync(cache, kept, { recursive: true, preserveTimestamps: true });
    } else if (how === 'put-back') {
      // A pack of an earlier tree, in the place of a newer one.
      if (!fs.existsSync(kept)) return;
      for (const name of packs()) {
        if (fs.existsSync(path.join(kept, name)))
          fs.copyFileSync(path.join(kept, name), `${path.join(cache, name)}`);
      }
    } else if (how === 'no-compile-cache') {
      for (const name of fs.readdirSync(cache, { recursive: true, encoding: 'utf8' })) {
        if (path.basename(name) === 'compile-cache')
          fs.rmSync(path.join(cache, name), { recursive: true });
      }
    } else if (how === 'copy') {
      tree.run('cp', ['-a', cache, `${cache}-copy`]);
      fs.rmSync(cache, { recursive: true });
      fs.renameSync(`${cache}-copy`, cache);
    } else {
      for (const name of packs()) fs.rmSync(path.join(cache, name));
    }
  },
};

/** @param {string} command */
function isInstalled(command) {
  return (process.env.PATH ?? '')
    .split(path.delimiter)
    .some((folder) => fs.existsSync(path.join(folder, command)));
}
