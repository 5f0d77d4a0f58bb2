// Modules as areas, those of a package together.

import { hierarchy, treemap, treemapSquarify } from 'd3-hierarchy';
import { element, fitText, say, sized, themed } from './dom.js';
import { ms, size } from './model.js';

const HEIGHT = 420;
const HEADER = 17;

/** @typedef {'native' | 'cached' | 'bytes'} Measure */
/** @typedef {{ package?: number, row?: number, children?: Datum[] }} Datum */

export class Treemap {
  #model;
  #actions;
  #canvas;
  /** @type {Measure} */
  #measure = 'native';
  /** @type {import('d3-hierarchy').HierarchyRectangularNode<Datum>[]} */
  #leaves = [];
  /** The one that the keys have come to, by size. */
  #at = 0;

  /**
   * @param {import('./model.js').Model} model
   * @param {HTMLCanvasElement} canvas
   * @param {HTMLSelectElement} choice
   * @param {{ open: (row: number) => void, tip: import('./dom.js').Tip }} actions
   */
  constructor(model, canvas, choice, actions) {
    this.#model = model;
    this.#canvas = canvas;
    this.#actions = actions;
    choice.addEventListener('change', () => {
      this.#measure = /** @type {Measure} */ (choice.value);
      this.#at = 0;
      this.draw();
    });
    this.#listen();
  }

  draw() {
    const width = this.#canvas.clientWidth;
    if (width === 0) return;
    const context = sized(this.#canvas, width, HEIGHT);
    const root = this.#layOut(width);
    this.#leaves = root.leaves().filter(({ x0, x1, y0, y1 }) => x1 - x0 > 0 && y1 - y0 > 0);
    this.#leaves.sort((a, b) => (b.value ?? 0) - (a.value ?? 0));
    for (const group of root.children ?? []) this.#drawGroup(context, group);
    for (const leaf of this.#leaves) this.#drawLeaf(context, leaf);
    const current = this.#leaves[this.#at];
    if (current && document.activeElement === this.#canvas) {
      context.strokeStyle = themed('text');
      context.lineWidth = 2;
      const { x0, x1, y0, y1 } = current;
      context.strokeRect(x0 + 1, y0 + 1, Math.max(1, x1 - x0 - 2), Math.max(1, y1 - y0 - 2));
    }
  }

  /** @param {number} width */
  #layOut(width) {
    /** @type {Datum[]} */
    const groups = this.#model.packages.map((_, row) => ({ package: row, children: [] }));
    for (const [row, module] of this.#model.modules.entries()) {
      groups[module.package].children?.push({ row });
    }
    const root = hierarchy(/** @type {Datum} */ ({ children: groups }))
      .sum(({ row }) => (row === undefined ? 0 : this.#valueOf(row)))
      .sort((a, b) => (b.value ?? 0) - (a.value ?? 0));
    return treemap()
      .size([width, HEIGHT])
      .tile(treemapSquarify)
      .paddingOuter(1)
      .paddingTop((node) => (node.depth === 1 ? HEADER : 0))
      .paddingInner((node) => (node.depth === 0 ? 2 : 1))
      .round(true)(/** @type {any} */ (root));
  }

  /** @param {number} row */
  #valueOf(row) {
    const { own, bytes } = this.#model.module(row);
    return this.#measure === 'bytes' ? bytes : own[this.#measure];
  }

  /** @param {number} value */
  #shown(value) {
    return this.#measure === 'bytes' ? size(value) : ms(value);
  }

  /**
   * @param {CanvasRenderingContext2D} context
   * @param {any} group
   */
  #drawGroup(context, { x0, x1, y0, y1, data, value }) {
    if (x1 - x0 < 2 || y1 - y0 < 2) return;
    context.fillStyle = themed('raised');
    context.fillRect(x0, y0, x1 - x0, y1 - y0);
    const { name } = this.#model.packages[data.package];
    context.fillStyle = themed('text');
    context.font = '600 11px ui-sans-serif, system-ui, sans-serif';
    fitText(context, `${name}  ${this.#shown(value)}`, x0, y0 + HEADER / 2 + 1, x1 - x0, true);
    context.font = '11px ui-sans-serif, system-ui, sans-serif';
  }

  /**
   * @param {CanvasRenderingContext2D} context
   * @param {import('d3-hierarchy').HierarchyRectangularNode<Datum>} leaf
   */
  #drawLeaf(context, { x0, x1, y0, y1, data }) {
    if (data.row === undefined) return;
    context.fillStyle = themed(`package-${this.#model.colourOf(data.row)}`);
    context.fillRect(x0, y0, x1 - x0, y1 - y0);
    if (y1 - y0 < 14) return;
    context.fillStyle = themed('on-colour');
    const file = this.#model.module(data.row).path.split('/').at(-1) ?? '';
    fitText(context, file, x0, y0 + Math.min((y1 - y0) / 2, 10), x1 - x0, true);
  }

  #listen() {
    const canvas = this.#canvas;
    const { open, tip } = this.#actions;
    /** @param {MouseEvent} event */
    const under = ({ offsetX: x, offsetY: y }) =>
      this.#leaves.find(({ x0, x1, y0, y1 }) => x >= x0 && x < x1 && y >= y0 && y < y1)?.data.row;
    canvas.addEventListener('mousemove', (event) => {
      const row = under(event);
      canvas.style.cursor = row === undefined ? 'default' : 'pointer';
      if (row === undefined) return tip.hide();
      const { path } = this.#model.module(row);
      return tip.show(event, [element('strong', {}, path), this.#shown(this.#valueOf(row))]);
    });
    canvas.addEventListener('mouseleave', () => tip.hide());
    canvas.addEventListener('click', (event) => {
      const row = under(event);
      if (row !== undefined) open(row);
    });
    canvas.addEventListener('focus', () => this.draw());
    canvas.addEventListener('blur', () => this.draw());
    canvas.addEventListener('keydown', (event) => this.#onKey(event));
  }

  /** @param {KeyboardEvent} event */
  #onKey(event) {
    const { key } = event;
    const step = { ArrowRight: 1, ArrowDown: 1, ArrowLeft: -1, ArrowUp: -1 }[key];
    const row = this.#leaves[this.#at]?.data.row;
    if (key === 'Enter' && row !== undefined) this.#actions.open(row);
    else if (step !== undefined) {
      this.#at = Math.min(Math.max(this.#at + step, 0), this.#leaves.length - 1);
      this.draw();
      const now = this.#leaves[this.#at]?.data.row;
      if (now !== undefined)
        say(`${this.#model.module(now).path}: ${this.#shown(this.#valueOf(now))}`);
    } else return;
    event.preventDefault();
  }
}
