/** A picture of the table, for a README: light and dark, no script, no font but the reader's. */

import { BASELINE } from './columns.mjs';
import { median } from './statistics.mjs';

/** @typedef {import('./startup.mjs').Result} Result */

const BAR = 11;
const GAP = 3;
const ROW = 3 * (BAR + GAP) + 14;
const LEFT = 190;
const WIDTH = 760;
const TOP = 46;

const SHOWN = [
  { name: 'native', title: 'Node', colour: '#9aa4b2' },
  { name: BASELINE, title: 'Node with its compile cache', colour: '#5b8def' },
  { name: 'bmes-cache', title: 'bmes-cache', colour: '#16a34a' },
];

/**
 * @param {string} version
 * @param {Result[]} results
 */
export function barChart(version, results) {
  const rows = results.filter(({ times }) => SHOWN.every(({ name }) => times[name]));
  const most = Math.max(
    ...rows.flatMap(({ times }) => SHOWN.map(({ name }) => median(times[name] ?? []))),
  );
  const scale = (WIDTH - LEFT - 60) / most;
  const height = TOP + rows.length * ROW;
  const bars = rows.flatMap(({ row, times }, nth) => {
    const top = TOP + nth * ROW;
    const label = `<text x="${LEFT - 10}" y="${top + 1.5 * (BAR + GAP) + 4}" text-anchor="end">${escape(row.name)}</text>`;
    const drawn = SHOWN.map(({ name, colour }, at) => {
      const value = median(times[name] ?? []);
      const y = top + at * (BAR + GAP);
      const end = (LEFT + value * scale + 5).toFixed(1);
      const bar = `<rect x="${LEFT}" y="${y}" width="${(value * scale).toFixed(1)}" height="${BAR}" rx="2" fill="${colour}"/>`;
      return `${bar}<text class="n" x="${end}" y="${y + BAR - 2}">${value.toFixed(0)}</text>`;
    });
    return [label].concat(drawn);
  });
  let x = LEFT;
  const legend = SHOWN.map(({ title, colour }) => {
    const one = `<rect x="${x}" y="24" width="10" height="10" rx="2" fill="${colour}"/><text x="${x + 15}" y="33">${title}</text>`;
    x += 30 + 6.6 * title.length;
    return one;
  });
  return `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${WIDTH} ${height}" role="img" aria-label="Start-up time in milliseconds, ${escape(version)}">
<style>
text { font: 12px system-ui, sans-serif; fill: #1f2937 }
.n { font-size: 10px; fill: #6b7280 }
@media (prefers-color-scheme: dark) { text { fill: #e5e7eb } .n { fill: #9ca3af } }
</style>
<text x="0" y="14">Whole process, warm, milliseconds, ${escape(version)}</text>
${[...legend, ...bars].join('\n')}
</svg>
`;
}

/** @param {string} text */
function escape(text) {
  return text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('"', '&quot;');
}
