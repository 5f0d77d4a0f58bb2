export const banner = '/* first */';
