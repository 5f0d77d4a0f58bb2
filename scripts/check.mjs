/**
 * Everything that must hold before a change is merged, as named and timed steps.
 *
 *     npm test                               a check of under 45 minutes
 *     npm run test:whole                     that, and on every Node what it does on Node 24
 *     node scripts/check.mjs --only lint,rust
 *     node scripts/check.mjs --only runtime:node24
 *     node scripts/check.mjs --list
 *
 * A step's output is shown only where it fails. The last line counts: a test is one, and so is a step
 * that has none. Steps run one after the other; the tests within them share the cores.
 */

import { parseArgs } from 'node:util';
import { installedApps } from './apps.mjs';
import { runStep, seconds } from './check/run.mjs';
import { isOnlyInWhole, steps } from './check/steps.mjs';
import { runtimes } from './runtimes.mjs';

const { values: options } = parseArgs({
  options: {
    only: { type: 'string' },
    whole: { type: 'boolean', default: false },
    list: { type: 'boolean', default: false },
  },
});

/** Whether nothing is left out: all is asked for, or some steps by their names. */
const isWhole = options.whole || options.only !== undefined;

if (options.list) {
  for (const { name } of steps) console.log(name);
} else {
  process.exitCode = await main(chosenSteps(options.only));
}

/** @param {string | undefined} only */
function chosenSteps(only) {
  if (only === undefined) return steps;
  const wanted = only.split(',').map((word) => word.trim());
  const matches = (/** @type {string} */ word) =>
    steps.filter(({ name }) => name === word || name.startsWith(`${word}:`));
  const unknown = wanted.filter((word) => matches(word).length === 0);
  if (unknown.length > 0) {
    console.error(`no step is called ${unknown.join(', ')}; --list names them`);
    process.exit(2);
  }
  const chosen = new Set(wanted.flatMap(matches));
  return steps.filter((step) => chosen.has(step));
}

/**
 * @param {readonly import('./check/steps.mjs').Step[]} chosen
 * @returns {Promise<number>} The exit code.
 */
async function main(chosen) {
  const total = { passed: 0, failed: 0 };
  /** @type {string[]} */
  const failures = [];
  /** @type {string[]} */
  const unsteady = [];
  const started = process.hrtime.bigint();
  const paths = chosen.some((step) => step.needs) ? await runtimes() : {};
  if (chosen.some((step) => /^(?:runtime|graph):node/.test(step.name))) await installedApps();
  for (const step of chosen) {
    const why = leftOut(step, paths);
    if (why) {
      console.log(`-     ${step.name.padEnd(17)} ${why}`);
      continue;
    }
    const counts = await runStep(step, paths, isWhole);
    total.passed += counts.passed;
    total.failed += counts.failed;
    if (counts.failed > 0) failures.push(step.name);
    if (counts.isUnsteady) unsteady.push(step.name);
  }
  console.log(`\n${seconds(started)} in all`);
  if (unsteady.length > 0) console.log(`unsteady: ${unsteady.join(', ')}`);
  if (failures.length > 0) {
    console.log(`failed: ${failures.join(', ')}`);
    console.log(`again:  node scripts/check.mjs --only ${failures.join(',')}`);
  }
  console.log(`${total.passed} passed, ${total.failed} failed`);
  return total.failed === 0 ? 0 : 1;
}

/**
 * Why a step is not run here and now.
 *
 * @param {import('./check/steps.mjs').Step} step
 * @param {import('./runtimes.mjs').Runtimes} paths
 */
function leftOut(step, paths) {
  if (step.needs && !paths[step.needs]) return 'not on this platform';
  if (!isWhole && isOnlyInWhole(step)) {
    return 'in the whole check: npm run test:whole';
  }
  const missing = step.missing?.();
  return missing && `not on this machine: ${missing}`;
}
