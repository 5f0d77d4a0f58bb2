/** Adds. */
export function adds(a: number, b: number): number {
  return a + b;
}
