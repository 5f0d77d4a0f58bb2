'use strict';

const assert = require('node:assert/strict');
const { describe, test } = require('node:test');

const {
  CachedBytecode,
  analyzeModule,
  deserializeCachedModuleMetadata,
  diagnose,
  generateCachedModuleByteCodeWithMetadata,
  serializeModuleMetadata,
  validate,
  validateCachedModuleMetadata,
} = /** @type {any} */ (require('../../index.js')); // wrong arguments are the point

const empty = { requestedModules: [], importEntries: [], exportEntries: [], starExports: [] };
const withImport = (/** @type {object} */ entry) => ({
  ...empty,
  importEntries: [
    { type: 'Single', moduleRequest: 'm', importName: 'a', localName: 'b', ...entry },
  ],
});
const withExport = (/** @type {object} */ entry) => ({
  ...empty,
  exportEntries: [{ type: 'Local', exportName: 'a', localName: 'b', ...entry }],
});
const withAttributes = (/** @type {unknown} */ attributes) => ({
  ...empty,
  requestedModules: [{ specifier: 'm', attributes }],
});

/**
 * @param {() => unknown} call
 * @param {string} message
 */
function assertRefused(call, message) {
  assert.throws(call, (/** @type {any} */ error) => {
    const { name, message: found, code } = error;
    assert.deepStrictEqual([name, found, code], ['TypeError', message, 'BMES_INVALID_ARGUMENT']);
    assert.ok(error instanceof TypeError);
    return true;
  });
}

describe('wrong metadata is named down to the field', () => {
  const types = "'Single', 'SingleTypeScript', 'Namespace'";
  /** @type {[unknown, string][]} */
  const cases = [
    [undefined, 'metadata must be an object; got undefined'],
    [null, 'metadata must be an object; got null'],
    [[], 'metadata must be an object; got an array'],
    ['{}', "metadata must be an object; got '{}'"],
    [{}, 'metadata.requestedModules must be an array; got undefined'],
    [{ ...empty, importEntries: {} }, 'metadata.importEntries must be an array; got an object'],
    [{ ...empty, exportEntries: 'x' }, "metadata.exportEntries must be an array; got 'x'"],
    [{ ...empty, starExports: null }, 'metadata.starExports must be an array; got null'],
    [{ ...empty, starExports: ['m', 7] }, 'metadata.starExports[1] must be a string; got 7'],
    [
      { ...empty, starExports: Array(1) },
      'metadata.starExports[0] must be a string; got undefined',
    ],
    [
      { ...empty, requestedModules: ['m'] },
      "metadata.requestedModules[0] must be an object; got 'm'",
    ],
    [
      { ...empty, requestedModules: [{ specifier: 1n }] },
      'metadata.requestedModules[0].specifier must be a string; got 1',
    ],
    [
      withAttributes('json'),
      "metadata.requestedModules[0].attributes must be an object of strings or null; got 'json'",
    ],
    [
      withAttributes(['json']),
      'metadata.requestedModules[0].attributes must be an object of strings or null; got an array',
    ],
    [
      withAttributes({ type: true }),
      "metadata.requestedModules[0].attributes['type'] must be a string; got true",
    ],
    [
      withAttributes({ '\ud800': 'json' }),
      'a key of metadata.requestedModules[0].attributes must be well-formed Unicode; it has a lone surrogate',
    ],
    [
      withImport({ type: 'Foo' }),
      `metadata.importEntries[0].type must be one of ${types}; got 'Foo'`,
    ],
    [withImport({ type: 0 }), `metadata.importEntries[0].type must be one of ${types}; got 0`],
    [
      withImport({ localName: null }),
      'metadata.importEntries[0].localName must be a string; got null',
    ],
    [
      withImport({ importName: 'x\udc00' }),
      'metadata.importEntries[0].importName must be well-formed Unicode; it has a lone surrogate',
    ],
    [
      withExport({ type: 'Single' }),
      "metadata.exportEntries[0].type must be one of 'Local', 'Indirect', 'Namespace'; got 'Single'",
    ],
    [
      withExport({ moduleName: Symbol('m') }),
      'metadata.exportEntries[0].moduleName must be a string; got Symbol(m)',
    ],
    [
      withExport({ exportName: 'x'.repeat(50) + '\ud800' }),
      'metadata.exportEntries[0].exportName must be well-formed Unicode; it has a lone surrogate',
    ],
  ];
  for (const [metadata, message] of cases) {
    test(message, () => assertRefused(() => serializeModuleMetadata(metadata), message));
  }
});

describe('what is not memory is refused', () => {
  const accepted = 'must be a Uint8Array, another view, or an ArrayBuffer';
  /** @type {[unknown, string][]} */
  const cases = [
    [undefined, 'undefined'],
    [null, 'null'],
    ['SEMB', "'SEMB'"],
    [[0x53, 0x45], 'an array'],
    [{ length: 28 }, 'an object'],
    [28, '28'],
    [() => {}, 'a function'],
    [new Proxy(new Uint8Array(28), {}), 'an object'],
    ['x'.repeat(50), `'${'x'.repeat(40)}...'`],
  ];
  for (const [value, shown] of cases) {
    test(`${shown} as cache`, () => {
      for (const call of [
        validate,
        validateCachedModuleMetadata,
        diagnose,
        deserializeCachedModuleMetadata,
      ]) {
        assertRefused(() => call(value), `cache ${accepted}; got ${shown}`);
      }
      assertRefused(
        () => CachedBytecode.validateMetadata(value),
        'Expected Uint8Array or ArrayBuffer as first argument',
      );
      if (value !== undefined) {
        assertRefused(
          () => serializeModuleMetadata(empty, value),
          `bytecode ${accepted}; got ${shown}`,
        );
      }
    });
  }
});

describe('what is not text is refused', () => {
  const first = 'Expected source URL string as first argument';
  const second = 'Expected source code string as second argument';
  /** @type {[unknown[], string][]} */
  const generateCases = [
    [[], first],
    [[undefined, 'export {}'], first],
    [[new URL('file:///m.js'), 'export {}'], first],
    [['file:///m.js'], second],
    [['file:///m.js', null], second],
    [['file:///m.js', Buffer.from('export {}')], second],
    [['\ud800', ''], 'sourceURL must be well-formed Unicode; it has a lone surrogate'],
    [['', '"\ud800"'], 'source must be well-formed Unicode; it has a lone surrogate'],
  ];
  for (const generate of [
    CachedBytecode.generateForESMWithMetadata,
    CachedBytecode.generateForESM,
    generateCachedModuleByteCodeWithMetadata,
  ]) {
    for (const [args, message] of generateCases) {
      test(`${generate.name}: ${message}`, () => assertRefused(() => generate(...args), message));
    }
  }

  /** @type {[unknown[], string][]} */
  const analyzeCases = [
    [[], 'source must be a string; got undefined'],
    [[Buffer.from('')], 'source must be a string; got an object'],
    [['"\udfff"'], 'source must be well-formed Unicode; it has a lone surrogate'],
    [['', 1], 'sourceURL must be a string; got 1'],
    [['', null], 'sourceURL must be a string; got null'],
  ];
  for (const [args, message] of analyzeCases) {
    test(`analyzeModule: ${message}`, () => {
      assertRefused(() => analyzeModule(...args), message);
    });
  }
});

test('a getter is read once, so the core gets what was checked', () => {
  const metadata = withImport({});
  let reads = 0;
  Object.defineProperty(metadata.importEntries[0], 'localName', {
    get: () => (reads++ === 0 ? 'once' : 42),
  });
  const record = serializeModuleMetadata(metadata);
  assert.equal(reads, 1);
  assert.equal(deserializeCachedModuleMetadata(record).importEntries[0].localName, 'once');
});
