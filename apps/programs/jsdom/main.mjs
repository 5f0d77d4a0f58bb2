import { load } from 'cheerio';
import { JSDOM } from 'jsdom';
import { html } from './page.mjs';

const { document, getComputedStyle } = new JSDOM(html, { runScripts: 'dangerously' }).window;
console.log(document.querySelectorAll('li').length, document.title, document.body.dataset.ran);
console.log(getComputedStyle(document.querySelector('p')).color);
const $ = load(html);
$('li:first-child').attr('class', 'first');
console.log(
  $('ul').html(),
  $('li')
    .map((_, item) => $(item).text())
    .get(),
);
