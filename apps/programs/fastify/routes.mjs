const schema = { params: { type: 'object', properties: { id: { type: 'integer' } } } };

export async function routes(app) {
  app.get('/user/:id', { schema }, async (request) => ({ id: request.params.id, kind: 'user' }));
}
