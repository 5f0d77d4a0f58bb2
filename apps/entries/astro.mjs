// astro: a framework with more than a thousand modules, some of them CommonJS and native addons.
import * as astro from 'astro';

console.log('exports', Object.keys(astro).length);
console.log(Object.keys(astro).sort().join(' '));
console.log(typeof astro.dev, typeof astro.build);
