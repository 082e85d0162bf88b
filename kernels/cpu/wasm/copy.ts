/** Copies `rows` rows of `length` floats; steps are bytes from one row to the next. */
export function copyRows(
  rows: i32,
  length: i32,
  x: usize,
  xStep: usize,
  y: usize,
  yStep: usize,
): void {
  for (; rows > 0; rows--) {
    let from = x;
    let to = y;
    let left = length;
    for (; left >= 16; left -= 16) {
      v128.store(to, v128.load(from));
      v128.store(to, v128.load(from, 16), 16);
      v128.store(to, v128.load(from, 32), 32);
      v128.store(to, v128.load(from, 48), 48);
      from += 64;
      to += 64;
    }
    for (; left >= 4; left -= 4) {
      v128.store(to, v128.load(from));
      from += 16;
      to += 16;
    }
    for (; left > 0; left--) {
      store<f32>(to, load<f32>(from));
      from += 4;
      to += 4;
    }
    x += xStep;
    y += yStep;
  }
}
