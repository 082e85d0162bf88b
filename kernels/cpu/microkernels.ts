import relaxedSimd from 'microkernels:relaxed-simd';
import simd from 'microkernels:simd';
import type { CPURunner } from './kernel.js';
import { withSharedMemory } from './sharedMemory.js';

/** The functions of wasm/index.ts; what they take is described there. */
export interface Microkernels {
  /** As tiledInfo() and forceVariant() know it. */
  readonly build: string;
  /** Among the modules that threads were given. */
  readonly module: number;
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
  exponential(operator: number, x: number, y: number, length: number): void;
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

const buildNames = Object.keys(binaries) as Build[];

const modules = new Map<string, WebAssembly.Module | null>();

/** Null where the engine does not know the instructions, or a page's policy forbids to compile. */
function moduleOf(build: Build, isShared: boolean): WebAssembly.Module | null {
  const key = `${build} ${isShared}`;
  let module = modules.get(key);
  if (module === undefined) {
    try {
      const binary = binaries[build];
      module = new WebAssembly.Module(isShared ? withSharedMemory(binary) : binary);
    } catch {
      module = null;
    }
    modules.set(key, module);
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
  const isShared = backend.threads !== null;
  const wanted = buildNames.filter((build) => forcedVariant === null || build === forcedVariant);
  const build =
    heap === null ? undefined : wanted.find((name) => moduleOf(name, isShared) !== null);
  if (heap === null || build === undefined) {
    if (forcedVariant !== null) backend.refuse(`this engine does not compile ${forcedVariant}`);
    return null;
  }
  let ofHeap = instances.get(heap.memory);
  if (ofHeap === undefined) {
    ofHeap = new Map();
    instances.set(heap.memory, ofHeap);
    backend.threads?.start(buildNames.map((name) => moduleOf(name, isShared)));
  }
  let made = ofHeap.get(build);
  if (made === undefined) {
    const imports = { env: { memory: heap.memory } };
    const module = moduleOf(build, isShared) as WebAssembly.Module;
    const { exports } = new WebAssembly.Instance(module, imports);
    made = {
      ...(exports as unknown as Omit<Microkernels, 'build' | 'module'>),
      build,
      module: buildNames.indexOf(build),
    };
    ofHeap.set(build, made);
  }
  return made;
}
