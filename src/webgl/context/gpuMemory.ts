/** Bound on the textures of one context, ours and stock's, that are kept for reuse. */

import { IdleWatch } from '../../engine/idleWatch.js';
import { type Keeping, MemoryBound } from '../../engine/memoryBound.js';
import { Pins } from '../../engine/pins.js';
import type { Arena } from '../device/arena.js';
import { FreeTextures, type TextureMemory } from '../device/freeTextures.js';
import { byteLimit, deleteThreshold } from './byteLimit.js';

/** The context, as its texture memory needs it. */
export interface TextureOwner {
  /** Bytes of all textures, including free ones. */
  bytes(): number;
  isLost(): boolean;
  /** True while values are being read. */
  isReading(): boolean;
}

export class GpuMemory implements TextureMemory {
  readonly free = new FreeTextures();
  readonly pins = new Pins();
  arena: Arena | null = null;
  restingBytes = 0;
  private readonly bound: MemoryBound;
  private readonly idle: IdleWatch;
  private most = 0;

  constructor(
    keeping: Keeping,
    private readonly owner: TextureOwner,
  ) {
    this.bound = new MemoryBound(keeping);
    this.idle = new IdleWatch(keeping.clock, owner.isReading, () => this.giveBack());
  }

  get bytes(): number {
    return this.owner.bytes();
  }

  get peakBytes(): number {
    return this.most;
  }

  get isOverLimit(): boolean {
    const limit = byteLimit();
    return limit !== null && this.bytes > limit;
  }

  notePeak(bytes = this.bytes): void {
    this.most = Math.max(this.most, bytes);
  }

  use(bytes: number): void {
    this.idle.note();
    this.bound.note(this.inUse + bytes);
    this.keepWithin(bytes);
  }

  letGo(textures: object, bytes: number, remove: () => void): void {
    this.idle.note();
    const threshold = deleteThreshold();
    if (threshold !== null && this.bytes > threshold) {
      remove();
      return;
    }
    this.free.add(textures, bytes, remove);
    this.keepWithin(0);
  }

  noteRead(): void {
    if (this.bound.noteRead(this.inUse)) this.keepWithin(0);
  }

  end(): void {
    this.idle.end();
    this.free.clear();
  }

  private get inUse(): number {
    return this.bytes - this.free.bytes;
  }

  /** Deletes free textures until there is room for this many bytes within the bound. */
  private keepWithin(room: number): void {
    const most = byteLimit() ?? this.bound.bytes;
    this.free.delete(this.bytes + room - most);
  }

  /** Deletes all free textures, because nothing has run for a while. */
  private giveBack(): void {
    if (this.owner.isLost()) return;
    this.free.delete();
    this.bound.forget(this.inUse);
  }
}
