import { site } from './site.mjs';

export default { site, outDir: './out', cacheDir: './.astro-cache' };
