/** Programs that are compiled side by side, before anything is drawn with them. */
import type { GPGPUContext } from '@tensorflow/tfjs-backend-webgl';
import type { Device } from '../device/device.js';
import type { StockInternals } from '../stock/stockInternals.js';
import { whileCompiling } from './compileOnly.js';

/** Programs on their way. */
export interface Compilation {
  readonly total: number;
  /** How many are ready. Where the browser does not tell, this compiles one more of them. */
  ready(): number;
  /** Waits for those that are not, and puts them to use. */
  finish(): void;
}

/** Begins to compile a program, and does not wait for it. */
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
  return { total, ready: () => (gl.isContextLost() ? total : ready()), finish };
}

function sideBySide(
  gl: WebGL2RenderingContext,
  programs: readonly Begin[],
  completionStatus: GLenum,
): () => number {
  // The answer is null for a program that was deleted meanwhile.
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
      // The answer comes when it is linked.
      if (program !== null) gl.getProgramParameter(program, gl.LINK_STATUS);
    }
    return done;
  };
}

/** Null where the context gives no program: who draws with it meets the reason. */
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
  readonly gpgpu: GPGPUContext;
  /** Draws everything that waits. */
  settle(): void;
  getUniformLocations(): void;
}

export class CompileAhead {
  constructor(private readonly backend: Compiler) {}

  /**
   * Runs `body` without a draw, to compile the programs that it asks for side by side. What it
   * computes is worth nothing: the caller disposes of it. A read in it throws NothingDrawn.
   */
  run(body: () => void): Compilation {
    const { backend } = this;
    const { device } = backend;
    const internals = backend as unknown as StockInternals;
    const usual = internals.binaryCache;
    // Stock's programs are of no use before finish(): until then nobody else must find them.
    const fresh: typeof usual = Object.create(usual);
    internals.binaryCache = fresh;
    let own: Begin[];
    try {
      own = whileCompiling(() =>
        device.programs.collect(() => {
          body();
          backend.settle();
        }),
      );
    } finally {
      internals.binaryCache = usual;
    }
    const stock = Object.values({ ...fresh }).map((binary) => () => binary.webGLProgram);
    return compilationOf(device.gl, [...own, ...stock], () => {
      // Programs of a context that is gone are gone.
      if (device === backend.device && !device.isLost) this.takeBinaries(fresh);
    });
  }

  /** Puts programs of stock's that were compiled ahead into its cache, but for those that failed. */
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
