/** Element-wise functions of two tensors, which broadcast against each other. */
import { Binary, CHUNK, SHORT, Type } from './numbers';
import { row } from './rows';

/**
 * Two operands and their broadcast; ../broadcast.ts writes this class field by field. The values of y
 * are runs of `length`. Along a run the values of an operand are adjacent, or one value is used for all.
 * Axes lie outside of a run, the innermost first; their fields follow in memory.
 */
@unmanaged
export class Broadcast {
  op: Binary;
  /** Type of both operands. */
  type: Type;
  a: usize;
  b: usize;
  y: usize;
  /** Bytes of a value of the operands, and of y. */
  size: usize;
  ySize: usize;
  length: i32;
  /** Bytes between the values of a run: 0 or `size`. */
  aStep: usize;
  bStep: usize;
  axes: i32;
  /** 1 for an operand with the same values in each run, 2 for one with the values of y; else 0. */
  aKind: i32;
  bKind: i32;
  /** Address of scratch space: 32 bytes and, if there are short runs, two chunks of values. */
  scratch: usize;
  /** Addresses of the operands' values for the run that is next. */
  aAt: usize;
  bAt: usize;
}

@unmanaged
class Axis {
  size: i32;
  /** Bytes from one index to the next; 0 where the operand broadcasts. */
  aStep: usize;
  bStep: usize;
  /** Index of the run that is next. */
  at: i32;
}

const SAME = 1;
const WHOLE = 2;

/** Computes `count` values of y from value `from` on, which are whole runs if there are axes. */
export function binary(job: Broadcast, from: i32, count: i32): void {
  if (count <= 0) return;
  const length = job.length;
  let y = job.y + <usize>from * job.ySize;
  if (job.axes == 0) {
    const a = job.a + <usize>from * job.aStep;
    run(job, a, job.b + <usize>from * job.bStep, y, count);
    return;
  }
  seek(job, from / length);
  if (length < SHORT) {
    gathered(job, from, count / length, y);
    return;
  }
  for (; count > 0; count -= length) {
    run(job, job.aAt, job.bAt, y, length);
    next(job);
    y += <usize>length * job.ySize;
  }
}

// @ts-ignore: decorator
@inline
function axisOf(job: Broadcast, i: i32): Axis {
  const first = changetype<usize>(job) + offsetof<Broadcast>();
  return changetype<Axis>(first + <usize>i * offsetof<Axis>());
}

/** Goes to a run, counted from the first. */
function seek(job: Broadcast, index: i32): void {
  job.aAt = job.a;
  job.bAt = job.b;
  for (let i = 0; i < job.axes; i++) {
    const axis = axisOf(job, i);
    axis.at = index % axis.size;
    index /= axis.size;
    job.aAt += <usize>axis.at * axis.aStep;
    job.bAt += <usize>axis.at * axis.bStep;
  }
}

/** Goes to the run after the next one. */
function next(job: Broadcast): void {
  for (let i = 0; i < job.axes; i++) {
    const axis = axisOf(job, i);
    job.aAt += axis.aStep;
    job.bAt += axis.bStep;
    if (++axis.at < axis.size) return;
    axis.at = 0;
    job.aAt -= <usize>axis.size * axis.aStep;
    job.bAt -= <usize>axis.size * axis.bStep;
  }
}

/** Computes one run of values. */
function run(job: Broadcast, a: usize, b: usize, y: usize, length: i32): void {
  if (job.aStep == 0) a = spread(job, a, job.scratch);
  if (job.bStep == 0) b = spread(job, b, job.scratch + 16);
  row(job.op, job.type, a, job.aStep, b, job.bStep, y, length);
}

/** Fills a vector with one value, and returns its address. */
function spread(job: Broadcast, value: usize, vector: usize): usize {
  v128.store(vector, job.size == 1 ? v128.load8_splat(value) : v128.load32_splat(value));
  return vector;
}

/** Computes short runs, of which value `from` is the first. */
function gathered(job: Broadcast, from: i32, runs: i32, y: usize): void {
  const aChunk = job.scratch + 32;
  const bChunk = aChunk + CHUNK * 4;
  const most = CHUNK / job.length;
  let aIsMissing = job.aKind != WHOLE;
  let bIsMissing = job.bKind != WHOLE;
  while (runs > 0) {
    const some = min(most, runs);
    if (aIsMissing || bIsMissing) {
      for (let i = 0; i < some; i++) {
        const at = <usize>(i * job.length) * job.size;
        if (aIsMissing) copyRun(job, job.aAt, job.aStep, aChunk + at);
        if (bIsMissing) copyRun(job, job.bAt, job.bStep, bChunk + at);
        next(job);
      }
    }
    const a = job.aKind == WHOLE ? job.a + <usize>from * job.size : aChunk;
    const b = job.bKind == WHOLE ? job.b + <usize>from * job.size : bChunk;
    const count = some * job.length;
    row(job.op, job.type, a, job.size, b, job.size, y, count);
    // Chunks of runs that are all the same stay.
    if (job.aKind == SAME) aIsMissing = false;
    if (job.bKind == SAME) bIsMissing = false;
    runs -= some;
    from += count;
    y += <usize>count * job.ySize;
  }
}

/** Copies the values of an operand for one run. */
function copyRun(job: Broadcast, from: usize, step: usize, to: usize): void {
  if (job.size == 1) {
    for (let left = job.length; left > 0; left--) {
      store<u8>(to, load<u8>(from));
      from += step;
      to++;
    }
    return;
  }
  for (let left = job.length; left > 0; left--) {
    store<u32>(to, load<u32>(from));
    from += step;
    to += 4;
  }
}
