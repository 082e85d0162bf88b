/** The builds of the microkernels: which of them this engine compiles, and which one computes. */
import relaxedSimd from 'microkernels:relaxed-simd';
import simd from 'microkernels:simd';
import type { CPURunner } from './kernel.js';
import { withSharedMemory } from './sharedMemory.js';

/** Builds of the microkernels, the fastest first. */
const binaries = { 'relaxed-simd': relaxedSimd, simd } as const;

/** The convolutions in TypeScript, for where WebAssembly is refused. */
export const plain = 'plain';

export type Build = keyof typeof binaries;

/** Every way in which our kernels can compute, the fastest first. */
export const builds: readonly string[] = [...Object.keys(binaries), plain];

export const buildNames = Object.keys(binaries) as Build[];

/** Compiled builds, and why others are none. */
const modules = new Map<string, WebAssembly.Module | string>();

/** A string where the engine does not know the instructions, or a page's policy forbids to compile. */
export function moduleOf(build: Build, isShared: boolean): WebAssembly.Module | string {
  const key = `${build} ${isShared}`;
  let module = modules.get(key);
  if (module === undefined) {
    try {
      const binary = binaries[build];
      module = new WebAssembly.Module(isShared ? withSharedMemory(binary) : binary);
    } catch (error) {
      module = whyNotCompiled(build, error instanceof Error ? error.message : String(error));
    }
    modules.set(key, module);
  }
  return module;
}

/** The engine's words name the directive of a policy that refused, in most browsers. */
function whyNotCompiled(build: Build, words: string): string {
  return /content security policy|\bCSP\b/i.test(words)
    ? `a Content-Security-Policy refuses WebAssembly: script-src must allow 'wasm-unsafe-eval' (${words})`
    : `${build} does not compile here (${words})`;
}

/** The fastest build that there is for the backend's heap, or plain, and why none that is faster. */
export function chooseBuild(backend: CPURunner): { name: Build | typeof plain; reason: string } {
  const { heap, forcedVariant } = backend;
  if (forcedVariant === plain) return { name: plain, reason: 'forceVariant() asked for it' };
  if (heap === null) return { name: plain, reason: backend.whyNoHeap };
  const isShared = backend.threads !== null;
  let reason = forcedVariant === null ? 'it is the fastest' : 'forceVariant() asked for it';
  for (const name of buildNames) {
    if (forcedVariant !== null && name !== forcedVariant) continue;
    const module = moduleOf(name, isShared);
    if (typeof module !== 'string') return { name, reason };
    reason = module;
  }
  return { name: plain, reason };
}
