/** The functions of wasm/index.ts, where their parameters are described. */
import type { Type, Unary } from '../wasm/numbers.js';

/** A reduction of one type; `way` is an operator, or a truth. */
type Reduction = (
  way: number,
  x: number,
  y: number,
  outer: number,
  count: number,
  inner: number,
  width: number,
) => void;

/** An instance of the microkernels. A truth is 1 or 0. */
export interface Microkernels {
  /** Name of the build in tiledInfo() and forceVariant(). */
  readonly build: string;
  /** The compiled build, of which workers make instances. */
  readonly module: WebAssembly.Module;
  /** Returns the step of a schedule that has a chunk, among the step `from` and those after it. */
  stepOf(schedule: number, from: number, chunk: number): number;
  /** Returns the number of the first chunk of a step. */
  firstOf(schedule: number, step: number): number;
  /** Makes the calls of one chunk of a step, as the thread of this number. */
  runChunk(schedule: number, step: number, chunk: number, thread: number): void;
  dense(job: number, from: number, to: number, first: number, last: number): void;
  depthwise(job: number, from: number, to: number): void;
  filterGradient(job: number, from: number, to: number, first: number, last: number): void;
  depthwiseFilterGradient(job: number, from: number, to: number): void;
  sweep3x3(job: number, from: number, to: number): void;
  pool(job: number, from: number, to: number): void;
  poolGradient(job: number, from: number, to: number, first: number, last: number): void;
  fill(y: number, length: number, word: number): void;
  unary(op: Unary, x: number, y: number, length: number, p: number, q: number): void;
  binary(job: number, from: number, count: number): void;
  select(condition: number, a: number, b: number, y: number, length: number, isBytes: number): void;
  cast(from: Type, to: Type, x: number, y: number, length: number): void;
  normalize(
    x: number,
    y: number,
    rows: number,
    channels: number,
    mean: number,
    factor: number,
    offset: number,
  ): void;
  reduce(
    operator: number,
    x: number,
    y: number,
    outer: number,
    count: number,
    inner: number,
    divisor: number,
    width: number,
  ): void;
  extremes: Reduction;
  reduceWhole: Reduction;
  truth: Reduction;
  softmax(x: number, y: number, rows: number, length: number): void;
  topK(
    x: number,
    rows: number,
    length: number,
    k: number,
    values: number,
    positions: number,
  ): number;
  move(list: number, count: number): void;
  gather(
    x: number,
    y: number,
    positions: number,
    batch: number,
    outer: number,
    size: number,
    count: number,
    slice: number,
  ): void;
  localResponse(
    x: number,
    y: number,
    pixels: number,
    channels: number,
    radius: number,
    bias: number,
    alpha: number,
    beta: number,
    scratch: number,
  ): void;
  matMul(job: number, a: number, b: number, y: number, from: number, count: number): void;
  sample(
    isBilinear: number,
    x: number,
    y: number,
    channels: number,
    outHeight: number,
    outWidth: number,
    rows: number,
    cols: number,
    outside: number,
  ): void;
  resizeBilinear(
    x: number,
    y: number,
    batch: number,
    imageBytes: number,
    channels: number,
    outHeight: number,
    outWidth: number,
    rows: number,
    cols: number,
  ): void;
}
