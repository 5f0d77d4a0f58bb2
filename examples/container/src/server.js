import { serve } from '@hono/node-server';
import { app } from './app.js';

const port = Number(process.env.PORT ?? 8080);
const server = serve({ fetch: app.fetch, port }, (address) => {
  console.log(`listening on port ${address.port}`);
});

process.once('SIGTERM', () => server.close());
