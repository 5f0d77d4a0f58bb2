import { parse, parseDocument, stringify } from 'yaml';
import { text } from './text.mjs';

console.log(parse(text), stringify(parse(text)));
const document = parseDocument('a: [1, 2\nb: *missing');
console.log(document.errors.map(({ code, linePos }) => [code, linePos]));
