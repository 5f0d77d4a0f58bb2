// What the cases share.

/**
 * An app, and what is known of how it runs from the cache.
 *
 * @typedef {object} Case
 * @property {Record<string, string | Buffer>} files
 * @property {string} [entry] `main.mjs` when left out
 * @property {string[]} [nodeArgs]
 * @property {string[]} [args]
 * @property {Record<string, string>} [env]
 * @property {(project: string) => void} [setup] called when the files are there
 * @property {Partial<Record<import('../../support/run.mjs').Mode, Ending>>} [ends] where the third run is
 *   not warm in the mode that was asked for
 * @property {Known} [known]
 */

/**
 * @typedef {object} Ending
 * @property {'native' | 'linked' | 'warm'} stage
 * @property {'native' | 'hooks' | 'linker'} mode
 * @property {string} because what the timeline of that run must say as well
 */

/**
 * A row of docs/differences.md, and all it does to this app's answer.
 *
 * @typedef {object} Known
 * @property {string} row the first words of the row
 * @property {import('../../support/run.mjs').Mode} [mode] both when left out
 * @property {boolean} [fromPack] not in the run that is watched
 * @property {(native: string) => string} ours what the answer is from the cache
 */

export const DEP = `export let n = 1; export const inc = () => { n++; }; export default function dep() { return 'dep'; }`;
export const MODULE = '{ "type": "module" }';

/**
 * An app that the linker leaves to hooks.
 *
 * @param {string} because
 * @returns {NonNullable<Case['ends']>}
 */
export const onHooks = (because) => ({ linker: { stage: 'warm', mode: 'hooks', because } });

/**
 * An app that always runs natively.
 *
 * @param {string} because
 * @returns {NonNullable<Case['ends']>}
 */
export const alwaysNative = (because) => ({
  hooks: { stage: 'native', mode: 'native', because },
  linker: { stage: 'native', mode: 'native', because },
});
