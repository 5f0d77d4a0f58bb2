/**
 * What the bench and the demo compare: ways to start one app, and the bars they must clear.
 */

import path from 'node:path';
import { fileURLToPath } from 'node:url';

/**
 * @typedef {object} Variant
 * @property {string} name
 * @property {string[]} argv Everything after the binary.
 * @property {Record<string, string>} env
 * @property {number} warmUps Runs before the measured ones: as many as its cache needs to be full.
 * @property {string} [stage] What its timeline must say.
 * @property {number} [exitCode] Where it is not the app's own.
 */

export const registerPath = fileURLToPath(new URL('../runtime/register.js', import.meta.url));

/** What every ratio is against: bytecode is in Node already, so plain Node would flatter us. */
export const BASELINE = 'compile cache';

/**
 * How many times faster than {@link BASELINE} a warm start must be.
 *
 * @type {Record<string, Record<string, number>>}
 */
export const bars = {
  'date-fns': { hooks: 12, linker: 15 },
  'lodash-es': { hooks: 1.5, linker: 2.2 },
  effect: { hooks: 1.4, linker: 2 },
  astro: { hooks: 1.2, linker: 1.5 },
};

/**
 * @param {import('../scripts/apps.mjs').App} app
 * @param {string} folder For the caches.
 * @returns {Variant[]}
 */
export function variantsOf(app, folder) {
  const start = [app.entry, ...app.args];
  const ours = (/** @type {'hooks' | 'linker'} */ name) => ({
    name,
    argv: ['--import', registerPath, ...start],
    // Each warm-up then does all of its work before it ends.
    env: {
      BMES_CACHE_DIR: path.join(folder, name),
      BMES_LEARN: 'exit',
      BMES_MODE: name,
    },
    warmUps: 4,
    stage: `stage warm mode ${name}`,
  });
  return [
    { name: 'native', argv: start, env: {}, warmUps: 1 },
    {
      name: BASELINE,
      argv: start,
      env: { NODE_COMPILE_CACHE: path.join(folder, 'compile') },
      warmUps: 2,
    },
    ours('hooks'),
    ours('linker'),
    { name: 'node -e 0', argv: ['-e', '0'], env: {}, warmUps: 1, exitCode: 0 },
  ];
}

/**
 * The same small environment for every variant.
 *
 * @param {string} home
 * @param {Record<string, string>} own
 * @returns {NodeJS.ProcessEnv}
 */
export function environment(home, own) {
  return { PATH: process.env.PATH, HOME: home, TZ: 'UTC', LANG: 'C.UTF-8', NO_COLOR: '1', ...own };
}

/**
 * @param {string} app
 * @param {Record<string, number[]>} times By variant, in milliseconds.
 */
export function summarize(app, times) {
  const median = mapValues(times, (values) => quantile(values, 0.5));
  // Half the distance between the quartiles: what a second look at the median may differ by.
  const spread = mapValues(times, (v) => (quantile(v, 0.75) - quantile(v, 0.25)) / 2);
  const baseline = median[BASELINE] ?? NaN;
  /** @type {Record<string, number>} */
  const ratio = {};
  for (const name of ['hooks', 'linker']) {
    const value = median[name];
    if (value !== undefined) ratio[name] = baseline / value;
  }
  return { app, median, spread, ratio, times };
}

/** @param {ReturnType<typeof summarize>[]} results */
export function failedBars(results) {
  const checked = results.flatMap(({ app, ratio }) =>
    Object.entries(bars[app] ?? {}).map(([variant, bar]) => {
      const reached = ratio[variant] ?? 0;
      return { app, variant, bar, ratio: reached, met: reached >= bar };
    }),
  );
  return { checked, missed: checked.filter((one) => !one.met).length };
}

/**
 * @param {number[]} values
 * @param {number} part
 */
export function quantile(values, part) {
  const sorted = values.toSorted((left, right) => left - right);
  const at = (sorted.length - 1) * part;
  const below = sorted[Math.floor(at)] ?? NaN;
  const above = sorted[Math.ceil(at)] ?? NaN;
  return below + (above - below) * (at - Math.floor(at));
}

/**
 * @template A, B
 * @param {Record<string, A>} record
 * @param {(value: A) => B} change
 * @returns {Record<string, B>}
 */
function mapValues(record, change) {
  return Object.fromEntries(Object.entries(record).map(([key, value]) => [key, change(value)]));
}
