export const definitions = { WORD: JSON.stringify('first') };
