/**
 * Makes what is published, in a folder that is no part of the repository: the main package, which is
 * JavaScript only, and one package for each platform with its addon. package.json lists the platforms
 * (`napi.targets`) and stays as it is: the `optionalDependencies` on them are added here, since nothing
 * could be installed from a lockfile that has packages which are not published yet.
 *
 *     node scripts/release.mjs --artifacts folder --out folder
 *     node scripts/release.mjs --artifacts folder --out folder --publish     publishes all, platforms first
 *
 * `artifacts` has one `bmes-cache.<platform>.node` for each target; one that is missing is an error.
 */

import { spawnSync } from 'node:child_process';
import fs from 'node:fs';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';

const root = fileURLToPath(new URL('../', import.meta.url));

/** What npm adds to `files` by itself. */
const ALWAYS = ['README.md', 'LICENSE'];

/** What is of no use to who installs it. */
const NOT_PUBLISHED = ['scripts', 'devDependencies', 'overrides'];

const { values: options } = parseArgs({
  options: {
    artifacts: { type: 'string' },
    out: { type: 'string' },
    publish: { type: 'boolean', default: false },
  },
});
if (!options.artifacts || !options.out) {
  console.error('release: --artifacts and --out name folders');
  process.exit(2);
}
const out = path.resolve(options.out);
const artifacts = path.resolve(options.artifacts);

stageMain();
const platforms = stagePlatforms();
for (const folder of [...platforms, out]) {
  if (options.publish) run('npm', ['publish', '--access', 'public'], folder);
  else console.log(folder);
}

/** The main package, from the files that are committed and the one that is made of them. */
function stageMain() {
  fs.rmSync(out, { recursive: true, force: true });
  fs.mkdirSync(out, { recursive: true });
  const manifest = JSON.parse(fs.readFileSync(path.join(root, 'package.json'), 'utf8'));
  for (const name of [...manifest.files, ...ALWAYS]) {
    const from = path.join(root, name);
    // `dist` is made below.
    if (fs.existsSync(from)) fs.cpSync(from, path.join(out, name), { recursive: true });
  }
  for (const key of NOT_PUBLISHED) delete manifest[key];
  fs.writeFileSync(path.join(out, 'package.json'), `${JSON.stringify(manifest, undefined, 2)}\n`);
  run(process.execPath, ['scripts/bundle.mjs', '--to', out], root);
}

/**
 * The packages of the platforms, and what the main one says of them.
 *
 * @returns {string[]} their folders
 */
function stagePlatforms() {
  const napi = path.join(root, 'node_modules', '.bin', 'napi');
  run(napi, ['create-npm-dirs', '--npm-dir', 'npm'], out);
  run(napi, ['artifacts', '--output-dir', artifacts, '--npm-dir', 'npm'], out);
  // It also puts this machine's own beside the rest.
  for (const name of fs.readdirSync(out)) {
    if (name.endsWith('.node')) fs.rmSync(path.join(out, name));
  }
  const folders = fs.readdirSync(path.join(out, 'npm')).map((name) => path.join(out, 'npm', name));
  for (const folder of folders) {
    if (!fs.readdirSync(folder).some((name) => name.endsWith('.node'))) {
      throw new Error(`there is no addon for ${path.basename(folder)} in ${artifacts}`);
    }
  }
  const words = ['--npm-dir', 'npm', '-t', 'npm', '--no-gh-release', '--skip-optional-publish'];
  run(napi, ['pre-publish', ...words], out);
  return folders;
}

/**
 * @param {string} file
 * @param {string[]} args
 * @param {string} cwd
 */
function run(file, args, cwd) {
  const { error, status, stdout, stderr } = spawnSync(file, args, {
    cwd,
    encoding: 'utf8',
    shell: process.platform === 'win32',
  });
  if (error) throw error;
  if (status !== 0) throw new Error(`${file} ${args.join(' ')} failed\n${stdout}\n${stderr}`);
}
