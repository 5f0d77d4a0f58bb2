import { Hono } from 'hono';
import { basicAuth } from 'hono/basic-auth';
import { html } from 'hono/html';

export const app = new Hono();
app.use('/secret', basicAuth({ username: 'a', password: 'b' }));
app.get('/', (c) => c.json({ hello: 'world' }));
app.get('/hello/:name', (c) => c.html(html`<p>${c.req.param('name')}</p>`));
