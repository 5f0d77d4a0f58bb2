import { compile, evaluate } from '@mdx-js/mdx';
import React from 'react';
import * as runtime from 'react/jsx-runtime';
import { text } from './text.mjs';

console.log(String(await compile(text)));
const { default: Content } = await evaluate(text, runtime);
const element = Content({});
console.log(
  React.version,
  JSON.stringify(element.props.children, (key, value) => (key.startsWith('_') ? undefined : value)),
);
