/**
 * Sets of equally sized RGBA32F textures, each set with the framebuffer that
 * writes all of them in one draw, and array textures with a framebuffer for each
 * draw that fills some layers. Released ones are kept for the next request of
 * the same size.
 */
import { inMegabytes, OutOfMemory, takeErrors } from './memory.js';

export interface PlaneSet {
  readonly textures: readonly WebGLTexture[];
  readonly framebuffer: WebGLFramebuffer;
  readonly width: number;
  readonly height: number;
}

/** One array texture. */
export interface LayerSet {
  readonly textures: readonly [WebGLTexture];
  /** What a draw writes: layers 0 to perDraw - 1, the next ones, and so on. */
  readonly draws: readonly PlaneSet[];
  readonly layers: number;
  readonly width: number;
  readonly height: number;
}

type Pooled = PlaneSet | LayerSet;

const BYTES_PER_TEXEL = 16;

/**
 * Width or height of the texture in which a plane of that many texels lies. llvmpipe compiles a
 * program once more where a texture that it reads has a power of two for one of them and the last
 * one had not, so that no plane has.
 */
export function textureSide(texels: number): number {
  const side = Math.max(3, texels);
  return (side & (side - 1)) === 0 ? side + 1 : side;
}

export class PlanePool {
  private readonly free = new Map<string, Pooled[]>();
  private readonly used = new Set<Pooled>();
  private targets: number;
  private allocated = 0;
  private idle = 0;
  private most = 0;
  private made = 0;

  /**
   * @param room bytes that all sets may take; above it, those that wait for a request are deleted
   * @param elsewhere bytes of this context's textures that are not the pool's
   * @param relieve deletes textures elsewhere that nobody uses
   */
  constructor(
    private readonly gl: WebGL2RenderingContext,
    maxTargets: number,
    private readonly room: () => number,
    private readonly elsewhere: () => number,
    private readonly relieve: () => void,
  ) {
    this.targets = maxTargets;
  }

  /** Float textures that one draw can write: fewer than the device says, once it has refused more. */
  get maxTargets(): number {
    return this.targets;
  }

  /** The most bytes that there were in this context's textures whenever notePeak() was called. */
  get peakBytes(): number {
    return this.most;
  }

  /** The pool calls it when it grows itself. */
  notePeak(): void {
    this.most = Math.max(this.most, this.allocated + this.elsewhere());
  }

  get isOverFull(): boolean {
    return this.allocated > this.room();
  }

  get bytesAllocated(): number {
    return this.allocated;
  }

  get bytesFree(): number {
    return this.idle;
  }

  /** Textures allocated. */
  get textures(): number {
    const sets = [...this.used, ...[...this.free.values()].flat()];
    return sets.reduce((sum, { textures }) => sum + textures.length, 0);
  }

  /** Sets made, of any age. */
  get setsMade(): number {
    return this.made;
  }

  get setsInUse(): number {
    return this.used.size;
  }

  /**
   * @throws OutOfMemory, or Error where the device does not draw into that many float textures at
   *   once
   */
  acquire(planes: number, width: number, height: number): PlaneSet {
    const kept = this.take<PlaneSet>(`${planes}:${width}x${height}`);
    const make = () => this.create(planes, width, height);
    return this.use(kept ?? this.allocate(planes * textureBytes(width, height), make));
  }

  /**
   * An array texture, with framebuffers for `perDraw` layers each.
   * @throws OutOfMemory, or Error where the device does not draw into that many layers at once
   */
  acquireLayers(layers: number, perDraw: number, width: number, height: number): LayerSet {
    const kept = this.take<LayerSet>(`${layers}/${perDraw}:${width}x${height}`);
    const make = () => this.createLayers(layers, perDraw, width, height);
    return this.use(kept ?? this.allocate(layers * textureBytes(width, height), make));
  }

  /** Makes a set of so many bytes; once more without all that waits for a request, if need be. */
  private allocate<Set extends Pooled>(bytes: number, make: () => Set): Set {
    const room = this.room() - bytes;
    if (this.allocated > room) this.trim(room);
    let set: Set;
    try {
      set = make();
    } catch (error) {
      if (!(error instanceof OutOfMemory)) throw error;
      this.trim();
      this.relieve();
      set = make();
    }
    this.allocated += bytes;
    this.made++;
    this.notePeak();
    return set;
  }

  private take<Set extends Pooled>(key: string): Set | undefined {
    const kept = this.free.get(key)?.pop();
    if (kept !== undefined) this.idle -= bytesOf(kept);
    return kept as Set | undefined;
  }

  private use<Set extends Pooled>(set: Set): Set {
    this.used.add(set);
    return set;
  }

  release(set: Pooled): void {
    if (!this.used.delete(set)) return;
    if (this.isOverFull) {
      this.delete(set);
      return;
    }
    const key = sizeKey(set);
    const kept = this.free.get(key);
    if (kept === undefined) this.free.set(key, [set]);
    else kept.push(set);
    this.idle += bytesOf(set);
  }

  /** Deletes a set that is not to be kept for the next request. */
  discard(set: Pooled): void {
    if (this.used.delete(set)) this.delete(set);
  }

  /** Deletes the sets that wait for the next request, all or until the pool takes so few bytes. */
  trim(bytes = 0): void {
    for (const [key, sets] of this.free) {
      for (let set = sets.pop(); set !== undefined; set = sets.pop()) {
        this.idle -= bytesOf(set);
        this.delete(set);
        if (this.allocated <= bytes) return;
      }
      this.free.delete(key);
    }
  }

  dispose(): void {
    this.trim();
    for (const set of this.used) this.delete(set);
    this.used.clear();
  }

  private create(planes: number, width: number, height: number): PlaneSet {
    const { gl } = this;
    this.refuse(planes, width, height);
    return this.orDelete(({ framebuffer, texture }) => {
      const set = { textures: [] as WebGLTexture[], framebuffer: framebuffer(), width, height };
      for (let plane = 0; plane < planes; plane++) {
        const target = gl.COLOR_ATTACHMENT0 + plane;
        set.textures.push(texture(width, height));
        gl.framebufferTexture2D(gl.FRAMEBUFFER, target, gl.TEXTURE_2D, set.textures[plane], 0);
      }
      gl.drawBuffers(set.textures.map((_, plane) => gl.COLOR_ATTACHMENT0 + plane));
      this.check(planes, planes, width, height);
      return set;
    });
  }

  private createLayers(layers: number, perDraw: number, width: number, height: number): LayerSet {
    const { gl } = this;
    this.refuse(perDraw, width, height);
    return this.orDelete(({ framebuffer, texture }) => {
      const array = texture(width, height, layers);
      const draws: PlaneSet[] = [];
      for (let first = 0; first < layers; first += perDraw) {
        draws.push({ textures: [], framebuffer: framebuffer(), width, height });
        const targets = Array.from({ length: perDraw }, (_, i) => gl.COLOR_ATTACHMENT0 + i);
        for (const [i, target] of targets.entries()) {
          gl.framebufferTextureLayer(gl.FRAMEBUFFER, target, array, 0, first + i);
        }
        gl.drawBuffers(targets);
      }
      this.check(perDraw, layers, width, height);
      return { textures: [array], draws, layers, width, height };
    });
  }

  private refuse(targets: number, width: number, height: number, status?: GLenum): void {
    if (targets <= this.targets && status === undefined) return;
    this.targets = Math.min(this.targets, targets - 1);
    const said = status === undefined ? '' : ` (status 0x${status.toString(16)})`;
    throw new Error(`${targets} float render targets of ${width}x${height} are refused${said}`);
  }

  /** Runs `make`; if it throws, deletes what it has made. */
  private orDelete<Set>(make: (made: Maker) => Set): Set {
    const { gl } = this;
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
        texture: (width, height, layers) => {
          const sides = [textureSide(width), textureSide(height)] as const;
          const texture = createFloatTexture(gl, ...sides, layers);
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
   * Whether the framebuffer that is bound can be drawn into: where memory is full, its textures are
   * none. This waits for the device, which is why sets are kept.
   */
  private check(targets: number, textures: number, width: number, height: number): void {
    const { gl } = this;
    const status = gl.checkFramebufferStatus(gl.FRAMEBUFFER);
    if (status === gl.FRAMEBUFFER_COMPLETE || gl.isContextLost()) return;
    const errors = takeErrors(gl);
    const isFull = errors.length > 0 || status === gl.FRAMEBUFFER_INCOMPLETE_ATTACHMENT;
    if (!isFull) this.refuse(targets, width, height, status);
    const bytes = textures * textureBytes(width, height);
    throw new OutOfMemory(
      `the device gives no ${textures} textures of ${textureSide(width)}x${textureSide(height)} ` +
        `texels (${inMegabytes(bytes)}) beside the ${inMegabytes(this.allocated)} in planes and the ` +
        `${inMegabytes(this.elsewhere())} in stock textures that there are` +
        (errors.length === 0 ? '' : ` (WebGL error ${errors.join(', ')})`),
    );
  }

  private delete(set: Pooled): void {
    const draws = 'draws' in set ? set.draws : [set];
    for (const { framebuffer } of draws) this.gl.deleteFramebuffer(framebuffer);
    for (const texture of set.textures) this.gl.deleteTexture(texture);
    this.allocated -= bytesOf(set);
  }
}

/** What a set is made of. */
interface Maker {
  /** Bound. */
  framebuffer(): WebGLFramebuffer;
  texture(width: number, height: number, layers?: number): WebGLTexture;
}

/**
 * With `layers`, an array texture.
 * @throws OutOfMemory where the context gives none at all
 */
export function createFloatTexture(
  gl: WebGL2RenderingContext,
  width: number,
  height: number,
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
  if (layers === undefined) gl.texStorage2D(kind, 1, gl.RGBA32F, width, height);
  else gl.texStorage3D(kind, 1, gl.RGBA32F, width, height, layers);
  return texture;
}

function bytesOf(set: Pooled): number {
  const count = 'draws' in set ? set.layers : set.textures.length;
  return count * textureBytes(set.width, set.height);
}

function textureBytes(width: number, height: number): number {
  return textureSide(width) * textureSide(height) * BYTES_PER_TEXEL;
}

function sizeKey(set: Pooled): string {
  const { width, height } = set;
  const count =
    'draws' in set ? `${set.layers}/${set.layers / set.draws.length}` : set.textures.length;
  return `${count}:${width}x${height}`;
}
