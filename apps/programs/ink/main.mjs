import { Box, Text, render } from 'ink';
import React from 'react';
import { rows } from './rows.mjs';

const { createElement: h } = React;
function App() {
  const [count, setCount] = React.useState(0);
  React.useEffect(() => setCount(rows.length), []);
  return h(
    Box,
    { flexDirection: 'column', borderStyle: 'round' },
    h(Text, { bold: true }, `rows ${count}`),
    ...rows.map((row) => h(Text, { key: row }, row)),
  );
}
const { waitUntilExit, unmount } = render(h(App), { debug: false });
setTimeout(unmount, 200);
await waitUntilExit();
