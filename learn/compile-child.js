'use strict';
// The process in which an app is compiled: one of the runtime that will run it, with its flags. It is
// told what to do by its parent, answers with messages, and evaluates nothing of the app.

// The parent is told whatever goes wrong: here there may be no addon to load.
process.once('uncaughtException', (error) => {
  process.send?.({ failure: failure(error) }, () => process.exit(1));
});

const { spawnSync } = require('node:child_process');
const { globSync, mkdtempSync, realpathSync, rmSync, statSync } = require('node:fs');
const { tmpdir } = require('node:os');
const path = require('node:path');
const { setTimeout } = require('node:timers/promises');
const { fileURLToPath, pathToFileURL } = require('node:url');

const { Compiler, Session } = require('../runtime/addon.js');
const { runtimeIdentity } = require('../runtime/environment.js');
const features = require('../runtime/features.js');
const { readFlags } = require('../runtime/flags.js');
const { withStripper } = require('../runtime/strip-types.js');
const { FORMAT } = require('../runtime/tables.js');
const { appSettings } = require('./app-settings.js');
const { KIND, ask, mainFile, ownAnswers } = require('./ask.js');

/** @typedef {import('./compile.js').Job} Job */
/** @typedef {import('./compile.js').Pack} Pack */
/** @typedef {import('./ask.js').Runtime} Runtime */

const SELF_TEST = path.join(__dirname, 'self-test', 'main.js');

/** How often the parent is told how far we are. */
const PROGRESS_MS = 80;

/** After so long a write to a file leaves a trace in its times (docs/pack.md). */
const RACY_MS = 2050;

/** What cannot be compiled, with a stable code. */
class Refused extends Error {
  /**
   * @param {string} code
   * @param {string} message
   */
  constructor(code, message) {
    super(message);
    this.code = code;
  }
}

/**
 * @param {Job} job
 * @returns {Promise<Pack[]>}
 */
async function compile(job) {
  if (!features.hooks) {
    throw new Refused(
      'BMES_UNSUPPORTED_RUNTIME',
      `${process.version} has no in-thread module hooks`,
    );
  }
  const flags = readFlags(false);
  const entry = path.resolve(job.entry);
  const main = mainFile(entry);
  if (main === undefined) throw new Refused('BMES_NO_ENTRY', `there is no ${entry}`);
  // As the app would have it: it is part of the key where CommonJS is first.
  process.argv[1] = entry;
  const runtime = await ownAnswers();
  const { url, format } = runtime.resolve(pathToFileURL(main).href, undefined);
  const settings = { flags, job, runtime };
  const included = includedBy(job.include);
  if (!(format ?? runtime.load(url, undefined).format)?.startsWith('commonjs')) {
    return [await compileFrom(url, included, undefined, settings)];
  }
  const firsts = esModulesOf(url, settings);
  if (firsts.length === 0) {
    throw new Refused(
      'BMES_NOT_PACKED',
      `${url} is CommonJS and reaches no ES module by a literal`,
    );
  }
  if (job.output && firsts.length > 1) {
    const found = firsts.join(' and ');
    const problem = `${url} is CommonJS and may begin with ${found}: one file holds one of them`;
    throw new Refused('BMES_NOT_PACKED', problem);
  }
  /** @type {Pack[]} */
  const packs = [];
  for (const first of firsts) {
    // Which of them is first only a run can tell: each gets a pack with the others as roots.
    const others = firsts.filter((other) => other !== first);
    packs.push(await compileFrom(first, [...others, ...included], url, settings));
  }
  return packs;
}

/**
 * @param {readonly string[]} patterns
 * @returns {string[]} URLs
 */
function includedBy(patterns) {
  /** @type {Set<string>} */
  const found = new Set();
  for (const pattern of patterns) {
    const files = globSync(pattern).map((file) => path.resolve(file));
    const matching = files.filter((file) => statSync(file).isFile());
    if (matching.length === 0) throw new Refused('BMES_NO_ENTRY', `no file matches ${pattern}`);
    for (const file of matching) found.add(pathToFileURL(realpathSync(file)).href);
  }
  return [...found].sort();
}

/**
 * @param {string} first the ES module where the graph begins
 * @param {string[]} others more of them
 * @param {string | undefined} main the main module, if it is another
 * @param {{ flags: import('../runtime/flags.js').Flags, job: Job, runtime: Runtime }} settings
 * @returns {Promise<Pack>}
 */
async function compileFrom(first, others, main, settings) {
  const { job, runtime } = settings;
  const [file, isMain] = [fileURLToPath(first), main === undefined];
  const { conditions } = runtime;
  const { output } = job;
  const own = appSettings(file, isMain, settings.flags);
  let compiler = newCompiler(own, conditions, others, output);
  // Guards of a file that serves any place are contents.
  if (compiler.isRacy && !output) {
    await setTimeout(RACY_MS);
    compiler = newCompiler(own, conditions, others);
  }
  const seen = job.watched === undefined ? [] : seenByRun(own, job.watched, compiler);
  const roots = [...others, ...seen];
  if (seen.length > 0) compiler = newCompiler(own, conditions, roots, output);
  const answers = await ask(runtime, compiler.questions(), {
    entry: compiler.entryUrl,
    others: roots,
    main,
    isDynamic: job.isDynamic,
    onProgress: progress(),
  });
  // Bytecode is for the linker only, and says that it may run here.
  if (!mayLink(own)) answers.bytecode = answers.bytecode.map(() => new Uint8Array());
  const written = compiler.write(answers, conditions);
  // As the next start does it. Nothing is where the file is, so that it is looked for in the file.
  const inFile = output && { pack: output.file, directory: `${output.file}/none`, readOnly: true };
  const { namedMiss, opened } = new Session({ ...own, ...inFile });
  if (opened.kind === 'miss') {
    const why = namedMiss || `${opened.code} ${opened.detail}`;
    throw new Refused('BMES_NOT_PACKED', `the app was changed while it was compiled: ${why}`);
  }
  const left = [];
  for (let at = 0; at < written.left.length; at += 2) {
    left.push({ url: written.left[at], reason: written.left[at + 1] });
  }
  return { ...written, entry: compiler.entryUrl, left, ...(seen.length > 0 ? { seen } : {}) };
}

/**
 * The ES modules that a watched run has loaded and no literal leads to.
 *
 * @param {ReturnType<typeof appSettings>} own
 * @param {string} directory what it has taught
 * @param {Compiler} compiler
 * @returns {string[]} URLs
 */
function seenByRun(own, directory, compiler) {
  const session = new Session({ ...own, directory, readOnly: true });
  if (session.opened.kind === 'miss') {
    throw new Refused('BMES_NOT_LEARNT', 'the run has not come to the end, or loaded no ES module');
  }
  const { urls, formats } = session.tables();
  const known = new Set(compiler.questions().map(({ url }) => url));
  return urls.filter((url, at) => formats[at] === FORMAT.module && !known.has(url));
}

/**
 * @param {ReturnType<typeof appSettings>} own
 * @param {string[]} conditions
 * @param {string[]} roots
 * @param {import('./compile.js').Output} [output]
 */
function newCompiler(own, conditions, roots, output) {
  return withStripper((strip) => new Compiler(own, conditions, roots, output, strip));
}

/**
 * Whether the linker may run on this runtime. If nobody knows, it is found out: the next start, which
 * may be in an image where nothing can be written, would do without it.
 *
 * @param {ReturnType<typeof appSettings>} own
 */
function mayLink(own) {
  const obstacle = new Session(own).obstacle();
  if (obstacle?.kind !== 'untested') return obstacle?.kind !== 'failed';
  const temporary = own.directory ? undefined : mkdtempSync(path.join(tmpdir(), 'bmes-compile-'));
  const args = [SELF_TEST, own.directory ?? /** @type {string} */ (temporary)];
  const { status } = spawnSync(process.execPath, args, { env: environment(), stdio: 'ignore' });
  if (temporary) rmSync(temporary, { recursive: true, force: true });
  return status === 0;
}

/** Without what the app is told, which may preload files of its own. */
function environment() {
  return Object.fromEntries(
    Object.entries(process.env).filter(([name]) => !/^(NODE|BMES)_/i.test(name)),
  );
}

/**
 * The ES modules that CommonJS reaches by literal specifiers, in the order in which they are written.
 *
 * @param {string} url of CommonJS
 * @param {{ flags: import('../runtime/flags.js').Flags, job: Job, runtime: Runtime }} settings
 */
function esModulesOf(url, settings) {
  const { runtime } = settings;
  const crawl = newCompiler(
    appSettings(fileURLToPath(url), true, settings.flags),
    runtime.conditions,
    [],
  );
  const byURL = new Map(crawl.questions().map((question) => [question.url, question]));
  const { createRequire } = require('node:module');
  const seen = new Set([url]);
  /** @type {string[]} */
  const found = [];
  for (const parent of seen) {
    const question = byURL.get(parent);
    if (question?.format === FORMAT.module) found.push(parent);
    if (question?.format !== FORMAT.commonjs) continue;
    const { resolve } = createRequire(parent);
    question.specifiers.forEach((specifier, at) => {
      try {
        const isImport = question.kinds[at] !== KIND.require;
        if (isImport) return void seen.add(runtime.resolve(specifier, parent).url);
        const file = resolve(specifier);
        if (path.isAbsolute(file)) seen.add(pathToFileURL(file).href);
      } catch {
        // It is refused when it is asked for.
      }
    });
  }
  return found;
}

function progress() {
  let last = 0;
  return (/** @type {number} */ done, /** @type {number} */ known) => {
    const now = Date.now();
    if (now - last < PROGRESS_MS) return;
    last = now;
    process.send?.({ progress: { done, known } });
  };
}

/** @param {unknown} error */
function failure(error) {
  const { code, message } = /** @type {NodeJS.ErrnoException} */ (error);
  // The core's reasons come as one line: the code and what it is about.
  const [, ours, detail] = /^(BMES_[A-Z_]+) (.*)$/s.exec(message) ?? [];
  return { code: ours ?? code ?? 'BMES_INTERNAL', message: detail ?? message };
}

process.once('message', async (/** @type {Job} */ job) => {
  // Of the modules that are looked at; nobody has run them yet.
  process.emitWarning = () => {};
  try {
    process.send?.({ packs: await compile(job), runtime: runtimeIdentity().runtime });
  } catch (error) {
    process.send?.({ failure: failure(error) });
  }
  process.disconnect?.();
});
