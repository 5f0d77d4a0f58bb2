import { once } from 'node:events';
import { app } from './app.mjs';

const server = app.listen(0, '127.0.0.1');
await once(server, 'listening');
for (const path of ['/hello/Ada', '/fails', '/missing']) {
  const response = await fetch(`http://127.0.0.1:${server.address().port}${path}`);
  console.log(response.status, await response.text());
}
server.close();
server.closeAllConnections();
