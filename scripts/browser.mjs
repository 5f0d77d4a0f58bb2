/**
 * A browser for the tests of pages: Chromium or Chrome as this machine has it. Where there is none and a
 * package manager may be asked (apt, as root), it is installed.
 */

import { spawnSync } from 'node:child_process';
import fs from 'node:fs';
import path from 'node:path';

const NAMES = ['chromium', 'chromium-browser', 'google-chrome-stable', 'google-chrome'];

/** @returns {string | undefined} its path */
export function findBrowser() {
  const { BMES_TEST_BROWSER, PATH = '' } = process.env;
  if (BMES_TEST_BROWSER) return BMES_TEST_BROWSER;
  const places = PATH.split(path.delimiter).flatMap((folder) =>
    NAMES.map((name) => path.join(folder, name)),
  );
  return places.find((place) => fs.existsSync(place));
}

/** @returns {string | undefined} what this machine lacks */
export function missingBrowser() {
  if (findBrowser()) return undefined;
  if (process.getuid?.() === 0 && fs.existsSync('/usr/bin/apt-get')) {
    const env = { ...process.env, DEBIAN_FRONTEND: 'noninteractive' };
    for (const words of [['update'], ['install', '-y', '--no-install-recommends', 'chromium']]) {
      spawnSync('apt-get', words, { env, stdio: 'ignore' });
    }
  }
  return findBrowser() ? undefined : 'no Chromium or Chrome (BMES_TEST_BROWSER names one)';
}
