// Every option of the runtime has been thought about: it is harmless, part of an app's key, or a reason to
// leave the process to the runtime.

import assert from 'node:assert/strict';
import { createRequire } from 'node:module';
import { test } from 'node:test';
import { start } from '../support/run.mjs';
import { sandbox } from '../support/sandbox.mjs';

const require = createRequire(import.meta.url);
const { isList, meaningOf, readOption, takesValue } = require('../../runtime/node-options.js');
const { splitOptions } = require('../../runtime/in-effect.js');

/**
 * @param {import('../support/sandbox.mjs').Sandbox} box
 * @param {string[]} argv
 */
async function printed(box, argv) {
  const run = await start(argv, { cwd: box.project, home: box.home });
  assert.equal(run.exitCode, 0, run.stderr);
  return run.stdout;
}

/** What only the runtime's own tests may ask for. */
const ASK_ITSELF = `
  const { internalBinding } = require('internal/test/binding');
  const binding = internalBinding('options');
  const { options, aliases } = (binding.getCLIOptionsInfo ?? binding.getCLIOptions)();
  const types = Object.fromEntries(Object.entries(binding.types).map(([name, type]) => [type, name]));
  const isOption = ([name]) => name.startsWith('-');
  console.log(JSON.stringify({
    options: [...options].filter(isOption).map(([name, { type }]) => [name, types[type]]),
    aliases: [...aliases].filter(isOption),
  }));`;

test('every option of the tested Node is classified', async (t) => {
  const box = sandbox(t);
  const help = await printed(box, ['--help']);
  const inHelp = [...help.matchAll(/^ {2}(-[^\s].*?)(?: {2,}|$)/gm)].flatMap(([, names]) =>
    names.split(', ').map((name) => name.replace(/[[= ].*$/, '')),
  );
  const allowed = await printed(box, [
    '-p',
    '[...process.allowedNodeEnvironmentFlags].join("\\n")',
  ]);
  const { options } = JSON.parse(
    await printed(box, ['--no-warnings', '--expose-internals', '-e', ASK_ITSELF]),
  );
  const words = new Set([
    ...inHelp.filter((word) => word !== '-' && word !== '--'),
    ...allowed.trim().split('\n'),
    ...options.map((/** @type {[string]} */ [name]) => name),
  ]);
  assert.ok(inHelp.length > 150 && words.size > 250, `${inHelp.length} ${words.size}`);
  const unknown = [...words].filter(
    (word) => meaningOf(readOption(word).name).meaning === 'unknown',
  );
  assert.deepEqual(unknown, []);
});

test('options take values as the tested Node says', async (t) => {
  const box = sandbox(t);
  const { options, aliases } = JSON.parse(
    await printed(box, ['--no-warnings', '--expose-internals', '-e', ASK_ITSELF]),
  );
  // May have one or not: how the runtime has read its command line decides.
  const known = options.filter(
    (/** @type {[string]} */ [name]) => name !== '--experimental-config-file',
  );
  for (const [name, type] of known) {
    const hasValue = !/^(kBoolean|kNoOp|kV8Option)$/.test(type);
    assert.equal(takesValue(readOption(name).name), hasValue, `${name} ${type}`);
  }
  // What only reports, or what counts once, needs no list of its own.
  const lists = known.filter(
    (/** @type {[string, string]} */ [name, type]) =>
      type === 'kStringList' &&
      !isList(readOption(name).name) &&
      meaningOf(readOption(name).name).meaning === 'key',
  );
  assert.deepEqual(lists, []);
  for (const [alias, [name, ...more]] of aliases) {
    if (more.length > 0 || !name.startsWith('--') || alias.includes(' ')) continue;
    const other = readOption(alias.replace(/=$/, '')).name;
    assert.equal(other, readOption(name).name, alias);
  }
});

test('an option of a release to come is not known, nor is one of the engine that changes its code', () => {
  for (const word of ['--experimental-teleportation', '--no-harmless', '-Z', '--fuzzing']) {
    assert.equal(meaningOf(readOption(word).name).meaning, 'unknown', word);
  }
  for (const word of ['--no-harmony-import-attributes', '--js-decorators', '--use_strict']) {
    assert.equal(meaningOf(readOption(word).name).meaning, 'language', word);
  }
  for (const word of ['--max_old_space_size=100', '--stack-size=2000', '--trace-gc']) {
    assert.equal(meaningOf(readOption(word).name).meaning, 'harmless', word);
  }
  for (const word of ['--no-opt', '--jitless', '--gc-interval=5', '--single-threaded']) {
    assert.equal(meaningOf(readOption(word).name).meaning, 'key', word);
  }
});

test('NODE_OPTIONS is split as the runtime splits it', () => {
  const cases = {
    '--a  --b=c': ['--a', '--b=c'],
    '--require "./a b.cjs"': ['--require', './a b.cjs'],
    '"--require" ./a\\ b': ['--require', './a\\', 'b'],
    '--title="a \\"b\\" \\\\c"': ['--title=a "b" \\c'],
    '--a\t--b': ['--a\t--b'],
    '': [],
  };
  for (const [text, words] of Object.entries(cases)) assert.deepEqual(splitOptions(text), words);
});
