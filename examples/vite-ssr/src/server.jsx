import { readFile } from 'node:fs/promises';
import { serve } from '@hono/node-server';
import { serveStatic } from '@hono/node-server/serve-static';
import { differenceInCalendarDays, format, parseISO } from 'date-fns';
import { Hono } from 'hono';
import { renderToString } from 'react-dom/server';
import { z } from 'zod';
import { App } from './App.jsx';

const client = new URL('../client/', import.meta.url);
const template = await readFile(new URL('index.html', client), 'utf8');
const query = z.object({ from: z.iso.date(), until: z.iso.date() });

const app = new Hono();
app.use('/assets/*', serveStatic({ root: 'dist/client' }));
app.get('/', (context) => {
  const { success, data } = query.safeParse(context.req.query());
  if (!success) return context.text('?from=2030-01-01&until=2030-02-01', 400);
  const [from, until] = [parseISO(data.from), parseISO(data.until)];
  const props = {
    day: format(until, 'EEEE, d MMMM yyyy'),
    days: differenceInCalendarDays(until, from),
  };
  const rendered = renderToString(<App {...props} />);
  const attribute = JSON.stringify(props).replaceAll('&', '&amp;').replaceAll('"', '&quot;');
  const page = template
    .replace('<div id="app">', () => `<div id="app" data-props="${attribute}">`)
    .replace('<!--app-->', () => rendered);
  return context.html(page);
});

const server = serve({ fetch: app.fetch, port: Number(process.env.PORT ?? 8080) }, ({ port }) => {
  console.log(`listening on port ${port}`);
});
process.once('SIGTERM', () => server.close());
