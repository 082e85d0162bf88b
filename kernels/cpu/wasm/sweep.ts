import { clamp, leak, madd } from './vector';

/** The parameters of `sweep3x3`. As for Job, ../job.ts must write them in this order. */
@unmanaged
export class Sweep {
  batch: i32;
  inHeight: i32;
  inWidth: i32;
  /** At least 4. */
  channels: i32;
  outHeight: i32;
  outWidth: i32;
  strideHeight: i32;
  /** 1 or 2. */
  strideWidth: i32;
  dilationHeight: i32;
  padTop: i32;
  /** 0 or 1. Windows also reach at most one pixel past the right edge. */
  padLeft: i32;
  x: usize;
  y: usize;
  /** Address of the filter [3, 3, channels]. */
  w: usize;
  /** `bias` and `slopes` are as in Job. */
  bias: usize;
  slopes: usize;
  /** Address of 4 zeros. */
  zeros: usize;
  low: f32;
  high: f32;
  /** Dummy result of the prefetch, so that the compiler keeps its loads. */
  touched: i32;
}

/**
 * Computes a depthwise convolution by a 3x3 filter, 4 channels at a time, along a row of output
 * pixels. The nine weights stay in registers. A column of x is loaded once for all output pixels
 * that see it. Only output rows `from` to `to`, counted over all images, are computed.
 */
export function sweep3x3(job: Sweep, from: i32, to: i32): void {
  const channels = job.channels;
  const canPair = job.strideHeight == 1 && job.strideWidth == 1 && job.dilationHeight == 1;
  for (let n = 0; n < job.batch; n++) {
    const before = n * job.outHeight;
    const first = max(0, from - before);
    const end = min(job.outHeight, to - before);
    let touched = max(0, first * job.strideHeight - job.padTop);
    let row = first;
    while (row < end) {
      const top = row * job.strideHeight - job.padTop;
      const isPair = canPair && row + 1 < end && top >= 0 && top + 4 <= job.inHeight;
      const seen = min(job.inHeight, top + (isPair ? 4 : 2 * job.dilationHeight + 1));
      if (seen > touched) {
        touch(job, n, touched, seen);
        touched = seen;
      }
      const last = (channels & 3) == 0 ? channels : channels - 4;
      for (let channel = 0; channel + 4 <= channels; channel += 4) {
        if (isPair) sweepPair(job, n, row, channel);
        else sweepRow(job, n, row, channel);
      }
      if (last < channels) {
        if (isPair) sweepPair(job, n, row, last);
        else sweepRow(job, n, row, last);
      }
      row += isPair ? 2 : 1;
    }
  }
}

/** Loads rows of x into the cache in memory order, which is fastest. */
function touch(job: Sweep, n: i32, from: i32, to: i32): void {
  const rowBytes = <usize>job.inWidth * ((<usize>job.channels) << 2);
  const image = job.x + <usize>(n * job.inHeight) * rowBytes;
  const end = image + <usize>to * rowBytes;
  let all = 0;
  for (let at = image + <usize>from * rowBytes; at < end; at += 64) all |= load<i32>(at);
  job.touched = all;
}

function sweepRow(job: Sweep, n: i32, row: i32, channel: i32): void {
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

/**
 * Computes two rows of outputs, whose windows lie wholly within the rows of x, with the sums that
 * sweepRow() has. The two inner rows of x are loaded once for both.
 */
function sweepPair(job: Sweep, n: i32, row: i32, channel: i32): void {
  const at = (<usize>channel) << 2;
  const pixel = (<usize>job.channels) << 2;
  const inWidth = job.inWidth;
  const rowBytes = <usize>inWidth * pixel;
  let a = job.x + at + <usize>(n * job.inHeight + row - job.padTop) * rowBytes;
  let b = a + rowBytes;
  let c = b + rowBytes;
  let d = c + rowBytes;
  let w = job.w + at;
  const a0 = v128.load(w);
  const a1 = v128.load(w + pixel);
  const a2 = v128.load(w + 2 * pixel);
  w += 3 * pixel;
  const b0 = v128.load(w);
  const b1 = v128.load(w + pixel);
  const b2 = v128.load(w + 2 * pixel);
  w += 3 * pixel;
  const c0 = v128.load(w);
  const c1 = v128.load(w + pixel);
  const c2 = v128.load(w + 2 * pixel);
  const bias = job.bias + at;
  const outWidth = job.outWidth;
  const slopes: usize = job.slopes == 0 ? 0 : job.slopes + at;
  const low = f32x4.splat(job.low);
  const high = f32x4.splat(job.high);
  const outRow = <usize>outWidth * pixel;
  let y = job.y + at + <usize>(n * job.outHeight + row) * outRow;
  let last = v128.load(bias);
  let middle = last;
  let lastBelow = last;
  let middleBelow = last;
  let done = -(2 - job.padLeft);
  for (let col = 0; col < inWidth; col++) {
    let next = v128.load(bias);
    let nextBelow = next;
    let x = v128.load(a);
    a += pixel;
    last = madd(x, a2, last);
    middle = madd(x, a1, middle);
    next = madd(x, a0, next);
    x = v128.load(b);
    b += pixel;
    last = madd(x, b2, last);
    middle = madd(x, b1, middle);
    next = madd(x, b0, next);
    lastBelow = madd(x, a2, lastBelow);
    middleBelow = madd(x, a1, middleBelow);
    nextBelow = madd(x, a0, nextBelow);
    x = v128.load(c);
    c += pixel;
    last = madd(x, c2, last);
    middle = madd(x, c1, middle);
    next = madd(x, c0, next);
    lastBelow = madd(x, b2, lastBelow);
    middleBelow = madd(x, b1, middleBelow);
    nextBelow = madd(x, b0, nextBelow);
    x = v128.load(d);
    d += pixel;
    lastBelow = madd(x, c2, lastBelow);
    middleBelow = madd(x, c1, middleBelow);
    nextBelow = madd(x, c0, nextBelow);
    if (done >= 0) {
      finish(slopes, low, high, y, last);
      finish(slopes, low, high, y + outRow, lastBelow);
      y += pixel;
    }
    done++;
    last = middle;
    middle = next;
    lastBelow = middleBelow;
    middleBelow = nextBelow;
  }
  if (done < outWidth) {
    finish(slopes, low, high, y, last);
    finish(slopes, low, high, y + outRow, lastBelow);
  }
}

// @ts-ignore: decorator
@inline
function finish(slopes: usize, low: v128, high: v128, y: usize, sum: v128): void {
  if (slopes != 0) sum = leak(sum, v128.load(slopes));
  v128.store(y, clamp(sum, low, high));
}
