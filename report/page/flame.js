// One start as a flame chart: a module lies below the one that asked for it first.

import { ticks } from 'd3-array';
import { element, fitText, say, sized, themed } from './dom.js';
import { PART_NAMES, WAY_NAMES, ms } from './model.js';

const ROW = 20;
const AXIS = 18;

/** What is narrower is not drawn, and neither is what lies below it. */
const LEAST_PIXELS = 0.4;

/**
 * @typedef {object} Actions
 * @property {(row: number) => void} open
 * @property {(row: number) => void} select
 * @property {(row: number) => void} zoom
 * @property {import('./dom.js').Tip} tip
 */

export class Flame {
  #model;
  /** @type {import('./model.js').Way} */
  #way;
  #actions;
  #canvas;
  /** Where each module begins, in milliseconds. @type {Float64Array} */
  #starts;
  #root = 0;
  #span = 1;
  #selected = 0;

  /**
   * @param {import('./model.js').Model} model
   * @param {import('./model.js').Way} way
   * @param {Actions} actions
   */
  constructor(model, way, actions) {
    this.#model = model;
    this.#way = way;
    this.#actions = actions;
    this.#starts = layOut(model, way);
    this.#canvas = element('canvas', {
      tabindex: 0,
      role: 'application',
      'aria-roledescription': 'flame chart',
      'aria-label':
        `${WAY_NAMES[way]}: modules below those that asked for them. ` +
        'Arrow keys move, Enter opens one, Z shows only what it pulled in, Backspace the whole start.',
    });
    const { milliseconds } = model.data[way];
    this.element = element(
      'figure',
      { class: 'lane', 'data-way': way },
      element('figcaption', {}, WAY_NAMES[way], element('strong', {}, ms(milliseconds))),
      element('div', { class: 'scroll' }, this.#canvas),
    );
    this.#listen();
  }

  /**
   * Shows a module and what it pulled in, or everything.
   *
   * @param {number} root
   * @param {number} span milliseconds that the width stands for
   */
  zoom(root, span) {
    this.#root = root;
    this.#span = Math.max(span, 1e-6);
    this.draw();
  }

  /** @param {number} row */
  select(row) {
    this.#selected = row;
    this.draw();
  }

  draw() {
    const width = this.#canvas.clientWidth;
    if (width === 0) return;
    const visible = this.#visible(width);
    const depth = visible.reduce((most, one) => Math.max(most, one.depth), 0);
    const context = sized(this.#canvas, width, AXIS + (depth + 1) * ROW);
    this.#drawAxis(context, width);
    const text = themed('on-colour');
    const line = themed('surface');
    for (const { x, size, depth: level, label, colour, row } of visible) {
      const y = AXIS + level * ROW;
      context.fillStyle = themed(colour);
      context.fillRect(x, y, size, ROW - 1);
      if (size > 3) {
        context.fillStyle = line;
        context.fillRect(x + size - 1, y, 1, ROW - 1);
      }
      context.fillStyle =
        colour === 'part-waiting' || colour === 'part-work' ? themed('text') : text;
      fitText(context, label, x, y + ROW / 2, size, row < 0);
      if (row === this.#selected && document.activeElement === this.#canvas) {
        context.strokeStyle = themed('text');
        context.lineWidth = 2;
        context.strokeRect(x + 1, y + 1, Math.max(size - 2, 1), ROW - 3);
      }
    }
  }

  /** @returns {number} milliseconds at the left edge */
  get #from() {
    return this.#root === 0 ? 0 : this.#starts[this.#root];
  }

  /** @param {number} row */
  #all(row) {
    return this.#model.module(row).all[this.#way];
  }

  /**
   * What there is to draw.
   *
   * @param {number} width
   * @returns {{ x: number, size: number, depth: number, label: string, colour: string, row: number }[]}
   */
  #visible(width) {
    const scale = width / this.#span;
    const from = this.#from;
    const boxes = [];
    if (this.#root === 0) {
      for (const { part, start, milliseconds } of this.#others()) {
        const size = milliseconds * scale;
        if (size < LEAST_PIXELS) continue;
        const label = PART_NAMES[part];
        boxes.push({ x: start * scale, size, depth: 0, label, colour: `part-${part}`, row: -1 });
      }
    }
    const above = this.#ancestors();
    const stack = [{ row: this.#root, depth: above.length }];
    for (const [depth, row] of above.entries()) {
      boxes.push({ ...this.#box(row, depth), x: 0, size: this.#all(this.#root) * scale });
    }
    for (let top = stack.pop(); top; top = stack.pop()) {
      const { row, depth } = top;
      const size = this.#all(row) * scale;
      if (size < LEAST_PIXELS) continue;
      boxes.push({ ...this.#box(row, depth), x: (this.#starts[row] - from) * scale, size });
      for (const child of this.#model.childrenOf(row)) stack.push({ row: child, depth: depth + 1 });
    }
    return boxes;
  }

  /**
   * @param {number} row
   * @param {number} depth
   */
  #box(row, depth) {
    const label = this.#model.module(row).path;
    return { depth, label, colour: `package-${this.#model.colourOf(row)}`, row };
  }

  #ancestors() {
    const above = [];
    for (let at = this.#root; at !== 0;) {
      at = this.#model.module(at).parent;
      above.unshift(at);
    }
    return above;
  }

  /** What is no module's, beside the entry. */
  *#others() {
    const { before, after } = this.#model.othersOf(this.#way);
    let start = 0;
    for (const one of before) {
      yield { ...one, start };
      start += one.milliseconds;
    }
    start += this.#all(0);
    for (const one of after) {
      yield { ...one, start };
      start += one.milliseconds;
    }
  }

  /**
   * @param {CanvasRenderingContext2D} context
   * @param {number} width
   */
  #drawAxis(context, width) {
    context.fillStyle = themed('muted');
    for (const tick of ticks(0, this.#span, Math.max(2, Math.floor(width / 110)))) {
      const x = (tick / this.#span) * width;
      context.fillRect(x, AXIS - 4, 1, 4);
      if (x < width - 40) context.fillText(tick === 0 ? '0 ms' : `${tick}`, x + 3, AXIS / 2 - 1);
    }
  }

  /**
   * @param {MouseEvent} event
   * @returns {number | import('./model.js').Part | undefined} a row, or what is no module's
   */
  #at({ offsetX, offsetY }) {
    const level = Math.floor((offsetY - AXIS) / ROW);
    const time = this.#from + (offsetX / this.#canvas.clientWidth) * this.#span;
    const above = this.#ancestors();
    if (level < 0) return undefined;
    if (level < above.length) return above[level];
    let row = this.#root;
    if (!this.#covers(row, time)) {
      const other = [...this.#others()].find(
        ({ start, milliseconds }) => time >= start && time < start + milliseconds,
      );
      return level === 0 && this.#root === 0 ? other?.part : undefined;
    }
    for (let depth = above.length; depth < level; depth++) {
      const child = this.#model.childrenOf(row).find((one) => this.#covers(one, time));
      if (child === undefined) return undefined;
      row = child;
    }
    return row;
  }

  /**
   * @param {number} row
   * @param {number} time
   */
  #covers(row, time) {
    const start = this.#starts[row];
    return time >= start && time < start + this.#all(row);
  }

  #listen() {
    const canvas = this.#canvas;
    const { tip, open } = this.#actions;
    canvas.addEventListener('mousemove', (event) => {
      const found = this.#at(event);
      canvas.style.cursor = typeof found === 'number' ? 'pointer' : 'default';
      if (found === undefined) tip.hide();
      else tip.show(event, typeof found === 'number' ? this.#lines(found) : this.#linesOf(found));
    });
    canvas.addEventListener('mouseleave', () => tip.hide());
    canvas.addEventListener('click', (event) => {
      const found = this.#at(event);
      if (typeof found !== 'number') return;
      this.#actions.select(found);
      open(found);
    });
    canvas.addEventListener('focus', () => this.draw());
    canvas.addEventListener('blur', () => this.draw());
    canvas.addEventListener('keydown', (event) => this.#onKey(event));
  }

  /** @param {number} row */
  #lines(row) {
    const { path, own, all } = this.#model.module(row);
    return [
      element('strong', {}, path),
      `${ms(all.native)} natively with all it pulled in, ${ms(own.native)} by itself`,
      `${ms(all.cached)} from the cache, ${ms(own.cached)} by itself`,
    ];
  }

  /** @param {import('./model.js').Part} part */
  #linesOf(part) {
    const found = this.#model.partsOf(this.#way).find((one) => one.part === part);
    return [element('strong', {}, PART_NAMES[part]), ms(found?.milliseconds ?? 0)];
  }

  /** @param {KeyboardEvent} event */
  #onKey(event) {
    const next = this.#neighbour(event.key);
    if (event.key === 'Enter') this.#actions.open(this.#selected);
    else if (event.key === 'z') this.#actions.zoom(this.#selected);
    else if (event.key === 'Backspace') this.#actions.zoom(0);
    else if (next === undefined) return;
    else {
      this.#actions.select(next);
      const { path, all, own } = this.#model.module(next);
      say(`${path}: ${ms(all[this.#way])} in all, ${ms(own[this.#way])} by itself`);
    }
    event.preventDefault();
  }

  /**
   * @param {string} key
   * @returns {number | undefined}
   */
  #neighbour(key) {
    const row = this.#selected;
    const { parent } = this.#model.module(row);
    const shown = (/** @type {number} */ of) =>
      this.#model.childrenOf(of).filter((one) => this.#all(one) > 0);
    if (key === 'ArrowUp') return row === this.#root ? row : parent;
    if (key === 'ArrowDown') return shown(row)[0] ?? row;
    if (key !== 'ArrowLeft' && key !== 'ArrowRight') return undefined;
    if (row === this.#root) return row;
    const siblings = shown(parent);
    const at = siblings.indexOf(row) + (key === 'ArrowRight' ? 1 : -1);
    return siblings[at] ?? row;
  }
}

/**
 * @param {import('./model.js').Model} model
 * @param {import('./model.js').Way} way
 */
function layOut(model, way) {
  const starts = new Float64Array(model.modules.length);
  starts[0] = model.othersOf(way).before.reduce((sum, one) => sum + one.milliseconds, 0);
  const stack = [0];
  for (let row = stack.pop(); row !== undefined; row = stack.pop()) {
    // Those it pulled in come before the module's own time, as they do in a start.
    let start = starts[row];
    for (const child of model.childrenOf(row)) {
      starts[child] = start;
      start += model.module(child).all[way];
      stack.push(child);
    }
  }
  return starts;
}
