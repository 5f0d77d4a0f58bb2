let unused = 1;
let never = 2;
export const same = (a, b) => a == b && never;
