/**
 * Makes `dist/launch.js`: all that runs before an app as one file (see runtime/internal.js). The published
 * package has it; in a checkout the sources are loaded, so that nothing is ever older than they are.
 * In a package `runtime/register.js` becomes one file with what loads that one, too: each file that the
 * runtime's `require` finds, reads and compiles takes half a millisecond. What draws the page of
 * `bmes report` is made into `dist/report.js` and `dist/report.css` (see report/html.js).
 *
 *     node scripts/bundle.mjs [--to folder]    makes it, in the folder of a package if not in this one
 *     node scripts/bundle.mjs --clean          removes it
 */

import fs from 'node:fs';
import { createRequire } from 'node:module';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';

const root = fileURLToPath(new URL('../', import.meta.url));
const runtime = path.join(root, 'runtime');

const { values: options } = parseArgs({
  options: { clean: { type: 'boolean', default: false }, to: { type: 'string', default: root } },
});
const outfile = path.join(options.to, 'dist', 'launch.js');

/** What exists once per thread, whoever asks for it: see `shared` in runtime/internal.js. */
const SHARED = /\/(addon|environment|internal)\.js$/;

if (options.clean) {
  fs.rmSync(path.dirname(outfile), { recursive: true, force: true });
} else {
  await bundle();
  await bundlePage();
}

async function bundlePage() {
  const { build } = await import('esbuild');
  /** @type {typeof import('../report/html.js')} */
  const { options: ofPage } = createRequire(import.meta.url)('../report/html.js');
  await build({ ...ofPage(), outdir: path.dirname(outfile) });
}

async function bundle() {
  const { build } = await import('esbuild');
  /** @satisfies {import('esbuild').BuildOptions} */
  const common = {
    bundle: true,
    platform: 'node',
    format: 'cjs',
    target: 'node20',
    charset: 'ascii',
    // Names stay: they are in stacks, and `Function.prototype.name` of some is seen by the app.
    minifySyntax: true,
    minifyWhitespace: true,
    legalComments: 'none',
  };
  if (options.to !== root) {
    const register = path.join('runtime', 'register.js');
    await build({
      ...common,
      entryPoints: [path.join(root, register)],
      outfile: path.join(options.to, register),
      allowOverwrite: true,
      // What a start has no use for, but one that goes wrong.
      external: ['./find-addon.js', './sources.js', '../report/observe.js'],
    });
  }
  await build({
    ...common,
    entryPoints: [path.join(runtime, 'launch.js')],
    outfile,
    banner: { js: '(function (module, exports, require, __dirname) {' },
    footer: { js: '})' },
    plugins: [
      {
        name: 'shared',
        setup({ onResolve }) {
          onResolve({ filter: SHARED }, ({ path: request }) => ({
            path: `./${path.basename(request)}`,
            external: true,
          }));
        },
      },
    ],
  });
}
