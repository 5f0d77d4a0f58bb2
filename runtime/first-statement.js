'use strict';
// Whether nothing can have been imported before `enable()`.
//
// The linker must know every ES module there is, and what `import()` has been asked for leaves no
// trace that could be looked for. So the call must be the first thing the CommonJS main module does,
// builtins aside, which its text and `require.cache` tell. Anywhere else a program runs on hooks.

const { readFileSync } = require('node:fs');
const Module = require('node:module');
const path = require('node:path');

const NAME = String.raw`[\w$]+`;
const REQUIRE = String.raw`require\(\s*(?:'[^'\n]+'|"[^"\n]+")\s*\)`;

/** What may stand before the call. */
const BEFORE = new RegExp(
  [
    String.raw`#!.*`,
    String.raw`//.*`,
    String.raw`/\*[^]*?\*/`,
    String.raw`[\s;]+`,
    `'use strict'|"use strict"`,
    String.raw`(?:const|let|var)\s+(?:${NAME}|\{[\w$\s,:]*\})\s*=\s*${REQUIRE}(?:\.${NAME})?(?=\s*[;\n])`,
  ].join('|'),
  'y',
);

const CALL = new RegExp(
  String.raw`(?:(?:const|let|var)\s+(?:${NAME}|\{[\w$\s,:]*\})\s*=\s*)?(?:(?:${REQUIRE}|${NAME})\s*\.\s*)?enable\(`,
  'y',
);

/** @param {NodeModule | undefined} main */
function isFirstStatement(main) {
  if (!main || main.loaded || !hasLoadedNothing(main)) return false;
  const text = readFileSync(main.filename, 'utf8');
  let at = 0;
  for (BEFORE.lastIndex = 0; BEFORE.test(text);) at = BEFORE.lastIndex;
  CALL.lastIndex = at;
  return CALL.test(text);
}

/**
 * Whether no file has been required but the main module and ours.
 *
 * @param {NodeModule} main
 */
function hasLoadedNothing(main) {
  const root = path.dirname(__dirname) + path.sep;
  const files = Object.keys(/** @type {any} */ (Module)._cache);
  return files.every((file) => file === main.filename || file.startsWith(root));
}

module.exports = { isFirstStatement };
