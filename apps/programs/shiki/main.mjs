import { codeToHtml, codeToTokens } from 'shiki';
import { code } from './code.mjs';

console.log(await codeToHtml(code, { lang: 'typescript', theme: 'nord' }));
const { tokens } = await codeToTokens('a { color: red }', { lang: 'css', theme: 'min-light' });
console.log(tokens.flat().length);
