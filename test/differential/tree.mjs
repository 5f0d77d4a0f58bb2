/**
 * A project tree on disk whose timestamps are what the test says they are: every file and folder that is
 * made or written to gets one and the same time, so that no change can be seen by its times. What cannot be
 * set is `ctime` and the inode, and no program can set those.
 */

import { spawnSync } from 'node:child_process';
import fs from 'node:fs';
import path from 'node:path';

/** What all times are, in seconds: whole, so that every file system can hold it. */
const STAMP = 1_600_000_000;

/** @typedef {'file' | 'folder' | 'link' | 'none'} Kind */

export class Tree {
  /** @param {string} root */
  constructor(root) {
    this.root = root;
  }

  /** @param {string} file */
  at(file) {
    return path.join(this.root, file);
  }

  /**
   * @param {string} file
   * @returns {Kind}
   */
  kind(file) {
    let stat;
    try {
      stat = fs.lstatSync(this.at(file));
    } catch {
      return 'none'; // Or in a folder whose permissions were taken away.
    }
    if (stat.isSymbolicLink()) return 'link';
    return stat.isDirectory() ? 'folder' : 'file';
  }

  /** Everything there is, in a fixed order. @returns {{ file: string, kind: Kind }[]} */
  list() {
    /** @type {{ file: string, kind: Kind }[]} */
    const found = [];
    /** @param {string} folder */
    const walk = (folder) => {
      /** @type {string[]} */
      let names;
      try {
        names = fs.readdirSync(this.at(folder)).sort();
      } catch {
        return; // Its permissions were taken away.
      }
      for (const name of names) {
        const file = folder ? `${folder}/${name}` : name;
        const kind = this.kind(file);
        found.push({ file, kind });
        if (kind === 'folder') walk(file);
      }
    };
    walk('');
    return found;
  }

  /** @param {string} file */
  read(file) {
    return fs.readFileSync(this.at(file), 'utf8');
  }

  /** @param {string} file */
  target(file) {
    return fs.readlinkSync(this.at(file));
  }

  /**
   * @param {string} file
   * @param {string} text
   */
  write(file, text) {
    this.#makeFolder(path.dirname(file));
    fs.writeFileSync(this.at(file), text);
    this.stamp(file);
  }

  /**
   * @param {string} file
   * @param {string} text
   */
  writeByRename(file, text) {
    this.write(`${file}.new`, text);
    fs.renameSync(this.at(`${file}.new`), this.at(file));
    this.stamp(path.dirname(file));
  }

  /**
   * @param {string} file
   * @param {string} target
   */
  link(file, target) {
    this.#makeFolder(path.dirname(file));
    fs.symlinkSync(target, this.at(file));
    this.stamp(file);
  }

  /** @param {string} file */
  remove(file) {
    fs.rmSync(this.at(file), { recursive: true });
    this.stamp(path.dirname(file));
  }

  /**
   * @param {string} from
   * @param {string} to
   */
  move(from, to) {
    this.#makeFolder(path.dirname(to));
    fs.renameSync(this.at(from), this.at(to));
    this.stamp(path.dirname(from));
    this.stamp(path.dirname(to));
  }

  /**
   * Times as they were before, of it and of the folder it is in.
   *
   * @param {string} file
   * @param {number} [time] Seconds; another time than that of everything else.
   */
  stamp(file, time = STAMP) {
    for (const one of [this.at(file), path.dirname(this.at(file))]) {
      if (one.length < this.root.length || !fs.lstatSync(one, { throwIfNoEntry: false })) continue;
      fs.lutimesSync(one, time, time);
    }
  }

  /**
   * `tar`, `cp` and the like, in the tree.
   *
   * @param {string} command
   * @param {string[]} words
   */
  run(command, words) {
    const { status, stderr, error } = spawnSync(command, words, {
      cwd: this.root,
      encoding: 'utf8',
    });
    if (status !== 0) throw new Error(`${command} ${words.join(' ')}: ${error ?? stderr}`);
  }

  /** @param {string} folder */
  #makeFolder(folder) {
    if (fs.existsSync(this.at(folder))) return;
    this.#makeFolder(path.dirname(folder));
    fs.mkdirSync(this.at(folder));
    this.stamp(folder);
  }
}

/**
 * The text with every revision in it counted on: what a run prints of a file.
 *
 * @param {string} text
 */
export function nextRevision(text) {
  return text.replaceAll(/rev (\d)/g, (_all, digit) => `rev ${(Number(digit) + 1) % 10}`);
}
