export const resolvers = {
  Query: {
    hello: (_, { name }) => `Hello ${name}`,
    fails() {
      throw new Error('on purpose');
    },
  },
};
