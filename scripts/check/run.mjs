/**
 * Runs one step and says how it went.
 *
 * A file of tests that fails is run once more, alone. Most tests start processes, end them and wait for
 * them; on a busy machine one in some thousands goes wrong for a reason that is not in the code. Such a
 * test is named as unsteady, with what it said, and is to be mended; one that fails twice has failed.
 */

import { spawn } from 'node:child_process';
import { fileURLToPath } from 'node:url';

/** @typedef {import('./steps.mjs').Step} Step */
/** @typedef {import('./counts.mjs').Counts} Counts */

const root = fileURLToPath(new URL('../../', import.meta.url));

/** More than these and it is not chance. */
const MOST_TRIED_AGAIN = 2;

/**
 * @param {Step} step
 * @param {import('../runtimes.mjs').Runtimes} paths
 * @param {boolean} isWhole nothing is left out
 * @returns {Promise<Counts & { isUnsteady: boolean }>}
 */
export async function runStep(step, paths, isWhole) {
  const started = process.hrtime.bigint();
  const chosen = isWhole ? step.command : (step.slice ?? step.command);
  const command = typeof chosen === 'function' ? chosen(paths) : chosen;
  const env = step.env?.(paths) ?? {};
  const { output, ended } = await execute(command, env);
  let counts = countsOf(step, output, ended);
  let why = ended === 0 && counts.ranNothing ? 'it ran no test' : `it ended with ${ended}`;
  const again = counts.failed > 0 ? commandForFailed(command, output) : undefined;
  let isUnsteady = false;
  if (again) {
    const second = await execute(again, env);
    isUnsteady = countsOf(step, second.output, second.ended).failed === 0;
    if (isUnsteady) counts = { ...counts, passed: counts.passed + counts.failed, failed: 0 };
    why += isUnsteady ? '; alone it passed' : '; so it did when run again';
  }
  const { passed, failed } = counts;
  const word = failed > 0 ? 'FAIL' : 'ok';
  const numbers = step.count ? `${passed} passed, ${failed} failed` : '';
  const isSlice = !isWhole && step.slice !== undefined;
  const note = (isSlice ? '  (a part of it)' : '') + (isUnsteady ? '  (unsteady)' : '');
  console.log(
    `${word.padEnd(6)}${step.name.padEnd(17)} ${seconds(started).padStart(7)}  ${numbers}${note}`,
  );
  if (failed > 0 || isUnsteady) {
    console.log(`\n$ ${command.join(' ')}\n${withoutPassed(output)}\n(${step.name}: ${why})\n`);
  }
  return { passed, failed, isUnsteady };
}

/**
 * @param {Step} step
 * @param {string} output
 * @param {number | string} ended
 */
function countsOf(step, output, ended) {
  const counts = step.count?.(output) ?? { passed: ended === 0 ? 1 : 0, failed: 0 };
  const ranNothing = counts.passed + counts.failed === 0;
  if ((ended !== 0 || ranNothing) && counts.failed === 0) counts.failed = 1;
  return { ...counts, ranNothing };
}

/**
 * The command for the files in which tests failed, where Node's test runner named them and they are few.
 *
 * @param {readonly string[]} command
 * @param {string} output
 */
function commandForFailed(command, output) {
  if (!command.includes('--test')) return undefined;
  const files = new Set(
    [...output.matchAll(/^test at (\S+\.(?:m|c)?js):\d+:\d+$/gm)].map((match) => match[1] ?? ''),
  );
  if (files.size === 0 || files.size > MOST_TRIED_AGAIN) return undefined;
  return [...command.filter((word) => !/\.test\.(?:m|c)?js$/.test(word)), ...files];
}

/**
 * What failed is looked for among a thousand that passed.
 *
 * @param {string} output
 */
function withoutPassed(output) {
  return output
    .split('\n')
    .filter((line) => !/^\s*(?:✔|▶) /.test(line))
    .join('\n')
    .trimEnd();
}

/**
 * @param {string[]} command
 * @param {Record<string, string>} env
 * @returns {Promise<{ output: string, ended: number | string }>}
 */
function execute([file = '', ...args], env) {
  return new Promise((resolve) => {
    const child = spawn(file, args, {
      cwd: root,
      env: { ...process.env, FORCE_COLOR: '0', CARGO_TERM_COLOR: 'never', ...env },
      stdio: ['ignore', 'pipe', 'pipe'],
      shell: process.platform === 'win32',
    });
    let output = '';
    child.stdout.setEncoding('utf8').on('data', (text) => (output += text));
    child.stderr.setEncoding('utf8').on('data', (text) => (output += text));
    child.on('error', (error) =>
      resolve({ output: `${output}${error.message}`, ended: 'no start' }),
    );
    child.on('close', (code, signal) => resolve({ output, ended: code ?? signal ?? 'nothing' }));
  });
}

/** @param {bigint} started */
export function seconds(started) {
  return `${(Number(process.hrtime.bigint() - started) / 1e9).toFixed(1)} s`;
}
