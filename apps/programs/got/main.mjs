import http from 'node:http';
import got from 'got';
import { answer } from './answer.mjs';

const server = http.createServer((request, response) => {
  if (request.url === '/moved') response.writeHead(302, { location: '/' }).end();
  else response.setHeader('content-type', 'application/json').end(JSON.stringify(answer));
});
server.listen(0, '127.0.0.1', async () => {
  const client = got.extend({
    prefixUrl: `http://127.0.0.1:${server.address().port}`,
    retry: { limit: 0 },
  });
  console.log(await client('moved').json());
  console.log(await client('', { searchParams: { a: 1 } }).text());
  server.close();
});
