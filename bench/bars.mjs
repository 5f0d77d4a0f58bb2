/**
 * What must be reached, as ratios on the same machine in the same minutes: milliseconds do not travel.
 */

import { BASELINE } from './columns.mjs';
import { geometricMean, median } from './statistics.mjs';

/** @typedef {import('./startup.mjs').Result} Result */
/** @typedef {{ what: string, reached: number, bar: number, met: boolean }} Bar */

const WARM = 'bmes-cache';
const FLOOR = 'node -e 0';

/** How many times faster than {@link BASELINE} a warm start must at least be. */
const PROGRAMS = {
  rxjs: 1.05,
  'ng --help': 1.2,
  'eslint --version': 1.2,
  'webpack --help': 1.4,
  'release-it --version': 1.1,
};

/**
 * @param {Result[]} results
 * @returns {Bar[]}
 */
export function bars(results) {
  /** @type {Bar[]} */
  const found = [];
  /** @param {string} what @param {number} reached @param {number} bar */
  const atLeast = (what, reached, bar) => found.push({ what, reached, bar, met: reached >= bar });
  /** @param {string} what @param {number} reached @param {number} bar */
  const atMost = (what, reached, bar) => found.push({ what, reached, bar, met: reached <= bar });

  for (const { row, times } of results) {
    const [native, baseline, first, second, warm, hooks] = [
      'native',
      BASELINE,
      'first',
      'second',
      WARM,
      'hooks',
    ].map((name) => (times[name] ? median(times[name]) : NaN));
    const name = row.name;
    const bar = /** @type {Record<string, number>} */ (PROGRAMS)[name] ?? 0.97;
    if (warm && baseline) atLeast(`${name}, warm`, baseline / warm, bar);
    if (hooks && baseline) atLeast(`${name}, hooks`, baseline / hooks, 0.97);
    if (first && native) atMost(`${name}, first run over native`, first / native, 1.05);
    if (second && baseline) atLeast(`${name}, second run`, baseline / second, 1);
  }
  atLeastMean('programs, warm, geometric mean', results, 'program', WARM, 1.4);
  atLeastMean('programs, hooks, geometric mean', results, 'program', 'hooks', 1.15);
  const net = results
    .filter(({ row, times }) => row.kind === 'library' && row.name !== 'rxjs' && times[WARM])
    .map(({ times }) => {
      const [baseline, warm, floor] = [BASELINE, WARM, FLOOR].map((name) =>
        median(times[name] ?? []),
      );
      return ((baseline ?? NaN) - (floor ?? NaN)) / ((warm ?? NaN) - (floor ?? NaN));
    });
  if (net.length > 1) atLeast('libraries, above the empty process', geometricMean(net), 4.3);
  return found;

  /**
   * @param {string} what
   * @param {Result[]} all
   * @param {string} kind
   * @param {string} column
   * @param {number} bar
   */
  function atLeastMean(what, all, kind, column, bar) {
    const ratios = all
      .filter(({ row, times }) => row.kind === kind && times[column] && times[BASELINE])
      .map(({ times }) => median(times[BASELINE] ?? []) / median(times[column] ?? []));
    if (ratios.length > 1) atLeast(what, geometricMean(ratios), bar);
  }
}
