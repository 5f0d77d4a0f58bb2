'use strict';
// `bmes verify`: reads everything again, to find what the disk has done to it.

const {
  EXIT,
  Misuse,
  plural,
  printJSON,
  printLines,
  progress,
  runCommand,
  safe,
  shown,
  size,
  styled,
} = require('./common.js');
const { answerOf, directory, openCache } = require('./store.js');

const HELP = `Usage: bmes verify [options]

Reads every record and pack of every runtime again, compares all bytes with their checksums, and names what
is damaged. A damaged file is never used: a start takes it for a miss and makes it anew, so this is for
finding out what a disk does.

  bmes verify
  bmes verify --remove            remove what is damaged
  bmes verify --json | jq -r '.damaged[].path'

Options:
      --remove  remove what is damaged
      --json    print the answer as JSON (docs/commands.md)
  -h, --help    show this

The engine's own cache is not read: the engine checks it. Ends with 0 if all is whole, 1 if something is
damaged or cannot be looked into, 2 if it was called wrongly.
`;

/** @param {string[]} words */
function main(words) {
  const options = /** @type {const} */ ({ remove: { type: 'boolean', default: false } });
  return runCommand({ name: 'verify', help: HELP, options, run: verify }, words);
}

/**
 * @param {{ json: boolean, remove: boolean }} options
 * @param {string[]} words
 */
function verify({ json, remove }, words) {
  if (words.length > 0) throw new Misuse(`unexpected '${words[0]}'`);
  const root = directory();
  const cache = openCache();
  const line = progress(!json);
  const answer = cache.verify(remove, (bytes) => line.show(`${size(bytes)} read`));
  line.end();
  const found = answerOf(cache, answer);
  if (json) printJSON({ directory: root, ...found });
  else printLines(linesOf(root, found));
  return found.damaged.length > 0 || found.passedOver.length > 0 ? EXIT.found : EXIT.fine;
}

/**
 * @param {string} root
 * @param {import('../index.d.ts').CacheVerification} found
 */
function linesOf(root, { checked, bytes, damaged, passedOver, unknown }) {
  const verdict =
    damaged.length === 0
      ? styled('green', 'all as it was written')
      : styled('red', `${plural(damaged.length, 'file')} damaged`);
  const lines = [`${safe(root)}: ${plural(checked, 'file')}, ${size(bytes)}: ${verdict}`];
  for (const { path, code, message, removed } of damaged) {
    lines.push(
      `  ${styled('bold', code)} ${shown(path)}: ${safe(message)}${removed ? ' (removed)' : ''}`,
    );
  }
  for (const reason of passedOver) lines.push(styled('yellow', `  passed over: ${safe(reason)}`));
  if (unknown > 0) lines.push(`  ${plural(unknown, 'file')} not the cache's, not read`);
  if (damaged.some(({ removed }) => !removed)) lines.push("  'bmes verify --remove' removes them");
  return lines;
}

module.exports = { main };
