'use strict';

// Bytecode is only worth something to another process, so most of these start one.

const assert = require('node:assert/strict');
const { spawnSync } = require('node:child_process');
const { mkdtempSync, rmSync, writeFileSync } = require('node:fs');
const { tmpdir } = require('node:os');
const path = require('node:path');
const { after, before, describe, test } = require('node:test');

const {
  CachedBytecode,
  analyzeModule,
  deserializeCachedModuleMetadata,
  generateCachedModuleByteCodeWithMetadata,
  serializeModuleMetadata,
} = /** @type {any} */ (require('../../index.js')); // what is `null` fails the test by itself

const notNode = process.versions.bun !== undefined && 'this is about flags of Node';
const index = JSON.stringify(require.resolve('../../index.js'));
const url = 'file:///app/module.mjs';
const source = `
import { sep } from 'node:path';
export * from './other.js';
export function answer() { return 40 + two; }
const two = 2;
export default class { method() { return sep; } }
`;

/** @type {string} */
let directory;
before(() => {
  directory = mkdtempSync(path.join(tmpdir(), 'bmes-bytecode-'));
});
after(() => rmSync(directory, { recursive: true }));

/** @typedef {{ flags?: string[], env?: NodeJS.ProcessEnv }} Options */

/**
 * Runs a CommonJS script in this runtime; it must end by itself, well and without a word.
 *
 * @param {string} script
 * @param {Options} [options]
 */
function run(script, { flags = [], env = {} } = {}) {
  const file = path.join(directory, `script-${process.hrtime.bigint()}.cjs`);
  writeFileSync(file, script);
  const { status, signal, stdout, stderr } = spawnSync(process.execPath, [...flags, file], {
    encoding: 'utf8',
    env: { ...process.env, NODE_OPTIONS: '', ...env },
    timeout: 20_000,
  });
  assert.deepStrictEqual({ status, signal, stderr }, { status: 0, signal: null, stderr: '' });
  return stdout;
}

/**
 * The record that a process with these options makes of `source`.
 *
 * @param {Options} [options]
 */
function recordOf(options) {
  const stdout = run(
    `const { CachedBytecode } = require(${index});
    const record = CachedBytecode.generateForESMWithMetadata(
      ${JSON.stringify(url)}, ${JSON.stringify(source)});
    process.stdout.write(record.toString('base64'));`,
    options,
  );
  return Buffer.from(stdout, 'base64');
}

/**
 * Whether the engine of a process with --experimental-vm-modules takes the bytecode.
 *
 * @param {Uint8Array} bytecode
 */
function isAccepted(bytecode) {
  const stdout = run(
    `const { SourceTextModule } = require('node:vm');
    const cachedData = Buffer.from('${Buffer.from(bytecode).toString('base64')}', 'base64');
    try {
      new SourceTextModule(${JSON.stringify(source)}, { identifier: ${JSON.stringify(url)}, cachedData });
      console.log('accepted');
    } catch (error) {
      console.log(error.code);
    }`,
    { flags: notNode ? [] : ['--experimental-vm-modules', '--no-warnings'] },
  );
  if (stdout === 'accepted\n') return true;
  assert.equal(stdout, 'ERR_VM_MODULE_CACHED_DATA_REJECTED\n');
  return false;
}

describe('in this process', () => {
  test('a record holds the metadata of the analysis and the bytecode of the engine', () => {
    const record = CachedBytecode.generateForESMWithMetadata(url, source);
    const { bytecode, ...metadata } = deserializeCachedModuleMetadata(record);
    assert.deepStrictEqual(metadata, analyzeModule(source));
    assert.ok(bytecode.length > 100, `${bytecode.length} bytes of bytecode`);
    assert.equal(isAccepted(bytecode), true);
    assert.deepStrictEqual(serializeModuleMetadata(metadata, bytecode), record);
  });

  test('bytecode alone is accepted too', () => {
    const bytecode = CachedBytecode.generateForESM(url, source);
    assert.ok(Buffer.isBuffer(bytecode));
    assert.equal(isAccepted(bytecode), true);
  });

  test('an empty module has bytecode', () => {
    assert.ok(CachedBytecode.generateForESM('', '').length > 0);
  });

  for (const broken of ['import {', 'let a; let a;', 'export { missing };', 'return 1', '\0']) {
    test(`${JSON.stringify(broken)} gives null`, () => {
      assert.equal(CachedBytecode.generateForESMWithMetadata(url, broken), null);
      assert.equal(CachedBytecode.generateForESM(url, broken), null);
      assert.equal(generateCachedModuleByteCodeWithMetadata(url, broken), null);
    });
  }

  test('a phase that a record cannot say gives null', () => {
    const deferred = 'import defer * as m from "m";';
    assert.equal(CachedBytecode.generateForESMWithMetadata(url, deferred), null);
  });

  test('a broken module does not spoil the next one', () => {
    CachedBytecode.generateForESM(url, 'import {');
    assert.ok(CachedBytecode.generateForESM(url, 'export {}').length > 0);
  });

  test('nothing is evaluated', () => {
    CachedBytecode.generateForESM(url, 'globalThis.bmesEvaluated = true; export {};');
    assert.equal('bmesEvaluated' in globalThis, false);
  });
});

describe('in Node', { skip: notNode }, () => {
  test('without --experimental-vm-modules the record is accepted with it', () => {
    const { bytecode, ...metadata } = deserializeCachedModuleMetadata(recordOf());
    assert.deepStrictEqual(metadata, analyzeModule(source));
    assert.equal(isAccepted(bytecode), true);
  });

  test('with --experimental-vm-modules the record is the same but for the bytecode', () => {
    const flags = ['--experimental-vm-modules'];
    const { bytecode, ...metadata } = deserializeCachedModuleMetadata(recordOf({ flags }));
    assert.deepStrictEqual(metadata, analyzeModule(source));
    assert.equal(isAccepted(bytecode), true);
  });

  test('cut bytecode is not accepted, so these tests can fail', () => {
    const bytecode = CachedBytecode.generateForESM(url, source);
    assert.equal(isAccepted(bytecode.subarray(0, -8)), false);
  });

  test('the worker keeps nobody waiting at the end', () => {
    const stdout = run(`
      const { CachedBytecode } = require(${index});
      CachedBytecode.generateForESM('a', 'export {}');
      const end = process.hrtime.bigint();
      process.on('exit', () => console.log(Number(process.hrtime.bigint() - end) / 1e6));`);
    assert.ok(Number(stdout) < 500, `${stdout.trim()} ms from the last line to the exit`);
  });

  test('the event loop still turns after a call', () => {
    const stdout = run(`
      const { CachedBytecode } = require(${index});
      CachedBytecode.generateForESM('a', 'export {}');
      setTimeout(() => {
        console.log(CachedBytecode.generateForESM('b', 'export {}').length > 0);
      }, 50);`);
    assert.equal(stdout, 'true\n');
  });

  test('a worker of the application can ask as well', () => {
    const stdout = run(`
      const { Worker, isMainThread } = require('node:worker_threads');
      if (isMainThread) new Worker(__filename);
      else {
        const { CachedBytecode } = require(${index});
        console.log(CachedBytecode.generateForESM('a', 'export {}').length > 0);
      }`);
    assert.equal(stdout, 'true\n');
  });

  test('preloads of the application do not run in the worker', () => {
    const preload = path.join(directory, 'preload.cjs');
    writeFileSync(preload, "console.log('preloaded');");
    const script = `require(${index}).CachedBytecode.generateForESM('a', 'export {}');`;
    const options = {
      flags: ['--require', preload],
      env: { NODE_OPTIONS: `--require ${preload}` },
    };
    assert.equal(run(script, options), 'preloaded\n');
  });

  test('an application that listens for warnings hears none', () => {
    for (const flags of [[], ['--experimental-vm-modules']]) {
      const stdout = run(
        `process.on('warning', (warning) => console.log(warning.message));
        require(${index}).CachedBytecode.generateForESM('a', 'export {}');
        process.emitWarning('of the application', 'Other');`,
        { flags: [...flags, '--no-warnings'] },
      );
      assert.equal(stdout, 'of the application\n');
    }
  });

  const hasPermissions = process.allowedNodeEnvironmentFlags.has('--permission');
  test(
    'where a worker may not be started the bytecode is of this thread, or empty',
    { skip: !hasPermissions && 'this Node has no --permission' },
    () => {
      const flags = ['--permission', '--allow-fs-read=*', '--allow-addons', '--no-warnings'];
      const { bytecode, ...metadata } = deserializeCachedModuleMetadata(recordOf({ flags }));
      assert.deepStrictEqual(metadata, analyzeModule(source));
      const hasLoader = require('../../runtime/features.js').linker;
      assert.equal(bytecode.length > 0, hasLoader);
      if (hasLoader) assert.equal(isAccepted(bytecode), true);
    },
  );
});
