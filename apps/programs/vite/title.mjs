export const title = 'first title';
