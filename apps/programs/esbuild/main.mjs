import * as esbuild from 'esbuild';
import { replaces } from './plugin.mjs';

const { outputFiles } = await esbuild.build({
  stdin: { contents: `import { a } from 'virtual'; console.log(a as string)`, loader: 'ts' },
  bundle: true,
  write: false,
  plugins: [replaces],
});
console.log(outputFiles[0].text);
console.log((await esbuild.transform('const a = <b>{1}</b>', { loader: 'jsx' })).code);
