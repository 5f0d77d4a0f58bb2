import { parse } from 'marked';

console.log(parse(WORD));
