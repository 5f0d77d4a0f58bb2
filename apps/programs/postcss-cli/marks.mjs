export const marks = () => ({
  postcssPlugin: 'marks',
  Declaration(declaration) {
    if (declaration.value === 'red') declaration.value = 'crimson';
  },
});
