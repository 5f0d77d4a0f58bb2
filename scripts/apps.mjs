/**
 * The real apps of `apps/`: what to start for each, and where.
 */

import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { installOnce } from './install-once.mjs';

export const appsDirectory = fileURLToPath(new URL('../apps/', import.meta.url));

/**
 * @typedef {object} App
 * @property {string} name
 * @property {string} entry Absolute path of the file to start.
 * @property {string[]} args What follows it on the command line.
 * @property {string} cwd
 * @property {number} exitCode What it ends with.
 */

/** Apps with a file of their own in `apps/entries/`. */
const withEntry = [
  'lodash-es',
  'effect',
  'date-fns',
  'astro',
  'zod',
  'ramda',
  'remeda',
  'three',
  'rxjs',
];

/** @type {App[]} */
export const apps = withEntry.map((name) => ({
  name,
  entry: path.join(appsDirectory, 'entries', `${name}.mjs`),
  args: [],
  cwd: appsDirectory,
  exitCode: 0,
}));

apps.push({
  name: 'markdownlint-cli2',
  entry: path.join(appsDirectory, 'node_modules/markdownlint-cli2/markdownlint-cli2-bin.mjs'),
  args: ['lint-me.md'],
  cwd: appsDirectory,
  exitCode: 1,
});

/**
 * Installs the apps, if need be, and gives those asked for.
 *
 * @param {readonly string[]} [names] All of them when left out.
 * @returns {Promise<App[]>}
 */
export async function installedApps(names = apps.map((app) => app.name)) {
  const chosen = names.map((name) => {
    const app = apps.find((candidate) => candidate.name === name);
    if (app) return app;
    throw new Error(`no app is called ${name}; there is ${apps.map((one) => one.name).join(', ')}`);
  });
  await installOnce(appsDirectory);
  return chosen;
}
