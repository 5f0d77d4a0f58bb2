/**
 * A project of a test's own: a copy of a fixture in a temporary folder, with a home and caches of its own.
 *
 * Fixtures keep their packages in `packages/` and `linked/`, since a `node_modules` folder is never
 * committed. A sandbox copies the first into `node_modules` and links the second from there.
 */

import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { fileURLToPath } from 'node:url';

const fixtures = fileURLToPath(new URL('../fixtures/', import.meta.url));

export class Sandbox {
  /** @param {string} root */
  constructor(root) {
    this.root = root;
    /** The app. */
    this.project = path.join(root, 'project');
    /** What children see as `HOME`. */
    this.home = path.join(root, 'home');
  }

  /**
   * A cache folder of the sandbox; each name is another one.
   *
   * @param {string} name
   */
  cache(name) {
    return path.join(this.root, 'caches', name);
  }

  /** @param {string} file Relative to the project. */
  path(file) {
    return path.join(this.project, file);
  }

  /** @param {string} file */
  read(file) {
    return fs.readFileSync(this.path(file), 'utf8');
  }

  /**
   * @param {string} file
   * @param {string} content
   */
  write(file, content) {
    fs.mkdirSync(path.dirname(this.path(file)), { recursive: true });
    fs.writeFileSync(this.path(file), content);
  }

  /**
   * Replaces text that must be there.
   *
   * @param {string} file
   * @param {string} from
   * @param {string} to
   */
  edit(file, from, to) {
    const before = this.read(file);
    if (!before.includes(from)) throw new Error(`${file} does not contain ${from}`);
    this.write(file, before.replaceAll(from, to));
  }

  /** @param {string} file */
  remove(file) {
    fs.rmSync(this.path(file), { recursive: true });
  }

  /**
   * Points a link somewhere, or somewhere else.
   *
   * @param {string} file
   * @param {string} target
   */
  relink(file, target) {
    fs.rmSync(this.path(file), { force: true });
    fs.symlinkSync(target, this.path(file), 'dir');
  }
}

/**
 * @param {{ after: (work: () => void) => void }} test The context of the test that owns the sandbox.
 * @param {string} [fixture] A folder of `test/fixtures/`; without it the project is empty.
 */
export function sandbox(test, fixture) {
  // The real path: the temporary folder itself may be reached through a link.
  const made = new Sandbox(fs.realpathSync(fs.mkdtempSync(path.join(os.tmpdir(), 'bmes-test-'))));
  test.after(() => fs.rmSync(made.root, { recursive: true, force: true, maxRetries: 3 }));
  fs.mkdirSync(made.project);
  fs.mkdirSync(made.home, { mode: 0o700 });
  if (fixture !== undefined) {
    fs.cpSync(path.join(fixtures, fixture), made.project, { recursive: true });
    placePackages(made.project);
  }
  return made;
}

/** @param {string} project */
function placePackages(project) {
  const modules = path.join(project, 'node_modules');
  const packages = path.join(project, 'packages');
  const linked = path.join(project, 'linked');
  if (fs.existsSync(packages)) fs.renameSync(packages, modules);
  if (!fs.existsSync(linked)) return;
  fs.mkdirSync(modules, { recursive: true });
  for (const name of fs.readdirSync(linked)) {
    fs.symlinkSync(path.join('..', 'linked', name), path.join(modules, name), 'dir');
  }
}
