export const rules = { 'color-named': 'never' };
