/**
 * A context that is not told twice. A call from JavaScript into WebGL costs about as much as the rest
 * of a draw's preparation, and most of the calls that stock and this engine make set what is set
 * already. State is known per context, so every caller of the context gains, and none can be missed:
 * all of them call methods of the same object.
 */

/** Methods that use the texture of the active unit. */
const ofActiveTexture = [
  'texImage2D',
  'texImage3D',
  'texSubImage2D',
  'texSubImage3D',
  'texStorage2D',
  'texStorage3D',
  'texParameteri',
  'texParameterf',
  'getTexParameter',
  'copyTexImage2D',
  'copyTexSubImage2D',
  'copyTexSubImage3D',
  'compressedTexImage2D',
  'compressedTexImage3D',
  'compressedTexSubImage2D',
  'compressedTexSubImage3D',
  'generateMipmap',
  'getParameter',
] as const;

/** Setters of uniforms with one number or one array after the location. */
const uniformSetters = [
  'uniform1i',
  'uniform1f',
  'uniform1iv',
  'uniform2iv',
  'uniform3iv',
  'uniform4iv',
  'uniform1fv',
  'uniform2fv',
  'uniform3fv',
  'uniform4fv',
] as const;

/** Replaces methods of a new context by ones that pass on only what changes its state. */
export function skipRepeats(gl: WebGL2RenderingContext): void {
  // The scissor test is off, because every draw covers its whole viewport.
  gl.scissor = () => {};
  skipPrograms(gl);
  skipFramebuffers(gl);
  skipTextures(gl);
  skipUniforms(gl);
}

function skipPrograms(gl: WebGL2RenderingContext): void {
  const useProgram = gl.useProgram.bind(gl);
  let current: WebGLProgram | null = null;
  gl.useProgram = (program) => {
    if (program === current) return;
    current = program;
    useProgram(program);
  };

  const bindVertexArray = gl.bindVertexArray.bind(gl);
  const deleteVertexArray = gl.deleteVertexArray.bind(gl);
  let array: WebGLVertexArrayObject | null = null;
  gl.bindVertexArray = (next) => {
    if (next === array) return;
    array = next;
    bindVertexArray(next);
  };
  gl.deleteVertexArray = (deleted) => {
    if (deleted === array) array = null;
    deleteVertexArray(deleted);
  };
}

function skipFramebuffers(gl: WebGL2RenderingContext): void {
  const bindFramebuffer = gl.bindFramebuffer.bind(gl);
  const deleteFramebuffer = gl.deleteFramebuffer.bind(gl);
  let drawn: WebGLFramebuffer | null = null;
  let read: WebGLFramebuffer | null = null;
  gl.bindFramebuffer = (target, next) => {
    const draws = target !== gl.READ_FRAMEBUFFER;
    const reads = target !== gl.DRAW_FRAMEBUFFER;
    if ((!draws || drawn === next) && (!reads || read === next)) return;
    if (draws) drawn = next;
    if (reads) read = next;
    bindFramebuffer(target, next);
  };
  gl.deleteFramebuffer = (deleted) => {
    if (deleted === drawn) drawn = null;
    if (deleted === read) read = null;
    deleteFramebuffer(deleted);
  };

  const viewport = gl.viewport.bind(gl);
  let [left, bottom, across, down] = [Number.NaN, Number.NaN, Number.NaN, Number.NaN];
  gl.viewport = (x, y, width, height) => {
    if (x === left && y === bottom && width === across && height === down) return;
    [left, bottom, across, down] = [x, y, width, height];
    viewport(x, y, width, height);
  };
}

function skipTextures(gl: WebGL2RenderingContext): void {
  const activeTexture = gl.activeTexture.bind(gl);
  const bindTexture = gl.bindTexture.bind(gl);
  const deleteTexture = gl.deleteTexture.bind(gl);
  const { TEXTURE0, TEXTURE_2D } = gl;
  /** Textures by unit, for both kinds of textures that are used. */
  const flat: (WebGLTexture | null)[] = [];
  const layered: (WebGLTexture | null)[] = [];
  /** The unit that is active, and the one that should be when a texture is bound or used. */
  let active: GLenum = TEXTURE0;
  let wanted: GLenum = TEXTURE0;
  const activate = () => {
    if (active === wanted) return;
    active = wanted;
    activeTexture(wanted);
  };
  gl.activeTexture = (unit) => {
    wanted = unit;
  };
  gl.bindTexture = (kind, texture) => {
    const units = kind === TEXTURE_2D ? flat : layered;
    if (units[wanted - TEXTURE0] === texture) return;
    units[wanted - TEXTURE0] = texture;
    activate();
    bindTexture(kind, texture);
  };
  gl.deleteTexture = (deleted) => {
    for (const units of [flat, layered]) {
      for (const [i, texture] of units.entries()) if (texture === deleted) units[i] = null;
    }
    deleteTexture(deleted);
  };
  const methods = gl as unknown as Record<string, (...given: unknown[]) => unknown>;
  for (const name of ofActiveTexture) {
    const method = methods[name].bind(gl);
    methods[name] = (...given) => {
      activate();
      return method(...given);
    };
  }
}

type Value = number | ArrayLike<number>;

function skipUniforms(gl: WebGL2RenderingContext): void {
  /** Values by location; a location belongs to one program, which keeps its values. */
  const known = new WeakMap<WebGLUniformLocation, Value>();
  type Setter = (location: WebGLUniformLocation | null, value: Value) => void;
  const methods = gl as unknown as Record<string, Setter>;
  for (const name of uniformSetters) {
    const set = methods[name].bind(gl);
    methods[name] = (location, value) => {
      if (location === null) return;
      // Stock passes no value at all for some empty tensors, and leaves it to WebGL what that means.
      if (value == null) {
        known.delete(location);
        set(location, value);
        return;
      }
      const last = known.get(location);
      if (last !== undefined && isSame(last, value)) return;
      known.set(location, typeof value === 'number' ? value : Array.from(value));
      set(location, value);
    };
  }
}

function isSame(a: Value, b: Value): boolean {
  if (typeof a === 'number' || typeof b === 'number') return Object.is(a, b);
  if (a.length !== b.length) return false;
  for (let i = 0; i < a.length; i++) if (!Object.is(a[i], b[i])) return false;
  return true;
}
