import { copyRows } from './copy';

/** Ways to move the two innermost axes of a move, in the order that ../move.ts uses. */
const COPY = 0;
const TRANSPOSE = 1;

/** An outer axis of a move. Steps are in bytes. ../move.ts writes this class field by field. */
@unmanaged
class Axis {
  size: i32;
  xStep: i32;
  yStep: i32;
  /** Position along the axis; 0 before and after a move. */
  position: i32;
}

/** Values that are moved from x to y. Its outer axes follow it in memory. Steps are in bytes. */
@unmanaged
class Move {
  way: i32;
  axes: i32;
  x: usize;
  y: usize;
  rows: i32;
  xRow: i32;
  yRow: i32;
  length: i32;
  xStep: i32;
  yStep: i32;
}

/** Makes `count` moves that follow each other in memory. */
export function move(at: usize, count: i32): void {
  for (; count > 0; count--) {
    const move = changetype<Move>(at);
    const axes = at + offsetof<Move>();
    at = axes + <usize>move.axes * offsetof<Axis>();
    let x = move.x;
    let y = move.y;
    let isOver = false;
    while (!isOver) {
      plane(move, x, y);
      isOver = true;
      for (let next = at; next > axes; ) {
        next -= offsetof<Axis>();
        const axis = changetype<Axis>(next);
        x += <usize>axis.xStep;
        y += <usize>axis.yStep;
        if (++axis.position < axis.size) {
          isOver = false;
          break;
        }
        x -= <usize>(axis.size * axis.xStep);
        y -= <usize>(axis.size * axis.yStep);
        axis.position = 0;
      }
    }
  }
}

function plane(move: Move, x: usize, y: usize): void {
  const way = move.way;
  const rows = move.rows;
  const length = move.length;
  if (way == COPY) copyRows(rows, length, x, <usize>move.xRow, y, <usize>move.yRow);
  else if (way == TRANSPOSE) transpose(x, y, rows, length, <usize>move.xStep, <usize>move.yRow);
  else strided(move, x, y);
}

/** Values along each side of a square that stays in the first cache, read and written. */
const SIDE = 32;

/**
 * Moves x [length, rows], lines of `rows` adjacent values, to y [rows, length], lines of `length`
 * adjacent values. Steps are the bytes from one line to the next.
 */
export function transpose(
  x: usize,
  y: usize,
  rows: i32,
  length: i32,
  xStep: usize,
  yStep: usize,
): void {
  for (let row = 0; row < rows; row += SIDE) {
    const someRows = min(SIDE, rows - row);
    for (let col = 0; col < length; col += SIDE) {
      const from = x + ((<usize>row) << 2) + <usize>col * xStep;
      const to = y + <usize>row * yStep + ((<usize>col) << 2);
      square(from, to, someRows, min(SIDE, length - col), xStep, yStep);
    }
  }
}

/** Transposes a part as `transpose` does all. */
function square(x: usize, y: usize, rows: i32, length: i32, xStep: usize, yStep: usize): void {
  for (; rows >= 4; rows -= 4) {
    let from = x;
    let to = y;
    let left = length;
    for (; left >= 4; left -= 4) {
      const a = v128.load(from);
      const b = v128.load(from + xStep);
      const c = v128.load(from + 2 * xStep);
      const d = v128.load(from + 3 * xStep);
      const abLow = v128.shuffle<f32>(a, b, 0, 4, 1, 5);
      const abHigh = v128.shuffle<f32>(a, b, 2, 6, 3, 7);
      const cdLow = v128.shuffle<f32>(c, d, 0, 4, 1, 5);
      const cdHigh = v128.shuffle<f32>(c, d, 2, 6, 3, 7);
      v128.store(to, v128.shuffle<f32>(abLow, cdLow, 0, 1, 4, 5));
      v128.store(to + yStep, v128.shuffle<f32>(abLow, cdLow, 2, 3, 6, 7));
      v128.store(to + 2 * yStep, v128.shuffle<f32>(abHigh, cdHigh, 0, 1, 4, 5));
      v128.store(to + 3 * yStep, v128.shuffle<f32>(abHigh, cdHigh, 2, 3, 6, 7));
      from += 4 * xStep;
      to += 16;
    }
    for (; left > 0; left--) {
      const v = v128.load(from);
      store<f32>(to, f32x4.extract_lane(v, 0));
      store<f32>(to + yStep, f32x4.extract_lane(v, 1));
      store<f32>(to + 2 * yStep, f32x4.extract_lane(v, 2));
      store<f32>(to + 3 * yStep, f32x4.extract_lane(v, 3));
      from += xStep;
      to += 4;
    }
    x += 16;
    y += 4 * yStep;
  }
  for (; rows > 0; rows--) {
    let from = x;
    let to = y;
    for (let left = length; left > 0; left--) {
      store<f32>(to, load<f32>(from));
      from += xStep;
      to += 4;
    }
    x += 4;
    y += yStep;
  }
}

/** Moves rows whose values are not adjacent in x, or in y. */
function strided(move: Move, x: usize, y: usize): void {
  const xStep = <usize>move.xStep;
  const yStep = <usize>move.yStep;
  for (let rows = move.rows; rows > 0; rows--) {
    let from = x;
    let to = y;
    let left = move.length;
    if (yStep == 4 && xStep == 0) {
      const v = v128.load32_splat(from);
      for (; left >= 4; left -= 4) {
        v128.store(to, v);
        to += 16;
      }
    } else if (yStep == 4 && xStep == <usize>-4) {
      for (; left >= 4; left -= 4) {
        const v = v128.load(from - 12);
        v128.store(to, v128.shuffle<f32>(v, v, 3, 2, 1, 0));
        from -= 16;
        to += 16;
      }
    }
    for (; left > 0; left--) {
      store<f32>(to, load<f32>(from));
      from += xStep;
      to += yStep;
    }
    x += <usize>move.xRow;
    y += <usize>move.yRow;
  }
}
