export const data = [
  [0, 1],
  [1, 10],
  [2, 50],
  [3, 99],
];
