/** Runs a project from the cache while its tree changes, and makes a sequence that differs smaller. */

import { spawnSync } from 'node:child_process';
import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';

import { runDebugged } from '../support/compare.mjs';
import { runNative } from '../support/run.mjs';
import { applyChange } from './acts.mjs';
import { chooseChange, chooseWhileStarting } from './changes.mjs';
import { answer, isOfAnyPreload } from './check.mjs';
import { Random } from './random.mjs';
import { Tree } from './tree.mjs';

/**
 * @typedef {import('./changes.mjs').Change} Change
 *
 * @typedef {object} Step
 * @property {Change} change
 * @property {number} runs How many follow it in each mode.
 * @property {number} [delay] Of a change made while the app starts: after so many milliseconds.
 *
 * @typedef {object} TreeTask
 * @property {number} seed What is done is chosen by it, unless `steps` say it.
 * @property {import('./projects.mjs').Project} project
 * @property {number} count How many changes.
 * @property {Step[]} [steps]
 * @property {boolean} isAged Whether files are old enough, when the cache first sees them, that their
 *   identities alone are believed.
 * @property {string} node
 * @property {string[]} modes
 */

/**
 * @typedef {object} TreeDifference
 * @property {string} where
 * @property {string} mode
 * @property {Step[]} steps All there were up to it.
 * @property {string} native
 * @property {string} ours
 * @property {string[]} timeline
 */

/** Older than what is too young to be believed (docs/pack.md, "Guards"). */
const AGE_MS = 2100;

const WARMING_RUNS = 3;

/** How often a native run is repeated before a difference is believed. */
const REPEATS = 3;

/** How many there were of each kind of change, and of runs by stage and mode. */
export const tally = { changes: new Map(), stages: new Map(), answers: 0, preload: 0 };

/** @param {Map<string, number>} counts @param {string} what */
function count(counts, what) {
  counts.set(what, (counts.get(what) ?? 0) + 1);
}

/**
 * Root may read what has no permissions. Nobody may not, so with this they can be taken away.
 */
export function dropRoot() {
  if (process.getuid?.() !== 0) return;
  const nobody = 65534;
  const canRun = spawnSync(process.execPath, ['-e', ''], { cwd: import.meta.dirname, uid: nobody });
  if (canRun.status !== 0) return; // The tests are in a folder that is root's alone.
  process.setgroups?.([]);
  process.setgid?.(nobody);
  process.setuid?.(nobody);
}

/**
 * @param {TreeTask} task
 * @returns {Promise<TreeDifference | undefined>}
 */
export async function checkTree(task) {
  const root = fs.realpathSync(fs.mkdtempSync(path.join(os.tmpdir(), 'bmes-tree-')));
  try {
    return await new Life(root, task).live();
  } finally {
    spawnSync('chmod', ['-R', 'u+rwX', root]);
    fs.rmSync(root, { recursive: true, force: true, maxRetries: 3 });
  }
}

/** One project, from its first run to its last change. */
class Life {
  #root;
  #task;
  #random;
  #tree;
  #options;
  /** @type {Step[]} */
  #steps = [];
  /** What the native run said last. */
  #last = '';

  /**
   * @param {string} root
   * @param {TreeTask} task
   */
  constructor(root, task) {
    this.#root = root;
    this.#task = task;
    this.#random = new Random(task.seed ^ 0x2545f491);
    this.#tree = new Tree(path.join(root, 'project'));
    const home = path.join(root, 'home');
    fs.mkdirSync(home, { mode: 0o700 });
    fs.mkdirSync(this.#tree.root);
    const { nodeArgs } = task.project;
    this.#options = { cwd: this.#tree.root, home, node: task.node, nodeArgs };
  }

  async live() {
    const { files, links } = this.#task.project;
    for (const [file, text] of files) this.#tree.write(file, text);
    for (const [file, target] of links) this.#tree.link(file, target);
    this.#tree.run('cp', ['-a', '.', '../first']);
    this.#tree.run('tar', ['-cpf', '../first.tar', '.']);
    if (this.#task.isAged) await wait(AGE_MS);
    const warming = await this.#compare(WARMING_RUNS, 'while warming up');
    if (warming) return warming;
    const { steps } = this.#task;
    for (let at = 0; at < (steps?.length ?? this.#task.count); at++) {
      const found = await this.#step(steps?.[at] ?? this.#choose());
      if (found) return found;
    }
    return undefined;
  }

  /** @returns {Step} */
  #choose() {
    const random = this.#random;
    const runs = random.pick([1, 1, 2, 3]);
    const change = random.chance(0.06) ? chooseWhileStarting(random, this.#tree) : undefined;
    if (change) return { change, runs, delay: random.below(80) };
    // An app that fails at once shows little: often it is made whole again.
    const isBroken = !this.#last.endsWith('--- 0 null\n') && random.chance(0.5);
    return { change: chooseChange(random, this.#tree, isBroken ? 'restore' : undefined), runs };
  }

  /** @param {Step} step */
  async #step(step) {
    this.#steps.push(step);
    const before = this.#last;
    const apply = () => {
      try {
        for (const mode of this.#task.modes) {
          applyChange(step.change, this.#tree, this.#cache(mode));
          if (step.change[0] !== 'cache') break;
        }
      } catch (error) {
        // What was chosen may be forbidden by permissions taken before. What is half done is one
        // more state of the tree.
        if (
          this.#task.steps ||
          !(/** @type {any} */ (error).code || /cp|tar|chmod/.test(String(error)))
        )
          throw error;
        count(tally.changes, 'half done');
      }
    };
    const what = `change ${this.#steps.length} (${step.change.slice(0, 3).join(' ').slice(0, 80)})`;
    if (step.delay === undefined) apply();
    else {
      const found = await this.#whileStarting(step.delay, apply, before, what);
      if (found) return found;
    }
    count(tally.changes, step.delay === undefined ? step.change[0] : 'while starting');
    const found = await this.#compare(step.runs, `after ${what}`);
    if (this.#last !== before) tally.answers++;
    return found;
  }

  /**
   * The answer to a change in the middle of a run is that of the tree before or after it.
   *
   * @param {number} delay
   * @param {() => void} apply
   * @param {string} before
   * @param {string} what
   */
  async #whileStarting(delay, apply, before, what) {
    const mode = this.#random.pick(this.#task.modes);
    const [result] = await Promise.all([this.#cached(mode), wait(delay).then(apply)]);
    const ours = answer(result);
    const after = answer(await runNative(this.#task.project.entry, this.#options));
    const lines = new Set([...before.split('\n'), ...after.split('\n')]);
    // A file that is read twice, as module and by `require`, may be seen in both states.
    if (ours === before || ours === after || ours.split('\n').every((line) => lines.has(line)))
      return undefined;
    return this.#difference(
      `while starting: ${what}, ${mode}`,
      mode,
      `${before}\n--- or\n${after}`,
      result,
    );
  }

  /**
   * @param {number} runs
   * @param {string} when
   * @returns {Promise<TreeDifference | undefined>}
   */
  async #compare(runs, when) {
    const native = async () => answer(await runNative(this.#task.project.entry, this.#options));
    this.#last = await native();
    const natives = [this.#last];
    for (const mode of this.#task.modes) {
      for (let run = 1; run <= runs; run++) {
        const result = await this.#cached(mode);
        const ours = answer(result);
        for (let repeat = 0; !natives.includes(ours) && repeat < REPEATS; repeat++) {
          natives.push(await native());
        }
        if (natives.includes(ours)) continue;
        if (await isOfAnyPreload(this.#task.project.entry, this.#options, ours)) {
          tally.preload++;
          continue;
        }
        return this.#difference(`run ${run} in ${mode} mode ${when}`, mode, this.#last, result);
      }
    }
    return undefined;
  }

  /**
   * @param {string} where
   * @param {string} mode
   * @param {string} native
   * @param {Awaited<ReturnType<typeof runDebugged>>} result
   * @returns {TreeDifference}
   */
  #difference(where, mode, native, result) {
    const { lines } = result.timeline;
    return { where, mode, steps: this.#steps, native, ours: answer(result), timeline: lines };
  }

  /** @param {string} mode */
  async #cached(mode) {
    const options = { ...this.#options, mode: /** @type {any} */ (mode), cache: this.#cache(mode) };
    const result = await runDebugged(this.#task.project.entry, options);
    const { stage } = result.timeline;
    count(
      tally.stages,
      `${stage ? `${stage.stage} ${stage.mode}` : 'no stage'} (asked for ${mode})`,
    );
    return result;
  }

  /** @param {string} mode */
  #cache(mode) {
    const folder = path.join(this.#root, `cache-${mode}`);
    fs.mkdirSync(folder, { recursive: true, mode: 0o700 });
    return folder;
  }
}

/**
 * Leaves out changes, files and lines for as long as the answer still differs.
 *
 * @param {TreeTask} task
 * @param {TreeDifference} found
 */
export async function shrinkTree(task, found) {
  let best = { task: { ...task, steps: found.steps }, found };
  const wanted = signature(found);
  /** @param {Partial<TreeTask>} change */
  const attempt = async (change) => {
    const next = { ...best.task, ...change };
    let difference;
    try {
      difference = await checkTree(next);
    } catch {
      return false; // A change has nothing to work on any more.
    }
    if (!difference || signature(difference) !== wanted) return false;
    best = { task: { ...next, steps: difference.steps }, found: difference };
    return true;
  };
  await attempt({ modes: [found.mode] });
  if (best.task.isAged) await attempt({ isAged: false });
  for (let progress = true; progress;) {
    progress = false;
    for (let size = Math.max(1, best.task.steps.length >> 1); size >= 1; size >>= 1) {
      for (let at = 0; at < best.task.steps.length;) {
        const steps = best.task.steps.toSpliced(at, size);
        if (await attempt({ steps })) progress = true;
        else at += size;
      }
    }
    for (const kind of /** @type {const} */ (['files', 'links'])) {
      for (const file of Array.from(best.task.project[kind].keys())) {
        const fewer = new Map(best.task.project[kind]);
        fewer.delete(file);
        if (await attempt({ project: { ...best.task.project, [kind]: fewer } })) progress = true;
      }
    }
    for (const [file, text] of Array.from(best.task.project.files)) {
      if (file.endsWith('.json')) continue;
      let lines = text.split('\n');
      for (let at = 0; at < lines.length;) {
        const fewer = lines.toSpliced(at, 1);
        const files = new Map(best.task.project.files).set(file, fewer.join('\n'));
        if (await attempt({ project: { ...best.task.project, files } }))
          [progress, lines] = [true, fewer];
        else at++;
      }
    }
  }
  return best;
}

/**
 * What tells one difference from another: the first line, without names and numbers.
 *
 * @param {TreeDifference} found
 */
function signature({ native, ours }) {
  const [theirs, own] = [native.split('\n'), ours.split('\n')];
  const at = theirs.findIndex((line, index) => line !== own[index]);
  const plain = (/** @type {string | undefined} */ line) =>
    line?.replaceAll(/\S*\/\S*|'[^']*'|[\d.]+/g, '');
  return `${plain(theirs[at])} | ${plain(own[at])}`;
}

/**
 * @param {TreeTask} task
 * @param {TreeDifference} found
 */
export function describeTree({ project, isAged, node }, found) {
  return [
    `differs: ${found.where}, ${node}${isAged ? ', old files' : ''} ${project.nodeArgs.join(' ')}`,
    ...[...project.files].flatMap(([file, text]) => [`==> ${file}`, text.trimEnd()]),
    ...[...project.links].map(([file, target]) => `==> ${file} -> ${target}`),
    ...found.steps.map((step) => `change: ${JSON.stringify(step)}`),
    '--- native',
    found.native,
    '--- ours',
    found.ours,
    '--- timeline',
    ...found.timeline,
  ].join('\n');
}
