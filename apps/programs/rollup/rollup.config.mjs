import { banner } from './banner.mjs';

export default {
  input: 'src/main.mjs',
  output: [
    { file: 'out/main.mjs', format: 'es', banner },
    { file: 'out/main.cjs', format: 'cjs', sourcemap: true },
  ],
};
