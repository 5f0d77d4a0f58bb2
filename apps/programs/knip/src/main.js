import { parse } from 'marked';
import { used } from './library.js';

console.log(parse(used));
