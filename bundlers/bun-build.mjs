/**
 * Builds with Bun, in a process of its own:
 *
 *     bun bun-build.mjs '{ "root", "out", "entries", "isForNode", "plugin", "options" }'
 *
 * `plugin` is the file of ours, `options` what it is told; without it the build has none.
 */

import path from 'node:path';

const { root, out, entries, isForNode, plugin, options } = JSON.parse(process.argv[2]);
const plugins = plugin ? [(await import(plugin)).default(options)] : [];
try {
  const { success } = await Bun.build({
    entrypoints: entries.map((name) => path.join(root, 'src', `${name}.js`)),
    outdir: out,
    splitting: true,
    target: isForNode ? 'node' : 'browser',
    external: ['node:*'],
    plugins,
  });
  process.exitCode = success ? 0 : 1;
} catch (error) {
  console.error(`${error.code} ${error.message}`);
  process.exitCode = 1;
}
