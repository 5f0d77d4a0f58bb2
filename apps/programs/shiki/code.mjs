export const code = 'const a: number = 1 // one';
