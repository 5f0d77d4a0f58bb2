export const expression = '6 * 7';
