/**
 * A registry of this machine's own, on loopback, that knows no other: whatever is installed from it was
 * published to it by the test.
 */

import { spawn, spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import fs from 'node:fs';
import net from 'node:net';
import os from 'node:os';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';

export const root = fileURLToPath(new URL('../../', import.meta.url));
export const tools = path.join(root, 'registry', 'node_modules');

const START_MS = 300_000;

/** @returns {Promise<number>} a port that nobody listens on */
function freePort() {
  return new Promise((resolve, reject) => {
    const server = net.createServer();
    server.on('error', reject);
    server.listen(0, '127.0.0.1', () => {
      const { port } = /** @type {net.AddressInfo} */ (server.address());
      server.close(() => resolve(port));
    });
  });
}

/**
 * Starts one, and ends it with the process that asks.
 *
 * @param {string} folder
 * @returns {Promise<{ url: string, stop: () => void }>}
 */
export async function startRegistry(folder) {
  const port = await freePort();
  const url = `http://127.0.0.1:${port}/`;
  const config = path.join(folder, 'config.yaml');
  fs.mkdirSync(folder, { recursive: true });
  fs.writeFileSync(
    config,
    `storage: ${folder}/storage
auth: { htpasswd: { file: ${folder}/htpasswd, max_users: -1 } }
uplinks: {}
packages: { '**': { access: $all, publish: $anonymous } }
max_body_size: 200mb
log: { type: file, path: ${folder}/log, level: warn }
`,
  );
  const binary = path.join(tools, 'verdaccio', 'bin', 'verdaccio');
  const child = spawn(
    process.execPath,
    [binary, '--config', config, '--listen', `127.0.0.1:${port}`],
    {
      cwd: folder,
      stdio: 'ignore',
      env: { PATH: process.env.PATH, HOME: folder, NODE_ENV: 'production' },
    },
  );
  const stop = () => child.kill('SIGKILL');
  process.on('exit', stop);
  for (const started = Date.now(); ; await sleep(100)) {
    if (child.exitCode !== null) throw new Error(`the registry ended with ${child.exitCode}`);
    try {
      if ((await fetch(`${url}-/ping`)).ok) return { url, stop };
    } catch {
      // It does not listen yet.
    }
    if (Date.now() - started > START_MS) throw new Error('the registry does not answer');
  }
}

/**
 * Makes what a release makes, of the addon that was built here. Those of the other platforms are
 * stand-ins: nothing may load them.
 *
 * @param {string} folder
 * @returns {{ main: string, built: string[], standIns: string[] }} folders of packages
 */
export function makeRelease(folder) {
  const artifacts = path.join(folder, 'artifacts');
  fs.mkdirSync(artifacts, { recursive: true });
  const targets = [
    'linux-x64-gnu',
    'linux-x64-musl',
    'linux-arm64-gnu',
    'linux-arm64-musl',
    'darwin-x64',
    'darwin-arm64',
    'win32-x64-msvc',
    'win32-arm64-msvc',
  ];
  for (const target of targets) {
    const name = `bmes-cache.${target}.node`;
    const built = path.join(root, name);
    if (fs.existsSync(built)) fs.copyFileSync(built, path.join(artifacts, name));
    else fs.writeFileSync(path.join(artifacts, name), 'built by a release, on its own platform\n');
  }
  const main = path.join(folder, 'release');
  const words = ['scripts/release.mjs', '--artifacts', artifacts, '--out', main];
  const { status, stderr } = spawnSync(process.execPath, words, { cwd: root, encoding: 'utf8' });
  if (status !== 0) throw new Error(stderr);
  const isBuilt = (/** @type {string} */ name) =>
    fs.existsSync(path.join(root, `bmes-cache.${name}.node`));
  const folderOf = (/** @type {string} */ name) => path.join(main, 'npm', name);
  return {
    main,
    built: targets.filter(isBuilt).map(folderOf),
    standIns: targets.filter((name) => !isBuilt(name)).map(folderOf),
  };
}

/**
 * Publishes a package as `npm publish` does.
 *
 * @param {string} folder
 * @param {string} registry
 * @param {string} home
 */
export function publish(folder, registry, home) {
  const npmrc = path.join(home, '.npmrc');
  const { host } = new URL(registry);
  fs.writeFileSync(npmrc, `registry=${registry}\n//${host}/:_authToken=nobody\n`);
  const { status, stderr } = spawnSync('npm', ['publish', '--provenance=false'], {
    cwd: folder,
    encoding: 'utf8',
    env: { PATH: process.env.PATH, HOME: home },
  });
  if (status !== 0) throw new Error(`npm publish in ${folder}: ${stderr}`);
}

/**
 * Publishes a stand-in, as the command does it at its end; nine times that command takes minutes.
 *
 * @param {string} folder
 * @param {string} registry
 */
export async function publishStandIn(folder, registry) {
  const manifest = JSON.parse(fs.readFileSync(path.join(folder, 'package.json'), 'utf8'));
  const { name, version } = manifest;
  const packed = spawnSync('tar', ['-cz', '--transform', 's,^[.],package,', '.'], { cwd: folder });
  if (packed.status !== 0) throw new Error(`tar in ${folder}: ${packed.stderr}`);
  const file = `${name}-${version}.tgz`;
  const digest = (/** @type {string} */ kind) => createHash(kind).update(packed.stdout);
  const dist = {
    integrity: `sha512-${digest('sha512').digest('base64')}`,
    shasum: digest('sha1').digest('hex'),
    tarball: `${registry}${name}/-/${file}`,
  };
  const attachment = {
    content_type: 'application/octet-stream',
    data: packed.stdout.toString('base64'),
    length: packed.stdout.length,
  };
  const answer = await fetch(`${registry}${name}`, {
    method: 'PUT',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({
      _id: name,
      name,
      'dist-tags': { latest: version },
      versions: { [version]: { ...manifest, _id: `${name}@${version}`, dist } },
      _attachments: { [file]: attachment },
    }),
  });
  if (!answer.ok) throw new Error(`${name}: ${answer.status} ${await answer.text()}`);
}

/** @returns {string} a folder of this test's own, removed at its end */
export function temporaryFolder() {
  const folder = fs.realpathSync(fs.mkdtempSync(path.join(os.tmpdir(), 'bmes-install-')));
  process.on('exit', () => fs.rmSync(folder, { recursive: true, force: true }));
  return folder;
}
