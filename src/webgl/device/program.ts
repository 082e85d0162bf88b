/** Compiled programs, kept by key, and their uniforms. */
import type { ParameterBlock, ParameterField } from './parameters.js';
import { WEIGHTS_BINDING } from './weightBuffers.js';

export interface Program {
  readonly handle: WebGLProgram;
  readonly targets: number;
  /** Binding targets of its textures, in the order of its samplers. */
  readonly samplers: readonly GLenum[];
  readonly parameters: ParameterBlock;
}

export interface ProgramText {
  readonly fragment: string;
  readonly samplers: readonly string[];
  readonly targets: number;
}

/** Name of the uniform block that has all uniforms of a program but its samplers. */
const PARAMETERS = 'Parameters';

/** Name of the uniform block of weights. */
const WEIGHTS = 'Weights';

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
    const bound = samplers.map((name) =>
      fragment.includes(`sampler2DArray ${name};`) ? gl.TEXTURE_2D_ARRAY : gl.TEXTURE_2D,
    );
    bindWeights(gl, handle);
    return { handle, targets, samplers: bound, parameters: parametersOf(gl, handle) };
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

/** Returns the uniform block of parameters, which gets the first binding point. */
function parametersOf(gl: WebGL2RenderingContext, handle: WebGLProgram): ParameterBlock {
  const fields = new Map<string, ParameterField>();
  const block = gl.getUniformBlockIndex(handle, PARAMETERS);
  // A lost context knows no block.
  if (block === gl.INVALID_INDEX || block === null) return { fields, words: 0 };
  gl.uniformBlockBinding(handle, block, 0);
  const property = (name: GLenum) => gl.getActiveUniformBlockParameter(handle, block, name);
  const indices = Array.from<number>(property(gl.UNIFORM_BLOCK_ACTIVE_UNIFORM_INDICES) ?? []);
  const offsets: number[] = gl.getActiveUniforms(handle, indices, gl.UNIFORM_OFFSET) ?? [];
  for (const [i, index] of indices.entries()) {
    const info = gl.getActiveUniform(handle, index);
    if (info === null) continue;
    fields.set(info.name, { word: offsets[i] / 4, isFloat: isFloat(gl, info.type) });
  }
  return { fields, words: (property(gl.UNIFORM_BLOCK_DATA_SIZE) ?? 0) / 4 };
}

function isFloat(gl: WebGL2RenderingContext, type: GLenum): boolean {
  return type === gl.FLOAT || type === gl.FLOAT_VEC2;
}

/** Gives the block of weights its binding point, if the program has one. */
function bindWeights(gl: WebGL2RenderingContext, handle: WebGLProgram): void {
  const block = gl.getUniformBlockIndex(handle, WEIGHTS);
  if (block !== gl.INVALID_INDEX && block !== null) {
    gl.uniformBlockBinding(handle, block, WEIGHTS_BINDING);
  }
}
