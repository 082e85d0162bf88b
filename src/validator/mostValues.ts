/**
 * Maximum number of values in a tensor; no JavaScript engine holds as many in one float32 array.
 */
const MOST_VALUES = 2 ** 32;

const sizeOf = (shape: readonly number[]) => shape.reduce((a, b) => a * b, 1);

/** Returns the reason why one of the tensors is too large for an array, or null. */
export function tooManyValues(shapes: Readonly<Record<string, readonly number[]>>): string | null {
  const large = Object.entries(shapes).find(([, shape]) => sizeOf(shape) > MOST_VALUES);
  return large === undefined
    ? null
    : `${large[0]} would have ${sizeOf(large[1])} values, and an array has at most ${MOST_VALUES}`;
}
