/**
 * Runs the readers of untrusted bytes under Miri, which sees what tests cannot: undefined behaviour of
 * ours, of what we depend on and of how the two meet.
 *
 *     npm run miri                  the tests of `format`, and what fuzzing has kept for it and for `pack`
 *     npm run miri -- FILTER        those whose name contains this
 *
 * It wants the nightly toolchain with the `miri` component. Everything that rests on a parser is left out
 * of the build, packs are read from memory, since Miri has no maps, and tests that only make many inputs
 * are ignored or take longer strides: it is a thousand times slower.
 */

import { spawnSync } from 'node:child_process';
import fs from 'node:fs';
import { fileURLToPath } from 'node:url';

/** The `store`'s tests ask the system for what Miri does not imitate. */
const command =
  'cargo +nightly miri test --locked --no-default-features --lib --test format --test fuzz ' +
  '-- --skip store::';

/**
 * What this machine lacks for Miri, if anything.
 *
 * @returns {string | undefined}
 */
export function missingForMiri() {
  const asked = spawnSync('cargo', ['+nightly', 'miri', '--version']);
  if (asked.status === 0) return undefined;
  return 'no Miri: rustup toolchain install nightly --component miri,rust-src';
}

if (process.argv[1] && fs.realpathSync(process.argv[1]) === fileURLToPath(import.meta.url)) {
  const missing = missingForMiri();
  if (missing) {
    console.error(`not on this machine: ${missing}`);
    process.exitCode = 2;
  } else {
    const [file = '', ...args] = [...command.split(' '), ...process.argv.slice(2)];
    // Tests read their fixtures, and Miri keeps programs from files unless told otherwise.
    const env = { ...process.env, MIRIFLAGS: '-Zmiri-disable-isolation' };
    process.exitCode = spawnSync(file, args, { stdio: 'inherit', env }).status ?? 1;
  }
}
