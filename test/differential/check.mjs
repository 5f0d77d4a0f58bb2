/** Runs one app natively and through its lives in the cache, and makes an app that differs smaller. */

import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';

import { runDebugged, scrub } from '../support/compare.mjs';
import { runNative } from '../support/run.mjs';
import { ENTRY } from './generate.mjs';

/**
 * @typedef {object} Task
 * @property {import('./generate.mjs').App} app
 * @property {import('./edits.mjs').Edit | undefined} edit
 * @property {string} node
 * @property {string[]} modes
 * @property {boolean} [isCalm] Left out: yes.
 *
 * @typedef {object} Difference
 * @property {'content' | 'order'} kind Order: the same lines, otherwise ordered.
 * @property {string} where Which run.
 * @property {string} mode
 * @property {string} native
 * @property {string} ours
 * @property {string[]} timeline
 */

const RUNS = 3;

/** How often a native run is repeated before a difference is believed. */
const REPEATS = 5;

/** How many runs there were of each stage and mode. */
export const tally = new Map();

/**
 * @param {Task} task
 * @returns {Promise<Difference | undefined>}
 */
export async function check(task) {
  const root = fs.realpathSync(fs.mkdtempSync(path.join(os.tmpdir(), 'bmes-graph-')));
  const project = path.join(root, 'project');
  const home = path.join(root, 'home');
  fs.mkdirSync(home, { mode: 0o700 });
  try {
    for (const [file, lines] of task.app) write(path.join(project, file), lines.join('\n'));
    const options = { cwd: project, home, node: task.node };
    const difference = await compare(task, options, root, 'before the edit');
    if (difference || !task.edit) return difference;
    task.edit.apply(disk(project));
    return await compare(task, options, root, `after the edit (${task.edit.what})`);
  } finally {
    fs.rmSync(root, { recursive: true, force: true, maxRetries: 3 });
  }
}

/**
 * @param {Task} task
 * @param {{ cwd: string, home: string, node: string }} options
 * @param {string} root
 * @param {string} when
 * @returns {Promise<Difference | undefined>}
 */
async function compare(task, options, root, when) {
  const natives = [answer(await runNative(ENTRY, options))];
  for (const mode of task.modes) {
    for (let run = 1; run <= RUNS; run++) {
      const cached = {
        ...options,
        mode: /** @type {any} */ (mode),
        cache: path.join(root, `cache-${mode}`),
      };
      const result = await runDebugged(ENTRY, cached);
      const stage = result.timeline.stage;
      const what = stage
        ? `${stage.stage} ${stage.mode} (asked for ${mode})`
        : `no stage (asked for ${mode})`;
      tally.set(what, (tally.get(what) ?? 0) + 1);
      const ours = answer(result);
      for (let repeat = 0; !natives.includes(ours) && repeat < REPEATS; repeat++) {
        natives.push(answer(await runNative(ENTRY, options)));
      }
      if (natives.includes(ours)) continue;
      if (await isOfAnyPreload(ENTRY, options, ours)) {
        tally.set('as with any preload', (tally.get('as with any preload') ?? 0) + 1);
        continue;
      }
      const native = natives[0] ?? '';
      const isOrder = natives.some((one) => sorted(one) === sorted(ours));
      return {
        kind: isOrder ? 'order' : 'content',
        where: `run ${run} in ${mode} mode ${when}`,
        mode,
        native,
        ours,
        timeline: result.timeline.lines,
      };
    }
  }
  return undefined;
}

/**
 * Whether it is what the runtime alone answers when anything at all is preloaded (docs/differences.md).
 *
 * @param {string} entry
 * @param {import('../support/run.mjs').RunOptions} options
 * @param {string} ours
 */
export async function isOfAnyPreload(entry, options, ours) {
  const nodeArgs = [...(options.nodeArgs ?? []), '--import', 'data:text/javascript,'];
  return answer(await runNative(entry, { ...options, nodeArgs })) === ours;
}

/** @param {import('../support/run.mjs').Run} run */
export function answer(run) {
  // A runtime that dies says at which addresses.
  const stderr = scrub(run.stderr).replaceAll(/0x[0-9a-f]+/g, '0x');
  return `${run.stdout}--- stderr\n${stderr}--- ${run.exitCode} ${run.signal}\n`;
}

/** @param {string} text */
function sorted(text) {
  return text.split('\n').sort().join('\n');
}

/**
 * Leaves out statements and files for as long as the app still differs in the same way.
 *
 * @param {Task} task
 * @param {Difference} found
 */
export async function shrink(task, found) {
  let best = { task, found };
  /** @param {Partial<Task>} change */
  const attempt = async (change) => {
    const next = { ...best.task, ...change };
    let difference;
    try {
      difference = await check(next);
    } catch {
      return false; // The edit has nothing to work on any more.
    }
    if (difference?.kind !== found.kind) return false;
    best = { task: next, found: difference };
    return true;
  };
  await attempt({ modes: [found.mode] });
  if (best.task.edit) await attempt({ edit: undefined });
  for (let progress = true; progress;) {
    progress = false;
    for (const file of Array.from(best.task.app.keys())) {
      if (file === ENTRY || file === 'package.json' || file === 'prelude.mjs') continue;
      const app = new Map(best.task.app);
      app.delete(file);
      if (await attempt({ app })) progress = true;
    }
    for (const file of Array.from(best.task.app.keys())) {
      if (file === 'prelude.mjs' || file.endsWith('.json')) continue;
      let size = Math.max(1, (best.task.app.get(file)?.length ?? 0) >> 1);
      for (; size >= 1; size = size === 1 ? 0 : size >> 1) {
        for (let at = 0; at < (best.task.app.get(file)?.length ?? 0);) {
          const lines = [...(best.task.app.get(file) ?? [])];
          lines.splice(at, size);
          if (await attempt({ app: new Map(best.task.app).set(file, lines) })) progress = true;
          else at += size;
        }
      }
    }
  }
  return best;
}

/**
 * @param {Task} task
 * @param {Difference} found
 */
export function describe({ app, edit, node }, found) {
  const files = [...app].filter(([file]) => file !== 'prelude.mjs');
  return [
    `${found.kind} differs: ${found.where}, ${node}`,
    ...files.flatMap(([file, lines]) => [`==> ${file}`].concat(lines)),
    ...(edit ? [`edit: ${edit.what}`] : []),
    `--- native`,
    found.native,
    `--- ours`,
    found.ours,
    `--- timeline`,
    ...found.timeline,
  ].join('\n');
}

/**
 * @param {string} project
 * @returns {import('./edits.mjs').Disk}
 */
function disk(project) {
  const at = (/** @type {string} */ file) => path.join(project, file);
  return {
    has: (file) => fs.existsSync(at(file)),
    read: (file) => fs.readFileSync(at(file), 'utf8'),
    write: (file, text) => write(at(file), text),
    remove: (file) => fs.rmSync(at(file)),
    touch: (file) => fs.utimesSync(at(file), new Date(), new Date()),
    writeUnnoticed: (file, text) => {
      const { atime, mtime } = fs.statSync(at(file));
      fs.writeFileSync(at(file), text);
      fs.utimesSync(at(file), atime, mtime);
    },
  };
}

/**
 * @param {string} file
 * @param {string} text
 */
function write(file, text) {
  fs.mkdirSync(path.dirname(file), { recursive: true });
  fs.writeFileSync(file, text);
}
