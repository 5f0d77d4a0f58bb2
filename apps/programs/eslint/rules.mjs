export const rules = { 'no-unused-vars': 'error', eqeqeq: 'warn', 'prefer-const': 'error' };
