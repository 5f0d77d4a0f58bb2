// ramda: one module per curried function, deep chains of internal helpers.
import * as R from 'ramda';

const shout = R.pipe(R.map(R.toUpper), R.join(' '), R.concat(R.__, '!'));
const people = [
  { name: 'Ada', born: 1815 },
  { name: 'Alan', born: 1912 },
  { name: 'Grace', born: 1906 },
];

console.log('exports', Object.keys(R).length);
console.log('shout', shout(['same', 'answer']));
console.log('sorted', R.pluck('name', R.sortBy(R.prop('born'), people)));
console.log('path', R.pathOr('none', ['a', 'b'], { a: { b: 42 } }), R.pathOr('none', ['x'], {}));
console.log('transpose', R.transpose([R.range(0, 3), R.range(3, 6)]));
