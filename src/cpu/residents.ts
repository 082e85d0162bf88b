/** The blocks of the heap that belong to data of tensors. */
import type { DataId } from '@tensorflow/tfjs-core';

export interface Resident {
  /** Address of its values; null if they are a JavaScript array. */
  address: number | null;
  /** Number of values. */
  length: number;
  /** Addresses of blocks made from the values, keyed by kind of block. */
  readonly derived: Map<string, number>;
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
      resident = { address: null, length: 0, derived: new Map() };
      this.all.set(dataId, resident);
    }
    return resident;
  }

  set(dataId: DataId, address: number, length: number): void {
    this.all.set(dataId, { address, length, derived: new Map() });
  }

  /** True if the values of the data are in the heap. */
  isOnHeap(dataId: DataId): boolean {
    return this.all.get(dataId)?.address != null;
  }

  /** Returns the addresses of all blocks of data. */
  blocksOf(dataId: DataId): number[] {
    const resident = this.all.get(dataId);
    if (resident === undefined) return [];
    const { address, derived } = resident;
    return address === null ? [...derived.values()] : [address, ...derived.values()];
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
