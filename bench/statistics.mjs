/** What interleaved runs say. */

/**
 * @param {readonly number[]} values
 * @param {number} part
 */
export function quantile(values, part) {
  const sorted = values.toSorted((left, right) => left - right);
  const at = (sorted.length - 1) * part;
  const below = sorted[Math.floor(at)] ?? NaN;
  const above = sorted[Math.ceil(at)] ?? NaN;
  return below + (above - below) * (at - Math.floor(at));
}

/** @param {readonly number[]} values */
export function median(values) {
  return quantile(values, 0.5);
}

/**
 * Half the distance between the quartiles: what a second look at the median may differ by.
 *
 * @param {readonly number[]} values
 */
export function spread(values) {
  return (quantile(values, 0.75) - quantile(values, 0.25)) / 2;
}

/**
 * How many times longer the one takes than the other, run for run: runs of a pair have been made one
 * after the other, so that a machine which slows down slows both.
 *
 * @param {readonly number[]} slower
 * @param {readonly number[]} faster
 */
export function ratio(slower, faster) {
  const pairs = slower.map((value, at) => value / (faster[at] ?? NaN));
  return { median: median(pairs), spread: spread(pairs) };
}

/** @param {readonly number[]} values */
export function geometricMean(values) {
  return Math.exp(values.reduce((sum, value) => sum + Math.log(value), 0) / values.length);
}
