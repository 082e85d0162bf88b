import { binary, Broadcast } from './broadcast';
import { cast } from './cast';
import { dense } from './dense';
import { depthwise } from './depthwise';
import { depthwiseFilterGradient } from './depthwiseFilterGradient';
import { extremes } from './extremes';
import { fill } from './fill';
import { filterGradient } from './filterGradient';
import { FilterJob } from './filterJob';
import { gather } from './gather';
import { Job } from './job';
import { localResponse } from './localResponse';
import { matMul, Product } from './matMul';
import { move } from './move';
import { normalize } from './normalize';
import { MOST_ARGUMENTS, Microkernel } from './numbers';
import { Pool, pool } from './pool';
import { PoolGradient, poolGradient } from './poolGradient';
import { reduce } from './reduce';
import { resizeBilinear, sample } from './resize';
import { select } from './select';
import { softmax } from './softmax';
import { sweep3x3 } from './sweep';
import { Sweep } from './sweepJob';
import { truth } from './truth';
import { unary } from './unary';
import { reduceWhole } from './wholes';

/**
 * A list of calls that are made for one part of a range of units after the other. ../shared/callList.ts
 * writes it, and the calls after it.
 */
@unmanaged
class List {
  calls: i32;
  /** Number of units, and of those in a part and in a chunk, which is some parts. */
  length: i32;
  part: i32;
  chunk: i32;
}

/** An argument, as a sum of these terms. */
@unmanaged
class Argument {
  constant: f64;
  /** Term of a unit before the part; of a unit of the part; and of the number of the thread. */
  ofFrom: f64;
  ofCount: f64;
  ofThread: f64;
}

/** A step of a schedule, which ../shared/schedule.ts writes: lists that are done chunk by chunk, one after the other. */
@unmanaged
class Step {
  /** Number of the step's first chunk among those of all steps; the row after the last step has only this. */
  first: i32;
  /** Address of the first list, after which the others lie, and their number. */
  list: i32;
  lists: i32;
}

function stepAt(schedule: usize, step: i32): Step {
  return changetype<Step>(schedule + <usize>step * offsetof<Step>());
}

/** Returns the step that has a chunk, among the step `from` and those after it. */
export function stepOf(schedule: usize, from: i32, chunk: i32): i32 {
  let step = from;
  while (stepAt(schedule, step + 1).first <= chunk) step++;
  return step;
}

/** Returns the number of the first chunk of a step. */
export function firstOf(schedule: usize, step: i32): i32 {
  return stepAt(schedule, step).first;
}

/** Makes all calls for the parts of one chunk of a step, on a thread. */
export function runChunk(schedule: usize, step: i32, chunk: i32, thread: i32): void {
  const row = stepAt(schedule, step);
  let list = <usize>row.list;
  for (let i = row.lists; i > 0; i--) list = runList(list, chunk - row.first, thread);
}

/** Makes all calls for the parts of one chunk of a list, on a thread; returns the address after the list. */
function runList(at: usize, index: i32, thread: i32): usize {
  const list = changetype<List>(at);
  const end = min(list.length, (index + 1) * list.chunk);
  const bytes: usize = 8 + MOST_ARGUMENTS * offsetof<Argument>();
  for (let from = index * list.chunk; from < end; from += list.part) {
    const count = min(list.part, end - from);
    let next = at + offsetof<List>();
    for (let i = list.calls; i > 0; i--) {
      call(next, from, count, thread);
      next += bytes;
    }
  }
  return at + offsetof<List>() + <usize>list.calls * bytes;
}

/** Returns an argument of the call at an address. */
function argument(at: usize, i: i32, from: i32, count: i32, thread: i32): f64 {
  const terms = changetype<Argument>(at + 8 + <usize>i * offsetof<Argument>());
  const ofUnits = terms.ofFrom * <f64>from + terms.ofCount * <f64>count;
  return terms.constant + ofUnits + terms.ofThread * <f64>thread;
}

/** Returns an argument that is whole, which a sum of fractions may miss by little. */
// @ts-ignore: decorator
@inline
function int(value: f64): i32 {
  return <i32>nearest(value);
}

// @ts-ignore: decorator
@inline
function place(value: f64): usize {
  return <usize>nearest(value);
}

/** Makes one call. Arguments that the microkernel has not are 0. */
function call(at: usize, from: i32, count: i32, thread: i32): void {
  const a = argument(at, 0, from, count, thread);
  const b = argument(at, 1, from, count, thread);
  const c = argument(at, 2, from, count, thread);
  const d = argument(at, 3, from, count, thread);
  const e = argument(at, 4, from, count, thread);
  const f = argument(at, 5, from, count, thread);
  const g = argument(at, 6, from, count, thread);
  const h = argument(at, 7, from, count, thread);
  const i = argument(at, 8, from, count, thread);
  switch (<Microkernel>(<i32>load<f64>(at))) {
    case Microkernel.binary:
      return binary(changetype<Broadcast>(place(a)), int(b), int(c));
    case Microkernel.cast:
      return cast(int(a), int(b), place(c), place(d), int(e));
    case Microkernel.dense:
      return dense(changetype<Job>(place(a)), int(b), int(c), int(d), int(e));
    case Microkernel.depthwise:
      return depthwise(changetype<Job>(place(a)), int(b), int(c));
    case Microkernel.depthwiseFilterGradient:
      return depthwiseFilterGradient(changetype<FilterJob>(place(a)), int(b), int(c));
    case Microkernel.extremes:
      return extremes(int(a), place(b), place(c), int(d), int(e), int(f), int(g));
    case Microkernel.fill:
      return fill(place(a), int(b), int(c));
    case Microkernel.filterGradient:
      return filterGradient(changetype<FilterJob>(place(a)), int(b), int(c), int(d), int(e));
    case Microkernel.gather:
      return gather(place(a), place(b), place(c), int(d), int(e), int(f), int(g), int(h));
    case Microkernel.localResponse:
      return localResponse(
        place(a), place(b), int(c), int(d), int(e), <f32>f, <f32>g, <f32>h, place(i),
      );
    case Microkernel.matMul:
      return matMul(changetype<Product>(place(a)), place(b), place(c), place(d), int(e), int(f));
    case Microkernel.move:
      return move(place(a), int(b));
    case Microkernel.normalize:
      return normalize(place(a), place(b), int(c), int(d), place(e), place(f), place(g));
    case Microkernel.pool:
      return pool(changetype<Pool>(place(a)), int(b), int(c));
    case Microkernel.poolGradient:
      return poolGradient(changetype<PoolGradient>(place(a)), int(b), int(c), int(d), int(e));
    case Microkernel.reduce:
      return reduce(int(a), place(b), place(c), int(d), int(e), int(f), g, int(h));
    case Microkernel.reduceWhole:
      return reduceWhole(int(a), place(b), place(c), int(d), int(e), int(f), int(g));
    case Microkernel.resizeBilinear:
      return resizeBilinear(
        place(a), place(b), int(c), place(d), int(e), int(f), int(g), place(h), place(i),
      );
    case Microkernel.sample:
      return sample(
        a != 0, place(b), place(c), int(d), int(e), int(f), place(g), place(h), <f32>i,
      );
    case Microkernel.select:
      return select(place(a), place(b), place(c), place(d), int(e), f != 0);
    case Microkernel.softmax:
      return softmax(place(a), place(b), int(c), int(d));
    case Microkernel.sweep3x3:
      return sweep3x3(changetype<Sweep>(place(a)), int(b), int(c));
    case Microkernel.truth:
      return truth(a != 0, place(b), place(c), int(d), int(e), int(f), int(g));
    case Microkernel.unary:
      return unary(int(a), place(b), place(c), int(d), <f32>e, <f32>f);
  }
}
