// remeda: a modern typed utility library, one small module per function.
import * as R from 'remeda';

const orders = [
  { customer: 'ada', total: 30 },
  { customer: 'alan', total: 12 },
  { customer: 'ada', total: 5 },
];

console.log('exports', Object.keys(R).length);
console.log(
  'totals',
  R.pipe(
    orders,
    R.groupBy((order) => order.customer),
    R.mapValues((group) => R.sumBy(group, (order) => order.total)),
  ),
);
console.log('chunk', R.chunk(R.range(0, 7), 3));
console.log('title', R.toKebabCase('startsFromACache'));
