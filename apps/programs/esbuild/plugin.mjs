export const replaces = {
  name: 'replaces',
  setup(build) {
    build.onResolve({ filter: /^virtual$/ }, () => ({ path: 'virtual', namespace: 'virtual' }));
    build.onLoad({ filter: /.*/, namespace: 'virtual' }, () => ({
      contents: `export const a = 'first'`,
    }));
  },
};
