import Fastify from 'fastify';
import { routes } from './routes.mjs';

const app = Fastify();
await app.register(routes, { prefix: '/api' });
for (const url of ['/api/user/7', '/api/user/x', '/nowhere']) {
  const { statusCode, body } = await app.inject({ url });
  console.log(statusCode, body);
}
await app.listen({ port: 0, host: '127.0.0.1' });
const response = await fetch(`http://127.0.0.1:${app.server.address().port}/api/user/8`);
console.log(response.status, await response.json());
await app.close();
