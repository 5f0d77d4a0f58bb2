export const precision = 2;
