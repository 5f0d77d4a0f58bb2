'use strict';
// The worker that transforms TypeScript and JSX, by esbuild: the other end of runtime/transform-types.js. A
// thread of its own: an app that waits for a text cannot wait for promises, and what it has replaced, or
// installed as hooks, is not in another one.

const { workerData } = require('node:worker_threads');

/** @type {{ port: any, answered: Int32Array, settings: import('../runtime/tsconfig.js').TransformSettings }} */
const { port, answered, settings } = workerData;
const { compilerOptions, transformer } = settings;

/** Asked for with each text: whoever waits hears why there is none. */
const esbuild = () => /** @type {typeof import('esbuild')} */ (require(transformer));

const { emitDecoratorMetadata } = compilerOptions;

/** What esbuild writes for decorators of before the standard. */
const LEGACY_DECORATOR = '__decorateClass(';

/**
 * @param {string} text
 * @param {'ts' | 'tsx' | 'jsx'} loader
 * @returns {Promise<import('../runtime/transform-types.js').Transformed>}
 */
async function transformed(text, loader) {
  try {
    const { code, map } = await esbuild().transform(text, {
      loader,
      target: `node${process.versions.node}`,
      tsconfigRaw: { compilerOptions },
      charset: 'utf8',
      sourcemap: 'external',
      sourcesContent: false,
      logLevel: 'silent',
    });
    if (emitDecoratorMetadata && code.includes(LEGACY_DECORATOR)) {
      const message = 'emitDecoratorMetadata is not supported: no types are known here';
      return { message, line: 1, column: 1 };
    }
    return `${code}${mapComment(map)}`;
  } catch (error) {
    const [first] = /** @type {import('esbuild').TransformFailure} */ (error).errors ?? [];
    const { line = 1, column = 0 } = first?.location ?? {};
    return { message: first?.text ?? String(error), line, column: column + 1 };
  }
}

/**
 * A source map that belongs to the content of a file, wherever it is: its only source is where the text
 * itself is.
 *
 * @param {string} map
 */
function mapComment(map) {
  const { version, mappings, names } = JSON.parse(map);
  const own = JSON.stringify({ version, sources: [''], names, mappings });
  const data = Buffer.from(own).toString('base64');
  return `//# sourceMappingURL=data:application/json;base64,${data}\n`;
}

port.on(
  'message',
  async (/** @type {{ texts: string[], extensions: ('ts' | 'tsx' | 'jsx')[] }} */ asked) => {
    const { texts, extensions } = asked;
    port.postMessage(await Promise.all(texts.map((text, at) => transformed(text, extensions[at]))));
    Atomics.store(answered, 0, 1);
    Atomics.notify(answered, 0);
  },
);
