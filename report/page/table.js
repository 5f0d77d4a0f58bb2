// All modules, to search and to sort. Only the rows that can be seen are in the page.

import { element, find } from './dom.js';
import { PHASES, PART_NAMES, count, ms, size } from './model.js';

const ROW = 34;

/** Rows beyond the edges, so that scrolling finds them there. */
const MARGIN = 8;

/**
 * @typedef {object} Column
 * @property {string} id
 * @property {string} name
 * @property {string} title
 * @property {(model: import('./model.js').Model, row: number) => number | string} value what is sorted by
 * @property {(model: import('./model.js').Model, row: number) => Node | string} show
 */

/** @param {(module: import('./model.js').Module) => number} of */
function time(of) {
  return {
    value: (/** @type {import('./model.js').Model} */ model, /** @type {number} */ row) =>
      of(model.module(row)),
    show: (/** @type {import('./model.js').Model} */ model, /** @type {number} */ row) =>
      ms(of(model.module(row))),
  };
}

/** @type {Column[]} */
const COLUMNS = [
  {
    id: 'path',
    name: 'Module',
    title: 'Its file',
    value: (model, row) => model.module(row).path,
    show: (model, row) => model.module(row).path,
  },
  {
    id: 'package',
    name: 'Package',
    title: 'The package it is of',
    value: (model, row) => model.packageOf(row).name,
    show: (model, row) => {
      const { name, version } = model.packageOf(row);
      return version ? `${name} ${version}` : name;
    },
  },
  { id: 'own', name: 'Itself', title: 'Its own time natively', ...time(({ own }) => own.native) },
  {
    id: 'cached',
    name: 'Cached',
    title: 'Its own time from the cache',
    ...time(({ own }) => own.cached),
  },
  {
    id: 'all',
    name: 'With imports',
    title: 'Natively, with all that it was the first to ask for',
    ...time(({ all }) => all.native),
  },
  {
    id: 'only',
    name: 'Saved without',
    title: 'Natively, with all that is loaded only through it',
    ...time(({ only }) => only.native),
  },
  {
    id: 'parts',
    name: 'Its phases',
    title: 'Its own time natively, by phase',
    value: (model, row) => model.module(row).own.native,
    show: (model, row) => bar(model.module(row).native),
  },
  {
    id: 'bytes',
    name: 'Size',
    title: 'Of its file',
    value: (model, row) => model.module(row).bytes,
    show: (model, row) => size(model.module(row).bytes),
  },
];

const SORTABLE = new Set(['path', 'package', 'own', 'cached', 'all', 'only', 'bytes']);

/** Sorted from the top at first: names. */
const RISING = new Set(['path', 'package']);

/** @param {import('../account.js').Times} times */
function bar(times) {
  const total = PHASES.reduce((sum, phase) => sum + times[phase], 0);
  const parts = PHASES.filter((phase) => times[phase] > 0);
  const said = parts.map((phase) => `${PART_NAMES[phase]} ${ms(times[phase])}`).join(', ');
  const made = element('span', { class: 'phases', role: 'img', 'aria-label': said, title: said });
  for (const phase of parts) {
    const piece = element('i', { class: `part-${phase}` });
    piece.style.width = `${(times[phase] / total) * 100}%`;
    made.append(piece);
  }
  return made;
}

export class Table {
  #model;
  #open;
  #rows;
  #sort = { id: 'only', isRising: false };
  #texts;
  #count;
  #body;
  #spacer;
  #scroller;
  /** The row that the keys have come to, of those that are shown. */
  #current = 0;

  /**
   * @param {import('./model.js').Model} model
   * @param {HTMLElement} section
   * @param {{ open: (row: number) => void }} actions
   */
  constructor(model, section, { open }) {
    this.#model = model;
    this.#open = open;
    this.#rows = [...model.modules.keys()];
    this.#texts = this.#rows.map((row) => model.textOf(row));
    this.#count = find('.count', HTMLElement, section);
    this.#body = element('div', { role: 'rowgroup', class: 'body' });
    this.#spacer = element('div', { class: 'spacer', role: 'presentation' }, this.#body);
    this.#scroller = element('div', { class: 'rows', role: 'presentation' }, this.#spacer);
    const head = element('div', { role: 'rowgroup', class: 'head' }, this.#header());
    const table = find('.table', HTMLElement, section);
    table.setAttribute('role', 'table');
    table.setAttribute('aria-labelledby', 'modules-title');
    table.setAttribute('aria-colcount', String(COLUMNS.length));
    table.append(head, this.#scroller);
    this.#table = table;
    const search = find('input', HTMLInputElement, section);
    search.addEventListener('input', () => this.search(search.value));
    this.#scroller.addEventListener('scroll', () => this.draw(), { passive: true });
    this.#scroller.addEventListener('keydown', (event) => this.#onKey(event));
    this.#arrange();
  }

  #table;

  /** @param {string} words all of which must be in a path or the name of its package */
  search(words) {
    const wanted = words.toLowerCase().split(/\s+/).filter(Boolean);
    this.#rows = [...this.#model.modules.keys()].filter((row) =>
      wanted.every((word) => this.#texts[row].includes(word)),
    );
    this.#scroller.scrollTop = 0;
    this.#current = 0;
    this.#arrange();
  }

  draw() {
    const { scrollTop, clientHeight } = this.#scroller;
    const first = Math.max(0, Math.floor(scrollTop / ROW) - MARGIN);
    const last = Math.min(this.#rows.length, Math.ceil((scrollTop + clientHeight) / ROW) + MARGIN);
    const focused = document.activeElement?.closest('[data-at]')?.getAttribute('data-at');
    this.#body.style.transform = `translateY(${first * ROW}px)`;
    this.#body.replaceChildren(
      ...this.#rows.slice(first, last).map((row, at) => this.#line(row, first + at)),
    );
    if (focused !== undefined && focused !== null) {
      this.#buttonAt(Number(focused))?.focus({ preventScroll: true });
    }
  }

  #arrange() {
    const { id, isRising } = this.#sort;
    const column = COLUMNS.find((one) => one.id === id) ?? COLUMNS[0];
    const sign = isRising ? 1 : -1;
    const values = this.#model.modules.map((_, row) => column.value(this.#model, row));
    this.#rows.sort((a, b) => {
      const [left, right] = [values[a], values[b]];
      if (left === right) return a - b;
      return (left < right ? -1 : 1) * sign;
    });
    for (const cell of this.#table.querySelectorAll('[role=columnheader]')) {
      const isIt = cell.getAttribute('data-id') === id;
      const way = isRising ? 'ascending' : 'descending';
      if (cell.hasAttribute('aria-sort')) cell.setAttribute('aria-sort', isIt ? way : 'none');
    }
    const total = this.#model.modules.length;
    const shown = this.#rows.length;
    this.#count.textContent =
      shown === total ? `${count(total)} modules` : `${count(shown)} of ${count(total)} modules`;
    this.#table.setAttribute('aria-rowcount', String(shown + 1));
    this.#spacer.style.height = `${shown * ROW}px`;
    this.draw();
  }

  #header() {
    const row = element('div', { role: 'row', class: 'row', 'aria-rowindex': 1 });
    for (const { id, name, title } of COLUMNS) {
      const attributes = { role: 'columnheader', class: `cell ${id}`, 'data-id': id };
      if (!SORTABLE.has(id)) {
        row.append(element('div', { ...attributes, title }, name));
        continue;
      }
      const button = element('button', { type: 'button', title }, name);
      button.addEventListener('click', () => this.#sortBy(id));
      row.append(element('div', { ...attributes, 'aria-sort': 'none' }, button));
    }
    return row;
  }

  /** @param {string} id */
  #sortBy(id) {
    const isSame = this.#sort.id === id;
    this.#sort = { id, isRising: isSame ? !this.#sort.isRising : RISING.has(id) };
    this.#scroller.scrollTop = 0;
    this.#arrange();
  }

  /**
   * @param {number} row
   * @param {number} at its place among those that are shown
   */
  #line(row, at) {
    const line = element('div', {
      role: 'row',
      class: 'row',
      'aria-rowindex': at + 2,
      'data-at': at,
    });
    for (const { id, show } of COLUMNS) {
      const shown = show(this.#model, row);
      const cell = element('div', { role: 'cell', class: `cell ${id}` });
      if (id === 'path') {
        const dot = element('i', { class: `dot package-${this.#model.colourOf(row)}` });
        // One stop for the Tab key; the arrows go on from there.
        const tabindex = at === this.#current ? 0 : -1;
        const button = element('button', { type: 'button', tabindex, title: String(shown) }, shown);
        button.addEventListener('click', () => {
          this.#current = at;
          this.#open(row);
        });
        cell.append(dot, button);
      } else cell.append(shown);
      line.append(cell);
    }
    return line;
  }

  /** @param {number} at */
  #buttonAt(at) {
    const found = this.#body.querySelector(`[data-at="${at}"] button`);
    return found instanceof HTMLButtonElement ? found : undefined;
  }

  /** @param {KeyboardEvent} event */
  #onKey(event) {
    const page = Math.max(1, Math.floor(this.#scroller.clientHeight / ROW) - 1);
    const last = this.#rows.length - 1;
    const { key } = event;
    const steps = { ArrowDown: 1, ArrowUp: -1, PageDown: page, PageUp: -page };
    const ends = { Home: -last, End: last };
    const step = /** @type {Record<string, number>} */ ({ ...steps, ...ends })[key];
    if (step === undefined) return;
    event.preventDefault();
    this.#current = Math.min(Math.max(this.#current + step, 0), last);
    const top = this.#current * ROW;
    const { scrollTop, clientHeight } = this.#scroller;
    if (top < scrollTop) this.#scroller.scrollTop = top;
    else if (top + ROW > scrollTop + clientHeight) {
      this.#scroller.scrollTop = top + ROW - clientHeight;
    }
    this.draw();
    this.#buttonAt(this.#current)?.focus({ preventScroll: true });
  }
}
