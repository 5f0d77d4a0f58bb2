import { title } from './title.mjs';

export default {
  logLevel: 'warn',
  define: { TITLE: JSON.stringify(title) },
  build: { outDir: 'out', minify: true },
};
