import { finish, Sweep } from './sweepJob';
import { madd } from './vector';

/**
 * Computes two rows of outputs, whose windows lie wholly within the rows of x, with the sums that
 * sweepRow() has. The two inner rows of x are loaded once for both.
 */
export function sweepPair(job: Sweep, n: i32, row: i32, channel: i32): void {
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
