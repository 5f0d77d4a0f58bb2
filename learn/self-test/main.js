'use strict';
// Whether the linker may run on this build of the runtime: small apps, natively and linked.
//
//     node learn/self-test/main.js <cache directory>
//
// The linker uses what is no public API (docs/architecture.md, "The runtime's own loader"), and what it is wrong about
// ends a process. So before any app is linked, each exact build has shown once that these apps give the
// same answer: in processes of their own, which may die. What was found is kept in that runtime's folder
// of the store. Whoever finds nothing there starts this beside an app that runs (runtime/self-test.js).

const { spawnSync } = require('node:child_process');
const fs = require('node:fs');
const os = require('node:os');
const path = require('node:path');

const { endSelfTest } = require('../../runtime/addon.js');
const { runtimeIdentity } = require('../../runtime/environment.js');
const features = require('../../runtime/features.js');
const { withStripper } = require('../../runtime/strip-types.js');
const { apps } = require('./apps.js');

const REGISTER = path.join(__dirname, '../../runtime/register.js');

/** A run takes a twentieth of a second; on a machine that has much to do it may be very many. */
const PATIENCE_MS = 30_000;

/** How many runs an app may take until it is warm; what it is learnt by may be slower than it is. */
const MAX_RUNS = 12;

/** No verdict: something else than the linker went wrong. */
class Unfinished extends Error {}

/**
 * @typedef {object} Answer
 * @property {string} stdout
 * @property {string} error what stderr says, without stacks
 * @property {string} ended exit code or signal
 * @property {string} stage of a run from the cache: `warm mode linker`
 * @property {string} why it was no other
 */

/** @returns {string | undefined} what went wrong; nothing did if undefined */
function selfTest() {
  const folder = fs.realpathSync(fs.mkdtempSync(path.join(os.tmpdir(), 'bmes-self-test-')));
  try {
    const cache = path.join(folder, 'cache');
    // Here they are linked to find out whether they can be.
    endSelfTest({ ...runtimeIdentity(), directory: cache, hasPassed: true, detail: '' });
    const isStripped = stripsTypes(folder);
    for (const app of apps) {
      if (app.isTypescript && !isStripped) continue;
      const wrong = testApp(app, path.join(folder, app.name), cache);
      if (wrong) return `${app.name}: ${wrong}`;
    }
    return undefined;
  } finally {
    fs.rmSync(folder, { recursive: true, force: true, maxRetries: 3 });
  }
}

/**
 * Whether TypeScript comes from the cache here at all. Elsewhere it is left to the runtime.
 *
 * @param {string} folder
 */
function stripsTypes(folder) {
  const isRefused = /[\\/]node_modules[\\/]/.test(folder) || !features.stripsTypes;
  return !isRefused && withStripper((strip) => strip(['let a: 1'], ['ts'])[0]) !== null;
}

/**
 * @param {import('./apps.js').App} app
 * @param {string} folder
 * @param {string} cache
 */
function testApp({ files, entry, isWatched = true }, folder, cache) {
  for (const [name, text] of Object.entries(files)) {
    fs.mkdirSync(path.dirname(path.join(folder, name)), { recursive: true });
    fs.writeFileSync(path.join(folder, name), text);
  }
  // What no run has shown before comes last, once all else is warm.
  const args = isWatched ? [] : ['unseen'];
  const native = { known: run(folder, [entry], {}), unseen: run(folder, [entry, ...args], {}) };
  if (native.known.stdout === '') throw new Unfinished(`natively: ${native.known.error}`);
  const cached = (/** @type {string[]} */ ...more) =>
    run(folder, ['--import', REGISTER, entry, ...more], {
      BMES_CACHE_DIR: cache,
      BMES_DEBUG: '1',
      // By the runs themselves: no other processes, and both the making and the taking of bytecode.
      BMES_LEARN: 'exit',
    });
  for (let count = 0; count < MAX_RUNS; count++) {
    const answer = cached();
    const wrong = difference(answer, native.known);
    if (wrong) return wrong;
    if (answer.stage === 'warm mode linker') return difference(cached(...args), native.unseen);
    if (answer.stage !== 'native mode native' && answer.stage !== 'linked mode linker') {
      return `ran ${answer.stage}: ${answer.why}`;
    }
    if (count === MAX_RUNS - 1) return `is never warm: ${answer.why}`;
  }
  return undefined;
}

/**
 * @param {string} cwd
 * @param {string[]} argv
 * @param {Record<string, string>} env
 * @returns {Answer}
 */
function run(cwd, argv, env) {
  const { error, signal, status, stderr, stdout } = spawnSync(process.execPath, argv, {
    cwd,
    env: { ...process.env, ...env },
    encoding: 'utf8',
    timeout: PATIENCE_MS,
    stdio: ['ignore', 'pipe', 'pipe'],
    windowsHide: true,
  });
  // Nobody of us sends this one: the system was out of memory, or somebody wanted it gone.
  if (error || signal === 'SIGKILL') throw new Unfinished(String(error ?? signal));
  const ours = stderr.split('\n').filter((line) => line.startsWith('bmes: '));
  const why = ours.filter((line) => /^bmes: (miss|stand-aside|not-learnt) /.test(line));
  const stages = ours.flatMap((line) => /^bmes: stage (\w+ mode \w+)/.exec(line)?.[1] ?? []);
  return {
    stdout,
    error: stderr
      .split('\n')
      .filter((line) => /^\w*(Error|Warning)\b/.test(line))
      .join('\n'),
    ended: String(signal ?? status),
    // Under CommonJS it is native first.
    stage: stages.findLast((stage) => stage !== 'native mode native') ?? stages[0] ?? '',
    why: why.at(-1)?.slice('bmes: '.length) ?? 'it does not say why',
  };
}

/**
 * @param {Answer} ours
 * @param {Answer} native
 */
function difference(ours, native) {
  for (const key of /** @type {const} */ (['ended', 'stdout', 'error'])) {
    if (ours[key] !== native[key]) {
      const [got, wanted] = [ours[key], native[key]].map((text) =>
        firstDifference(text, ours[key], native[key]),
      );
      return `${ours.stage}: ${key} is ${got} and natively ${wanted}`;
    }
  }
  return undefined;
}

/**
 * @param {string} text
 * @param {string} one
 * @param {string} other
 */
function firstDifference(text, one, other) {
  const [left, right] = [one.split('\n'), other.split('\n')];
  const at = left.findIndex((line, index) => line !== right[index]);
  return JSON.stringify((text.split('\n')[at < 0 ? left.length : at] ?? '').slice(0, 200));
}

/** @param {string | undefined} directory */
function main(directory) {
  if (!directory) throw new Error('which cache directory?');
  let wrong;
  try {
    wrong = selfTest();
  } catch (error) {
    process.stderr.write(`bmes self-test: unfinished: ${error}\n`);
    process.exitCode = 2;
    return;
  }
  endSelfTest({ ...runtimeIdentity(), directory, hasPassed: !wrong, detail: wrong ?? '' });
  process.stdout.write(`bmes self-test: ${wrong ? `failed: ${wrong}` : 'passed'}\n`);
  process.exitCode = wrong ? 1 : 0;
}

main(process.argv[2]);
