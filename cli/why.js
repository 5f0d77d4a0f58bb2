'use strict';
// `bmes why app.mjs`: whether the next start comes from the cache, and exactly why or why not.

const { existsSync } = require('node:fs');
const path = require('node:path');

const { verdicts } = require('../learn/verdict.js');
const {
  EXIT,
  Failure,
  Misuse,
  ago,
  plural,
  printJSON,
  printLines,
  progress,
  runCommand,
  safe,
  shown,
  size,
  styled,
  unknownOption,
} = require('./common.js');
const { WITH_VALUE, isFlagOfEngine, isFlagOfNode } = require('./node-flags.js');

const HELP = `Usage: bmes why [options] [Node flags] <entry> [-- args...]

Says whether the next start of an app comes from the cache, and exactly why or why not. The app does not
run and nothing is written: a process with the same options decides as a start does, tells what it has
decided and ends. What else is preloaded runs, as it would.

  bmes why app.mjs                           as \`node --import bmes-cache/register app.mjs\`
  bmes why --conditions=production app.mjs   with the options that it is started with: others have another pack
  bmes why --json app.mjs | jq '.starts[0].guards.changed'
  BMES_MODE=hooks bmes why app.mjs           variables count as in a start

Options:
      --all             list every module, also those that there is nothing to say of
      --pack <file>     a pack to use where the cache has none that holds
      --for-node <path> ask this Node; this one otherwise
      --json            print the answer as JSON (docs/commands.md)
  -h, --help            show this

What it says:
  stage     native (not from the cache), linked (from the pack, some of it still to be compiled), warm
  guards    what the pack rests on: files, absences, folders, links; those that moved with both values
  modules   from bytecode; from text; in a record of the runtime's own loader; or by the runtime

Ends with 0 if the app is served, 1 if it is not, 2 if it was called wrongly.
`;

const OWN = /** @type {const} */ ({
  all: { type: 'boolean', default: false },
  pack: { type: 'string' },
  'for-node': { type: 'string' },
});

/** How often a terminal is told that somebody is asked. */
const TICK_MS = 250;

/** @typedef {import('../learn/verdict.js').Verdict} Verdict */

/** @param {string[]} words what follows `why` */
function main(words) {
  /** @type {ReturnType<typeof split> | undefined} */
  let parts;
  /** @type {InstanceType<typeof Misuse> | undefined} */
  let misuse;
  try {
    parts = split(words);
  } catch (error) {
    if (!(error instanceof Misuse)) throw error;
    misuse = error;
  }
  return runCommand(
    {
      name: 'why',
      help: HELP,
      options: OWN,
      run(options) {
        if (misuse) throw misuse;
        const { nodeFlags, entry, args } = /** @type {ReturnType<typeof split>} */ (parts);
        return why(entry, nodeFlags, args, options);
      },
    },
    parts?.own ?? [],
  );
}

/**
 * Options of ours and flags of Node's stand before the entry.
 *
 * @param {string[]} words
 */
function split(words) {
  /** @type {string[]} */
  const own = [];
  /** @type {string[]} */
  const nodeFlags = [];
  let at = 0;
  for (; words[at]?.startsWith('-') && words[at] !== '--'; at++) {
    const [name, inline] = words[at].split(/=(.*)/s);
    const known = name.slice(2) in OWN || /^(--json|--help|-h)$/.test(name);
    if (known) {
      own.push(words[at]);
      if (/^--(pack|for-node)$/.test(name) && inline === undefined) own.push(words[++at] ?? '');
    } else if (isFlagOfNode(name)) {
      nodeFlags.push(words[at]);
      if (inline === undefined && WITH_VALUE.has(name)) nodeFlags.push(words[++at] ?? '');
    } else if (isFlagOfEngine(name, process.execPath)) {
      nodeFlags.push(words[at]);
    } else {
      throw new Misuse(unknownOption(words[at], [...Object.keys(OWN), 'json', 'help']));
    }
  }
  if (words[at] === '--') at++;
  const [entry = '', ...rest] = words.slice(at);
  // After the entry nothing is an option of Node's any more: it is the app's, but for what only we know.
  const end = rest.indexOf('--');
  const before = end < 0 ? rest : rest.slice(0, end);
  const late = before.filter((word) => /^--(json|all)$/.test(word));
  const args = [
    ...before.filter((word) => !late.includes(word)),
    ...rest.slice(end < 0 ? rest.length : end + 1),
  ];
  return { own: [...own, ...late], nodeFlags, entry, args };
}

/**
 * @param {string} entry
 * @param {string[]} nodeFlags
 * @param {string[]} args
 * @param {{ json: boolean, all: boolean, pack?: string, 'for-node'?: string }} options
 */
async function why(entry, nodeFlags, args, options) {
  if (entry === '') throw new Misuse('no entry given');
  const { pack, json, all } = options;
  if (pack !== undefined && !existsSync(pack)) throw new Misuse(`there is no pack ${pack}`);
  const { bun, deno } = process.versions;
  if ((bun || deno) && options['for-node'] === undefined) {
    const message = 'Bun and Deno run apps with their own loaders; --for-node asks a Node';
    throw new Failure('BMES_UNSUPPORTED_RUNTIME', message);
  }
  const node = options['for-node'] ?? process.execPath;
  const line = progress(!json);
  const timer = setInterval(() => line.show(`asking ${safe(node)}`), TICK_MS);
  const asked = await verdicts(entry, {
    node,
    nodeFlags,
    args,
    env: process.env,
    ...(pack === undefined ? {} : { pack: path.resolve(pack) }),
  });
  clearInterval(timer);
  line.end();
  if ('failure' in asked) throw new Failure(asked.failure.code, asked.failure.message);
  const { starts, isCommonJS } = asked;
  const served =
    starts.some((start) => start.served) && starts.every((start) => start.served || isSmall(start));
  if (json) {
    printJSON({ entry: path.resolve(entry), isCommonJS, served, starts });
  } else {
    for (const start of starts) {
      printLines(linesOf(entry, start, isCommonJS && start !== starts[0], all));
    }
  }
  return served ? EXIT.fine : EXIT.found;
}

/** @param {Verdict} start */
function isSmall({ reasons }) {
  return reasons.some(({ code }) => code === 'BMES_SMALL');
}

const MODES = {
  native: 'natively',
  linker: 'linked',
  hooks: 'on hooks',
  commonjs: 'where require() leads is known',
};

/**
 * @param {string} entry
 * @param {Verdict} start
 * @param {boolean} isReached by a CommonJS main module
 * @param {boolean} all
 */
function linesOf(entry, start, isReached, all) {
  const { served, stage, mode, reasons, pack, guards } = start;
  const what = isReached && start.entry ? `${safe(entry)} -> ${shown(start.entry)}` : safe(entry);
  const verdict = served
    ? styled('green', `served, ${stage}, ${MODES[mode]}`)
    : styled('red', 'not served: the next start is native');
  const lines = [`${what}: ${verdict}, ${start.runtime}`];
  for (const { code, message } of reasons) lines.push(`  ${styled('bold', code)} ${safe(message)}`);
  if (pack) {
    const kind = pack.isNamed ? 'pack (named)' : 'pack';
    const age = ago(Date.now() - pack.usedMs);
    lines.push(`  ${kind}  ${shown(pack.file)}, ${size(pack.bytes)}, written or used ${age}`);
    if (pack.isFrozen) lines.push('  frozen: nothing but the entry is compared with the disk');
  }
  if (guards.total > 0) lines.push(...guardLines(guards));
  lines.push(...otherLines(start));
  lines.push(...moduleLines(start, all));
  lines.push(...learningLines(start));
  return lines;
}

/** So many of what changed are printed. */
const SHOWN = 10;

/** @param {Verdict['guards']} guards */
function guardLines({ total, changed, touched }) {
  const words = [`${plural(total, 'guard')}: `];
  words.push(changed.length === 0 ? 'all hold' : `${plural(changed.length, 'change')}`);
  if (touched.length > 0) words.push(`, ${touched.length} touched, content the same`);
  const lines = [`  ${words.join('')}`];
  for (const { path: where, what, was, is } of changed.slice(0, SHOWN)) {
    lines.push(`    ${styled('yellow', shown(where))} ${what}`);
    lines.push(`      was ${seen(was)}`, `      is  ${seen(is)}`);
  }
  if (changed.length > SHOWN) lines.push(`    and ${changed.length - SHOWN} more (--json has all)`);
  return lines;
}

/** @param {import('../learn/probe.js').Seen} found */
function seen(found) {
  switch (found.kind) {
    case 'file':
      return `a file of ${plural(found.size, 'byte')}, SHA-256 ${found.sha256.slice(0, 16)}, written ${time(found.modifiedMs)}`;
    case 'directory':
      return `a folder, inode ${found.inode}, changed ${time(found.changedMs)}`;
    case 'symlink':
      return `a link to ${safe(found.target)}`;
    case 'belowLink':
      return `below a link, ${shown(found.link)} to ${safe(found.target)}`;
    case 'other':
      return safe(found.reason);
    default:
      return 'nothing';
  }
}

/** @param {number} ms */
function time(ms) {
  return new Date(ms).toISOString();
}

/** What an app without a pack may have been meant to have. */
const DIFFERS = {
  options: 'the same entry, started with other options',
  runtime: 'the same entry, of another runtime',
  place: 'the same entry, where it lay before',
};

/** @param {Verdict} start */
function otherLines({ others }) {
  return others
    .slice(0, SHOWN)
    .flatMap(({ differs, runtime, entry, conditions, file }) => [
      `  a pack of ${DIFFERS[differs]}: ${shown(file)}`,
      `    ${runtime}, ${shown(entry)}, conditions ${safe(conditions.join(', '))}`,
    ]);
}

const FROM = {
  bytecode: 'with bytecode',
  text: 'from text',
  loader: "in records of the runtime's loader",
  runtime: 'by the runtime',
  native: 'natively',
};

/**
 * @param {Verdict} start
 * @param {boolean} all
 */
function moduleLines({ modules, served }, all) {
  if (modules.length === 0 || !served) return [];
  const kinds = /** @type {(keyof typeof FROM)[]} */ (Object.keys(FROM));
  const counts = kinds.flatMap((kind) => {
    const number = modules.filter(({ from }) => from === kind).length;
    return number > 0 ? [`${number} ${FROM[kind]}`] : [];
  });
  const lines = [`  ${plural(modules.length, 'module')}: ${counts.join(', ')}`];
  /** @type {Map<string, number>} how many modules the same is said of */
  const said = new Map();
  for (const { url, format, from, reason, fault } of modules) {
    if (fault) {
      lines.push(`    ${styled('red', `${fault.code} ${shown(url)}: ${safe(fault.message)}`)}`);
    }
    // What the runtime does with CommonJS, JSON and its own modules needs no words.
    const isPlain =
      reason === null || (from === 'runtime' && /^(commonjs|json|builtin)$/.test(format));
    if (!all && isPlain) continue;
    const what = `${FROM[from]}${reason ? `: ${reason}` : ''}`;
    const nth = (said.get(what) ?? 0) + 1;
    said.set(what, nth);
    if (all || nth <= SHOWN) lines.push(`    ${shown(url)}: ${what}`);
  }
  for (const [what, number] of said) {
    if (!all && number > SHOWN)
      lines.push(`    ${number - SHOWN} more: ${what} (--all lists them)`);
  }
  return lines;
}

/** @param {Verdict} start */
function learningLines({ entry, learning, served }) {
  const { state, attempts, ageMs, reason } = learning;
  switch (state) {
    case 'learning':
      return ['  a learner makes its pack at this moment'];
    case 'waiting':
      return [`  what a run has seen waits for a learner, left ${ago(ageMs ?? 0)}`];
    case 'taken':
      return [
        `  ${plural(attempts, 'learner')} took up what a run has seen and did not come to an end`,
      ];
    case 'refused':
      return [`  a learner has refused what was seen ${ago(ageMs ?? 0)}: ${safe(reason ?? '')}`];
    default:
      return served || entry === null ? [] : ['  no run that was watched has left anything'];
  }
}

module.exports = { main };
