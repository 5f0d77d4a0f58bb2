/**
 * Other users, and folders that belong to them. Only root can start processes as somebody else: without
 * that a test says so and is skipped.
 */

import { spawnSync } from 'node:child_process';
import fs from 'node:fs';
import { fileURLToPath } from 'node:url';
import { testedNode } from './run.mjs';

/** Whose cache it is. No account is needed to run as a number. */
export const victim = 54_321;
/** Somebody else: `nobody` on most systems. */
export const attacker = 65_534;

const addon = fileURLToPath(new URL('../../index.js', import.meta.url));

/**
 * Why processes cannot be started as another user here; `false` if they can. For `skip`.
 *
 * @returns {string | false}
 */
export function withoutOtherUsers() {
  if (process.getuid?.() !== 0) return 'only root can start processes as other users';
  const program = `require(${JSON.stringify(addon)})`;
  const options = {
    uid: attacker,
    gid: attacker,
    cwd: '/',
    encoding: /** @type {const} */ ('utf8'),
  };
  const { status, error, stderr } = spawnSync(testedNode, ['-e', program], options);
  return status === 0 ? false : `other users cannot load the addon: ${error?.message ?? stderr}`;
}

/**
 * Somebody who has no more rights than any user: root is not stopped by modes.
 *
 * @returns {number | undefined} Undefined: whoever runs this is one already.
 */
export function ordinaryUser() {
  return process.getuid?.() === 0 ? victim : undefined;
}

/**
 * @param {string} folder It is made if it is not there.
 * @param {number | undefined} user Undefined: the current one.
 * @param {number} [mode]
 */
export function give(folder, user, mode = 0o700) {
  fs.mkdirSync(folder, { recursive: true });
  fs.chmodSync(folder, mode);
  if (user !== undefined) fs.chownSync(folder, user, user);
}

/**
 * Makes all of a folder somebody's.
 *
 * @param {string} folder
 * @param {number} user
 */
export function giveAll(folder, user) {
  fs.lchownSync(folder, user, user);
  if (!fs.lstatSync(folder).isDirectory()) return;
  for (const name of fs.readdirSync(folder)) giveAll(`${folder}/${name}`, user);
}
