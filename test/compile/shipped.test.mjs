/**
 * Apps of a size that people ship, compiled into a file: astro, a server that Vite has built, a command line tool with
 * twenty dependencies. Each is moved, can be written to by nobody, and is started by another user without a home.
 */

import assert from 'node:assert/strict';
import fs from 'node:fs';
import path from 'node:path';
import { describe, test } from 'node:test';
import { appsDirectory, installedApps } from '../../scripts/apps.mjs';
import { assertSameAnswer, assertStage } from '../support/compare.mjs';
import { example, npmRun, serve } from '../support/examples.mjs';
import { enabling, packageRoot, runCli, start, testedNode } from '../support/run.mjs';
import { sandbox } from '../support/sandbox.mjs';
import { allowLinking } from '../support/self-test.mjs';
import { contents, copyPackages, protect, release } from '../support/shipping.mjs';
import { timeline, withoutTimeline } from '../support/timeline.mjs';
import { attacker, withoutOtherUsers } from '../support/users.mjs';

await installedApps([]);

/** Files may be written to by a group, as on many systems. */
const UMASK = ['sh', '-c', 'umask 002; exec "$0" "$@"'];

/** css-tree asks for its data by `createRequire`. */
const BY_DATA = ['mdn-data'];

const TOOL = `import chalk from 'chalk';
import * as cheerio from 'cheerio';
import { addDays, format } from 'date-fns';
import { execaNode } from 'execa';
import express from 'express';
import fastify from 'fastify';
import { globbySync } from 'globby';
import got from 'got';
import { parse } from 'graphql';
import { Hono } from 'hono';
import { marked } from 'marked';
import ora from 'ora';
import * as R from 'ramda';
import { chunk } from 'remeda';
import { from, map } from 'rxjs';
import { optimize } from 'svgo';
import { minify } from 'terser';
import YAML from 'yaml';
import yargs from 'yargs';
import { z } from 'zod';
import { greeting } from './greeting.mjs';

const { name } = yargs(process.argv.slice(2)).option('name', { type: 'string' }).strict().parse();
console.log(greeting(z.string().parse(name)), chalk.bold('bold'), YAML.stringify({ a: [1] }));
console.log(cheerio.load('<p>text')('p').text(), format(addDays(new Date(0), 1), 'yyyy-MM-dd'));
console.log(parse('{ a }').kind, marked.parse('*a*').trim(), R.sum([1, 2]), chunk([1, 2, 3], 2));
console.log(optimize('<svg><g/></svg>').data, (await minify('const a = 1 + 1')).code);
console.log(globbySync('*.mjs', { cwd: import.meta.dirname }).sort(), typeof ora, typeof got.get);
console.log(typeof express(), typeof fastify().listen, typeof execaNode, new Hono().routes.length);
from([1]).pipe(map((x) => x + 1)).subscribe(console.log);
`;

/**
 * Compiles an app and moves it: what it was compiled from is not there any more.
 *
 * @param {import('../support/sandbox.mjs').Sandbox} box
 * @param {string} entry
 * @param {string[]} [words]
 * @returns {Promise<string>} where it is
 */
async function ship(box, entry, words = []) {
  const options = { cwd: box.project, home: box.home, cache: box.cache('made'), through: UMASK };
  allowLinking(options.cache, testedNode);
  const run = await runCli(['compile', '--out', 'app.bmes', ...words, entry], options);
  assert.equal(run.exitCode, 0, `${run.stdout}${run.stderr}`);
  assert.equal(fs.statSync(box.path('app.bmes')).mode & 0o777, 0o644);
  const place = path.join(box.root, 'another', 'place');
  fs.mkdirSync(path.dirname(place));
  fs.renameSync(box.project, place);
  fs.mkdirSync(path.join(box.root, 'tmp'));
  fs.chmodSync(path.join(box.root, 'tmp'), 0o777);
  fs.chmodSync(box.root, 0o755);
  protect(place);
  return place;
}

/**
 * @param {import('../support/sandbox.mjs').Sandbox} box
 * @param {string} place
 */
function elsewhere(box, place) {
  const user = withoutOtherUsers() ? {} : { user: attacker };
  const env = { HOME: '', TMPDIR: path.join(box.root, 'tmp') };
  return { cwd: place, home: '', env, through: UMASK, ...user };
}

/**
 * @template {import('../support/run.mjs').Run} R
 * @param {R} run
 */
function debugged(run) {
  return { ...run, stderr: withoutTimeline(run.stderr), timeline: timeline(run.stderr) };
}

/** @param {string} place */
const withPack = (place) => ({ BMES_PACK: path.join(place, 'app.bmes'), BMES_DEBUG: '1' });

/**
 * @param {ReturnType<typeof elsewhere>} how
 * @param {string[]} words
 * @param {RegExp} [why] the file is not used; it is if left out
 */
async function assertAnswer(how, words, why) {
  const native = await start(words, how);
  const env = { ...how.env, ...withPack(how.cwd) };
  const run = debugged(await start([...enabling(), ...words], { ...how, env }));
  assertSameAnswer(run, native, words.join(' '));
  assert.equal(native.exitCode, 0, native.stderr);
  if (why) assert.match(run.timeline.lines.join('\n'), why);
  else assertStage(run, 'warm', 'linker', words.join(' '));
  return run;
}

/**
 * Starts leave no trace: nothing in the app's folder, nothing where temporary files are.
 *
 * @param {import('../support/sandbox.mjs').Sandbox} box
 * @param {string} place
 * @param {() => Promise<void>} starts
 */
async function assertNothingWritten(box, place, starts) {
  const look = () => [place, path.join(box.root, 'tmp')].map(contents);
  const before = look();
  await starts();
  assert.deepEqual(look(), before);
}

// One after the other: copies are made in this thread, which would keep it from seeing that a process has ended.
describe('shipped apps', () => {
  test('astro', async (t) => {
    const box = sandbox(t);
    const entry = path.join(appsDirectory, 'entries', 'astro.mjs');
    copyPackages(entry, appsDirectory, box.project, BY_DATA);
    box.write('entries/astro.mjs', fs.readFileSync(entry, 'utf8'));
    box.write('package.json', '{"type":"module"}');
    const place = await ship(box, 'entries/astro.mjs');
    const how = elsewhere(box, place);
    await assertNothingWritten(box, place, async () => {
      const run = await assertAnswer(how, ['entries/astro.mjs']);
      assert.match(run.stdout, /^exports 4\n/);
    });
    release(place);
    const edited = path.join(place, 'node_modules/astro/dist/core/build/index.js');
    fs.appendFileSync(edited, '\nconsole.log("edited");');
    const run = await assertAnswer(how, ['entries/astro.mjs'], /build\/index\.js content changed/);
    assert.match(run.stdout, /^edited$/m);
  });

  test('a server that Vite has built', async (t) => {
    const box = example(t, 'vite-ssr');
    await npmRun(box, 'build');
    const entry = 'dist/server/server.js';
    // With what it imports at run time, and nothing of what it was built by.
    fs.cpSync(box.path('dist'), path.join(box.root, 'built', 'dist'), { recursive: true });
    fs.copyFileSync(box.path('package.json'), path.join(box.root, 'built', 'package.json'));
    copyPackages(box.path(entry), path.join(packageRoot, 'bundlers'), path.join(box.root, 'built'));
    fs.rmSync(box.project, { recursive: true });
    fs.renameSync(path.join(box.root, 'built'), box.project);
    const place = await ship(box, entry, ['--frozen']);
    const how = elsewhere(box, place);
    const page = '/?from=2029-12-01&until=2030-01-01';
    const NODE_ENV = 'production';
    const native = await serve([entry], { ...how, env: { ...how.env, NODE_ENV } }, page);
    assert.equal(native.status, 200);
    await assertNothingWritten(box, place, async () => {
      const env = { ...how.env, NODE_ENV, ...withPack(place) };
      const run = debugged(await serve([...enabling(), entry], { ...how, env }, page));
      assertStage(run, 'warm', 'linker', 'the first start');
      assert.deepEqual([run.status, run.text, run.stderr], [200, native.text, '']);
    });
  });

  test('a command line tool with twenty dependencies', async (t) => {
    const box = sandbox(t);
    box.write('package.json', '{"name":"tool","type":"module","version":"1.0.0"}');
    box.write('bin/tool.mjs', TOOL);
    box.write('bin/greeting.mjs', `export const greeting = (name) => 'Hello ' + name;`);
    assert.equal(TOOL.match(/^import .* from '[^.]/gm)?.length, 20);
    fs.symlinkSync(path.join(appsDirectory, 'node_modules'), box.path('node_modules'));
    const needed = path.join(box.root, 'needed');
    copyPackages(box.path('bin/tool.mjs'), appsDirectory, needed, BY_DATA);
    fs.rmSync(box.path('node_modules'));
    fs.renameSync(path.join(needed, 'node_modules'), box.path('node_modules'));
    const place = await ship(box, 'bin/tool.mjs');
    const how = elsewhere(box, place);
    const words = ['bin/tool.mjs', '--name', 'Ada'];
    await assertNothingWritten(box, place, async () => {
      await assertAnswer(how, words);
    });
    release(place);
    const greeting = path.join(place, 'bin/greeting.mjs');
    fs.writeFileSync(greeting, `export const greeting = (name) => 'Goodbye ' + name;`);
    const edited = await assertAnswer(how, words, /greeting\.mjs content changed/);
    assert.match(edited.stdout, /^Goodbye Ada/);
    fs.writeFileSync(greeting, `export const greeting = (name) => 'Hello ' + name;`);
    const nearer = path.join(place, 'bin/node_modules/chalk');
    fs.mkdirSync(nearer, { recursive: true });
    fs.writeFileSync(path.join(nearer, 'package.json'), '{"type":"module","main":"chalk.js"}');
    fs.writeFileSync(path.join(nearer, 'chalk.js'), `export default { bold: () => 'nearer' };`);
    const added = await assertAnswer(how, words, /bin\/node_modules appeared/);
    assert.match(added.stdout, /^Hello Ada nearer/);
    fs.rmSync(path.join(place, 'bin/node_modules'), { recursive: true });
    const removed = path.join(place, 'node_modules/ramda/es/sum.js');
    fs.rmSync(removed);
    const env = { ...how.env, ...withPack(place) };
    const run = debugged(await start([...enabling(), ...words], { ...how, env }));
    assertSameAnswer(run, await start(words, how), 'a module that was removed');
    assert.match(run.timeline.lines.join('\n'), /ramda\/es\/sum\.js is gone/);
    assert.match(run.stderr, /ERR_MODULE_NOT_FOUND/);
  });
});
