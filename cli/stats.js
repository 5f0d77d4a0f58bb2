'use strict';
// `bmes stats`: how much there is of what, and what the cache did.

const {
  EXIT,
  Misuse,
  count,
  plural,
  printJSON,
  printLines,
  runCommand,
  safe,
  size,
  styled,
} = require('./common.js');
const { amountRow, answerOf, indented, kindRows, openCache, runtimeName } = require('./store.js');

const HELP = `Usage: bmes stats [options]

Shows how much the cache holds, by kind and by runtime, how often apps were started from it, and why not
where they were not. Numbers are of all processes since the last reset; a process that is killed may not
have written down its own.

  bmes stats
  bmes stats --json | jq '.starts.misses'
  bmes stats --reset              count anew from now on

Options:
      --reset   start counting anew, after the answer
      --json    print the answer as JSON (docs/commands.md)
  -h, --help    show this

Ends with 0, 1 if the cache cannot be read or nothing can be kept in it, 2 if it was called wrongly.
`;

/** @param {string[]} words */
function main(words) {
  const options = /** @type {const} */ ({ reset: { type: 'boolean', default: false } });
  return runCommand({ name: 'stats', help: HELP, options, run: stats }, words);
}

/**
 * @param {{ json: boolean, reset: boolean }} options
 * @param {string[]} words
 */
function stats({ json, reset }, words) {
  if (words.length > 0) throw new Misuse(`unexpected '${words[0]}'`);
  const cache = openCache();
  const { directory, code, message, maxSize, total } = JSON.parse(cache.stats(reset));
  // Where nothing can be believed there is nothing to add up.
  const sizes = code ? sizesOrNothing(cache) : answerOf(cache, cache.sizes());
  const { kinds, runtimes, passedOver } = sizes;
  const bytes = sum(kinds);
  const answer = {
    directory,
    reason: code ? { code, message } : null,
    bytes,
    maxBytes: maxSize,
    kinds,
    runtimes,
    passedOver,
    starts: {
      served: total.starts,
      missed: add(total.missedStarts),
      rate: rate(total.starts, total.missedStarts),
      misses: total.missedStarts,
    },
    records: {
      hits: total.hits,
      missed: add(total.misses),
      rate: rate(total.hits, total.misses),
      misses: total.misses,
      saves: total.saves,
      refusals: total.refusals,
    },
    bytesRead: total.bytesRead,
    bytesWritten: total.bytesWritten,
    evictions: total.evictions,
    bytesEvicted: total.bytesEvicted,
  };
  if (json) printJSON(answer);
  else printLines(linesOf(answer));
  return code ? EXIT.found : EXIT.fine;
}

/** @param {import('./store.js').ModuleCache} cache */
function sizesOrNothing(cache) {
  const sizes = cache.sizes();
  return sizes === null ? { kinds: {}, runtimes: {}, passedOver: [] } : JSON.parse(sizes);
}

/** @param {Record<string, import('./store.js').Amount>} amounts */
function sum(amounts) {
  return Object.values(amounts).reduce((all, { bytes }) => all + bytes, 0);
}

/** @param {Record<string, number>} numbers */
function add(numbers) {
  return Object.values(numbers).reduce((all, number) => all + number, 0);
}

/**
 * @param {number} hits
 * @param {Record<string, number>} misses
 */
function rate(hits, misses) {
  const all = hits + add(misses);
  return all === 0 ? null : hits / all;
}

/** @param {any} answer */
function linesOf({ directory, reason, bytes, maxBytes, kinds, runtimes, passedOver, ...did }) {
  const lines = [`${safe(directory)}: ${size(bytes)} of at most ${size(maxBytes)}`];
  if (reason) lines.push(styled('red', `  ${reason.code} ${safe(reason.message)}`));
  const rows = kindRows(kinds);
  const byRuntime = Object.entries(runtimes).map(([name, amount]) =>
    amountRow(safe(runtimeName(name)), /** @type {any} */ (amount)),
  );
  if (rows.length > 0) lines.push('', ...indented(rows));
  if (byRuntime.length > 0) lines.push('', ...indented(byRuntime));
  const { starts, records } = did;
  lines.push('', `starts of apps: ${rateLine(starts.served, starts.missed, starts.rate)}`);
  lines.push(...reasonLines(starts.misses));
  lines.push(
    `records: ${rateLine(records.hits, records.missed, records.rate)}, ${count(records.saves)} saved`,
  );
  lines.push(...reasonLines(records.misses), ...reasonLines(records.refusals));
  lines.push(
    `${size(did.bytesWritten)} written, ${size(did.bytesRead)} of records read, ` +
      `${plural(did.evictions, 'file')} (${size(did.bytesEvicted)}) evicted`,
  );
  for (const one of passedOver) lines.push(styled('yellow', `passed over: ${safe(one)}`));
  return lines;
}

/**
 * @param {number} hits
 * @param {number} missed
 * @param {number | null} share
 */
function rateLine(hits, missed, share) {
  const percent = share === null ? '' : ` (${Math.round(share * 100)} %)`;
  return `${count(hits)} from the cache${percent}, ${count(missed)} not`;
}

/** @param {Record<string, number>} reasons */
function reasonLines(reasons) {
  return Object.entries(reasons)
    .sort(([, left], [, right]) => right - left)
    .map(([code, number]) => `  ${safe(code)}  ${count(number)}`);
}

module.exports = { main };
