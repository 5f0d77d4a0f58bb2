// Without a time limit: a machine under load would give up on colours.
import { codeToHtml, codeToTokens } from 'shiki';
import { code } from './code.mjs';

console.log(await codeToHtml(code, { lang: 'typescript', theme: 'nord', tokenizeTimeLimit: 0 }));
const { tokens } = await codeToTokens('a { color: red }', {
  lang: 'css',
  theme: 'min-light',
  tokenizeTimeLimit: 0,
});
console.log(tokens.flat().length);
