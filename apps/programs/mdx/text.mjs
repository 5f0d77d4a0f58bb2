export const text = '# Title\n\nText with {1 + 1} and <b>tags</b>.\n\nexport const n = 3;\n';
