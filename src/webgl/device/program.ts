/** Compiled programs, kept by key, and their uniforms. */

export interface Program {
  readonly handle: WebGLProgram;
  readonly targets: number;
  /** Binding targets of its textures, in the order of its samplers. */
  readonly samplers: readonly GLenum[];
  /** Setters of the uniforms that the compiler kept. */
  readonly uniforms: ReadonlyMap<string, (value: number | readonly number[]) => void>;
}

export interface ProgramText {
  readonly fragment: string;
  readonly samplers: readonly string[];
  readonly targets: number;
}

/** Vertex shader of one triangle that covers the viewport; it needs no vertex buffers. */
const VERTEX = /* glsl */ `#version 300 es
void main() {
  vec2 corner = vec2((gl_VertexID << 1) & 2, gl_VertexID & 2);
  gl_Position = vec4(corner * 2.0 - 1.0, 0.0, 1.0);
}`;

/** A program whose compilation has begun. */
interface Begun {
  readonly handle: WebGLProgram;
  readonly fragmentShader: WebGLShader;
  readonly text: ProgramText;
}

export class ProgramCache {
  private readonly programs = new Map<string, Program>();
  /** Programs that were prepared and have not been requested yet. */
  private readonly begun = new Map<string, Begun>();
  /** Texts of the programs that collect() gathers; null outside of collect(). */
  private wanted: Map<string, () => ProgramText> | null = null;
  private vertexShader: WebGLShader | null = null;

  constructor(private readonly gl: WebGL2RenderingContext) {}

  get size(): number {
    return this.programs.size;
  }

  /** Number of programs that were prepared and have not been requested yet. */
  get pending(): number {
    return this.begun.size;
  }

  /**
   * Returns the program under `key`, compiled from `text()` on first use.
   * @throws Error with the compiler's message
   */
  get(key: string, text: () => ProgramText): Program {
    let program = this.programs.get(key);
    if (program === undefined) {
      program = this.complete(key, this.begun.get(key) ?? this.begin(text()));
      this.programs.set(key, program);
    }
    return program;
  }

  /** Begins to compile the program under `key` without waiting for it. */
  prepare(key: string, text: () => ProgramText): void {
    if (this.programs.has(key)) return;
    if (this.wanted !== null) this.wanted.set(key, text);
    else if (!this.begun.has(key)) this.begun.set(key, this.begin(text()));
  }

  /**
   * Runs a body in which prepare() begins no program, because a call in the body that waits for the
   * device would wait for the programs as well.
   * @returns for each program to prepare, a function that begins to compile it without waiting
   */
  collect(body: () => void): (() => WebGLProgram)[] {
    const wanted = new Map<string, () => ProgramText>();
    this.wanted = wanted;
    try {
      body();
    } finally {
      this.wanted = null;
    }
    return [...wanted].map(([key, text]) => () => {
      this.prepare(key, text);
      return (this.programs.get(key) ?? (this.begun.get(key) as Begun)).handle;
    });
  }

  dispose(): void {
    for (const { handle } of this.programs.values()) this.gl.deleteProgram(handle);
    for (const { handle } of this.begun.values()) this.gl.deleteProgram(handle);
    this.gl.deleteShader(this.vertexShader);
    this.programs.clear();
    this.begun.clear();
    this.vertexShader = null;
  }

  private begin(text: ProgramText): Begun {
    const { gl } = this;
    this.vertexShader ??= this.shader(gl.VERTEX_SHADER, VERTEX);
    const fragmentShader = this.shader(gl.FRAGMENT_SHADER, text.fragment);
    const handle: WebGLProgram | null = gl.createProgram();
    if (handle === null) {
      gl.deleteShader(fragmentShader);
      throw new Error('the context gives no program');
    }
    gl.attachShader(handle, this.vertexShader);
    gl.attachShader(handle, fragmentShader);
    gl.linkProgram(handle);
    // The program keeps the shader, which is deleted with it.
    gl.deleteShader(fragmentShader);
    return { handle, fragmentShader, text };
  }

  private complete(key: string, { handle, fragmentShader, text }: Begun): Program {
    const { gl } = this;
    const { fragment, samplers, targets } = text;
    this.begun.delete(key);
    if (!gl.getProgramParameter(handle, gl.LINK_STATUS) && !gl.isContextLost()) {
      const log = gl.getShaderInfoLog(fragmentShader) || gl.getProgramInfoLog(handle);
      gl.deleteProgram(handle);
      // The next program gets a new vertex shader, because this one may be at fault.
      gl.deleteShader(this.vertexShader);
      this.vertexShader = null;
      throw new Error(`program ${key} does not compile: ${log?.trim()}\n${excerpt(fragment, log)}`);
    }
    gl.useProgram(handle);
    for (const [unit, name] of samplers.entries()) {
      gl.uniform1i(gl.getUniformLocation(handle, name), unit);
    }
    const { kinds, uniforms } = uniformsOf(gl, handle);
    const bound = samplers.map((name) =>
      kinds.get(name) === gl.SAMPLER_2D_ARRAY ? gl.TEXTURE_2D_ARRAY : gl.TEXTURE_2D,
    );
    return { handle, targets, samplers: bound, uniforms };
  }

  private shader(type: number, source: string): WebGLShader {
    const shader = this.gl.createShader(type);
    if (shader === null) throw new Error('the context gives no shader');
    this.gl.shaderSource(shader, source);
    this.gl.compileShader(shader);
    return shader;
  }
}

/** Returns the lines around the first line that the compiler names (as `0:57:`), with numbers. */
function excerpt(source: string, log: string | null): string {
  const line = Number(/\d+:(\d+)/.exec(log ?? '')?.[1] ?? 1);
  return source
    .split('\n')
    .map((text, i) => `${String(i + 1).padStart(4)}  ${text}`)
    .slice(Math.max(0, line - 3), line + 2)
    .join('\n');
}

/** Returns the setters of the uniforms and the types of the samplers, by name. */
function uniformsOf(gl: WebGL2RenderingContext, handle: WebGLProgram) {
  const kinds = new Map<string, GLenum>();
  const setters = new Map<string, (value: number | readonly number[]) => void>();
  const count: number = gl.getProgramParameter(handle, gl.ACTIVE_UNIFORMS) ?? 0;
  for (let i = 0; i < count; i++) {
    const info = gl.getActiveUniform(handle, i);
    if (info === null) continue;
    if (info.type === gl.SAMPLER_2D || info.type === gl.SAMPLER_2D_ARRAY) {
      kinds.set(info.name, info.type);
      continue;
    }
    const location = gl.getUniformLocation(handle, info.name);
    const set = setterOf(gl, info.type);
    setters.set(info.name, (value) => {
      set.call(gl, location, typeof value === 'number' ? [value] : (value as number[]));
    });
  }
  return { kinds, uniforms: setters };
}

type VectorSetter = (location: WebGLUniformLocation | null, value: number[]) => void;

function setterOf(gl: WebGL2RenderingContext, type: number): VectorSetter {
  switch (type) {
    case gl.INT:
      return gl.uniform1iv;
    case gl.INT_VEC2:
      return gl.uniform2iv;
    case gl.INT_VEC3:
      return gl.uniform3iv;
    case gl.INT_VEC4:
      return gl.uniform4iv;
    case gl.FLOAT:
      return gl.uniform1fv;
    case gl.FLOAT_VEC2:
      return gl.uniform2fv;
    default:
      throw new Error(`uniform type ${type} is not used by any program`);
  }
}
