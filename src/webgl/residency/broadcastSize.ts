/** Returns an upper bound of the size of the result to which these shapes broadcast. */
export function broadcastSize(shapes: readonly (readonly number[])[]): number {
  const rank = Math.max(0, ...shapes.map(({ length }) => length));
  let size = 1;
  for (let fromEnd = 1; fromEnd <= rank; fromEnd++) {
    size *= Math.max(1, ...shapes.map((shape) => shape.at(-fromEnd) ?? 1));
  }
  return size;
}
