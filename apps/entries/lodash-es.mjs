// All of lodash-es: its index imports one small module per function.
import * as lodash from 'lodash-es';

const words = 'the quick brown fox jumps over the lazy dog'.split(' ');
const byLength = lodash.groupBy(words, 'length');

console.log('exports', Object.keys(lodash).length);
console.log('lengths', lodash.mapValues(byLength, lodash.size));
console.log('camel', lodash.camelCase(words.join(' ')));
console.log('chunks', lodash.chunk(lodash.sortBy(lodash.uniq(words)), 3));
console.log('sum', lodash.chain(lodash.range(100)).filter(isEven).map(square).sum().value());

function isEven(number) {
  return number % 2 === 0;
}

function square(number) {
  return number * number;
}
