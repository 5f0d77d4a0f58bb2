'use strict';
// What the commands have in common: how they are called, how they end, how they print.

const { clearLine, cursorTo } = require('node:readline');
const { fileURLToPath } = require('node:url');
const { parseArgs, styleText } = require('node:util');

/** How a command ends. */
const EXIT = {
  /** All is well. */
  fine: 0,
  /** What was looked for is not so: damage, an app that is not served. */
  found: 1,
  /** It was called wrongly. */
  misuse: 2,
};

/** It was called wrongly. */
class Misuse extends Error {}

/** It cannot be done, with a stable code. */
class Failure extends Error {
  /**
   * @param {string} code
   * @param {string} message
   */
  constructor(code, message) {
    super(message);
    this.code = code;
  }
}

/** Options of every command. */
const SHARED_OPTIONS = /** @type {const} */ ({
  json: { type: 'boolean', default: false },
  help: { type: 'boolean', short: 'h', default: false },
});

/**
 * Runs a command: help, misuse and failures are the same for all of them.
 *
 * @template {import('node:util').ParseArgsOptionsConfig} T
 * @param {object} command
 * @param {string} command.name
 * @param {string} command.help what `--help` prints
 * @param {T} command.options its own
 * @param {(options: any, words: string[]) => number | Promise<number>} command.run its exit code
 * @param {string[]} words what follows its name
 */
async function runCommand({ name, help, options, run }, words) {
  let isJSON = words.includes('--json');
  try {
    const { values, positionals } = parse(words, { ...SHARED_OPTIONS, ...options });
    const { json, help: isHelp } = /** @type {any} */ (values);
    isJSON = json;
    if (isHelp) return void process.stdout.write(help);
    process.exitCode = await run(values, positionals);
  } catch (error) {
    process.exitCode = fail(name, error, isJSON);
  }
}

/**
 * @param {string} name
 * @param {unknown} error
 * @param {boolean} isJSON
 */
function fail(name, error, isJSON) {
  const { code, message } = /** @type {Error & { code?: string }} */ (error);
  if (error instanceof Misuse) {
    process.stderr.write(`bmes ${name}: ${message}\nTry 'bmes ${name} --help'.\n`);
    return EXIT.misuse;
  }
  const [, ours, detail] = /^(BMES_[A-Z_]+) (.*)$/s.exec(message) ?? [];
  const failure = { code: ours ?? code ?? 'BMES_INTERNAL', message: detail ?? message };
  if (isJSON) printJSON({ error: failure });
  else process.stderr.write(`bmes ${name}: ${failure.code} ${safeLines(failure.message)}\n`);
  return EXIT.found;
}

/**
 * @template {import('node:util').ParseArgsOptionsConfig} T
 * @param {string[]} words
 * @param {T} options
 */
function parse(words, options) {
  try {
    return parseArgs({ args: words, options, allowPositionals: true });
  } catch (error) {
    const { code, message } = /** @type {Error & { code?: string }} */ (error);
    const [, unknown] = /^Unknown option '(-[^']*)'/.exec(message) ?? [];
    if (unknown !== undefined) throw new Misuse(unknownOption(unknown, Object.keys(options)));
    if (code?.startsWith('ERR_PARSE_ARGS')) throw new Misuse(message);
    throw error;
  }
}

/**
 * @param {string} word
 * @param {readonly string[]} names without dashes
 */
function unknownOption(word, names) {
  const near = nearest(
    word,
    names.map((name) => `--${name}`),
  );
  return `unknown option '${word}'${near ? `; did you mean '${near}'?` : ''}`;
}

/**
 * The name that was probably meant.
 *
 * @param {string} word
 * @param {readonly string[]} names
 * @returns {string | undefined}
 */
function nearest(word, names) {
  const limit = Math.max(2, Math.floor(word.length / 3));
  const near = names
    .map((name) => ({ name, steps: distance(word, name) }))
    .filter(({ name, steps }) => steps <= limit || (word.length > 4 && name.startsWith(word)))
    .sort((left, right) => left.steps - right.steps);
  return near[0]?.name;
}

/**
 * How many letters must be put in, taken out or changed (Levenshtein).
 *
 * @param {string} from
 * @param {string} to
 */
function distance(from, to) {
  let row = Array.from({ length: to.length + 1 }, (_, at) => at);
  for (let i = 1; i <= from.length; i++) {
    const next = [i];
    for (let j = 1; j <= to.length; j++) {
      const change = row[j - 1] + (from[i - 1] === to[j - 1] ? 0 : 1);
      next[j] = Math.min(row[j] + 1, next[j - 1] + 1, change);
    }
    row = next;
  }
  return row[to.length];
}

/** Of what `--json` prints. It goes up when something that was there changes or goes away. */
const SCHEMA = 1;

/** @param {object} answer */
function printJSON(answer) {
  process.stdout.write(`${JSON.stringify({ schema: SCHEMA, ...answer }, null, 2)}\n`);
}

/** @param {readonly string[]} lines */
function printLines(lines) {
  process.stdout.write(lines.map((line) => `${line}\n`).join(''));
}

/**
 * Text with colour, where somebody sees it.
 *
 * @param {Parameters<typeof styleText>[0]} format
 * @param {string} text
 */
function styled(format, text) {
  return hasColour() ? styleText(format, text, { validateStream: false }) : text;
}

function hasColour() {
  const { NO_COLOR, TERM } = process.env;
  return process.stdout.isTTY === true && !NO_COLOR && TERM !== 'dumb';
}

/** Nobody is shown how far we are before it has taken this long. */
const PATIENCE_MS = 1000;

/** How often. */
const PROGRESS_MS = 80;

/**
 * Says on a terminal how far we are.
 *
 * @param {boolean} isWanted
 * @returns {{ show: (text: string) => void, end: () => void }}
 */
function progress(isWanted) {
  const { stderr } = process;
  const started = performance.now();
  let last = started + PATIENCE_MS - PROGRESS_MS;
  let isShown = false;
  if (!isWanted || !stderr.isTTY) return { show() {}, end() {} };
  /** @param {string} text of the terminal's last line */
  const line = (text) => {
    clearLine(stderr, 0);
    cursorTo(stderr, 0);
    stderr.write(text);
  };
  return {
    show(text) {
      const now = performance.now();
      if (now - last < PROGRESS_MS) return;
      [last, isShown] = [now, true];
      line(text);
    },
    end() {
      if (isShown) line('');
    },
  };
}

const UNITS = ['B', 'kB', 'MB', 'GB'];

/** @param {number} bytes */
function size(bytes) {
  const power = bytes < 1000 ? 0 : Math.min(Math.floor(Math.log10(bytes) / 3), UNITS.length - 1);
  return `${(bytes / 1000 ** power).toFixed(power === 0 ? 0 : 1)} ${UNITS[power]}`;
}

/** @param {number} number */
function count(number) {
  return number.toLocaleString('en');
}

/**
 * `1 file`, `2 files`.
 *
 * @param {number} number
 * @param {string} word
 * @param {string} [words]
 */
function plural(number, word, words = `${word}s`) {
  return `${count(number)} ${number === 1 ? word : words}`;
}

const SPANS = /** @type {const} */ ([
  ['day', 24 * 60 * 60 * 1000],
  ['hour', 60 * 60 * 1000],
  ['minute', 60 * 1000],
  ['second', 1000],
]);

/** @param {number} milliseconds */
function ago(milliseconds) {
  const span = SPANS.find(([, length]) => milliseconds >= length);
  return span ? `${plural(Math.floor(milliseconds / span[1]), span[0])} ago` : 'just now';
}

/**
 * A `file:` URL as people write it, a path as it is.
 *
 * @param {string} url
 */
function shown(url) {
  try {
    return safe(url.startsWith('file:') ? fileURLToPath(url) : url);
  } catch {
    return safe(url);
  }
}

/**
 * Text from a disk, without what a terminal would obey.
 *
 * @param {string} text
 */
function safe(text) {
  const escaped = (/** @type {string} */ letter) =>
    `\\x${letter.charCodeAt(0).toString(16).padStart(2, '0')}`;
  // oxlint-disable-next-line no-control-regex -- they are what must not be printed
  return text.replaceAll(/[\x00-\x1f\x7f-\x9f]/g, escaped);
}

/** @param {string} text the same of several lines */
function safeLines(text) {
  return text.split('\n').map(safe).join('\n');
}

/**
 * What stands before `--`, and what behind it.
 *
 * @param {readonly string[]} words
 */
function splitAtDashes(words) {
  const end = words.indexOf('--');
  return end < 0
    ? { own: [...words], args: [] }
    : { own: words.slice(0, end), args: words.slice(end + 1) };
}

/**
 * Columns, as wide as what is in them.
 *
 * @param {readonly (readonly string[])[]} rows
 */
function table(rows) {
  const widths = rows[0]?.map((_, at) => Math.max(...rows.map((row) => row[at].length))) ?? [];
  return rows.map((row) =>
    row
      .map((cell, at) => cell.padEnd(widths[at]))
      .join('  ')
      .trimEnd(),
  );
}

module.exports = {
  EXIT,
  Failure,
  Misuse,
  SCHEMA,
  ago,
  count,
  nearest,
  plural,
  printJSON,
  printLines,
  progress,
  runCommand,
  safe,
  shown,
  size,
  splitAtDashes,
  styled,
  table,
  unknownOption,
};
