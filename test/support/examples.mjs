/**
 * The apps of `examples/`, each in a folder of its own with the packages that its manifest asks for: those of
 * `bundlers/`, and ours.
 */

import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import fs from 'node:fs';
import path from 'node:path';
import { installOnce } from '../../scripts/install-once.mjs';
import { packageRoot, start, testedNode } from './run.mjs';
import { sandbox } from './sandbox.mjs';
import { allowLinking } from './self-test.mjs';

const folder = path.join(packageRoot, 'bundlers');
await installOnce(folder);

/**
 * @param {{ after: (work: () => void) => void }} t
 * @param {string} name of the example
 * @param {{ isCopied?: boolean }} [how] packages are copied, as an install does it, instead of linked
 */
export function example(t, name, { isCopied = false } = {}) {
  const box = sandbox(t);
  fs.cpSync(path.join(packageRoot, 'examples', name), box.project, { recursive: true });
  const { dependencies, devDependencies } = JSON.parse(box.read('package.json'));
  for (const dependency of Object.keys({ ...dependencies, ...devDependencies })) {
    const to = box.path(`node_modules/${dependency}`);
    fs.mkdirSync(path.dirname(to), { recursive: true });
    if (dependency === 'bmes-cache') fs.symlinkSync(packageRoot, to);
    else if (isCopied)
      fs.cpSync(path.join(folder, 'node_modules', dependency), to, { recursive: true });
    else fs.symlinkSync(path.join(folder, 'node_modules', dependency), to);
  }
  linkCommands(box.path('node_modules'));
  allowLinking(box.cache('c'), testedNode);
  return box;
}

/** @param {string} modules what `npm` puts into `.bin` */
function linkCommands(modules) {
  fs.mkdirSync(path.join(modules, '.bin'));
  const commands = { bmes: '../bmes-cache/cli/bmes.js', vite: '../vite/bin/vite.js' };
  for (const [name, to] of Object.entries(commands)) {
    const link = path.join(modules, '.bin', name);
    if (fs.existsSync(path.join(modules, '.bin', to))) fs.symlinkSync(to, link);
  }
}

/**
 * `npm run <script>` by the tested Node.
 *
 * @param {import('./sandbox.mjs').Sandbox} box
 * @param {string} script
 * @returns {Promise<string>} what it has printed
 */
export function npmRun(box, script) {
  return new Promise((resolve, reject) => {
    const child = spawn('npm', ['run', '--silent', script], {
      cwd: box.project,
      env: {
        PATH: [path.dirname(testedNode), process.env.PATH].join(path.delimiter),
        HOME: box.home,
        BMES_CACHE_DIR: box.cache('c'),
        NO_COLOR: '1',
      },
      shell: process.platform === 'win32',
    });
    let output = '';
    child.stdout.setEncoding('utf8').on('data', (text) => (output += text));
    child.stderr.setEncoding('utf8').on('data', (text) => (output += text));
    child.on('error', reject);
    child.on('close', (code) => {
      if (code === 0) resolve(output);
      else reject(new Error(`npm run ${script} ended with ${code}\n${output}`));
    });
  });
}

/**
 * Starts a server, asks it for something, and ends it.
 *
 * @param {string[]} argv
 * @param {import('./run.mjs').RunOptions} options
 * @param {string} page
 * @returns {Promise<import('./run.mjs').Run & { status: number, text: string }>}
 */
export async function serve(argv, options, page) {
  /** @type {Promise<{ status: number, text: string }> | undefined} */
  let asked;
  const run = await start(argv, {
    ...options,
    env: { ...options.env, PORT: '0' },
    onStdout: (child, stdout) => {
      const [, port] = /^listening on port (\d+)\n/m.exec(stdout) ?? [];
      if (port === undefined) return;
      asked ??= ask(`http://127.0.0.1:${port}${page}`).finally(() => child.kill('SIGTERM'));
    },
  });
  assert.ok(asked, `${run.command} did not listen\n${run.stdout}${run.stderr}`);
  return { ...run, ...(await asked) };
}

/** @param {string} url */
async function ask(url) {
  // A connection that is kept alive would keep the server.
  const response = await fetch(url, { headers: { connection: 'close' } });
  return { status: response.status, text: await response.text() };
}
