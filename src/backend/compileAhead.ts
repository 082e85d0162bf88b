/** Programs that are compiled side by side, before anything is drawn with them. */

/** A read of what was not drawn: the run for the sake of its programs ends here. */
export class NothingDrawn extends Error {
  override name = 'NothingDrawn';

  constructor() {
    super('nothing is drawn while programs are compiled ahead, so that there is nothing to read');
  }
}

/** Programs on their way. */
export interface Compilation {
  readonly total: number;
  /** How many are ready; all of them where the browser does not tell. */
  ready(): number;
  /** Waits for those that are not, and puts them to use. */
  finish(): void;
}

export function compilationOf(
  gl: WebGL2RenderingContext,
  programs: readonly WebGLProgram[],
  finish: () => void,
): Compilation {
  const extension = gl.getExtension('KHR_parallel_shader_compile');
  const isReady = (program: WebGLProgram) =>
    extension === null ||
    gl.isContextLost() ||
    gl.getProgramParameter(program, extension.COMPLETION_STATUS_KHR);
  return {
    total: programs.length,
    ready: () => programs.filter(isReady).length,
    finish,
  };
}
