// Elements, colours of the theme, and what is said to those who do not see.

/**
 * @template {keyof HTMLElementTagNameMap} K
 * @param {K} tag
 * @param {Record<string, string | number | boolean | undefined>} [attributes]
 * @param {...(Node | string)} children
 * @returns {HTMLElementTagNameMap[K]}
 */
export function element(tag, attributes = {}, ...children) {
  const made = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes)) {
    if (value === undefined || value === false) continue;
    made.setAttribute(name, value === true ? '' : String(value));
  }
  made.append(...children);
  return made;
}

/**
 * @template {Element} E
 * @param {string} selector
 * @param {new () => E} type
 * @param {ParentNode} [within]
 * @returns {E}
 */
export function find(selector, type, within = document) {
  const found = within.querySelector(selector);
  if (!(found instanceof type)) throw new Error(`the page has no ${selector}`);
  return found;
}

/** Asked for once: charts need them for each of their boxes. @type {Map<string, string>} */
const values = new Map();

/** @param {() => void} listener called when the theme changes */
export function onTheme(listener) {
  matchMedia('(prefers-color-scheme: dark)').addEventListener('change', listener);
}

onTheme(() => values.clear());

/**
 * A value of the theme, as the style sheet has it now.
 *
 * @param {string} name
 */
export function themed(name) {
  let value = values.get(name);
  if (value === undefined) {
    value = getComputedStyle(document.documentElement).getPropertyValue(`--${name}`).trim();
    values.set(name, value);
  }
  return value;
}

/** @param {string} text for screen readers */
export function say(text) {
  find('#said', HTMLElement).textContent = text;
}

/**
 * A canvas as large as its box, in the pixels of the screen.
 *
 * @param {HTMLCanvasElement} canvas
 * @param {number} width
 * @param {number} height
 * @returns {CanvasRenderingContext2D}
 */
export function sized(canvas, width, height) {
  const ratio = globalThis.devicePixelRatio || 1;
  canvas.width = Math.max(1, Math.round(width * ratio));
  canvas.height = Math.max(1, Math.round(height * ratio));
  canvas.style.height = `${height}px`;
  const context = /** @type {CanvasRenderingContext2D} */ (canvas.getContext('2d'));
  context.scale(ratio, ratio);
  context.font = '11px ui-sans-serif, system-ui, sans-serif';
  context.textBaseline = 'middle';
  return context;
}

/** Fewer say nothing. */
const LEAST_LETTERS = 5;

/**
 * Text that is cut to fit; nothing if there is no room for any. Paths are cut at their beginning, which
 * says less than their end.
 *
 * @param {CanvasRenderingContext2D} context
 * @param {string} text
 * @param {number} x
 * @param {number} y
 * @param {number} width
 * @param {boolean} [keepsStart]
 */
export function fitText(context, text, x, y, width, keepsStart = false) {
  if (width < 24) return;
  let shown = text;
  const room = width - 8;
  if (context.measureText(shown).width > room) {
    const letters = Math.floor((room / context.measureText(shown).width) * shown.length) - 2;
    if (letters < LEAST_LETTERS) return;
    shown = keepsStart ? `${shown.slice(0, letters)}…` : `…${shown.slice(-letters)}`;
  }
  context.fillText(shown, x + 4, y);
}

/** A box that follows the pointer. */
export class Tip {
  #box = find('#tip', HTMLElement);

  /**
   * @param {MouseEvent} event
   * @param {(Node | string)[]} lines
   */
  show({ clientX, clientY }, lines) {
    const box = this.#box;
    box.replaceChildren(...lines.map((line) => element('div', {}, line)));
    box.hidden = false;
    const { offsetWidth, offsetHeight } = box;
    const left = Math.min(clientX + 14, innerWidth - offsetWidth - 8);
    const isLow = clientY + 18 + offsetHeight > innerHeight;
    box.style.left = `${Math.max(8, left)}px`;
    box.style.top = `${isLow ? clientY - offsetHeight - 10 : clientY + 18}px`;
  }

  hide() {
    this.#box.hidden = true;
  }
}
