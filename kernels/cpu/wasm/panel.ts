/**
 * Copies up to 8 adjacent columns of a matrix to a panel [count, 8], with zeros for those that are missing.
 * @param step bytes from one row of the matrix to the next
 */
export function copyPanel(x: usize, step: usize, count: i32, to: usize, lanes: i32): void {
  if (lanes < 8) memory.fill(to, 0, (<usize>count) << 5);
  for (let i = count; i > 0; i--) {
    if (lanes == 8) {
      v128.store(to, v128.load(x));
      v128.store(to, v128.load(x, 16), 16);
    } else {
      memory.copy(to, x, (<usize>lanes) << 2);
    }
    x += step;
    to += 32;
  }
}
