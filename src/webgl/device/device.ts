/** One WebGL context with its programs and planes; the only code that draws. */

import { calibrated, type Measured } from '../../../kernels/webgl/calibrated.js';
import type { DeviceProfile } from '../../../kernels/webgl/deviceProfile.js';
import type { WeightBlock } from '../../../kernels/webgl/layout/filter.js';
import type { PlaneStorage } from '../../../kernels/webgl/layout/planeNames.js';
import type { Precision } from '../../../kernels/webgl/layout/precision.js';
import { type Area, areasOf, type TileLayout } from '../../../kernels/webgl/layout/tile.js';
import { type Capabilities, readCapabilities } from './capabilities.js';
import type { TextureMemory } from './freeTextures.js';
import { type ParameterPart, Parameters } from './parameters.js';
import { PlanePool } from './planePool.js';
import { attachments, type PlaneSet } from './planeSets.js';
import { type PrecisionChoice, precisionOf } from './precision.js';
import { type Program, ProgramCache } from './program.js';
import { ReadBuffers } from './readBuffers.js';
import { WeightBuffers } from './weightBuffers.js';

/** Render target of a draw: a set of planes, or one texture that the device does not own. */
export type Target =
  | PlaneSet
  | { readonly texture: WebGLTexture; readonly width: number; readonly height: number };

/** Weights in a uniform block, and the layout of the target, which may be drawn group by group. */
export interface GroupedWeights {
  readonly block: WeightBlock;
  readonly layout: TileLayout;
}

/** Storage of planes; 'auto' for what suits the device. */
export type StorageChoice = PlaneStorage | 'auto';

/**
 * A GPU needs one binding for an operand in layers, where a rasteriser on the CPU reads textures of
 * their own faster.
 */
function usualStorage(software: boolean): PlaneStorage {
  return software ? 'textures' : 'layers';
}

export class Device {
  readonly capabilities: Capabilities;
  readonly programs: ProgramCache;
  readonly planes: PlanePool;
  readonly storage: PlaneStorage;
  readonly precision: Precision;
  readonly parameters: Parameters;
  readonly readBuffers: ReadBuffers;
  readonly weights: WeightBuffers;
  private readonly vertexArray: WebGLVertexArrayObject;
  /** Framebuffer to which each draw into a texture of its own attaches that texture. */
  readonly singleTarget: WebGLFramebuffer;
  /** Programs that have been drawn. */
  private readonly started = new WeakSet<Program>();
  /** One-texel texture, created by the first waitForGPU(). */
  private probe: WebGLTexture | null = null;
  private isSilent = false;
  private othersMade = 0;
  private costs: DeviceProfile;

  constructor(
    readonly gl: WebGL2RenderingContext,
    /** Memory of all textures of the context. */
    readonly memory: TextureMemory,
    storage: StorageChoice = 'auto',
    precision: PrecisionChoice = 'float32',
  ) {
    this.capabilities = readCapabilities(gl);
    this.costs = this.capabilities.profile;
    this.programs = new ProgramCache(gl);
    this.parameters = new Parameters(gl, () => this.noteResource());
    this.readBuffers = new ReadBuffers(gl, () => this.noteResource());
    this.weights = new WeightBuffers(gl, memory, () => this.noteResource());
    const { profile, floatTargets, halfTargets } = this.capabilities;
    this.storage = storage === 'auto' ? usualStorage(profile.software) : storage;
    this.precision = precisionOf(precision, this.capabilities) ?? 'float32';
    const maxTargets = this.precision === 'half' ? halfTargets : floatTargets;
    this.planes = new PlanePool(gl, maxTargets, memory, this);
    const vertexArray: WebGLVertexArrayObject | null = gl.createVertexArray();
    const framebuffer: WebGLFramebuffer | null = gl.createFramebuffer();
    // Draws without a framebuffer would go to the canvas.
    if (vertexArray === null || framebuffer === null) {
      throw new Error('the WebGL2 context gives no vertex array or no framebuffer');
    }
    this.vertexArray = vertexArray;
    this.singleTarget = framebuffer;
  }

  /**
   * Lets estimates go by what was measured on this device; by its family's charges for null, and for
   * what no device of the family can have.
   */
  calibrate(measured: Measured | null): void {
    const { profile } = this.capabilities;
    this.costs = (measured && calibrated(profile, measured)) ?? profile;
  }

  /** True if estimates go by what was measured on this device. */
  get isCalibrated(): boolean {
    return this.costs !== this.capabilities.profile;
  }

  /** Limits that plans must keep; the number of targets may fall. */
  get limits() {
    const { maxTextureSize, maxSamplers, maxBlockBytes } = this.capabilities;
    const { costs: device } = this;
    const maxTargets = Math.min(this.planes.maxTargets, device.maxTargets);
    return {
      maxTextureSize,
      maxSamplers,
      maxTargets,
      sharesTextures: this.storage === 'layers',
      maxBlockBytes,
      precision: this.precision,
      device,
    };
  }

  /**
   * Counter that grows whenever this backend or stock creates a texture or program; unchanged means
   * no new GL errors to look for.
   */
  get resourceEpoch(): number {
    return this.planes.setsMade + this.programs.size + this.othersMade;
  }

  /** Counts a texture, program or buffer that is new. */
  noteResource(): void {
    this.othersMade++;
  }

  /** True if stock's new texture got its memory, or the context is lost; waits for the device. */
  isAllocated(texture: WebGLTexture): boolean {
    const { gl } = this;
    this.noteResource();
    this.bindTarget({ texture, width: 1, height: 1 });
    const status = gl.checkFramebufferStatus(gl.FRAMEBUFFER);
    return status === gl.FRAMEBUFFER_COMPLETE || this.isLost;
  }

  /**
   * Reads the texels of each plane of a set, 4 numbers per texel, row by row. Needs no memory on
   * the device and no program. Errors stay in the context until they are taken.
   */
  readPlanes({ framebuffer, planes, width, height }: PlaneSet): Float32Array[] {
    const { gl } = this;
    gl.bindFramebuffer(gl.FRAMEBUFFER, framebuffer);
    return Array.from({ length: planes }, (_, plane) => {
      gl.readBuffer(gl.COLOR_ATTACHMENT0 + plane);
      return this.readTexels(width, height);
    });
  }

  /** Reads the texels of a texture that the device does not own, as readPlanes() does. */
  readTexture(texture: WebGLTexture, width: number, height: number): Float32Array {
    this.bindTarget({ texture, width, height });
    return this.readTexels(width, height);
  }

  /** Begins to read a texture that the device does not own into a buffer, row by row. */
  readInto(buffer: WebGLBuffer, texture: WebGLTexture, width: number, height: number): void {
    const { gl } = this;
    this.bindTarget({ texture, width, height });
    gl.bindBuffer(gl.PIXEL_PACK_BUFFER, buffer);
    gl.readPixels(0, 0, width, height, gl.RGBA, gl.FLOAT, 0);
    gl.bindBuffer(gl.PIXEL_PACK_BUFFER, null);
  }

  private readTexels(width: number, height: number): Float32Array {
    const { gl } = this;
    const texels = new Float32Array(4 * width * height);
    gl.readPixels(0, 0, width, height, gl.RGBA, gl.FLOAT, texels);
    return texels;
  }

  /** True if the context is lost, with everything in it. */
  get isLost(): boolean {
    return this.isSilent || this.gl.isContextLost();
  }

  /**
   * Runs a program once for every texel of the target. Ignores uniforms that it does not have.
   * @param weights weights in a block; if each group of output slices has its own, it is drawn by itself
   */
  draw(
    program: Program,
    textures: readonly WebGLTexture[],
    uniforms: readonly ParameterPart[],
    target: Target,
    weights: GroupedWeights | null = null,
  ): void {
    const { gl } = this;
    const { samplers } = program;
    if (textures.length !== samplers.length) {
      throw new Error(`program reads ${samplers.length} textures, ${textures.length} were given`);
    }
    this.bindTarget(target);
    gl.useProgram(program.handle);
    gl.bindVertexArray(this.vertexArray);
    for (let unit = 0; unit < textures.length; unit++) {
      gl.activeTexture(gl.TEXTURE0 + unit);
      gl.bindTexture(samplers[unit], textures[unit]);
    }
    this.parameters.bind(program.parameters, uniforms);
    const { width, height } = target;
    const all = { x: 0, y: 0, width, height };
    if (weights === null) this.drawArea(all);
    else this.drawParts(weights, all);
    if (!this.started.has(program)) {
      // Drivers generate machine code at the first draw. The flush lets them start while the next
      // programs are translated.
      this.started.add(program);
      gl.flush();
    }
  }

  /**
   * Tells a device that draws tile by tile that nothing of what a set holds is needed, because the draws
   * that follow cover all of it.
   */
  invalidate({ framebuffer, planes }: PlaneSet): void {
    const { gl } = this;
    if (!this.capabilities.profile.isTileBased) return;
    gl.bindFramebuffer(gl.FRAMEBUFFER, framebuffer);
    gl.invalidateFramebuffer(gl.FRAMEBUFFER, attachments(gl, planes));
  }

  private drawArea({ x, y, width, height }: Area): void {
    this.gl.viewport(x, y, width, height);
    this.gl.drawArrays(this.gl.TRIANGLES, 0, 3);
  }

  /** Draws the images of a layout, those of some groups of slices after the other, with their weights. */
  private drawParts({ block, layout }: GroupedWeights, all: Area): void {
    const { batch, groups } = layout;
    this.weights.during((bind) => {
      for (let group = 0; group < groups; group += block.groups) {
        bind({ block, offset: (group / block.groups) * block.stride });
        const count = Math.min(block.groups, groups - group);
        if (count === groups) this.drawArea(all);
        else {
          for (let n = 0; n < batch; n++) {
            for (const area of areasOf(layout, n * groups + group, count)) this.drawArea(area);
          }
        }
      }
    });
  }

  /** Makes a framebuffer of one texture, which the caller deletes. */
  framebufferOf(texture: WebGLTexture): WebGLFramebuffer {
    const { gl } = this;
    const framebuffer = gl.createFramebuffer();
    gl.bindFramebuffer(gl.FRAMEBUFFER, framebuffer);
    gl.framebufferTexture2D(gl.FRAMEBUFFER, gl.COLOR_ATTACHMENT0, gl.TEXTURE_2D, texture, 0);
    return framebuffer;
  }

  /** Uploads texels of 4 numbers each to one plane of a set, row by row. */
  uploadPlane({ textures, planes, width, height }: PlaneSet, plane: number, texels: Float32Array) {
    if (textures.length === planes) {
      this.upload(textures[plane], width, height, texels);
      return;
    }
    const { gl } = this;
    gl.activeTexture(gl.TEXTURE0);
    gl.bindTexture(gl.TEXTURE_2D_ARRAY, textures[0]);
    const [kind, format] = [gl.TEXTURE_2D_ARRAY, gl.RGBA];
    gl.texSubImage3D(kind, 0, 0, 0, plane, width, height, 1, format, gl.FLOAT, texels);
  }

  /** Uploads texels of 4 numbers each, or of 1, to a texture, row by row. */
  upload(texture: WebGLTexture, width: number, height: number, texels: Float32Array): void {
    const { gl } = this;
    const format = texels.length === width * height ? gl.RED : gl.RGBA;
    gl.activeTexture(gl.TEXTURE0);
    gl.bindTexture(gl.TEXTURE_2D, texture);
    gl.texSubImage2D(gl.TEXTURE_2D, 0, 0, 0, width, height, format, gl.FLOAT, texels);
  }

  /**
   * Waits until all draws in this context are done. Returns false if the context is lost. This
   * draws a texel and reads it, because reads in a lost context may return nothing but zeros before
   * the browser reports the loss.
   */
  waitForGPU(): boolean {
    const { gl } = this;
    this.probe ??= createProbe(gl);
    this.bindTarget({ texture: this.probe, width: 1, height: 1 });
    gl.clearBufferfv(gl.COLOR, 0, [1, 0, 0, 1]);
    const texel = new Uint8Array(4);
    gl.readPixels(0, 0, 1, 1, gl.RGBA, gl.UNSIGNED_BYTE, texel);
    if (texel[0] !== 255) this.isSilent = true;
    return !this.isLost;
  }

  dispose(): void {
    const { gl } = this;
    // A lost context reports its loss once; stock would take that for an error of its next call.
    if (this.isLost) gl.getError();
    this.memory.end();
    gl.deleteTexture(this.probe);
    this.programs.dispose();
    this.planes.dispose();
    this.parameters.dispose();
    this.readBuffers.dispose();
    this.weights.dispose();
    gl.deleteVertexArray(this.vertexArray);
    gl.deleteFramebuffer(this.singleTarget);
  }

  private bindTarget(target: Target): void {
    const { gl } = this;
    if ('framebuffer' in target) {
      gl.bindFramebuffer(gl.FRAMEBUFFER, target.framebuffer);
      return;
    }
    gl.bindFramebuffer(gl.FRAMEBUFFER, this.singleTarget);
    gl.framebufferTexture2D(gl.FRAMEBUFFER, gl.COLOR_ATTACHMENT0, gl.TEXTURE_2D, target.texture, 0);
  }
}

function createProbe(gl: WebGL2RenderingContext): WebGLTexture {
  const texture = gl.createTexture();
  gl.activeTexture(gl.TEXTURE0);
  gl.bindTexture(gl.TEXTURE_2D, texture);
  gl.texStorage2D(gl.TEXTURE_2D, 1, gl.RGBA8, 1, 1);
  return texture;
}
