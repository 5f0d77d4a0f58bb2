import * as d3 from 'd3';
import { data } from './data.mjs';

const x = d3.scaleLinear(
  d3.extent(data, ([at]) => at),
  [0, 100],
);
const y = d3.scaleLog([1, 100], [50, 0]);
console.log(
  d3
    .line(
      ([at]) => x(at),
      ([, value]) => y(value),
    )
    .curve(d3.curveBasis)(data),
);
console.log(
  d3.geoPath(d3.geoMercator())({
    type: 'Polygon',
    coordinates: [
      [
        [0, 0],
        [10, 0],
        [10, 10],
        [0, 0],
      ],
    ],
  }),
);
console.log(
  d3.rollup(
    data,
    (rows) => d3.mean(rows, ([, value]) => value),
    ([at]) => at % 2,
  ),
);
