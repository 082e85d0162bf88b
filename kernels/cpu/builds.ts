/** The builds of the microkernels: compiling them and choosing one. */
import relaxedSimd from 'microkernels:relaxed-simd';
import simd from 'microkernels:simd';
import type { CPURunner } from './kernel.js';
import { withSharedMemory } from './sharedMemory.js';

/** Binaries of the microkernels, the fastest first. */
const binaries = { 'relaxed-simd': relaxedSimd, simd } as const;

/** Name of the convolutions in TypeScript, which run if WebAssembly is refused. */
export const plain = 'plain';

export type Build = keyof typeof binaries;

/** Names of all variants of our kernels, the fastest first. */
export const builds: readonly string[] = [...Object.keys(binaries), plain];

export const buildNames = Object.keys(binaries) as Build[];

/** Compiled builds, or the reason why a build does not compile. */
const modules = new Map<string, WebAssembly.Module | string>();

/**
 * Returns the compiled build. Returns the reason as a string if the engine does not support the
 * instructions, or if a page's policy forbids compiling.
 */
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

/**
 * Returns the reason why a build does not compile. If a policy refused, the engine's message names
 * the policy's directive in most browsers.
 */
function whyNotCompiled(build: Build, words: string): string {
  return /content security policy|\bCSP\b/i.test(words)
    ? `a Content-Security-Policy refuses WebAssembly: script-src must allow 'wasm-unsafe-eval' (${words})`
    : `${build} does not compile here (${words})`;
}

/** Chooses the fastest build for the backend's heap, or plain, with the reason for the choice. */
export function chooseBuild(backend: CPURunner): { name: Build | typeof plain; reason: string } {
  const { heap, forcedVariant } = backend;
  if (forcedVariant === plain) return { name: plain, reason: 'forceVariant() asked for it' };
  if (heap === null) return { name: plain, reason: backend.whyNoHeap };
  const isShared = backend.sharing.isPossible;
  let reason = forcedVariant === null ? 'it is the fastest' : 'forceVariant() asked for it';
  for (const name of buildNames) {
    if (forcedVariant !== null && name !== forcedVariant) continue;
    const module = moduleOf(name, isShared);
    if (typeof module !== 'string') return { name, reason };
    reason = module;
  }
  return { name: plain, reason };
}
