import { Box, Text, render, useApp } from 'ink';
import React from 'react';
import { rows } from './rows.mjs';

const { createElement: h } = React;

function App() {
  const { exit } = useApp();
  const [count, setCount] = React.useState(0);
  React.useEffect(() => {
    if (count === rows.length) exit();
    else setCount(rows.length);
  }, [count]);
  return h(
    Box,
    { flexDirection: 'column', borderStyle: 'round' },
    h(Text, { bold: true }, `rows ${count}`),
    ...rows.map((row) => h(Text, { key: row }, row)),
  );
}

await render(h(App)).waitUntilExit();
