/** Report of what `tiled` chose and did: plain data for a log, a bug report or a test. */

import type { Measured } from '../kernels/webgl/calibrated.js';
import type { BuildInfo } from './cpu/buildInfo.js';
import type { ThreadsInfo } from './cpu/threads.js';
import type { Conversion, LadderStep } from './engine/engineLog.js';
import { engineOf } from './runningEngine.js';
import type { ContextInfo } from './webgl/recovery/contextInfo.js';
import type { TiledWebGLBackend } from './webgl/TiledWebGLBackend.js';

/**
 * Facts about a tiled backend, and counts of what it has done. Names of variants in `variants` and `ladder` change with the
 * variants; all other fields are stable.
 */
export interface TiledInfo {
  readonly backend: string;
  readonly engine: 'webgl' | 'cpu';
  /** Renderer string of the WebGL engine; null on the CPU. */
  readonly renderer: string | null;
  /** Family of the device, by which estimates choose; null on the CPU. */
  readonly device: string | null;
  /**
   * Nanoseconds that the device was measured to take for a fetch, a multiply-add and so on, by which
   * estimates choose; null if they go by its family, and on the CPU.
   */
  readonly calibration: Measured | null;
  /** Floats in which the engine stores values. */
  readonly precision: 'float32' | 'half';
  /** Reason for this engine. */
  readonly reason: string;
  /** Number of runs of each variant, by kernel. */
  readonly variants: Readonly<Record<string, Readonly<Record<string, number>>>>;
  /** Passes that only moved values into, out of or between tile layouts; none on the CPU. */
  readonly conversions: readonly Conversion[];
  /** Every fallback that a kernel took. */
  readonly ladder: readonly LadderStep[];
  /** Number of programs compiled for the tiled kernels of this engine. */
  readonly programs: number;
  /** Bytes of textures, including textures kept for reuse, now and at the peak; 0 on the CPU. */
  readonly gpuBytes: { readonly allocated: number; readonly peak: number };
  /**
   * Bytes of the memory that holds the CPU engine's tensors, including its free part; 0 for WebGL.
   */
  readonly heapBytes: number;
  /** Lost contexts of the WebGL engine; null on the CPU. */
  readonly context: ContextInfo | null;
  /** Build of the kernels that the CPU engine uses; null for WebGL. */
  readonly build: BuildInfo | null;
  /** Threads of the CPU engine; null for WebGL. */
  readonly threads: ThreadsInfo | null;
}

/**
 * Describes a tiled backend: the named one, by default the active backend if it is a tiled one,
 * else `tiled`. It does not start a backend. Deferred results are drawn first.
 *
 * ```js
 * const { engine, reason, ladder } = tiledInfo();
 * console.log(engine, reason); // cpu there is no browser, so no WebGL2
 * for (const { kernel, from, to, reason } of ladder) console.log(kernel, from, to, reason);
 * ```
 *
 * @throws Error if that backend is not a tiled one or is not running; the message says why, for
 *   instance what went wrong when `tf.setBackend()` returned false
 */
export function tiledInfo(backendName?: string): TiledInfo {
  const { name, backend, elsewhere } = engineOf<typeof tiledInfo>('tiledInfo', backendName);
  if (elsewhere) return elsewhere(name);
  if (backend.engine === 'webgl') {
    backend.flush();
    const { device, log, reason } = backend;
    return {
      backend: name,
      engine: 'webgl',
      renderer: device.capabilities.renderer,
      device: device.capabilities.profile.name,
      calibration: device.isCalibrated ? backend.measured : null,
      precision: device.precision,
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
    device: null,
    calibration: null,
    precision: 'float32',
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
