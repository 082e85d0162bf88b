/** Textures of one context that nobody uses, ours and stock's: kept for requests to come. */

interface Free {
  readonly bytes: number;
  remove(): void;
}

export class FreeTextures {
  /** By what they are known by, in the order in which they were let go of, which a Map keeps. */
  private readonly all = new Map<object, Free>();
  private sum = 0;

  get bytes(): number {
    return this.sum;
  }

  /** @param remove deletes them, and takes them out of wherever they wait */
  add(textures: object, bytes: number, remove: () => void): void {
    this.all.set(textures, { bytes, remove });
    this.sum += bytes;
  }

  /** They are used again; nothing happens where they were not free. */
  take(textures: object): void {
    const free = this.all.get(textures);
    if (free === undefined) return;
    this.all.delete(textures);
    this.sum -= free.bytes;
  }

  /** They went with their context. */
  clear(): void {
    this.all.clear();
    this.sum = 0;
  }

  /** Deletes textures until so many bytes are gone: first what nobody has used for the longest. */
  delete(bytes = Number.POSITIVE_INFINITY): void {
    let left = bytes;
    for (const [textures, free] of this.all) {
      if (left <= 0) return;
      this.take(textures);
      free.remove();
      left -= free.bytes;
    }
  }
}

/** Decides how much is kept of the textures of one context. */
export interface TextureMemory {
  readonly free: FreeTextures;
  /** Of all textures, with what is free. */
  readonly bytes: number;
  /** The most that `bytes` was whenever notePeak() was called. */
  readonly peakBytes: number;
  /** Whether the user's limit is passed: what can be made again is to go. */
  readonly isOverLimit: boolean;
  notePeak(bytes?: number): void;
  /** A texture is being used again, or one of so many bytes is about to be made: makes room for it. */
  use(bytes: number): void;
  /** As FreeTextures.add(); it may be removed at once. */
  letGo(textures: object, bytes: number, remove: () => void): void;
  /** Values are about to be read, so that a prediction may be at its end. */
  noteRead(): void;
  /** The context is given up, and with it what is free: nothing happens by itself any more. */
  end(): void;
}
