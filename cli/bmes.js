#!/usr/bin/env node
'use strict';
// The command line: one file per command, each required only when it is asked for.

/** Name, file, and what it does. */
const COMMANDS = new Map([
  ['run', { file: './run.js', takes: '<entry> [args...]', does: 'start an app from the cache' }],
  [
    'compile',
    { file: './compile.js', takes: '<entry...>', does: 'make its cache without running it' },
  ],
  [
    'why',
    { file: './why.js', takes: '<entry>', does: 'whether its next start is served, and why' },
  ],
  [
    'inspect',
    { file: './inspect.js', takes: '<file>', does: 'what a record, a pack or a source holds' },
  ],
  ['list', { file: './list.js', takes: '', does: 'the packs there are, and whose' }],
  [
    'stats',
    { file: './stats.js', takes: '', does: 'how much there is, hits and misses by reason' },
  ],
  [
    'verify',
    { file: './verify.js', takes: '', does: 'read everything again and name what is damaged' },
  ],
  ['clean', { file: './clean.js', takes: '--app|--runtime|--all', does: 'remove what is chosen' }],
  [
    'graph',
    {
      file: './graph.js',
      takes: '<entry...>',
      does: 'what it is made of, why, and what that costs',
    },
  ],
  [
    'report',
    { file: './report.js', takes: '<entry>', does: 'a page that shows where its start goes' },
  ],
]);

const WIDTH = Math.max(...[...COMMANDS].map(([name, { takes }]) => `${name} ${takes}`.length));

const USAGE = `Usage: bmes <command> [options]

Starts ES module apps from a cache of their metadata, resolution and bytecode.

Commands:
${[...COMMANDS].map(([name, { takes, does }]) => `  ${`${name} ${takes}`.padEnd(WIDTH)}  ${does}\n`).join('')}
  ${'help <command>'.padEnd(WIDTH)}  what a command takes, with examples

Options:
  -h, --help      show this
  -v, --version   show the version

Most commands print JSON with --json (docs/commands.md). They end with 0, with 1 where what was looked for is
not so, with 2 where they were called wrongly.
`;

const USAGE_ERROR = 2;

/** @param {readonly string[]} words */
function main([command, ...words]) {
  const known = COMMANDS.get(command ?? '');
  if (known) {
    require(known.file).main(words);
  } else if (command === 'help' && words[0] !== undefined) {
    const asked = COMMANDS.get(words[0]);
    if (asked) require(asked.file).main(['--help']);
    else main(words);
  } else if (command === 'help' || command === '-h' || command === '--help') {
    process.stdout.write(USAGE);
  } else if (command === '-v' || command === '--version') {
    process.stdout.write(`${require('../package.json').version}\n`);
  } else {
    process.stderr.write(`bmes: ${problemWith(command)}\n\n${USAGE}`);
    process.exitCode = USAGE_ERROR;
  }
}

/** @param {string | undefined} command */
function problemWith(command) {
  if (command === undefined) return 'no command given';
  const near = require('./common.js').nearest(command, [...COMMANDS.keys()]);
  return `unknown command '${command}'${near ? `; did you mean '${near}'?` : ''}`;
}

main(process.argv.slice(2));
