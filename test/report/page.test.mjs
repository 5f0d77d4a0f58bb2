// The page in a real browser: what it shows, what clicks and keys do, light and dark, and 10,000 modules.

import assert from 'node:assert/strict';
import fs from 'node:fs';
import { createRequire } from 'node:module';
import path from 'node:path';
import { after, before, describe, test } from 'node:test';
import { pathToFileURL } from 'node:url';
import { chromium } from 'playwright-core';
import { findBrowser } from '../../scripts/browser.mjs';
import { sandbox } from '../support/sandbox.mjs';

/** @typedef {import('../../report/data.js').Report} Report */
/** @typedef {import('playwright-core').Page} Page */

const require = createRequire(import.meta.url);
/** @type {typeof import('../../report/html.js')} */
const { pageOf } = require('../../report/html.js');
/** @type {typeof import('../../report/graph.js')} */
const { dominatorsOf, sumsUpwards } = require('../../report/graph.js');

const PER_PACKAGE = 25;

/** A name that would end the element it stands in, and begin another. */
const NASTY = '</script><script>document.title="broken"</script><!--';

/**
 * A program of many modules: a tree of imports, and some that lead across it.
 *
 * @param {number} count
 * @returns {Report}
 */
function synthetic(count) {
  const rows = [...Array.from({ length: count }).keys()];
  const parents = rows.map((row) => (row === 0 ? -1 : Math.floor((row - 1) / 3)));
  /** @type {number[][]} */
  const imports = rows.map(() => []);
  for (const row of rows) if (row > 0) imports[parents[row]].push(row);
  for (const row of rows) if (row > 100 && row % 10 === 0) imports[row - 77].push(row);
  const native = rows.map((row) => 0.1 + (row % 13) / 100);
  const cached = native.map((one) => one / 4);
  const dominators = dominatorsOf(imports);
  const [nativeAll, cachedAll] = [sumsUpwards(parents, native), sumsUpwards(parents, cached)];
  const [nativeOnly, cachedOnly] = [
    sumsUpwards(dominators, native),
    sumsUpwards(dominators, cached),
  ];
  const times = (/** @type {number} */ ms) => ({
    resolve: ms * 0.3,
    read: ms * 0.1,
    compile: ms * 0.3,
    link: ms * 0.1,
    evaluate: ms * 0.2,
  });
  const start = (/** @type {number} */ sum) => ({
    milliseconds: sum + 33,
    runs: [sum + 40, sum + 33],
    instrumented: (sum + 33) * 1.2,
    factor: 0.83,
    ended: sum + 50,
    isWaiting: false,
    exitCode: 0,
    modules: times(sum),
    others: { runtime: 20, cache: 2, loader: 5, work: 4, waiting: 2 },
    stage: 'warm linker',
    reasons: [],
  });
  const packageCount = Math.ceil(count / PER_PACKAGE);
  const packageOf = (/** @type {number} */ row) => Math.floor(row / PER_PACKAGE);
  return {
    schema: 1,
    entry: 'app/main.js',
    args: ['--flag'],
    node: 'v24.0.0',
    platform: 'linux-x64',
    native: start(nativeAll[0]),
    cached: start(cachedAll[0]),
    modules: rows.map((row) => ({
      url: `p${packageOf(row)}/m${row}.js`,
      path: row === 7 ? `p0/${NASTY}.js` : `p${packageOf(row)}/m${row}.js`,
      package: packageOf(row),
      bytes: 100 + row,
      parent: parents[row],
      imports: imports[row],
      native: times(native[row]),
      cached: times(cached[row]),
      own: { native: native[row], cached: cached[row] },
      all: { native: nativeAll[row], cached: cachedAll[row] },
      only: { native: nativeOnly[row], cached: cachedOnly[row] },
    })),
    packages: Array.from({ length: packageCount }, (_, row) => ({
      name: `p${row}`,
      version: '1.0.0',
      folder: `node_modules/p${row}`,
      modules: PER_PACKAGE,
      native: PER_PACKAGE * (packageCount - row),
      cached: row,
    })),
    costliest: [1, 2, 3].map((module) => ({
      module,
      importer: 0,
      native: nativeOnly[module],
      cached: cachedOnly[module],
    })),
    warnings: [
      {
        code: 'BMES_SLOW_MODULE',
        message: 'p0/m2.js takes 120 ms by itself',
        modules: [2],
        milliseconds: 120,
      },
    ],
    notes: ['The program ended with 3.'],
  };
}

/** @type {import('playwright-core').Browser} */
let browser;
before(async () => {
  // In containers of root's there is no sandbox to be had.
  const args = process.getuid?.() === 0 ? ['--no-sandbox'] : [];
  browser = await chromium.launch({ executablePath: findBrowser() ?? '', args });
});
after(() => browser?.close());

/**
 * @param {import('node:test').TestContext} t
 * @param {Report} report
 * @param {import('playwright-core').BrowserContextOptions} [options]
 */
async function open(t, report, options = {}) {
  const box = sandbox(t);
  const file = path.join(box.root, 'report.html');
  fs.writeFileSync(file, pageOf(report));
  const context = await browser.newContext({ viewport: { width: 1280, height: 900 }, ...options });
  t.after(() => context.close());
  const page = await context.newPage();
  /** @type {string[]} */
  const faults = [];
  /** @type {string[]} */
  const requests = [];
  page.on('pageerror', ({ message }) => faults.push(message));
  page.on('console', (message) => {
    if (message.type() !== 'log') faults.push(message.text());
  });
  page.on('request', (request) => requests.push(request.url()));
  await page.goto(pathToFileURL(file).href);
  return { page, faults, requests, url: pathToFileURL(file).href };
}

/**
 * @param {Page} page
 * @param {string} selector
 * @returns {Promise<number>} how many colours a canvas shows
 */
function coloursOf(page, selector) {
  return page.locator(selector).evaluate((canvas) => {
    const { width, height } = /** @type {HTMLCanvasElement} */ (canvas);
    const context = /** @type {HTMLCanvasElement} */ (canvas).getContext('2d');
    const pixels = new Uint32Array(context?.getImageData(0, 0, width, height).data.buffer ?? []);
    return new Set(pixels).size;
  });
}

const NATIVE = '[data-way=native] canvas';
const CACHED = '[data-way=cached] canvas';
const DIALOG = 'dialog[open]';

describe('the page', () => {
  test('shows both starts, what costs most, warnings and every module, and asks nobody', async (t) => {
    const { page, faults, requests, url } = await open(t, synthetic(500));
    const heading = await page.locator('h1').innerText();
    assert.match(heading, /^starts in \d+ ms, from the cache in \d+ ms$/);
    assert.equal(await page.locator('#costliest li').count(), 3);
    assert.match(await page.locator('#costliest li').first().innerText(), /p0\/m1\.js/);
    assert.match(await page.locator('#warnings').innerText(), /slow module/);
    assert.match(await page.locator('#summary').innerText(), /The program ended with 3\./);
    assert.equal(await page.locator('.count').innerText(), '500 modules');
    for (const canvas of [NATIVE, CACHED, '#treemap canvas']) {
      assert.ok((await coloursOf(page, canvas)) > 10, `${canvas} is drawn`);
    }
    assert.equal(await page.title(), 'app/main.js: where its start goes');
    assert.deepEqual(faults, []);
    assert.deepEqual(requests, [url]);
  });

  test('has the shorter start as the shorter chart, on one scale', async (t) => {
    const { page } = await open(t, synthetic(500));
    const ends = await page.evaluate(
      (selectors) => {
        return selectors.map((selector) => {
          const canvas = /** @type {HTMLCanvasElement} */ (document.querySelector(selector));
          const context = canvas.getContext('2d');
          const row = context?.getImageData(0, 24, canvas.width, 1).data ?? [];
          let last = 0;
          for (let x = 0; x < canvas.width; x++) if ((row[4 * x + 3] ?? 0) > 0) last = x;
          return last / canvas.width;
        });
      },
      [NATIVE, CACHED],
    );
    const { native, cached } = synthetic(500);
    assert.ok(Math.abs((ends[0] ?? 0) - 1) < 0.01);
    assert.ok(
      Math.abs((ends[1] ?? 0) - cached.milliseconds / native.milliseconds) < 0.02,
      `${ends}`,
    );
  });

  test('finds modules by path and package', async (t) => {
    const { page } = await open(t, synthetic(500));
    await page.getByRole('searchbox').fill('m12');
    assert.equal(await page.locator('.count').innerText(), '11 of 500 modules');
    await page.getByRole('searchbox').fill('P3 m7');
    const found = await page.locator('.body .path').allInnerTexts();
    assert.ok(found.length > 0 && found.every((one) => one.startsWith('p3/m7')), `${found}`);
    await page.getByRole('searchbox').fill('nothing is called so');
    assert.equal(await page.locator('.body [role=row]').count(), 0);
  });

  test('sorts by each column, both ways, and says so', async (t) => {
    const { page } = await open(t, synthetic(500));
    const header = (/** @type {string} */ name) => page.getByRole('columnheader', { name });
    await header('Size').getByRole('button').click();
    assert.equal(await header('Size').getAttribute('aria-sort'), 'descending');
    assert.equal(await page.locator('.body .bytes').first().innerText(), '599 B');
    await header('Size').getByRole('button').click();
    assert.equal(await header('Size').getAttribute('aria-sort'), 'ascending');
    assert.equal(await page.locator('.body .bytes').first().innerText(), '100 B');
    await header('Module').getByRole('button').click();
    assert.equal(await header('Size').getAttribute('aria-sort'), 'none');
    const names = await page.locator('.body .path').allInnerTexts();
    assert.deepEqual(names, [...names].sort());
  });

  test('a name with markup in it is text', async (t) => {
    const { page } = await open(t, synthetic(500));
    await page.getByRole('searchbox').fill('script');
    assert.equal(await page.locator('.body .path').innerText(), `p0/${NASTY}.js`);
    assert.equal(await page.title(), 'app/main.js: where its start goes');
  });
});

describe('why a module is there', () => {
  test('is said by the shortest way from the entry, in a dialog that gives the focus back', async (t) => {
    const { page } = await open(t, synthetic(500));
    await page.getByRole('searchbox').fill('m130.js');
    const button = page.locator('.body .path button').first();
    await button.click();
    const dialog = page.locator(DIALOG);
    assert.equal(await dialog.getByRole('heading', { level: 2 }).innerText(), 'p5/m130.js');
    const chain = await dialog.locator('.chain li').allInnerTexts();
    const { modules } = synthetic(500);
    assert.deepEqual(
      chain.map((one) => one.split(/\s+/).at(-1)),
      expectedChain(synthetic(500), 130).map((row) => modules[row]?.path),
    );
    assert.match(await dialog.innerText(), /Imported by 2 modules/);
    await page.keyboard.press('Escape');
    assert.equal(await page.locator(DIALOG).count(), 0);
    assert.ok(await button.evaluate((one) => one === document.activeElement));
  });

  test('leads on to each module of the way, and to the chart', async (t) => {
    const { page } = await open(t, synthetic(500));
    await page.locator('#costliest .link').nth(1).click();
    const dialog = page.locator(DIALOG);
    assert.equal(await dialog.locator('h2').innerText(), 'p0/m2.js');
    await dialog.locator('.chain .link').first().click();
    assert.equal(await dialog.locator('h2').innerText(), 'p0/m0.js');
    await page.keyboard.press('Escape');
    await page.locator('#costliest .link').nth(1).click();
    await dialog.getByRole('button', { name: 'Show it in the chart' }).click();
    assert.equal(await page.locator(DIALOG).count(), 0);
    const reset = page.getByRole('button', { name: /Show the whole start/ });
    assert.match(await reset.innerText(), /p0\/m2\.js/);
    await reset.click();
    assert.ok(await reset.isHidden());
  });

  test('is asked by a click into each chart', async (t) => {
    const { page } = await open(t, synthetic(500));
    for (const selector of [NATIVE, '#treemap canvas']) {
      const canvas = page.locator(selector);
      await canvas.scrollIntoViewIfNeeded();
      const box = await canvas.boundingBox();
      await canvas.click({ position: { x: (box?.width ?? 0) / 3, y: 48 } });
      await page.locator(DIALOG).waitFor();
      assert.match(await page.locator(`${DIALOG} h2`).innerText(), /^p\d+\//);
      await page.keyboard.press('Escape');
    }
  });
});

/**
 * @param {Report} report
 * @param {number} row
 */
function expectedChain({ modules }, row) {
  const ways = new Map([[0, [0]]]);
  for (const [at, way] of ways) {
    for (const target of modules[at]?.imports ?? []) {
      if (!ways.has(target)) ways.set(target, [...way, target]);
    }
  }
  return ways.get(row) ?? [];
}

describe('by keyboard', () => {
  test('the flame chart is walked, opened and zoomed', async (t) => {
    const { page, faults } = await open(t, synthetic(500));
    await page.locator(NATIVE).focus();
    await page.keyboard.press('ArrowDown');
    await page.keyboard.press('ArrowRight');
    assert.match(await page.locator('#said').innerText(), /^p0\/m2\.js: .* in all, .* by itself$/);
    await page.keyboard.press('Enter');
    assert.equal(await page.locator(`${DIALOG} h2`).innerText(), 'p0/m2.js');
    await page.keyboard.press('Escape');
    assert.ok(await page.locator(NATIVE).evaluate((one) => one === document.activeElement));
    await page.keyboard.press('z');
    assert.match(await page.locator('.reset').innerText(), /p0\/m2\.js/);
    await page.keyboard.press('Backspace');
    assert.ok(await page.locator('.reset').isHidden());
    assert.deepEqual(faults, []);
  });

  test('the treemap is walked from the largest', async (t) => {
    const { page } = await open(t, synthetic(500));
    await page.locator('#treemap canvas').focus();
    await page.keyboard.press('ArrowRight');
    assert.match(await page.locator('#said').innerText(), /^p\d+\/m\d+\.js: 0\.2 ms$/);
    await page.locator('#treemap select').selectOption('bytes');
    await page.locator('#treemap canvas').focus();
    await page.keyboard.press('ArrowRight');
    assert.match(await page.locator('#said').innerText(), /: 598 B$/);
    await page.keyboard.press('Enter');
    assert.equal(await page.locator(`${DIALOG} h2`).innerText(), 'p19/m498.js');
  });

  test('the table has one stop for Tab, and arrows reach its last row', async (t) => {
    const { page } = await open(t, synthetic(500));
    const stops = page.locator('.body button[tabindex="0"]');
    assert.equal(await stops.count(), 1);
    await stops.focus();
    await page.keyboard.press('ArrowDown');
    await page.keyboard.press('PageDown');
    await page.keyboard.press('End');
    const focused = page.locator('.body [role=row]:has(button:focus)');
    assert.equal(await focused.getAttribute('aria-rowindex'), '501');
    assert.ok(await focused.locator('button').isVisible());
    await page.keyboard.press('Enter');
    await page.locator(DIALOG).waitFor();
    await page.keyboard.press('Escape');
    assert.equal(await focused.getAttribute('aria-rowindex'), '501');
  });
});

describe('for eyes and ears', () => {
  for (const colorScheme of /** @type {const} */ (['light', 'dark'])) {
    test(`text and its background differ enough: ${colorScheme}`, async (t) => {
      const { page } = await open(t, synthetic(100), { colorScheme });
      const low = await page.evaluate(() => {
        /** @param {string} text */
        const light = (text) => {
          const [r = 0, g = 0, b = 0] = (text.match(/[\d.]+/g) ?? []).map(Number);
          const [x = 0, y = 0, z = 0] = [r, g, b].map((one) => {
            const share = one / 255;
            return share <= 0.03928 ? share / 12.92 : ((share + 0.055) / 1.055) ** 2.4;
          });
          return 0.2126 * x + 0.7152 * y + 0.0722 * z;
        };
        const contrast = (/** @type {string} */ one, /** @type {string} */ other) => {
          const [high = 0, dark = 0] = [light(one), light(other)].sort((a, b) => b - a);
          return (high + 0.05) / (dark + 0.05);
        };
        /** @param {string} name */
        const value = (name) => {
          const probe = document.createElement('i');
          probe.style.color = `var(--${name})`;
          document.body.append(probe);
          const found = getComputedStyle(probe).color;
          probe.remove();
          return found;
        };
        const pairs = [
          ['text', 'surface'],
          ['text', 'page'],
          ['text', 'raised'],
          ['muted', 'surface'],
          ['muted', 'page'],
          ['muted', 'raised'],
          ['accent', 'surface'],
          ['text', 'part-work'],
          ['text', 'part-waiting'],
          ...['runtime', 'cache', 'loader'].map((one) => ['on-colour', `part-${one}`]),
          ...[...Array.from({ length: 11 }).keys()].map((one) => ['on-colour', `package-${one}`]),
        ];
        return pairs
          .map(([front = '', back = '']) => ({
            pair: `${front} on ${back}`,
            ratio: contrast(value(front), value(back)),
          }))
          .filter(({ ratio }) => ratio < 4.5);
      });
      assert.deepEqual(low, []);
    });
  }

  test('dark is another picture, and follows the system while it is open', async (t) => {
    const { page } = await open(t, synthetic(100), { colorScheme: 'light' });
    const background = () =>
      page.evaluate(() => getComputedStyle(document.documentElement).backgroundColor);
    const picture = () =>
      page.locator(NATIVE).evaluate((one) => /** @type {HTMLCanvasElement} */ (one).toDataURL());
    const light = [await background(), await picture()];
    await page.emulateMedia({ colorScheme: 'dark' });
    assert.notEqual(await background(), light[0]);
    assert.notEqual(await picture(), light[1]);
  });

  test('all that can be used has a role and a name', async (t) => {
    const { page } = await open(t, synthetic(100));
    await page.locator('#costliest .link').first().click();
    const nameless = await page.evaluate(() =>
      [...document.querySelectorAll('button, input, select, canvas, [role=img]')]
        .filter((one) => {
          const label = one.closest('label')?.textContent ?? '';
          return (
            !(one.getAttribute('aria-label') ?? '') && !one.textContent?.trim() && !label.trim()
          );
        })
        .map((one) => one.outerHTML),
    );
    assert.deepEqual(nameless, []);
    const dialog = await page.locator(DIALOG).ariaSnapshot();
    assert.match(dialog, /dialog "p0\/m1\.js"/);
    assert.match(dialog, /list "The shortest way from the entry"/);
  });

  test('a narrow window has no scroll bar of its own across', async (t) => {
    const { page } = await open(t, synthetic(100), { viewport: { width: 390, height: 800 } });
    const over = await page.evaluate(
      () => document.documentElement.scrollWidth - document.documentElement.clientWidth,
    );
    assert.equal(over, 0);
  });
});

test('10,000 modules are searched, sorted, scrolled and opened, a few rows at a time', async (t) => {
  const { page, faults } = await open(t, synthetic(10_000));
  assert.equal(await page.locator('.count').innerText(), '10,000 modules');
  const rows = page.locator('.body [role=row]');
  assert.ok((await rows.count()) < 60);
  await page.locator('.rows').evaluate((one) => one.scrollTo(0, one.scrollHeight));
  await page.locator('.body [aria-rowindex="10001"]').waitFor();
  assert.ok((await rows.count()) < 60);
  await page.getByRole('columnheader', { name: 'Itself' }).getByRole('button').click();
  await page.locator('.body [aria-rowindex="2"]').waitFor();
  await page.getByRole('searchbox').fill('m9999.js');
  assert.equal(await page.locator('.count').innerText(), '1 of 10,000 modules');
  await rows.locator('button').click();
  assert.equal(await page.locator(`${DIALOG} h2`).innerText(), 'p399/m9999.js');
  // Boxes that nobody could see are not drawn.
  const drawn = await page.evaluate(() => {
    const { prototype } = CanvasRenderingContext2D;
    const { fillRect } = prototype;
    let count = 0;
    prototype.fillRect = function (...args) {
      count++;
      fillRect.apply(this, args);
    };
    globalThis.dispatchEvent(new Event('resize'));
    /** @type {HTMLElement} */ (document.querySelector('[data-way=native] canvas')).focus();
    prototype.fillRect = fillRect;
    return count;
  });
  assert.ok(drawn < 12_000, `${drawn} boxes`);
  assert.deepEqual(faults, []);
});
