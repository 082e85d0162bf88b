/** Textures of a layout with their framebuffers: how they are made, and the check for memory. */
import type { PlaneStorage } from '../../../kernels/webgl/layout/planeNames.js';
import { type Precision, texelBytes } from '../../../kernels/webgl/layout/precision.js';
import { inMegabytes, OutOfMemory, takeErrors } from './memory.js';

/** Storage and floats of all planes of a context. */
export interface PlaneForm {
  readonly storage: PlaneStorage;
  readonly precision: Precision;
}

export interface PlaneSet {
  /** One texture a plane, or the array texture of all planes. */
  readonly textures: readonly WebGLTexture[];
  readonly planes: number;
  readonly framebuffer: WebGLFramebuffer;
  /** Width and height, in texels, of the area that is drawn. */
  readonly width: number;
  readonly height: number;
  /** Width and height, in texels, of the textures. */
  readonly sides: Sides;
  readonly precision: Precision;
}

export type Sides = readonly [across: number, down: number];

/** An array texture with its framebuffers. */
export interface LayerSet {
  readonly textures: readonly [WebGLTexture];
  /** Render targets by draw: layers 0 to perDraw - 1, then the next perDraw layers, and so on. */
  readonly draws: readonly PlaneSet[];
  readonly layers: number;
  readonly width: number;
  readonly height: number;
  readonly sides: Sides;
  readonly precision: Precision;
}

/**
 * Returns the width or height of the texture for a plane of this many texels: never a power of two.
 * llvmpipe compiles a program again if a texture that it reads has a power of two for its width or
 * height and the previous texture had not.
 */
export function textureSide(texels: number): number {
  const side = Math.max(3, texels);
  return (side & (side - 1)) === 0 ? side + 1 : side;
}

/** Returns the number of textures, or of layers of one texture, that a set of planes takes. */
export function layersOf(planes: number, storage: PlaneStorage): number {
  // The last layer stays zero: programs fetch what is outside the tensor from it.
  return storage === 'layers' && planes > 1 ? planes + 1 : planes;
}

/** Returns the width and height of the textures for planes of this size. */
export function textureSides(width: number, height: number): Sides {
  return [textureSide(width), textureSide(height)];
}

/** Returns the bytes of a texture for a plane of this size. */
export function textureBytes(width: number, height: number, precision: Precision): number {
  const [across, down] = textureSides(width, height);
  return across * down * texelBytes[precision];
}

/** Refusal of the device to draw into this many float textures at once. */
export class Refusal extends Error {
  override name = 'Refusal';

  constructor(targets: number, status?: GLenum) {
    const said = status === undefined ? '' : ` (status 0x${status.toString(16)})`;
    super(`${targets} float render targets are refused${said}`);
  }
}

/** @throws OutOfMemory, Refusal */
export function makePlanes(
  gl: WebGL2RenderingContext,
  planes: number,
  width: number,
  height: number,
  { storage, precision }: PlaneForm,
): PlaneSet {
  const layers = layersOf(planes, storage);
  const isLayered = layers > planes;
  return orDelete(gl, precision, ({ framebuffer, texture }) => {
    const sides = textureSides(width, height);
    const textures = isLayered ? [texture(sides, layers)] : range(planes).map(() => texture(sides));
    const set = { textures, planes, framebuffer: framebuffer(), width, height, sides, precision };
    const targets = attachments(gl, planes);
    for (const [plane, target] of targets.entries()) {
      if (isLayered) {
        gl.framebufferTextureLayer(gl.FRAMEBUFFER, target, textures[0], 0, plane);
      } else {
        gl.framebufferTexture2D(gl.FRAMEBUFFER, target, gl.TEXTURE_2D, textures[plane], 0);
      }
    }
    gl.drawBuffers(targets);
    check(gl, planes, layers, textureBytes(width, height, precision), sides);
    return set;
  });
}

/** Returns the first colour attachments of a framebuffer. */
export function attachments(gl: WebGL2RenderingContext, count: number): GLenum[] {
  return range(count).map((i) => gl.COLOR_ATTACHMENT0 + i);
}

function range(length: number): number[] {
  return Array.from({ length }, (_, i) => i);
}

/**
 * Makes an array texture with framebuffers for `perDraw` layers each.
 * @throws OutOfMemory, Refusal
 */
export function makeLayers(
  gl: WebGL2RenderingContext,
  layers: number,
  perDraw: number,
  width: number,
  height: number,
  precision: Precision,
): LayerSet {
  return orDelete(gl, precision, ({ framebuffer, texture }) => {
    const sides = textureSides(width, height);
    const array = texture(sides, layers);
    const draws: PlaneSet[] = [];
    for (let first = 0; first < layers; first += perDraw) {
      draws.push({
        textures: [],
        planes: perDraw,
        framebuffer: framebuffer(),
        width,
        height,
        sides,
        precision,
      });
      const targets = attachments(gl, perDraw);
      for (const [i, target] of targets.entries()) {
        gl.framebufferTextureLayer(gl.FRAMEBUFFER, target, array, 0, first + i);
      }
      gl.drawBuffers(targets);
    }
    check(gl, perDraw, layers, textureBytes(width, height, precision), sides);
    return { textures: [array], draws, layers, width, height, sides, precision };
  });
}

/** Functions that make the parts of a set. */
interface Maker {
  /** Makes a framebuffer and binds it. */
  framebuffer(): WebGLFramebuffer;
  texture(sides: Sides, layers?: number): WebGLTexture;
}

/** Runs `make`; if it throws, deletes the parts that it has made. */
function orDelete<Set>(
  gl: WebGL2RenderingContext,
  precision: Precision,
  make: (maker: Maker) => Set,
): Set {
  const framebuffers: WebGLFramebuffer[] = [];
  const textures: WebGLTexture[] = [];
  try {
    return make({
      framebuffer: () => {
        const framebuffer: WebGLFramebuffer | null = gl.createFramebuffer();
        if (framebuffer === null) throw new OutOfMemory('the context gives no framebuffer');
        framebuffers.push(framebuffer);
        gl.bindFramebuffer(gl.FRAMEBUFFER, framebuffer);
        return framebuffer;
      },
      texture: (sides, layers) => {
        const texture = createFloatTexture(gl, precision, sides, layers);
        textures.push(texture);
        return texture;
      },
    });
  } catch (error) {
    for (const framebuffer of framebuffers) gl.deleteFramebuffer(framebuffer);
    for (const texture of textures) gl.deleteTexture(texture);
    throw error;
  }
}

/**
 * Throws if the bound framebuffer cannot be drawn into: if memory is full, its textures do not
 * exist. The check waits for the device, which is why sets are kept.
 */
function check(
  gl: WebGL2RenderingContext,
  targets: number,
  textures: number,
  bytesOfOne: number,
  sides: Sides,
): void {
  const status = gl.checkFramebufferStatus(gl.FRAMEBUFFER);
  if (status === gl.FRAMEBUFFER_COMPLETE || gl.isContextLost()) return;
  const errors = takeErrors(gl);
  const isFull = errors.length > 0 || status === gl.FRAMEBUFFER_INCOMPLETE_ATTACHMENT;
  if (!isFull) throw new Refusal(targets, status);
  const bytes = inMegabytes(textures * bytesOfOne);
  const said = errors.length === 0 ? '' : ` (WebGL error ${errors.join(', ')})`;
  throw new OutOfMemory(
    `the device gives no ${textures} textures of ${sides.join('x')} texels, ${bytes}${said}`,
  );
}

/**
 * Creates a float texture; with `layers`, an array texture.
 * @throws OutOfMemory if the context returns no texture at all
 */
function createFloatTexture(
  gl: WebGL2RenderingContext,
  precision: Precision,
  [width, height]: Sides,
  layers?: number,
): WebGLTexture {
  const texture: WebGLTexture | null = gl.createTexture();
  if (texture === null) throw new OutOfMemory('the context gives no texture');
  const kind = layers === undefined ? gl.TEXTURE_2D : gl.TEXTURE_2D_ARRAY;
  gl.bindTexture(kind, texture);
  gl.texParameteri(kind, gl.TEXTURE_MIN_FILTER, gl.NEAREST);
  gl.texParameteri(kind, gl.TEXTURE_MAG_FILTER, gl.NEAREST);
  gl.texParameteri(kind, gl.TEXTURE_WRAP_S, gl.CLAMP_TO_EDGE);
  gl.texParameteri(kind, gl.TEXTURE_WRAP_T, gl.CLAMP_TO_EDGE);
  const format = precision === 'half' ? gl.RGBA16F : gl.RGBA32F;
  if (layers === undefined) gl.texStorage2D(kind, 1, format, width, height);
  else gl.texStorage3D(kind, 1, format, width, height, layers);
  return texture;
}
