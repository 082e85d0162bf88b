/** Free textures of one context, ours and stock's, kept for later requests. */
import type { Arena } from './arena.js';

interface Free {
  readonly bytes: number;
  remove(): void;
}

export class FreeTextures {
  /** Free textures by the object that identifies them, in order of release (a Map keeps it). */
  private readonly all = new Map<object, Free>();
  private sum = 0;

  get bytes(): number {
    return this.sum;
  }

  /** @param remove deletes the textures, and removes them from the pool that keeps them */
  add(textures: object, bytes: number, remove: () => void): void {
    this.all.set(textures, { bytes, remove });
    this.sum += bytes;
  }

  /** Removes textures that are used again; does nothing if they were not free. */
  take(textures: object): void {
    const free = this.all.get(textures);
    if (free === undefined) return;
    this.all.delete(textures);
    this.sum -= free.bytes;
  }

  /** Forgets all textures, because they are gone with their context. */
  clear(): void {
    this.all.clear();
    this.sum = 0;
  }

  /** Deletes the textures that were free the longest, until this many bytes are freed. */
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

/** Watches of textures that may be released. */
export interface ReleaseWatches {
  watch(textures: object, onRelease: () => void): void;
  unwatch(textures: object, onRelease: () => void): void;
  released(textures: object): void;
}

/** Decides how many free textures of one context are kept. */
export interface TextureMemory {
  readonly free: FreeTextures;
  /** Watches of textures that may be released: of sets, by the array of their textures. */
  readonly pins: ReleaseWatches;
  /** Arena of the recording that is being made; null for none. */
  arena: Arena | null;
  /** Bytes of textures, other than planes, that are free within an arena. */
  restingBytes: number;
  /** Bytes of all textures, including free ones. */
  readonly bytes: number;
  /** Maximum of `bytes` over all calls of notePeak(). */
  readonly peakBytes: number;
  /** True if the user's limit is exceeded, so that all that can be made again should be freed. */
  readonly isOverLimit: boolean;
  notePeak(bytes?: number): void;
  /** Makes room for a new texture of this many bytes; 0 for a texture that is used again. */
  use(bytes: number): void;
  /** Adds free textures as FreeTextures.add() does, or removes them at once. */
  letGo(textures: object, bytes: number, remove: () => void): void;
  /** Notes that values are about to be read, so that a prediction may be at its end. */
  noteRead(): void;
  /** Stops the idle timer and forgets free textures, because the context was disposed. */
  end(): void;
}
