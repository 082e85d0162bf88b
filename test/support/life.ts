/** Conway's Game of Life by its definition, cell by cell. */

export type Cell = readonly [row: number, column: number];

/** Returns how many cells are alive after a number of generations, on a board with dead surroundings. */
export function aliveAfter(
  generations: number,
  first: readonly Cell[],
  [height, width]: Cell,
): number {
  let alive = new Set(first.map(([row, column]) => row * width + column));
  for (let i = 0; i < generations; i++) {
    const after = new Set<number>();
    for (let cell = 0; cell < height * width; cell++) {
      const row = Math.floor(cell / width);
      const column = cell % width;
      let neighbours = 0;
      for (let y = Math.max(row - 1, 0); y <= Math.min(row + 1, height - 1); y++) {
        for (let x = Math.max(column - 1, 0); x <= Math.min(column + 1, width - 1); x++) {
          if ((y !== row || x !== column) && alive.has(y * width + x)) neighbours++;
        }
      }
      if (neighbours === 3 || (neighbours === 2 && alive.has(cell))) after.add(cell);
    }
    alive = after;
  }
  return alive.size;
}
