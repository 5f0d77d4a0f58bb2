#!/usr/bin/env node
'use strict';
// The command line: one file per command, each required only when it is asked for.

const COMMANDS = new Map([
  ['compile', './compile.js'],
  ['report', './report.js'],
  ['run', './run.js'],
]);

const USAGE = `Usage: bmes <command> [options]

Starts ES module apps from a cache of their metadata, resolution and bytecode.

Commands:
  run [--experimental-esm-bytecode] <entry> [args...]   start an app from the cache
  compile [options] <entry...>                          make its cache without running it
  report [options] <entry> [-- args...]                 a page that shows where its start goes

  help <command>                                        what a command takes

Options:
  -h, --help      show this
  -v, --version   show the version
`;

const USAGE_ERROR = 2;

/** @param {readonly string[]} words */
function main([command, ...words]) {
  const file = COMMANDS.get(command ?? '');
  if (file) {
    require(file).main(words);
  } else if (command === 'help' && words[0] !== undefined) {
    const asked = COMMANDS.get(words[0]);
    if (asked) require(asked).main(['--help']);
    else main(words);
  } else if (command === 'help' || command === '-h' || command === '--help') {
    process.stdout.write(USAGE);
  } else if (command === '-v' || command === '--version') {
    process.stdout.write(`${require('../package.json').version}\n`);
  } else {
    const problem = command === undefined ? 'no command given' : `unknown command '${command}'`;
    process.stderr.write(`bmes: ${problem}\n\n${USAGE}`);
    process.exitCode = USAGE_ERROR;
  }
}

main(process.argv.slice(2));
