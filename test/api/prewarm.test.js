'use strict';

const assert = require('node:assert/strict');
const { test } = require('node:test');

/** @type {any} */
const { prewarm } = require('../../index.js');

test('prewarm: wrong options are a rejection that names them', async () => {
  const [wrong, entries] = [{ code: 'BMES_INVALID_ARGUMENT', name: 'TypeError' }, 'app.mjs'];
  /** @type {[unknown, RegExp][]} */
  const cases = [
    [undefined, /options\.entries or options\.files must name/],
    [null, /options must be an object/],
    [{ entries: [] }, /must name/],
    [{ entries: 1 }, /options\.entries must be a string; got 1/],
    [{ entries: ['a', 2] }, /options\.entries\[1\] must be a string; got 2/],
    [{ entries: '' }, /options\.entries must name a file; it is empty/],
    [{ entries: new URL('https://example.com/a.mjs') }, /options\.entries names no file/],
    [{ entries, entry: 'x' }, /options\.entry is no option; there is entries, files, cacheDir/],
    [{ entries, cacheDir: '' }, /options\.cacheDir must name a directory/],
    [{ entries, cacheDir: 'https://x/' }, /options\.cacheDir must be a path/],
    [{ entries, frozen: true }, /options\.frozen are about the file that options\.out names/],
    [{ entries, out: 'a.bmes', frozen: 1 }, /options\.frozen must be a boolean/],
    [{ entries: ['a', 'b'], out: 'a.bmes' }, /options\.out is a file of one app; got 2/],
    [{ entries, dynamic: 'no' }, /options\.dynamic must be a boolean/],
    [{ entries, signal: {} }, /options\.signal must be an AbortSignal/],
    [{ entries, onProgress: 1 }, /options\.onProgress must be a function/],
    [{ entries, node: 'a\0b' }, /options\.node must name a file; it has a null byte/],
  ];
  for (const [options, message] of cases) {
    await assert.rejects(prewarm(options), { ...wrong, message });
  }
});
