/**
 * Recorder of what a context is told while a prediction is made: its draws, each with all that it
 * reads, and its uploads. The recorder replaces methods of the context while it runs, so that it sees
 * the draws of this engine and of stock alike, and the calls that skipRepeats.ts does not pass on.
 */
import type { Device } from './device.js';
import type { Written } from './parameters.js';
import type { BoundWeights } from './weightBuffers.js';

export interface TextureBinding {
  readonly unit: GLenum;
  readonly kind: GLenum;
  readonly texture: WebGLTexture;
}

/** Part of a target that a draw covers, in texels: left, bottom, width, height. */
export type Area = readonly [x: number, y: number, width: number, height: number];

/** A call that sets a uniform. */
export interface UniformCall {
  readonly setter: UniformSetter;
  readonly location: WebGLUniformLocation;
  readonly values: readonly unknown[];
}

export interface RecordedDraw {
  readonly kind: 'draw';
  readonly program: WebGLProgram;
  readonly vertexArray: WebGLVertexArrayObject | null;
  readonly framebuffer: WebGLFramebuffer;
  /** Texture attached to the framebuffer for this draw; null if the framebuffer keeps its own. */
  readonly attached: WebGLTexture | null;
  /** Attachments whose values before the draw are not needed; null for none. */
  readonly invalid: readonly GLenum[] | null;
  /** Textures that are written. */
  readonly targets: readonly WebGLTexture[];
  readonly area: Area;
  readonly bindings: readonly TextureBinding[];
  readonly uniforms: readonly UniformCall[];
  /** Uniform block; null for a program of stock's, which has none. */
  readonly parameters: Written | null;
  /** Weights in a uniform block; null for none. */
  readonly weights: BoundWeights | null;
  /** True if it depends on no input. */
  readonly isConstant: boolean;
}

export interface RecordedUpload {
  readonly kind: 'upload';
  readonly method: UploadMethod;
  readonly binding: TextureBinding;
  readonly given: readonly unknown[];
}

export type RecordedStep = RecordedDraw | RecordedUpload;

const uniformSetters = [
  'uniform1i',
  'uniform1f',
  'uniform2i',
  'uniform1iv',
  'uniform2iv',
  'uniform3iv',
  'uniform4iv',
  'uniform1fv',
  'uniform2fv',
  'uniform3fv',
  'uniform4fv',
] as const;

const uploadMethods = ['texSubImage2D', 'texSubImage3D'] as const;

/** Methods that write or read what no recording knows of. */
const unknownMethods = [
  'readPixels',
  'clear',
  'clearBufferfv',
  'blitFramebuffer',
  'copyTexImage2D',
  'copyTexSubImage2D',
  'copyTexSubImage3D',
  'generateMipmap',
  'drawArraysInstanced',
  'drawElementsInstanced',
  'drawRangeElements',
  'uniform3i',
  'uniform4i',
  'uniform2f',
  'uniform3f',
  'uniform4f',
  'uniformMatrix2fv',
  'uniformMatrix3fv',
  'uniformMatrix4fv',
] as const;

export type UniformSetter = (typeof uniformSetters)[number];
export type UploadMethod = (typeof uploadMethods)[number];

type Method = (...given: never[]) => unknown;

export class Recorder {
  readonly steps: RecordedStep[] = [];
  /** Why the steps cannot be made again; null if they can. */
  private fault: string | null = null;
  /** Textures with values that depend on inputs. */
  private readonly dependent: Set<WebGLTexture>;
  /** Textures that were written to by a step. */
  private readonly written = new Set<WebGLTexture>();
  private readonly replaced = new Map<string, Method | null>();

  /** @param inputs textures with the inputs of the prediction */
  constructor(
    private readonly device: Device,
    inputs: Iterable<WebGLTexture>,
  ) {
    this.dependent = new Set(inputs);
  }

  get reason(): string | null {
    return this.fault;
  }

  /** Notes why this cannot be made again; the first reason counts. */
  spoil(reason: string): void {
    this.fault ??= reason;
  }

  /** True if the textures were written to, and depend on no input. */
  isConstant(textures: readonly WebGLTexture[]): boolean {
    return textures.every((texture) => this.written.has(texture) && !this.dependent.has(texture));
  }

  /** Runs `body` and records what it tells the context. */
  record<T>(body: () => T): T {
    this.begin();
    try {
      return body();
    } finally {
      this.end();
    }
  }

  /** Replaces a method of the context by one that calls `note` and then does the same. */
  private wrap<Given extends unknown[]>(name: string, note: (...given: Given) => void): void {
    const methods = this.device.gl as unknown as Record<string, (...given: Given) => unknown>;
    const method = methods[name];
    this.replaced.set(name, Object.hasOwn(methods, name) ? (method as Method) : null);
    methods[name] = function (this: WebGL2RenderingContext, ...given: Given) {
      note(...given);
      return method.apply(this, given);
    };
  }

  private end(): void {
    const methods = this.device.gl as unknown as Record<string, Method>;
    for (const [name, method] of this.replaced) {
      if (method === null) delete methods[name];
      else methods[name] = method;
    }
  }

  private begin(): void {
    const { gl, planes, parameters, weights } = this.device;
    const { COLOR_ATTACHMENT0 } = gl;
    let program: WebGLProgram | null = null;
    let vertexArray: WebGLVertexArrayObject | null = null;
    let framebuffer: WebGLFramebuffer | null = null;
    let area: Area = [0, 0, 0, 0];
    let invalid: readonly GLenum[] | null = null;
    let unit: GLenum = gl.TEXTURE0;
    let bound = new Map<string, TextureBinding>();
    let uniforms: UniformCall[] = [];
    const attached = new Map<WebGLFramebuffer, WebGLTexture | null>();

    this.wrap('useProgram', (next: WebGLProgram | null) => {
      program = next;
      // Whoever draws selects the program first, and then sets all that the draw reads.
      bound = new Map();
      uniforms = [];
    });
    this.wrap('bindVertexArray', (next: WebGLVertexArrayObject | null) => {
      vertexArray = next;
    });
    this.wrap('bindFramebuffer', (target: GLenum, next: WebGLFramebuffer | null) => {
      if (target !== gl.READ_FRAMEBUFFER) framebuffer = next;
    });
    this.wrap(
      'framebufferTexture2D',
      (_: GLenum, attachment: GLenum, _kind: GLenum, texture: WebGLTexture | null) => {
        if (framebuffer !== null && attachment === COLOR_ATTACHMENT0)
          attached.set(framebuffer, texture);
      },
    );
    this.wrap('viewport', (...next: [number, number, number, number]) => {
      area = next;
    });
    this.wrap('invalidateFramebuffer', (_: GLenum, attachments: readonly GLenum[]) => {
      invalid = attachments;
    });
    this.wrap('activeTexture', (next: GLenum) => {
      unit = next;
    });
    this.wrap('bindTexture', (kind: GLenum, texture: WebGLTexture | null) => {
      const place = `${unit}:${kind}`;
      if (texture === null) bound.delete(place);
      else bound.set(place, { unit, kind, texture });
    });
    this.wrap('deleteTexture', (texture: WebGLTexture) => {
      if (this.written.has(texture)) this.spoil('a texture was deleted on the way');
    });
    for (const setter of uniformSetters) {
      this.wrap(setter, (location: WebGLUniformLocation | null, ...values: unknown[]) => {
        if (location !== null) uniforms.push({ setter, location, values: values.map(copied) });
      });
    }
    for (const method of uploadMethods) {
      this.wrap(method, (...given: unknown[]) => {
        const binding = bound.get(`${unit}:${given[0]}`);
        if (binding !== undefined) this.noteUpload(method, binding, given);
      });
    }
    for (const name of unknownMethods) {
      this.wrap(name, () => this.spoil(`it calls WebGL's ${name}()`));
    }
    const draw = (parameters: Written | null) => {
      if (program === null || framebuffer === null) {
        this.spoil('it draws to the canvas');
        return;
      }
      const own = planes.targetsOf(framebuffer);
      const other = own === undefined ? (attached.get(framebuffer) ?? null) : null;
      this.noteDraw({
        program,
        vertexArray,
        framebuffer,
        attached: other,
        targets: own ?? (other === null ? [] : [other]),
        area,
        invalid,
        bindings: [...bound.values()],
        uniforms,
        parameters,
        weights: weights.current,
      });
      invalid = null;
    };
    this.wrap('drawArrays', () => draw(parameters.current));
    this.wrap('drawElements', () => draw(null));
  }

  private noteDraw(draw: Omit<RecordedDraw, 'kind' | 'isConstant'>): void {
    const { dependent, written } = this;
    const { targets, bindings } = draw;
    if (targets.length === 0) this.spoil('it draws into a texture that it did not get from here');
    const isConstant = !bindings.some(({ texture }) => dependent.has(texture));
    for (const texture of targets) {
      written.add(texture);
      if (!isConstant) dependent.add(texture);
      // A draw may fill some layers of a texture only.
      else if (draw.attached !== null) dependent.delete(texture);
    }
    this.steps.push({ kind: 'draw', isConstant, ...draw });
  }

  private noteUpload(method: UploadMethod, binding: TextureBinding, given: unknown[]): void {
    const texels = given.at(-1);
    if (!ArrayBuffer.isView(texels)) this.spoil('it uploads a picture');
    this.written.add(binding.texture);
    this.steps.push({ kind: 'upload', method, binding, given: given.map(copied) });
  }
}

function copied(value: unknown): unknown {
  if (Array.isArray(value)) return [...value];
  return ArrayBuffer.isView(value) ? (value as Float32Array).slice() : value;
}
