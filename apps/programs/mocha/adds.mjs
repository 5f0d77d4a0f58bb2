export const adds = (a, b) => a + b;
