// What is said first: how long it takes, where that goes, and what costs most.

import { element, find } from './dom.js';
import { PART_NAMES, PARTS, WAYS, WAY_NAMES, count, ms } from './model.js';

/** How many of each are shown at first. */
const MOST_SHOWN = 6;

/**
 * @param {import('./model.js').Model} model
 * @param {(row: number) => void} open
 */
export function showSummary(model, open) {
  const { entry, args, native, cached, node, platform, modules, packages } = model.data;
  find('#summary', HTMLElement).append(
    element('p', { class: 'kicker' }, [entry, ...args].join(' ')),
    element(
      'h1',
      {},
      'starts in ',
      element('strong', {}, ms(native.milliseconds)),
      ', from the cache in ',
      element('strong', { class: 'cached' }, ms(cached.milliseconds)),
    ),
    element(
      'p',
      { class: 'hint' },
      `Node ${node.replace(/^v/, '')} on ${platform}, ${count(modules.length)} modules of ${count(packages.length)} packages`,
    ),
    bars(model),
    legend(model),
    ...model.data.notes.map((note) => element('p', { class: 'notice' }, note)),
  );
  showCostliest(model, open);
  showWarnings(model, open);
  showAbout(model);
}

/** @param {import('./model.js').Model} model */
function bars(model) {
  const longest = Math.max(...WAYS.map((way) => model.data[way].milliseconds));
  const rows = element('div', { class: 'bars' });
  for (const way of WAYS) {
    const bar = element('div', { class: 'stack', role: 'img' });
    const parts = model.partsOf(way).filter(({ milliseconds }) => milliseconds > 0);
    const said = parts.map(({ part, milliseconds }) => `${PART_NAMES[part]} ${ms(milliseconds)}`);
    bar.setAttribute('aria-label', `${WAY_NAMES[way]}: ${said.join(', ')}`);
    for (const { part, milliseconds } of parts) {
      const title = `${PART_NAMES[part]}: ${ms(milliseconds)}`;
      const piece = element('i', { class: `part-${part}`, title });
      piece.style.width = `${(milliseconds / longest) * 100}%`;
      bar.append(piece);
    }
    rows.append(element('span', { class: 'way' }, WAY_NAMES[way]), bar);
  }
  return rows;
}

/** @param {import('./model.js').Model} model */
function legend(model) {
  const native = new Map(model.partsOf('native').map((one) => [one.part, one.milliseconds]));
  const cached = new Map(model.partsOf('cached').map((one) => [one.part, one.milliseconds]));
  const list = element('ul', { class: 'legend' });
  for (const part of PARTS) {
    const [before, after] = [native.get(part) ?? 0, cached.get(part) ?? 0];
    if (before < 0.05 && after < 0.05) continue;
    list.append(
      element(
        'li',
        {},
        element('i', { class: `dot part-${part}` }),
        PART_NAMES[part],
        element('span', {}, `${ms(before)} → ${ms(after)}`),
      ),
    );
  }
  return list;
}

/**
 * @param {import('./model.js').Model} model
 * @param {(row: number) => void} open
 */
function showCostliest(model, open) {
  const section = find('#costliest', HTMLElement);
  const { costliest, native } = model.data;
  section.hidden = costliest.length === 0;
  const list = find('ol', HTMLElement, section);
  for (const { module, importer, native: cost, cached } of costliest.slice(0, MOST_SHOWN)) {
    const meter = element('i', { class: `meter package-${model.colourOf(module)}` });
    meter.style.width = `${Math.min(100, (cost / native.milliseconds) * 100)}%`;
    const { path } = model.module(module);
    const by = importer < 0 ? '' : `imported by ${model.module(importer).path}`;
    const button = element('button', { type: 'button', class: 'link' }, path);
    button.addEventListener('click', () => open(module));
    list.append(
      element(
        'li',
        {},
        element('strong', { class: 'cost' }, ms(cost)),
        element(
          'div',
          {},
          button,
          element('span', { class: 'hint' }, `${by}${by && ', '}${ms(cached)} from the cache`),
          element('div', { class: 'track' }, meter),
        ),
      ),
    );
  }
}

/** @type {Record<string, string>} */
const KINDS = {
  BMES_SLOW_MODULE: 'slow module',
  BMES_BARREL: 'barrel',
  BMES_DUPLICATE_PACKAGE: 'loaded twice',
};

/**
 * @param {import('./model.js').Model} model
 * @param {(row: number) => void} open
 */
function showWarnings(model, open) {
  const section = find('#warnings', HTMLElement);
  const { warnings } = model.data;
  section.hidden = warnings.length === 0;
  const list = find('ul', HTMLElement, section);
  const rest = warnings.slice(MOST_SHOWN);
  const line = (/** @type {typeof warnings[number]} */ { code, message, modules }) => {
    const button = element('button', { type: 'button', class: 'link' }, message);
    button.addEventListener('click', () => open(modules[0]));
    return element('li', {}, element('span', { class: 'kind' }, KINDS[code] ?? code), button);
  };
  list.append(...warnings.slice(0, MOST_SHOWN).map(line));
  if (rest.length === 0) return;
  const more = element('button', { type: 'button' }, `${count(rest.length)} more`);
  more.addEventListener('click', () => {
    more.replaceWith(...rest.map(line));
  });
  list.append(more);
}

/** @param {import('./model.js').Model} model */
function showAbout({ data }) {
  const { native, cached } = data;
  const lines = WAYS.map((way) => {
    const { runs, instrumented, factor } = data[way];
    const all = runs.map((one) => ms(one)).join(', ');
    return (
      `${WAY_NAMES[way]}: ${ms(data[way].milliseconds)}, the shortest of ${all} with only a clock in the process. ` +
      `With all instruments it took ${ms(instrumented)}; what they saw is multiplied by ${factor.toFixed(2)}.`
    );
  });
  const ends = `The process ended after ${ms(native.ended)}, and ${ms(cached.ended)} from the cache.`;
  find('#about', HTMLElement).append(
    element('h2', {}, 'How it was measured'),
    element(
      'p',
      {},
      'A start is over when the last module has been evaluated. The runtime’s own loader was timed call by call, ' +
        'V8’s profiler says whose code ran in between.',
    ),
    ...lines.map((one) => element('p', {}, one)),
    element('p', {}, ends),
  );
}
