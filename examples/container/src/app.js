import { Hono } from 'hono';
import { etag } from 'hono/etag';
import { logger } from 'hono/logger';
import { secureHeaders } from 'hono/secure-headers';

export const app = new Hono();

app.use(secureHeaders());
app.use(etag());
if (process.env.LOG) app.use(logger());

app.get('/', (context) => context.json({ hello: 'container' }));
app.get('/add/:a/:b', (context) => {
  const { a, b } = context.req.param();
  return context.json({ sum: Number(a) + Number(b) });
});
