/** Instances of the microkernels on the memory of a heap, in the fastest build that compiles. */
import { type Build, buildNames, chooseBuild, moduleOf, plain } from './builds.js';
import type { CPURunner } from './kernel.js';
import type { Type, Unary } from './wasm/numbers.js';

/** The functions of wasm/index.ts; their parameters are described there. */
export interface Microkernels {
  /** Name of the build in tiledInfo() and forceVariant(). */
  readonly build: string;
  /** Index of the build in the list of modules passed to the threads. */
  readonly module: number;
  dense(job: number, from: number, to: number): void;
  depthwise(job: number, from: number, to: number): void;
  sweep3x3(job: number, from: number, to: number): void;
  pool(job: number): void;
  unary(op: Unary, x: number, y: number, length: number, p: number, q: number): void;
  binary(job: number, from: number, count: number): void;
  select(
    condition: number,
    a: number,
    b: number,
    y: number,
    length: number,
    isBytes: boolean,
  ): void;
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
  ): void;
  extremes(
    operator: number,
    x: number,
    y: number,
    outer: number,
    count: number,
    inner: number,
  ): void;
  reduceWhole(
    operator: number,
    x: number,
    y: number,
    outer: number,
    count: number,
    inner: number,
  ): void;
  truth(isAny: boolean, x: number, y: number, outer: number, count: number, inner: number): void;
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
  matMul(job: number, a: number, b: number, y: number): void;
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

const instances = new WeakMap<WebAssembly.Memory, Map<Build, Microkernels>>();

/**
 * Returns the microkernels on the backend's heap; null if the plain path has to compute. Makes the
 * backend refuse if a forced build is not available here.
 */
export function microkernelsOf(backend: CPURunner): Microkernels | null {
  const { name, reason } = chooseBuild(backend);
  const { forcedVariant } = backend;
  if (forcedVariant !== null && forcedVariant !== name) {
    backend.refuse(`there is no ${forcedVariant}: ${reason}`);
  }
  if (backend.build.name !== name || backend.build.reason !== reason) {
    backend.build = { name, reason };
  }
  if (name === plain) return null;
  const { memory } = backend.heap as { memory: WebAssembly.Memory };
  const isShared = backend.threads !== null;
  let ofHeap = instances.get(memory);
  if (ofHeap === undefined) {
    ofHeap = new Map();
    instances.set(memory, ofHeap);
    const compiled = buildNames.map((build) => moduleOf(build, isShared));
    backend.threads?.start(compiled.map((module) => (typeof module === 'string' ? null : module)));
  }
  let made = ofHeap.get(name);
  if (made === undefined) {
    const module = moduleOf(name, isShared) as WebAssembly.Module;
    const { exports } = new WebAssembly.Instance(module, { env: { memory } });
    made = {
      ...(exports as unknown as Omit<Microkernels, 'build' | 'module'>),
      build: name,
      module: buildNames.indexOf(name),
    };
    ofHeap.set(name, made);
  }
  return made;
}
