import { createSchema, createYoga } from 'graphql-yoga';
import { resolvers } from './resolvers.mjs';

const typeDefs = 'type Query { hello(name: String!): String! fails: Int }';
const yoga = createYoga({ schema: createSchema({ typeDefs, resolvers }), logging: false });
for (const query of ['{ hello(name: "Ada") }', '{ fails }', '{ nothing }']) {
  const response = await yoga.fetch('http://localhost/graphql', {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ query }),
  });
  console.log(response.status, await response.text());
}
