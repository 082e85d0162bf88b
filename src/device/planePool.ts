/**
 * Sets of equally sized RGBA32F textures, each set with the framebuffer that
 * writes all of them in one draw. Released sets are kept for the next request of
 * the same size.
 */
export interface PlaneSet {
  readonly textures: readonly WebGLTexture[];
  readonly framebuffer: WebGLFramebuffer;
  readonly width: number;
  readonly height: number;
}

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
  private readonly free = new Map<string, PlaneSet[]>();
  private readonly used = new Set<PlaneSet>();
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

  get setsInUse(): number {
    return this.used.size;
  }

  /** Throws if the device does not draw into that many float textures at once. */
  acquire(planes: number, width: number, height: number): PlaneSet {
    const kept = this.free.get(sizeKey(planes, width, height))?.pop();
    if (kept !== undefined) this.idle -= bytesOf(kept);
    const set = kept ?? this.create(planes, width, height);
    this.used.add(set);
    return set;
  }

  release(set: PlaneSet): void {
    if (!this.used.delete(set)) return;
    if (this.isOverFull) {
      this.delete(set);
      return;
    }
    const key = sizeKey(set.textures.length, set.width, set.height);
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
    const room = this.room() - planes * textureBytes(width, height);
    if (this.allocated > room) this.trim(room);
    const framebuffer = gl.createFramebuffer();
    const textures: WebGLTexture[] = [];
    gl.bindFramebuffer(gl.FRAMEBUFFER, framebuffer);
    for (let plane = 0; plane < planes; plane++) {
      const texture = createFloatTexture(gl, textureSide(width), textureSide(height));
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
    const set = { textures, framebuffer, width, height };
    this.allocated += bytesOf(set);
    this.notePeak();
    if (!this.accepted.has(planes)) {
      const status = gl.checkFramebufferStatus(gl.FRAMEBUFFER);
      if (status !== gl.FRAMEBUFFER_COMPLETE) {
        this.delete(set);
        throw new Error(
          `${planes} float render targets of ${width}x${height} are refused (status 0x${status.toString(16)})`,
        );
      }
      this.accepted.add(planes);
    }
    return set;
  }

  private delete(set: PlaneSet): void {
    this.gl.deleteFramebuffer(set.framebuffer);
    for (const texture of set.textures) this.gl.deleteTexture(texture);
    this.allocated -= bytesOf(set);
  }
}

export function createFloatTexture(
  gl: WebGL2RenderingContext,
  width: number,
  height: number,
): WebGLTexture {
  const texture = gl.createTexture();
  gl.bindTexture(gl.TEXTURE_2D, texture);
  gl.texParameteri(gl.TEXTURE_2D, gl.TEXTURE_MIN_FILTER, gl.NEAREST);
  gl.texParameteri(gl.TEXTURE_2D, gl.TEXTURE_MAG_FILTER, gl.NEAREST);
  gl.texParameteri(gl.TEXTURE_2D, gl.TEXTURE_WRAP_S, gl.CLAMP_TO_EDGE);
  gl.texParameteri(gl.TEXTURE_2D, gl.TEXTURE_WRAP_T, gl.CLAMP_TO_EDGE);
  gl.texStorage2D(gl.TEXTURE_2D, 1, gl.RGBA32F, width, height);
  return texture;
}

function bytesOf({ textures, width, height }: PlaneSet): number {
  return textures.length * textureBytes(width, height);
}

function textureBytes(width: number, height: number): number {
  return textureSide(width) * textureSide(height) * BYTES_PER_TEXEL;
}

function sizeKey(planes: number, width: number, height: number): string {
  return `${planes}:${width}x${height}`;
}
