// The dialog of one module: what it costs, and why it is there.

import { element } from './dom.js';
import { PART_NAMES, PHASES, WAYS, WAY_NAMES, count, ms, size } from './model.js';

/** How many importers are listed. */
const MOST_LISTED = 30;

export class Why {
  #model;
  #dialog;
  #zoom;

  /**
   * @param {import('./model.js').Model} model
   * @param {HTMLDialogElement} dialog
   * @param {(row: number) => void} zoom
   */
  constructor(model, dialog, zoom) {
    this.#model = model;
    this.#dialog = dialog;
    this.#zoom = zoom;
    dialog.addEventListener('click', (event) => {
      // Outside of what is in it.
      if (event.target === dialog) dialog.close();
    });
  }

  /** @param {number} row */
  open = (row) => {
    const model = this.#model;
    const { path, bytes, only, all, imports } = model.module(row);
    const { name, version, folder } = model.packageOf(row);
    const close = element('button', { type: 'button', class: 'close', 'aria-label': 'Close' }, '×');
    close.addEventListener('click', () => this.#dialog.close());
    const zoom = element('button', { type: 'button', class: 'zoom' }, 'Show it in the chart');
    zoom.addEventListener('click', () => {
      this.#dialog.close();
      this.#zoom(row);
    });
    const about = [`${name}${version && ` ${version}`}`, folder, bytes > 0 ? size(bytes) : ''];
    const content = element(
      'div',
      { class: 'inside' },
      close,
      element('h2', { id: 'why-title', tabindex: -1 }, path),
      element('p', { class: 'hint' }, about.filter(Boolean).join(' · ')),
      this.#times(row),
      element(
        'p',
        {},
        `With all it pulled in ${ms(all.native)}, from the cache ${ms(all.cached)}. Without it `,
        element('strong', {}, ms(only.native)),
        ' would be saved.',
      ),
      element('h3', {}, 'Why it is there'),
      this.#chain(row),
      ...this.#importers(row),
      element(
        'p',
        { class: 'hint' },
        imports.length === 0 ? 'It imports nothing.' : `It imports ${plural(imports.length)}.`,
      ),
      zoom,
    );
    this.#dialog.replaceChildren(content);
    if (!this.#dialog.open) this.#dialog.showModal();
    this.#dialog.scrollTop = 0;
    content.querySelector('h2')?.focus();
  };

  /** @param {number} row */
  #times(row) {
    const module = this.#model.module(row);
    const head = element('tr', {}, element('td', {}));
    for (const phase of PHASES) {
      const dot = element('i', { class: `dot part-${phase}` });
      head.append(element('th', { scope: 'col' }, dot, PART_NAMES[phase]));
    }
    head.append(element('th', { scope: 'col' }, 'itself'));
    const table = element('table', { class: 'times' }, element('thead', {}, head));
    const body = element('tbody');
    for (const way of WAYS) {
      const line = element('tr', {}, element('th', { scope: 'row' }, WAY_NAMES[way]));
      for (const phase of PHASES) line.append(element('td', {}, ms(module[way][phase])));
      line.append(element('td', {}, element('strong', {}, ms(module.own[way]))));
      body.append(line);
    }
    table.append(body);
    return table;
  }

  /** @param {number} row */
  #chain(row) {
    const chain = this.#model.chainTo(row);
    if (chain.length === 0) {
      return element(
        'p',
        {},
        'Nobody of the program has asked for it: the runtime did, or a preload.',
      );
    }
    const list = element('ol', { class: 'chain', 'aria-label': 'The shortest way from the entry' });
    for (const [at, step] of chain.entries()) {
      const { path } = this.#model.module(step);
      const word = at === 0 ? 'the entry' : 'imports';
      const shown = step === row ? element('strong', {}, path) : this.#link(step);
      list.append(element('li', {}, element('span', { class: 'word' }, word), shown));
    }
    return list;
  }

  /** @param {number} row */
  #importers(row) {
    const importers = this.#model.importersOf(row);
    if (importers.length < 2) return [];
    const summary = element('summary', {}, `Imported by ${plural(importers.length)}`);
    const list = element('ul');
    for (const one of importers.slice(0, MOST_LISTED)) {
      list.append(element('li', {}, this.#link(one)));
    }
    if (importers.length > MOST_LISTED) {
      list.append(element('li', {}, `and ${count(importers.length - MOST_LISTED)} more`));
    }
    return [element('details', {}, summary, list)];
  }

  /** @param {number} row */
  #link(row) {
    const { path } = this.#model.module(row);
    const button = element('button', { type: 'button', class: 'link' }, path);
    button.addEventListener('click', () => this.open(row));
    return button;
  }
}

/** @param {number} number */
function plural(number) {
  return number === 1 ? 'one module' : `${count(number)} modules`;
}
