/** The blocks of the heap that belong to data of tensors. */
import type { DataId } from '@tensorflow/tfjs-core';

export class Resident {
  /** Addresses of blocks made from the values, keyed by kind of block. Most data have none. */
  private made: Map<string, number> | null = null;

  /**
   * @param address address of its values; null if they are a JavaScript array
   * @param length number of values
   */
  constructor(
    public address: number | null,
    public length: number,
  ) {}

  get derived(): Map<string, number> {
    this.made ??= new Map();
    return this.made;
  }

  /** Returns the addresses of all its blocks. */
  blocks(): number[] {
    const values = this.address === null ? [] : [this.address];
    return this.made === null ? values : [...values, ...this.made.values()];
  }
}

export class Residents {
  private readonly all = new Map<DataId, Resident>();

  get(dataId: DataId): Resident | undefined {
    return this.all.get(dataId);
  }

  /** Returns the blocks of data, which may be none yet. */
  of(dataId: DataId): Resident {
    let resident = this.all.get(dataId);
    if (resident === undefined) {
      resident = new Resident(null, 0);
      this.all.set(dataId, resident);
    }
    return resident;
  }

  set(dataId: DataId, address: number, length: number): void {
    this.all.set(dataId, new Resident(address, length));
  }

  /** True if the values of the data are in the heap. */
  isOnHeap(dataId: DataId): boolean {
    return this.all.get(dataId)?.address != null;
  }

  /** Returns the addresses of all blocks of data. */
  blocksOf(dataId: DataId): number[] {
    return this.all.get(dataId)?.blocks() ?? [];
  }

  /** Forgets data, and returns the addresses of its blocks. */
  take(dataId: DataId): number[] {
    const blocks = this.blocksOf(dataId);
    this.all.delete(dataId);
    return blocks;
  }

  /** Forgets all blocks that were made from values, and returns their addresses. */
  takeDerived(): number[] {
    const taken: number[] = [];
    for (const { derived } of this.all.values()) {
      taken.push(...derived.values());
      derived.clear();
    }
    return taken;
  }

  /** Notes that all blocks have new addresses. */
  move(at: (address: number) => number): void {
    for (const resident of this.all.values()) {
      if (resident.address !== null) resident.address = at(resident.address);
      for (const [key, address] of resident.derived) resident.derived.set(key, at(address));
    }
  }

  /** Calls `visit` for all data whose values are in the heap. */
  visit(visit: (dataId: DataId, address: number, length: number) => void): void {
    for (const [dataId, { address, length }] of this.all) {
      if (address !== null) visit(dataId, address, length);
    }
  }

  clear(): void {
    this.all.clear();
  }
}
