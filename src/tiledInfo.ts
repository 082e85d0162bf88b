/** What `tiled` chose and did: plain data for a log, a bug report or a test. */

import type { BuildInfo } from './cpu/TiledCPUBackend.js';
import type { ThreadsInfo } from './cpu/threads.js';
import type { Conversion, LadderStep } from './engine/engineLog.js';
import { engineOf } from './runningEngine.js';
import type { ContextInfo } from './webgl/recovery/recovery.js';
import { TiledWebGLBackend } from './webgl/TiledWebGLBackend.js';

export interface TiledInfo {
  readonly backend: string;
  readonly engine: 'webgl' | 'cpu';
  /** Renderer string of the WebGL engine; null on the CPU. */
  readonly renderer: string | null;
  /** Why this engine. */
  readonly reason: string;
  /** How often which variant ran, by kernel. */
  readonly variants: Readonly<Record<string, Readonly<Record<string, number>>>>;
  /** Passes that only moved values into, out of or between tiles; none on the CPU. */
  readonly conversions: readonly Conversion[];
  /** Every step down the ladder that was taken. */
  readonly ladder: readonly LadderStep[];
  /** Programs compiled by this engine's own kernels. */
  readonly programs: number;
  /** Bytes of textures, with what is kept for reuse: now, and the most at any time; 0 on the CPU. */
  readonly gpuBytes: { readonly allocated: number; readonly peak: number };
  /** Bytes of the memory in which tensors of the CPU engine lie, with what is free in it; 0 for WebGL. */
  readonly heapBytes: number;
  /** Lost contexts of the WebGL engine; null on the CPU. */
  readonly context: ContextInfo | null;
  /** The kernels that the CPU engine uses; null for WebGL. */
  readonly build: BuildInfo | null;
  /** Of the CPU engine; null for WebGL. */
  readonly threads: ThreadsInfo | null;
}

/**
 * Describes one of our backends: the named one, else the active one if it is
 * ours, else `tiled`. Starts none. Results that were put off are drawn first.
 * @throws Error where that backend is not ours or is not running; it says why, for instance what
 *   went wrong when `tf.setBackend()` gave false
 */
export function tiledInfo(backendName?: string): TiledInfo {
  const { name, backend, elsewhere } = engineOf<typeof tiledInfo>('tiledInfo', backendName);
  if (elsewhere) return elsewhere(name);
  if (backend instanceof TiledWebGLBackend) {
    backend.settle();
    const { device, log, reason } = backend;
    return {
      backend: name,
      engine: 'webgl',
      renderer: device.capabilities.renderer,
      reason,
      variants: log.variants(),
      conversions: log.conversions(),
      ladder: log.ladder(),
      programs: device.programs.size,
      gpuBytes: gpuBytesOf(backend),
      heapBytes: 0,
      context: backend.recovery.info(),
      build: null,
      threads: null,
    };
  }
  return {
    backend: name,
    engine: 'cpu',
    renderer: null,
    reason: backend.reason,
    variants: backend.log.variants(),
    conversions: [],
    ladder: backend.log.ladder(),
    programs: 0,
    gpuBytes: { allocated: 0, peak: 0 },
    heapBytes: backend.heapBytes,
    context: null,
    build: backend.build,
    threads: backend.threadsInfo(),
  };
}

function gpuBytesOf(backend: TiledWebGLBackend): TiledInfo['gpuBytes'] {
  const { numBytesInGPUAllocated, numBytesInGPUPeak } = backend.memory();
  return { allocated: numBytesInGPUAllocated, peak: numBytesInGPUPeak };
}
