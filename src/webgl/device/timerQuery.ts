/** The GPU's own clock, where the browser lets a page read it. */

/** Members of EXT_disjoint_timer_query_webgl2. */
interface TimerExtension {
  readonly TIME_ELAPSED_EXT: GLenum;
  readonly GPU_DISJOINT_EXT: GLenum;
}

/** Number of pauses after which a query without an answer is given up. */
const MOST_PAUSES = 50;

/**
 * Returns the milliseconds that the GPU takes for the draws of `draws`; null if it cannot tell.
 * @param pause lets the page do other work; the answer comes after the page has
 */
export async function gpuTime(
  gl: WebGL2RenderingContext,
  draws: () => void,
  pause: () => Promise<void>,
): Promise<number | null> {
  const extension: TimerExtension | null = gl.getExtension('EXT_disjoint_timer_query_webgl2');
  const query = extension && gl.createQuery();
  if (extension === null || query === null) return null;
  const { TIME_ELAPSED_EXT, GPU_DISJOINT_EXT } = extension;
  try {
    // Tells of what happened before, and forgets it.
    gl.getParameter(GPU_DISJOINT_EXT);
    gl.beginQuery(TIME_ELAPSED_EXT, query);
    try {
      draws();
    } finally {
      gl.endQuery(TIME_ELAPSED_EXT);
    }
    gl.flush();
    for (let i = 0; i < MOST_PAUSES; i++) {
      await pause();
      if (!gl.getQueryParameter(query, gl.QUERY_RESULT_AVAILABLE)) continue;
      if (gl.getParameter(GPU_DISJOINT_EXT)) return null;
      return gl.getQueryParameter(query, gl.QUERY_RESULT) / 1e6;
    }
    return null;
  } finally {
    gl.deleteQuery(query);
  }
}
