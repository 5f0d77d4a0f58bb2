'use strict';

const assert = require('node:assert/strict');
const { spawnSync } = require('node:child_process');
const { registerHooks } = require('node:module');
const { describe, test } = require('node:test');

const bmes = /** @type {any} */ (require('../../index.js'));

const isSupported = !process.versions.bun && typeof registerHooks === 'function';
const index = JSON.stringify(require.resolve('../../index.js'));

describe('enable() with wrong options says what is wrong and enables nothing', () => {
  /** @type {[what: string, options: unknown, message: string][]} */
  const cases = [
    ['text', 'cache', 'options must be an object'],
    ['null', null, 'options must be an object'],
    ['a function', () => {}, 'options must be an object'],
    ['a relative directory', { directory: 'cache' }, 'options.directory must be an absolute path'],
    ['an empty directory', { directory: '' }, 'options.directory must be an absolute path'],
    ['a number as directory', { directory: 1 }, 'options.directory must be an absolute path'],
    ['null as directory', { directory: null }, 'options.directory must be an absolute path'],
    ['text as readOnly', { readOnly: 'yes' }, 'options.readOnly must be a boolean'],
    ['null as readOnly', { readOnly: null }, 'options.readOnly must be a boolean'],
  ];
  for (const [what, options, message] of cases) {
    test(what, () => {
      assert.deepStrictEqual(bmes.enable(options), {
        status: 'disabled',
        code: 'BMES_INVALID_ARGUMENT',
        message,
      });
    });
  }

  test('options that throw', () => {
    const options = {
      get directory() {
        throw new Error('no');
      },
    };
    const { status, code } = bmes.enable(options);
    assert.deepStrictEqual([status, code], ['disabled', 'BMES_INTERNAL']);
  });
});

test('enable() where there are no hooks says so, each time', { skip: isSupported }, () => {
  for (const options of [undefined, {}, { directory: '/cache', readOnly: true }]) {
    const { status, code, message } = bmes.enable(options);
    assert.deepStrictEqual([status, code], ['unsupported', 'BMES_UNSUPPORTED_RUNTIME']);
    assert.equal(typeof message, 'string');
  }
});

test('enable() in a program without a file enables nothing', () => {
  const script = `console.log(JSON.stringify(require(${index}).enable()));`;
  const { stdout, stderr } = spawnSync(process.execPath, ['-e', script], { encoding: 'utf8' });
  const { status, code } = JSON.parse(stdout);
  const expected = isSupported
    ? ['disabled', 'BMES_NO_ENTRY']
    : ['unsupported', 'BMES_UNSUPPORTED_RUNTIME'];
  assert.deepStrictEqual([status, code], expected);
  assert.equal(stderr, '');
});

test('enable() that is switched off says so', () => {
  const script = `console.log(JSON.stringify(require(${index}).enable()));`;
  const env = { ...process.env, BMES_DISABLE: '1' };
  const { stdout } = spawnSync(process.execPath, ['-e', script], { encoding: 'utf8', env });
  const { status, code } = JSON.parse(stdout);
  assert.deepStrictEqual([status, code], ['disabled', 'BMES_DISABLED']);
});
