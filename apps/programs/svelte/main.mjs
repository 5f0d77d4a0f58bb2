import fs from 'node:fs';
import { compile } from 'svelte/compiler';
import { render } from 'svelte/server';
import { source } from './component.mjs';

const { js, css, warnings } = compile(source, { generate: 'server', filename: 'App.svelte' });
console.log(js.code, css?.code, warnings.length);
fs.mkdirSync('out', { recursive: true });
fs.writeFileSync('out/App.mjs', js.code);
const { default: App } = await import('./out/App.mjs');
const { body, head } = render(App, { props: { name: 'Ada' } });
console.log(body, head);
