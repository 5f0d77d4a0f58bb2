// Puts the views together: one module that is open, and one part of the start that is shown.

import './style.css';
import { element, find, onTheme, Tip } from './dom.js';
import { Flame } from './flame.js';
import { Model, WAYS } from './model.js';
import { showSummary } from './summary.js';
import { Table } from './table.js';
import { Treemap } from './treemap.js';
import { Why } from './why.js';

const model = new Model(JSON.parse(find('#data', HTMLElement).textContent ?? ''));
const tip = new Tip();
const why = new Why(model, find('#why', HTMLDialogElement), (row) => {
  zoom(row);
  find('#flame', HTMLElement).scrollIntoView({ block: 'start' });
});
const { open } = why;

showSummary(model, open);

const flames = WAYS.map((way) => new Flame(model, way, { open, select, zoom, tip }));
find('#flame .lanes', HTMLElement).append(...flames.map((flame) => flame.element));
const reset = find('#flame .reset', HTMLButtonElement);
reset.addEventListener('click', () => zoom(0));

const treemap = new Treemap(
  model,
  find('#treemap canvas', HTMLCanvasElement),
  find('#treemap select', HTMLSelectElement),
  { open, tip },
);
const table = new Table(model, find('#modules', HTMLElement), { open });

/** @param {number} row */
function select(row) {
  for (const flame of flames) flame.select(row);
}

/** @param {number} row the entry for everything */
function zoom(row) {
  const spans = WAYS.map((way) =>
    row === 0 ? model.data[way].milliseconds : model.module(row).all[way],
  );
  for (const flame of flames) flame.zoom(row, Math.max(...spans));
  reset.hidden = row === 0;
  reset.replaceChildren(
    'Show the whole start',
    element('span', {}, ` (now: ${model.module(row).path})`),
  );
  select(row);
}

function draw() {
  for (const flame of flames) flame.draw();
  treemap.draw();
  table.draw();
}

zoom(0);
draw();
new ResizeObserver(draw).observe(find('main', HTMLElement));
onTheme(draw);
