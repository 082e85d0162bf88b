/**
 * Timers of single kernels. On a GPU's WebGL context they use timer queries if available, else wait
 * for each kernel to finish. On the CPU they use the clock.
 */

import { readCapabilities } from '../../../../src/webgl/device/capabilities.js';
import { median } from '../../../report/statistics.js';

export interface KernelTimer {
  readonly how: 'timer queries' | 'a read after each kernel' | 'the clock';
  /** @returns the value to pass to stop() */
  start(): number;
  /** @returns the index of this kernel's time among times() */
  stop(started: number): number;
  /** Returns milliseconds of each kernel since the last call. */
  times(): Promise<number[]>;
}

/** Constants of EXT_disjoint_timer_query_webgl2. */
interface TimerQueries {
  readonly TIME_ELAPSED_EXT: number;
}

/**
 * Chooses a timer. A software renderer gets no timer queries, because there a query reports when
 * the renderer accepted a draw, not how long the draw took.
 * @param gl null for a backend that computes on the caller's thread
 */
export function makeKernelTimer(gl: WebGL2RenderingContext | null): KernelTimer {
  if (gl === null) return clockTimer('the clock', () => {}, 0);
  const extension = gl.getExtension('EXT_disjoint_timer_query_webgl2') as TimerQueries | null;
  const { profile } = readCapabilities(gl);
  return extension === null || profile.software
    ? readTimer(gl)
    : queryTimer(gl, extension.TIME_ELAPSED_EXT);
}

function queryTimer(gl: WebGL2RenderingContext, target: number): KernelTimer {
  let queries: WebGLQuery[] = [];
  return {
    how: 'timer queries',
    start() {
      const query = gl.createQuery() as WebGLQuery;
      queries.push(query);
      gl.beginQuery(target, query);
      return queries.length - 1;
    },
    stop(started) {
      gl.endQuery(target);
      return started;
    },
    async times() {
      const all = queries;
      queries = [];
      const times: number[] = [];
      for (const query of all) {
        while (!gl.getQueryParameter(query, gl.QUERY_RESULT_AVAILABLE)) {
          await new Promise((resolve) => setTimeout(resolve, 1));
        }
        times.push(gl.getQueryParameter(query, gl.QUERY_RESULT) / 1e6);
        gl.deleteQuery(query);
      }
      return times;
    },
  };
}

const probes = 10;

function readTimer(gl: WebGL2RenderingContext): KernelTimer {
  const wait = makeWait(gl);
  wait();
  const costs = Array.from({ length: probes }, () => {
    const start = performance.now();
    wait();
    return performance.now() - start;
  });
  return clockTimer('a read after each kernel', wait, median(costs));
}

/** @param cost milliseconds of a wait with nothing pending */
function clockTimer(how: KernelTimer['how'], wait: () => void, cost: number): KernelTimer {
  let times: number[] = [];
  return {
    how,
    start() {
      wait();
      return performance.now();
    },
    stop(started) {
      wait();
      return times.push(Math.max(0, performance.now() - started - cost)) - 1;
    },
    async times() {
      const all = times;
      times = [];
      return all;
    },
  };
}

/**
 * Returns a function that waits for all draws so far by reading one texel of a private texture. It
 * leaves the context's state as it was.
 */
function makeWait(gl: WebGL2RenderingContext): () => void {
  const bound = gl.getParameter(gl.TEXTURE_BINDING_2D);
  const texture = gl.createTexture();
  gl.bindTexture(gl.TEXTURE_2D, texture);
  gl.texStorage2D(gl.TEXTURE_2D, 1, gl.RGBA8, 1, 1);
  gl.bindTexture(gl.TEXTURE_2D, bound);
  const framebuffer = gl.createFramebuffer();
  const texel = new Uint8Array(4);
  return () => {
    const current = gl.getParameter(gl.FRAMEBUFFER_BINDING);
    gl.bindFramebuffer(gl.FRAMEBUFFER, framebuffer);
    gl.framebufferTexture2D(gl.FRAMEBUFFER, gl.COLOR_ATTACHMENT0, gl.TEXTURE_2D, texture, 0);
    gl.readPixels(0, 0, 1, 1, gl.RGBA, gl.UNSIGNED_BYTE, texel);
    gl.bindFramebuffer(gl.FRAMEBUFFER, current);
  };
}
