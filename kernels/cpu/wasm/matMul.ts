import { dot } from './dot';
import { transpose } from './move';
import { copyPanel } from './panel';
import { clamp, madd, storeLanes } from './vector';

/** Products of matrices. Steps are in bytes. ../product.ts writes this class field by field. */
@unmanaged
export class Product {
  m: i32;
  k: i32;
  n: i32;
  /** From one row of a [m, k] to the next, and along it. */
  aRow: usize;
  aStep: usize;
  /** From one row of b [k, n] to the next, and along it; one of them is 4. */
  bRow: usize;
  bStep: usize;
  /** From one matrix of a to the next, and of b; 0 if all products have the same one. */
  aMatrix: usize;
  bMatrix: usize;
  /** Address of n values that are added to each row of the result; 0 if there are none. */
  bias: usize;
  low: f32;
  high: f32;
  /** Address of 8 values, and of k times 8 more: the columns of b that are in use. */
  scratch: usize;
}

/** Number of rows below which the columns of b are read where they are. */
const FEW = 13;

/**
 * Computes y [m, n] = a b, plus a bias and within limits, for matrices that follow each other. Unless b's
 * columns follow each other, a sum has the bits of `dense` for a filter of b's values. Only `count` rows
 * of y from row `from` on, counted over all matrices, are computed.
 */
export function matMul(job: Product, a: usize, b: usize, y: usize, from: i32, count: i32): void {
  const m = job.m;
  y += <usize>from * ((<usize>job.n) << 2);
  for (let matrix = from / m, row = from % m; count > 0; matrix++, row = 0) {
    const some = min(m - row, count);
    const aAt = a + <usize>matrix * job.aMatrix + <usize>row * job.aRow;
    rowsOfOne(job, aAt, b + <usize>matrix * job.bMatrix, y, some);
    y += <usize>some * ((<usize>job.n) << 2);
    count -= some;
  }
}

/** Computes `count` rows of one product. Which sums they are depends on the product alone. */
function rowsOfOne(job: Product, a: usize, b: usize, y: usize, count: i32): void {
  const n = job.n;
  if (job.m < 4 && job.bRow == 4 && job.bStep != 4 && job.aStep == 4) {
    dots(job, a, b, y, count);
    return;
  }
  const isPacked = job.bStep != 4 || count >= FEW;
  const bias = job.scratch;
  const columns = bias + 32;
  for (let column = 0; column < n; column += 8) {
    const lanes = min(8, n - column);
    const at = (<usize>column) << 2;
    memory.fill(bias, 0, 32);
    if (job.bias != 0) memory.copy(bias, job.bias + at, (<usize>lanes) << 2);
    let w = b + <usize>column * job.bStep;
    let wStep = job.bRow;
    if (isPacked || lanes < 8) {
      pack(job, w, columns, lanes);
      w = columns;
      wStep = 32;
    }
    if (job.m == 1 && lanes > 4) one(job, a, w, wStep, y + at, lanes);
    else rows(job, count, a, w, wStep, y + at, lanes);
  }
}

/** Computes few rows of products with columns of b that are read where they are. */
function dots(job: Product, a: usize, b: usize, y: usize, count: i32): void {
  for (; count > 0; count--) {
    let column = b;
    let bias = job.bias;
    for (let left = job.n; left > 0; left--) {
      let sum = dot(a, column, job.k);
      if (bias != 0) {
        sum += load<f32>(bias);
        bias += 4;
      }
      if (sum < job.low) sum = job.low;
      if (sum > job.high) sum = job.high;
      store<f32>(y, sum);
      column += job.bStep;
      y += 4;
    }
    a += job.aRow;
  }
}

/** Copies columns of b to [k, 8], with zeros for those that b does not have. */
function pack(job: Product, b: usize, to: usize, lanes: i32): void {
  if (job.bStep == 4) {
    copyPanel(b, job.bRow, job.k, to, lanes);
    return;
  }
  if (lanes < 8) memory.fill(to, 0, (<usize>job.k) << 5);
  transpose(b, to, job.k, lanes, job.bStep, 32);
}

function rows(
  job: Product,
  left: i32,
  a: usize,
  w: usize,
  wStep: usize,
  y: usize,
  lanes: i32,
): void {
  const yRow = (<usize>job.n) << 2;
  const aRow = job.aRow;
  for (; left >= 6; left -= 6) {
    some(6, job, a, w, wStep, y, lanes);
    a += 6 * aRow;
    y += 6 * yRow;
  }
  for (; left >= 2; left -= 2) {
    some(2, job, a, w, wStep, y, lanes);
    a += 2 * aRow;
    y += 2 * yRow;
  }
  if (left > 0) some(1, job, a, w, wStep, y, lanes);
}

/** Computes `count` rows (letters a to f) of 8 columns; `count` is a compile-time constant. */
// @ts-ignore: decorator
@inline
function some(
  count: i32,
  job: Product,
  a: usize,
  w: usize,
  wStep: usize,
  y: usize,
  lanes: i32,
): void {
  const bias = job.scratch;
  const aRow = job.aRow;
  const aStep = job.aStep;
  let a0 = v128.load(bias);
  let a1 = v128.load(bias, 16);
  let b0 = a0;
  let b1 = a1;
  let c0 = a0;
  let c1 = a1;
  let d0 = a0;
  let d1 = a1;
  let e0 = a0;
  let e1 = a1;
  let f0 = a0;
  let f1 = a1;
  let b = a + aRow;
  let c = b + aRow;
  let d = c + aRow;
  let e = d + aRow;
  let f = e + aRow;
  for (let i = job.k; i > 0; i--) {
    const w0 = v128.load(w);
    const w1 = v128.load(w, 16);
    w += wStep;
    const va = v128.load32_splat(a);
    a0 = madd(va, w0, a0);
    a1 = madd(va, w1, a1);
    a += aStep;
    if (count > 1) {
      const vb = v128.load32_splat(b);
      b0 = madd(vb, w0, b0);
      b1 = madd(vb, w1, b1);
      b += aStep;
    }
    if (count > 2) {
      const vc = v128.load32_splat(c);
      c0 = madd(vc, w0, c0);
      c1 = madd(vc, w1, c1);
      c += aStep;
      const vd = v128.load32_splat(d);
      d0 = madd(vd, w0, d0);
      d1 = madd(vd, w1, d1);
      d += aStep;
      const ve = v128.load32_splat(e);
      e0 = madd(ve, w0, e0);
      e1 = madd(ve, w1, e1);
      e += aStep;
      const vf = v128.load32_splat(f);
      f0 = madd(vf, w0, f0);
      f1 = madd(vf, w1, f1);
      f += aStep;
    }
  }
  const yRow = (<usize>job.n) << 2;
  finish(job, y, a0, a1, lanes);
  if (count > 1) finish(job, y + yRow, b0, b1, lanes);
  if (count > 2) {
    finish(job, y + 2 * yRow, c0, c1, lanes);
    finish(job, y + 3 * yRow, d0, d1, lanes);
    finish(job, y + 4 * yRow, e0, e1, lanes);
    finish(job, y + 5 * yRow, f0, f1, lanes);
  }
}

/**
 * Computes the one row of a by 8 columns. The products go to four independent sums in turn, because a
 * single dependent chain of additions is slow.
 */
function one(job: Product, a: usize, w: usize, wStep: usize, y: usize, lanes: i32): void {
  const bias = job.scratch;
  const aStep = job.aStep;
  let a0 = v128.load(bias);
  let a1 = v128.load(bias, 16);
  let b0 = f32x4.splat(0);
  let b1 = b0;
  let c0 = b0;
  let c1 = b0;
  let d0 = b0;
  let d1 = b0;
  let i = job.k;
  for (; i >= 4; i -= 4) {
    let v = v128.load32_splat(a);
    a0 = madd(v, v128.load(w), a0);
    a1 = madd(v, v128.load(w, 16), a1);
    a += aStep;
    w += wStep;
    v = v128.load32_splat(a);
    b0 = madd(v, v128.load(w), b0);
    b1 = madd(v, v128.load(w, 16), b1);
    a += aStep;
    w += wStep;
    v = v128.load32_splat(a);
    c0 = madd(v, v128.load(w), c0);
    c1 = madd(v, v128.load(w, 16), c1);
    a += aStep;
    w += wStep;
    v = v128.load32_splat(a);
    d0 = madd(v, v128.load(w), d0);
    d1 = madd(v, v128.load(w, 16), d1);
    a += aStep;
    w += wStep;
  }
  for (; i > 0; i--) {
    const v = v128.load32_splat(a);
    a0 = madd(v, v128.load(w), a0);
    a1 = madd(v, v128.load(w, 16), a1);
    a += aStep;
    w += wStep;
  }
  a0 = f32x4.add(f32x4.add(a0, b0), f32x4.add(c0, d0));
  a1 = f32x4.add(f32x4.add(a1, b1), f32x4.add(c1, d1));
  finish(job, y, a0, a1, lanes);
}

// @ts-ignore: decorator
@inline
function finish(job: Product, y: usize, v0: v128, v1: v128, lanes: i32): void {
  const low = f32x4.splat(job.low);
  const high = f32x4.splat(job.high);
  v0 = clamp(v0, low, high);
  v1 = clamp(v1, low, high);
  if (lanes == 8) {
    v128.store(y, v0);
    v128.store(y, v1, 16);
  } else {
    storeLanes(y, v0, v1, lanes);
  }
}
