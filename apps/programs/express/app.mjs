import express, { Router } from 'express';

export const app = express();
const router = Router();
router.get('/hello/:name', (request, response) => response.json({ hello: request.params.name }));
router.get('/fails', async () => {
  throw new Error('on purpose');
});
app.use(router);
app.use((error, request, response, _next) => response.status(500).send(error.message));
