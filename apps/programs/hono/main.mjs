import { serve } from '@hono/node-server';
import { app } from './app.mjs';

const server = serve({ fetch: app.fetch, port: 0, hostname: '127.0.0.1' }, async ({ port }) => {
  for (const path of ['/', '/hello/Ada', '/missing', '/secret']) {
    const response = await fetch(`http://127.0.0.1:${port}${path}`);
    console.log(response.status, await response.text());
  }
  server.close();
  server.closeAllConnections();
});
