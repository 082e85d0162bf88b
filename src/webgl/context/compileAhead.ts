/** Programs that are compiled in parallel, before anything is drawn with them. */
import type { GPGPUContext } from '@tensorflow/tfjs-backend-webgl';
import type { Device } from '../device/device.js';
import type { Frames } from '../frame.js';
import type { StockInternals } from '../stock/stockInternals.js';

/** Programs that are being compiled. */
export interface Compilation {
  readonly total: number;
  /** Returns the number of ready programs. If the browser cannot tell, compiles one more first. */
  ready(): number;
  /** Waits for the programs that are not ready, and makes all programs usable. */
  takePrograms(): void;
}

/** Begins to compile a program without waiting for it. */
type Begin = () => WebGLProgram;

export function compilationOf(
  gl: WebGL2RenderingContext,
  programs: readonly Begin[],
  finish: () => void,
): Compilation {
  const parallel = gl.getExtension('KHR_parallel_shader_compile');
  const total = programs.length;
  const ready =
    parallel === null
      ? oneByOne(gl, programs)
      : sideBySide(gl, programs, parallel.COMPLETION_STATUS_KHR);
  return { total, ready: () => (gl.isContextLost() ? total : ready()), takePrograms: finish };
}

function sideBySide(
  gl: WebGL2RenderingContext,
  programs: readonly Begin[],
  completionStatus: GLenum,
): () => number {
  // The query returns null for a program that was deleted meanwhile.
  const isCompiled = (program: WebGLProgram | null) =>
    program === null || gl.getProgramParameter(program, completionStatus) !== false;
  let waiting = programs.map(orNull);
  return () => {
    waiting = waiting.filter((program) => !isCompiled(program));
    return programs.length - waiting.length;
  };
}

function oneByOne(gl: WebGL2RenderingContext, programs: readonly Begin[]): () => number {
  let done = 0;
  return () => {
    if (done < programs.length) {
      const program = orNull(programs[done++]);
      // The query returns when the program is linked.
      if (program !== null) gl.getProgramParameter(program, gl.LINK_STATUS);
    }
    return done;
  };
}

/** Returns null if the context makes no program: the first draw with it then reports the reason. */
function orNull(begin: Begin): WebGLProgram | null {
  try {
    return begin();
  } catch {
    return null;
  }
}

/** The backend whose programs are compiled. */
interface Compiler {
  readonly device: Device;
  readonly frames: Frames;
  readonly gpgpu: GPGPUContext;
  /** Flushes all pending work. */
  flush(): void;
  getUniformLocations(): void;
}

export class CompileAhead {
  constructor(private readonly backend: Compiler) {}

  /**
   * Runs `body` without a draw, to compile the programs that it requests in parallel. Its results
   * have no meaningful values, and the caller disposes of them. A read in it throws NothingDrawn.
   */
  run(body: () => void): Compilation {
    const { backend } = this;
    const { device } = backend;
    const internals = backend as unknown as StockInternals;
    const usual = internals.binaryCache;
    // Stock's programs cannot be used before takePrograms(): until then no other kernel may find them.
    const fresh: typeof usual = Object.create(usual);
    internals.binaryCache = fresh;
    let own: Begin[];
    try {
      own = backend.frames.within({ compilesOnly: true }, () =>
        device.programs.collect(() => {
          body();
          backend.flush();
        }),
      );
    } finally {
      internals.binaryCache = usual;
    }
    const stock = Object.values({ ...fresh }).map((binary) => () => binary.webGLProgram);
    return compilationOf(device.gl, [...own, ...stock], () => {
      // Programs are lost with their context.
      if (device === backend.device && !device.isLost) this.takeBinaries(fresh);
    });
  }

  /** Moves stock programs that were compiled ahead into stock's cache, and deletes failed ones. */
  private takeBinaries(fresh: StockInternals['binaryCache']): void {
    const { backend } = this;
    const { gl } = backend.device;
    const internals = backend as unknown as StockInternals;
    const usual = internals.binaryCache;
    const good: typeof usual = {};
    for (const [key, binary] of Object.entries(fresh)) {
      const isGood = gl.getProgramParameter(binary.webGLProgram, gl.LINK_STATUS);
      if (isGood && !(key in usual)) good[key] = binary;
      else backend.gpgpu.deleteProgram(binary.webGLProgram);
    }
    internals.binaryCache = good;
    backend.getUniformLocations();
    internals.binaryCache = Object.assign(usual, good);
  }
}
