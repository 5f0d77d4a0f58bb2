export const answer = { answer: 42 };
