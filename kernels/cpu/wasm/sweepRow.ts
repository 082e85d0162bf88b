import { finish, Sweep } from './sweepJob';
import { madd } from './vector';

/** Computes a row of outputs, 4 channels of each. */
export function sweepRow(job: Sweep, n: i32, row: i32, channel: i32): void {
  const at = (<usize>channel) << 2;
  const pixel = (<usize>job.channels) << 2;
  const first = row * job.strideHeight - job.padTop;
  const rowA = first;
  const rowB = first + job.dilationHeight;
  const rowC = rowB + job.dilationHeight;
  const height = job.inHeight;
  // A row outside the input is read as zeros and multiplied by zeros, so that no weight, even an
  // infinite one, is multiplied by the padding.
  const hasA = rowA >= 0 && rowA < height;
  const hasB = rowB >= 0 && rowB < height;
  const hasC = rowC >= 0 && rowC < height;
  const image = job.x + at + <usize>(n * height) * <usize>job.inWidth * pixel;
  const rowBytes = <usize>job.inWidth * pixel;
  let a = hasA ? image + <usize>rowA * rowBytes : job.zeros;
  let b = hasB ? image + <usize>rowB * rowBytes : job.zeros;
  let c = hasC ? image + <usize>rowC * rowBytes : job.zeros;
  const aStep = hasA ? pixel : 0;
  const bStep = hasB ? pixel : 0;
  const cStep = hasC ? pixel : 0;
  const zero = f32x4.splat(0);
  let w = job.w + at;
  const a0 = hasA ? v128.load(w) : zero;
  const a1 = hasA ? v128.load(w + pixel) : zero;
  const a2 = hasA ? v128.load(w + 2 * pixel) : zero;
  w += 3 * pixel;
  const b0 = hasB ? v128.load(w) : zero;
  const b1 = hasB ? v128.load(w + pixel) : zero;
  const b2 = hasB ? v128.load(w + 2 * pixel) : zero;
  w += 3 * pixel;
  const c0 = hasC ? v128.load(w) : zero;
  const c1 = hasC ? v128.load(w + pixel) : zero;
  const c2 = hasC ? v128.load(w + 2 * pixel) : zero;
  const bias = job.bias + at;
  let y = job.y + at + <usize>(n * job.outHeight + row) * <usize>job.outWidth * pixel;
  const outWidth = job.outWidth;
  const inWidth = job.inWidth;
  const low = f32x4.splat(job.low);
  const high = f32x4.splat(job.high);
  const slopes: usize = job.slopes == 0 ? 0 : job.slopes + at;

  if (job.strideWidth == 1) {
    // `last`, `middle` and `next` are the sums of the outputs that see the current column as their
    // last, their middle and their first column.
    let last = v128.load(bias);
    let middle = last;
    let done = -(2 - job.padLeft);
    for (let col = 0; col < inWidth; col++) {
      let next = v128.load(bias);
      let x = v128.load(a);
      a += aStep;
      last = madd(x, a2, last);
      middle = madd(x, a1, middle);
      next = madd(x, a0, next);
      x = v128.load(b);
      b += bStep;
      last = madd(x, b2, last);
      middle = madd(x, b1, middle);
      next = madd(x, b0, next);
      x = v128.load(c);
      c += cStep;
      last = madd(x, c2, last);
      middle = madd(x, c1, middle);
      next = madd(x, c0, next);
      if (done >= 0) {
        finish(slopes, low, high, y, last);
        y += pixel;
      }
      done++;
      last = middle;
      middle = next;
    }
    if (done < outWidth) finish(slopes, low, high, y, last);
    return;
  }

  let sum = v128.load(bias);
  let col: i32 = 0;
  if (job.padLeft == 0) {
    sum = madd(v128.load(a), a0, sum);
    sum = madd(v128.load(b), b0, sum);
    sum = madd(v128.load(c), c0, sum);
    a += aStep;
    b += bStep;
    c += cStep;
    col = 1;
  }
  // `col` is the middle column of the next output.
  let out = 0;
  for (; out < outWidth && col + 1 < inWidth; out++, col += 2) {
    let next = v128.load(bias);
    sum = madd(v128.load(a), a1, sum);
    sum = madd(v128.load(b), b1, sum);
    sum = madd(v128.load(c), c1, sum);
    let x = v128.load(a + aStep);
    sum = madd(x, a2, sum);
    next = madd(x, a0, next);
    x = v128.load(b + bStep);
    sum = madd(x, b2, sum);
    next = madd(x, b0, next);
    x = v128.load(c + cStep);
    sum = madd(x, c2, sum);
    next = madd(x, c0, next);
    a += 2 * aStep;
    b += 2 * bStep;
    c += 2 * cStep;
    finish(slopes, low, high, y, sum);
    y += pixel;
    sum = next;
  }
  if (out < outWidth) {
    if (col < inWidth) {
      sum = madd(v128.load(a), a1, sum);
      sum = madd(v128.load(b), b1, sum);
      sum = madd(v128.load(c), c1, sum);
    }
    finish(slopes, low, high, y, sum);
  }
}
