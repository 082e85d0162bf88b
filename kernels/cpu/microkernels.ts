/** Instances of the microkernels on the memory of a heap, in the fastest build that compiles. */
import { type Build, chooseBuild, moduleOf, plain } from './builds.js';
import type { CPURunner } from './kernel.js';
import type { Microkernels } from './shared/functions.js';

export type { Microkernels };

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
  let ofHeap = instances.get(memory);
  if (ofHeap === undefined) {
    ofHeap = new Map();
    instances.set(memory, ofHeap);
  }
  let made = ofHeap.get(name);
  if (made === undefined) {
    const module = moduleOf(name, backend.sharing.isPossible) as WebAssembly.Module;
    const { exports } = new WebAssembly.Instance(module, { env: { memory } });
    made = {
      ...(exports as unknown as Omit<Microkernels, 'build' | 'module'>),
      build: name,
      module,
    };
    ofHeap.set(name, made);
  }
  return made;
}
