/**
 * Recorded steps, made again as one list. A step tells the context only what differs from the step
 * before it. Textures and render targets are places whose contents may be exchanged between two runs.
 */
import type { Device } from './device.js';
import type { Written } from './parameters.js';
import type { Area, RecordedDraw, RecordedStep, UniformCall, UploadMethod } from './recorder.js';
import type { BoundWeights } from './weightBuffers.js';

/** Place of a texture in a list. */
export interface TexturePlace {
  texture: WebGLTexture;
}

/** Place of a render target in a list. */
export interface TargetPlace {
  framebuffer: WebGLFramebuffer;
  /** Texture to attach to the framebuffer before each draw; null if it has its own. */
  attached: WebGLTexture | null;
}

/** Places by the texture, or by the render target, that a step was recorded with. */
export interface Places {
  textureOf(texture: WebGLTexture): TexturePlace;
  targetOf(draw: RecordedDraw): TargetPlace;
}

interface Binding {
  readonly unit: GLenum;
  readonly kind: GLenum;
  readonly place: TexturePlace;
}

interface DrawStep {
  readonly draw: true;
  /** Null here and below: the same as in the step before. */
  readonly program: WebGLProgram | null;
  readonly vertexArray: WebGLVertexArrayObject | null;
  readonly target: TargetPlace | null;
  readonly area: Area | null;
  /** Attachments whose values are not needed; null if they are, or if the device does not care. */
  readonly invalid: readonly GLenum[] | null;
  readonly bindings: readonly Binding[];
  readonly uniforms: readonly UniformCall[];
  readonly parameters: Written | null;
  readonly weights: BoundWeights | null;
  /** True for a draw of stock's, which has an index buffer. */
  readonly isIndexed: boolean;
}

interface UploadStep {
  readonly draw: false;
  readonly method: UploadMethod;
  readonly binding: Binding;
  readonly given: readonly unknown[];
}

type AnyMethods = Record<string, (...given: unknown[]) => void>;

export class DrawList {
  private readonly steps: readonly (DrawStep | UploadStep)[];
  private readonly buffer: WebGLBuffer;

  /** @throws OutOfMemory if there is no buffer for the parameters of the draws */
  constructor(
    private readonly device: Device,
    recorded: readonly RecordedStep[],
    places: Places,
  ) {
    const blocks = new Set<Written>();
    for (const step of recorded) {
      if (step.kind === 'draw' && step.parameters !== null) blocks.add(step.parameters);
    }
    const before = [...blocks];
    const copy = device.parameters.copyOf(before);
    this.buffer = copy.buffer;
    const copyOf = new Map(before.map((block, i) => [block, copy.places[i]]));
    this.steps = stepsOf(recorded, places, copyOf);
  }

  get length(): number {
    return this.steps.length;
  }

  /** Makes all steps; the caller has made sure that the context is not lost. */
  run(): void {
    const { gl, parameters, weights } = this.device;
    const { FRAMEBUFFER, COLOR_ATTACHMENT0, TEXTURE_2D, TRIANGLES, UNSIGNED_SHORT } = gl;
    const methods = gl as unknown as AnyMethods;
    for (const step of this.steps) {
      if (!step.draw) {
        gl.activeTexture(step.binding.unit);
        gl.bindTexture(step.binding.kind, step.binding.place.texture);
        methods[step.method](...step.given);
        continue;
      }
      const { program, vertexArray, target, area } = step;
      if (target !== null) {
        gl.bindFramebuffer(FRAMEBUFFER, target.framebuffer);
        if (target.attached !== null) {
          const { attached } = target;
          gl.framebufferTexture2D(FRAMEBUFFER, COLOR_ATTACHMENT0, TEXTURE_2D, attached, 0);
        }
      }
      if (step.invalid !== null) gl.invalidateFramebuffer(FRAMEBUFFER, step.invalid as GLenum[]);
      if (area !== null) gl.viewport(area[0], area[1], area[2], area[3]);
      if (program !== null) gl.useProgram(program);
      if (vertexArray !== null) gl.bindVertexArray(vertexArray);
      for (const { unit, kind, place } of step.bindings) {
        gl.activeTexture(unit);
        gl.bindTexture(kind, place.texture);
      }
      for (const { setter, location, values } of step.uniforms) {
        methods[setter](location, ...values);
      }
      if (step.parameters !== null) parameters.bindPlace(step.parameters);
      if (step.weights !== null) weights.bind(step.weights);
      if (step.isIndexed) gl.drawElements(TRIANGLES, 6, UNSIGNED_SHORT, 0);
      else gl.drawArrays(TRIANGLES, 0, 3);
    }
  }

  /** Deletes the parameters; the context is not lost. */
  dispose(): void {
    this.device.parameters.forget();
    this.device.gl.deleteBuffer(this.buffer);
  }
}

/** Returns the steps, each without what the step before it has set. */
function stepsOf(
  recorded: readonly RecordedStep[],
  places: Places,
  copyOf: ReadonlyMap<Written, Written>,
): (DrawStep | UploadStep)[] {
  let program: WebGLProgram | null = null;
  let vertexArray: WebGLVertexArrayObject | null = null;
  let target: TargetPlace | null = null;
  let area = '';
  let parameters: Written | null = null;
  const bound = new Map<string, TexturePlace>();
  const uniforms = new Map<WebGLUniformLocation, string>();

  return recorded.map((step) => {
    if (step.kind === 'upload') {
      const { unit, kind, texture } = step.binding;
      const place = places.textureOf(texture);
      bound.set(`${unit}:${kind}`, place);
      return {
        draw: false,
        method: step.method,
        binding: { unit, kind, place },
        given: step.given,
      };
    }
    const bindings: Binding[] = [];
    for (const { unit, kind, texture } of step.bindings) {
      const place = places.textureOf(texture);
      if (bound.get(`${unit}:${kind}`) === place) continue;
      bound.set(`${unit}:${kind}`, place);
      bindings.push({ unit, kind, place });
    }
    const changed = step.uniforms.filter(({ location, values }) => {
      const text = valuesText(values);
      if (uniforms.get(location) === text) return false;
      uniforms.set(location, text);
      return true;
    });
    const block = step.parameters === null ? null : (copyOf.get(step.parameters) as Written);
    const next = places.targetOf(step);
    const newArea = step.area.join();
    const made: DrawStep = {
      draw: true,
      program: step.program === program ? null : step.program,
      vertexArray: step.vertexArray === vertexArray ? null : step.vertexArray,
      target: next === target ? null : next,
      area: newArea === area ? null : step.area,
      invalid: step.invalid,
      bindings,
      uniforms: changed,
      parameters: block === parameters ? null : block,
      weights: step.weights,
      isIndexed: step.parameters === null,
    };
    ({ program, vertexArray } = step);
    target = next;
    area = newArea;
    if (block !== null) parameters = block;
    return made;
  });
}

/** Returns a text that is the same for the same bits. */
function valuesText(values: readonly unknown[]): string {
  const text = (value: unknown) => (Object.is(value, -0) ? '-0' : String(value));
  return values
    .map((value) =>
      typeof value === 'number' ? text(value) : Array.from(value as ArrayLike<number>, text).join(),
    )
    .join(';');
}
