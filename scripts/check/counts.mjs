/** How many tests passed and failed, read from what a runner prints. */

/** @typedef {{ passed: number, failed: number }} Counts */

/** @param {string} output */
export function countNodeTests(output) {
  const number = (/** @type {string} */ word) =>
    Number(new RegExp(`^(?:ℹ|#) ${word} (\\d+)$`, 'm').exec(output)?.[1] ?? 0);
  return { passed: number('pass'), failed: number('fail') + number('cancelled') };
}

/** @param {string} output */
export function countCargoTests(output) {
  const counts = { passed: 0, failed: 0 };
  for (const match of output.matchAll(/^test result: \w+\. (\d+) passed; (\d+) failed/gm)) {
    counts.passed += Number(match[1]);
    counts.failed += Number(match[2]);
  }
  return counts;
}

/** @param {string} output */
export function countBunTests(output) {
  const number = (/** @type {string} */ word) =>
    Number(new RegExp(`^\\s*(\\d+) ${word}$`, 'm').exec(output)?.[1] ?? 0);
  return { passed: number('pass'), failed: number('fail') };
}
