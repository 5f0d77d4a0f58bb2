export const a   = { b:1 , c: [1,2,
3] } as const;export function   f<T>(x:T){return x}
