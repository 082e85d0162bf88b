import relaxedSimd from 'microkernels:relaxed-simd';
import simd from 'microkernels:simd';
import type { CPURunner } from './kernel.js';

/** The functions of wasm/index.ts; what they take is described there. */
export interface Microkernels {
  /** As tiledInfo() and forceVariant() know it. */
  readonly build: string;
  dense(job: number): void;
  depthwise(job: number): void;
  sweep3x3(job: number): void;
  pool(job: number): void;
  binary(
    operator: number,
    rows: number,
    length: number,
    a: number,
    aRow: number,
    aOne: number,
    b: number,
    bRow: number,
    bOne: number,
    y: number,
    scratch: number,
  ): void;
  clip(x: number, y: number, length: number, low: number, high: number): void;
  normalize(
    x: number,
    y: number,
    rows: number,
    channels: number,
    mean: number,
    factor: number,
    offset: number,
  ): void;
  between(
    topLeft: number,
    topRight: number,
    bottomLeft: number,
    bottomRight: number,
    y: number,
    channels: number,
    right: number,
    down: number,
  ): void;
}

/** Builds of the microkernels, the fastest first. */
const binaries = { 'relaxed-simd': relaxedSimd, simd } as const;

/** The convolutions in TypeScript, for where WebAssembly is refused. */
export const plain = 'plain';

type Build = keyof typeof binaries;

/** Every way in which our kernels can compute, the fastest first. */
export const builds: readonly string[] = [...Object.keys(binaries), plain];

const modules = new Map<Build, WebAssembly.Module | null>();

/** Null where the engine does not know the instructions, or a page's policy forbids to compile. */
function moduleOf(build: Build): WebAssembly.Module | null {
  let module = modules.get(build);
  if (module === undefined) {
    try {
      module = new WebAssembly.Module(binaries[build]);
    } catch {
      module = null;
    }
    modules.set(build, module);
  }
  return module;
}

const instances = new WeakMap<WebAssembly.Memory, Map<Build, Microkernels>>();

/**
 * The microkernels on the backend's heap; null where the plain path has to compute.
 * What was forced and is not to be had here, the backend refuses.
 */
export function microkernelsOf(backend: CPURunner): Microkernels | null {
  const { heap, forcedVariant } = backend;
  if (forcedVariant === plain) return null;
  const wanted = (Object.keys(binaries) as Build[]).filter(
    (build) => forcedVariant === null || build === forcedVariant,
  );
  const build = heap === null ? undefined : wanted.find((name) => moduleOf(name) !== null);
  if (heap === null || build === undefined) {
    if (forcedVariant !== null) backend.refuse(`this engine does not compile ${forcedVariant}`);
    return null;
  }
  let ofHeap = instances.get(heap.memory);
  if (ofHeap === undefined) {
    ofHeap = new Map();
    instances.set(heap.memory, ofHeap);
  }
  let made = ofHeap.get(build);
  if (made === undefined) {
    const imports = { env: { memory: heap.memory } };
    const { exports } = new WebAssembly.Instance(moduleOf(build) as WebAssembly.Module, imports);
    made = { ...(exports as unknown as Omit<Microkernels, 'build'>), build };
    ofHeap.set(build, made);
  }
  return made;
}
