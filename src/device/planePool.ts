/**
 * Sets of equally sized RGBA32F textures, each set with the framebuffer that
 * writes all of them in one draw, and array textures with a framebuffer for each
 * draw that fills some layers. Released ones are kept for requests to come: array
 * textures for those of the same size, others for smaller ones too, so that a net
 * takes little more than its largest layers, not one set for each of them.
 */
export interface PlaneSet {
  readonly textures: readonly WebGLTexture[];
  readonly framebuffer: WebGLFramebuffer;
  /** Texels that are drawn. */
  readonly width: number;
  readonly height: number;
  /** Texels that the textures have across and down. */
  readonly sides: Sides;
}

export type Sides = readonly [across: number, down: number];

/** One array texture. */
export interface LayerSet {
  readonly textures: readonly [WebGLTexture];
  /** What a draw writes: layers 0 to perDraw - 1, the next ones, and so on. */
  readonly draws: readonly PlaneSet[];
  readonly layers: number;
  readonly width: number;
  readonly height: number;
  readonly sides: Sides;
}

type Pooled = PlaneSet | LayerSet;

const BYTES_PER_TEXEL = 16;

/** Texels of a kept plane for each that is asked for: larger ones are left for those who need them. */
const MOST_SPARE = 4;

/**
 * Width or height of the texture in which a plane of that many texels lies. llvmpipe compiles a
 * program once more where a texture that it reads has a power of two for one of them and the last
 * one had not, so that no plane has.
 */
export function textureSide(texels: number): number {
  const side = Math.max(3, texels);
  return (side & (side - 1)) === 0 ? side + 1 : side;
}

/** Sides of the textures of planes of this size. */
export function textureSides(width: number, height: number): Sides {
  return [textureSide(width), textureSide(height)];
}

export class PlanePool {
  /** By numbers of planes, or of layers and targets. */
  private readonly free = new Map<string, Pooled[]>();
  private readonly used = new Set<Pooled>();
  /** Numbers of planes that this device has accepted as render targets together. */
  private readonly accepted = new Set<number>();
  private allocated = 0;
  private idle = 0;
  private most = 0;

  /**
   * @param room bytes that all sets may take; above it, those that wait for a request are deleted
   * @param elsewhere bytes of this context's textures that are not the pool's
   */
  constructor(
    private readonly gl: WebGL2RenderingContext,
    private readonly room: () => number,
    private readonly elsewhere: () => number,
  ) {}

  /** The most bytes that there were in this context's textures whenever notePeak() was called. */
  get peakBytes(): number {
    return this.most;
  }

  /** The pool calls it when it grows itself. */
  notePeak(bytes = this.allocated + this.elsewhere()): void {
    this.most = Math.max(this.most, bytes);
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

  get setsInUse(): number {
    return this.used.size;
  }

  /** Throws if the device does not draw into that many float textures at once. */
  acquire(planes: number, width: number, height: number): PlaneSet {
    // A single plane is a filter or a vector of channels, which stays as long as its net.
    const spare = planes === 1 ? 1 : MOST_SPARE;
    const kept = this.take<PlaneSet>(`${planes}`, textureSides(width, height), spare);
    const set = kept && { ...kept, width, height };
    return this.use(set ?? this.create(planes, width, height));
  }

  /**
   * An array texture, with framebuffers for `perDraw` layers each.
   * Throws if the device does not draw into that many layers at once.
   */
  acquireLayers(layers: number, perDraw: number, width: number, height: number): LayerSet {
    const kept = this.take<LayerSet>(`${layers}/${perDraw}`, textureSides(width, height), 1);
    const set = kept && {
      ...kept,
      width,
      height,
      draws: kept.draws.map((draw) => ({ ...draw, width, height })),
    };
    return this.use(set ?? this.createLayers(layers, perDraw, width, height));
  }

  /** The smallest kept set that is at least so large, and at most `spare` times. */
  private take<Set extends Pooled>(key: string, sides: Sides, spare: number): Set | undefined {
    const kept = this.free.get(key) ?? [];
    let found = -1;
    let least = spare * area(sides) + 1;
    for (const [i, set] of kept.entries()) {
      const isLarge = set.sides[0] >= sides[0] && set.sides[1] >= sides[1];
      if (!isLarge || area(set.sides) >= least) continue;
      found = i;
      least = area(set.sides);
    }
    if (found === -1) return undefined;
    const [set] = kept.splice(found, 1);
    this.idle -= bytesOf(set);
    return set as Set;
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
    const key = keyOf(set);
    const kept = this.free.get(key);
    if (kept === undefined) this.free.set(key, [set]);
    else kept.push(set);
    this.idle += bytesOf(set);
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
    const sides = textureSides(width, height);
    this.makeRoom(planes * area(sides) * BYTES_PER_TEXEL);
    const framebuffer = gl.createFramebuffer();
    const textures: WebGLTexture[] = [];
    gl.bindFramebuffer(gl.FRAMEBUFFER, framebuffer);
    for (let plane = 0; plane < planes; plane++) {
      const texture = createFloatTexture(gl, ...sides);
      gl.framebufferTexture2D(
        gl.FRAMEBUFFER,
        gl.COLOR_ATTACHMENT0 + plane,
        gl.TEXTURE_2D,
        texture,
        0,
      );
      textures.push(texture);
    }
    gl.drawBuffers(textures.map((_, plane) => gl.COLOR_ATTACHMENT0 + plane));
    const set = { textures, framebuffer, width, height, sides };
    this.add(set, planes);
    return set;
  }

  private createLayers(layers: number, perDraw: number, width: number, height: number): LayerSet {
    const { gl } = this;
    const sides = textureSides(width, height);
    this.makeRoom(layers * area(sides) * BYTES_PER_TEXEL);
    const texture = createFloatTexture(gl, ...sides, layers);
    const draws: PlaneSet[] = [];
    for (let first = 0; first < layers; first += perDraw) {
      const framebuffer = gl.createFramebuffer();
      gl.bindFramebuffer(gl.FRAMEBUFFER, framebuffer);
      const targets = Array.from({ length: perDraw }, (_, i) => gl.COLOR_ATTACHMENT0 + i);
      for (const [i, target] of targets.entries()) {
        gl.framebufferTextureLayer(gl.FRAMEBUFFER, target, texture, 0, first + i);
      }
      gl.drawBuffers(targets);
      draws.push({ textures: [], framebuffer, width, height, sides });
    }
    const set: LayerSet = { textures: [texture], draws, layers, width, height, sides };
    this.add(set, perDraw);
    return set;
  }

  private makeRoom(bytes: number): void {
    const room = this.room() - bytes;
    if (this.allocated > room) this.trim(room);
  }

  /** Counts a new set; throws, and deletes it, where its framebuffer that is bound is refused. */
  private add(set: Pooled, targets: number): void {
    this.allocated += bytesOf(set);
    this.notePeak();
    if (this.accepted.has(targets)) return;
    const { gl } = this;
    const status = gl.checkFramebufferStatus(gl.FRAMEBUFFER);
    if (status !== gl.FRAMEBUFFER_COMPLETE) {
      this.delete(set);
      const { width, height } = set;
      throw new Error(
        `${targets} float render targets of ${width}x${height} are refused (status 0x${status.toString(16)})`,
      );
    }
    this.accepted.add(targets);
  }

  private delete(set: Pooled): void {
    const draws = 'draws' in set ? set.draws : [set];
    for (const { framebuffer } of draws) this.gl.deleteFramebuffer(framebuffer);
    for (const texture of set.textures) this.gl.deleteTexture(texture);
    this.allocated -= bytesOf(set);
  }
}

/** With `layers`, an array texture. */
export function createFloatTexture(
  gl: WebGL2RenderingContext,
  width: number,
  height: number,
  layers?: number,
): WebGLTexture {
  const texture = gl.createTexture();
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
  return count * area(set.sides) * BYTES_PER_TEXEL;
}

function area([across, down]: Sides): number {
  return across * down;
}

function keyOf(set: Pooled): string {
  return 'draws' in set
    ? `${set.layers}/${set.layers / set.draws.length}`
    : `${set.textures.length}`;
}
