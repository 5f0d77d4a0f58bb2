'use strict';
// The worker that strips types: the other end of runtime/strip-types.js.
//
// The text in a pack is what the runtime's loader hands to the engine. The loader gives it to nobody, so
// it is made by the runtime's public function; that this is the same text is not believed but looked at,
// once: a small module goes through the loader, and the debugger is asked what the engine got. Where that
// is another text, or where the loader warns of what it does, nothing is stripped here and TypeScript is
// left to the runtime.

const Module = require('node:module');
const { workerData } = require('node:worker_threads');

const { port, answered } = workerData;

/** With what strippers do differently: blanks, arrows over lines, letters of several bytes. */
const PROBE = [
  'type Über = string;',
  'const größe = <T>(wert: T, { länge }: { länge: number } = { länge: 1 }): T',
  '  & Über => (wert as any)!; // 漢字 😀',
  'let one: number',
  '(two satisfies string)',
  'class A<T> implements B { declare x: number; private readonly y?: T = undefined }',
  'interface B {} declare const two: any',
  'globalThis[Symbol.for("bmes-cache.probe")]?.(größe);',
  'export { type Über }',
].join('\n');

const PROBE_URL =
  process.platform === 'win32' ? 'file:///C:/bmes-cache/probe.mts' : 'file:///bmes-cache/probe.mts';

/** @returns {Promise<boolean>} whether the public function gives the loader's own text, silently */
async function isExact() {
  if (typeof (/** @type {any} */ (Module).stripTypeScriptTypes) !== 'function') return false;
  let warnings = 0;
  process.emitWarning = () => void warnings++;
  const loaded = await textOfEngine();
  if (warnings > 0) return false;
  return loaded === `${stripped(PROBE)}\n\n//# sourceURL=${PROBE_URL}`;
}

/** What the engine gets when the loader loads the probe. */
async function textOfEngine() {
  const { Session } = require('node:inspector');
  const session = new Session();
  session.connect();
  const hook = Module.registerHooks({
    resolve: (specifier, context, next) =>
      specifier === PROBE_URL
        ? { url: PROBE_URL, format: 'module-typescript', shortCircuit: true }
        : next(specifier, context),
    load: (url, context, next) =>
      url === PROBE_URL
        ? { format: 'module-typescript', source: PROBE, shortCircuit: true }
        : next(url, context),
  });
  try {
    /** @type {string | undefined} */
    let found;
    session.on('Debugger.scriptParsed', ({ params }) => {
      if (params.url !== PROBE_URL) return;
      const { scriptId } = params;
      session.post('Debugger.getScriptSource', { scriptId }, (_, answer) => {
        found = answer?.scriptSource;
      });
    });
    session.post('Debugger.enable');
    // That it fails when it is evaluated is none of our business: it has been compiled by then.
    await import(PROBE_URL).catch(() => {});
    return found;
  } finally {
    hook.deregister();
    session.disconnect();
  }
}

/**
 * @param {string} text
 * @returns {string | null} null if the runtime refuses it, as its loader will
 */
function stripped(text) {
  try {
    return /** @type {any} */ (Module).stripTypeScriptTypes(text);
  } catch {
    return null;
  }
}

const exact = isExact().catch(() => false);

port.on('message', async (/** @type {string[]} */ texts) => {
  const isKnown = await exact;
  port.postMessage(texts.map((text) => (isKnown ? stripped(text) : null)));
  Atomics.store(answered, 0, 1);
  Atomics.notify(answered, 0);
});
