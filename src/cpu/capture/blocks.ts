/**
 * Blocks of one recording. A tensor may live until a model ends, long after the last kernel that reads
 * it; so a prediction is recorded twice. The first recording tells which kernel is the last to read each
 * block; in the second, the block belongs to the next result after that kernel. Few blocks that are used
 * in turn stay in the processor's cache.
 */
import type { DataId } from '@tensorflow/tfjs-core';

/** A block that a tensor has, in the order of allocation. */
export interface Life {
  readonly bytes: number;
  /** Number of the last kernel that needs it; Infinity if it must stay. */
  readonly last: number;
}

interface Block {
  readonly address: number;
  readonly bytes: number;
}

interface Lent {
  readonly block: Block;
  readonly bytes: number;
  /** Number of the kernel that ran. */
  readonly made: number;
  /** Null until the tensor is known. */
  dataId: DataId | null;
}

/**
 * Largest free block that is used for a request, in parts of the request. It is less than the 4 bools that
 * have the bytes of a float: steps in parts would overwrite the values of one with those of the other.
 */
const MOST_SPARE = 2;

export class Blocks {
  private readonly owned = new Map<number, Block>();
  /** Free blocks, the one that was used last at the end. */
  private readonly free: Block[] = [];
  private readonly lent: Lent[] = [];
  /** Lent blocks whose lives end. */
  private living: { readonly lent: Lent; readonly last: number }[] = [];
  private readonly lastUses = new Map<DataId, number>();
  /** Tensors whose blocks belong to others. */
  private readonly gone = new Set<DataId>();
  /** The block that was lent by the last call; null if it was not lent. */
  private newest: Lent | null = null;
  /** Number of the kernel that runs. */
  private kernel = 0;

  /**
   * @param allocate allocates a block of the heap
   * @param onGone called before the block of a tensor is given to others
   * @param lives what the first recording tells; null for the first recording
   */
  constructor(
    private readonly allocate: (bytes: number) => number,
    private readonly onGone: (dataId: DataId) => void,
    private readonly lives: readonly Life[] | null,
  ) {}

  /** Addresses of all blocks. */
  get addresses(): number[] {
    return [...this.owned.keys()];
  }

  get bytes(): number {
    let sum = 0;
    for (const { bytes } of this.owned.values()) sum += bytes;
    return sum;
  }

  /**
   * Notes that the next kernel runs, and what it reads.
   * @returns false if the block of one of these tensors belongs to another by now
   */
  startKernel(reads: Iterable<DataId>): boolean {
    this.kernel++;
    let areThere = true;
    for (const dataId of reads) {
      this.noteUse(dataId);
      if (this.gone.has(dataId)) areThere = false;
    }
    return areThere;
  }

  /** Leaves a block to others than the recording. */
  leave(address: number): void {
    this.owned.delete(address);
  }

  /** Notes that the kernel that runs reads a tensor. */
  noteUse(dataId: DataId): void {
    this.lastUses.set(dataId, this.kernel);
  }

  /** True unless the block of a tensor belongs to another by now. */
  has(dataId: DataId): boolean {
    return !this.gone.has(dataId);
  }

  /** Allocates a block that stays. */
  keep(bytes: number): number {
    this.newest = null;
    return this.own(bytes).address;
  }

  /**
   * Allocates a block for a tensor.
   * @param dataId null for a tensor that name() names
   */
  lend(bytes: number, dataId: DataId | null): number {
    this.endLives();
    const life = this.lives?.[this.lent.length];
    const lent = { block: this.take(bytes), bytes, made: this.kernel, dataId };
    this.lent.push(lent);
    this.newest = lent;
    // If the predictions differ, the block stays.
    if (life?.bytes === bytes) this.living.push({ lent, last: life.last });
    return lent.block.address;
  }

  /** Names the tensor that has the block of the last call, if it was lent. */
  name(dataId: DataId): void {
    if (this.newest !== null) this.newest.dataId = dataId;
    this.newest = null;
  }

  /** Takes the block of a tensor that was disposed of, unless its life is known. */
  takeBack(address: number): void {
    const block = this.owned.get(address);
    if (block !== undefined && this.lives === null) this.free.push(block);
  }

  /** Returns the lives of all lent blocks; those of `outputs` stay. */
  livesOf(outputs: readonly DataId[]): Life[] {
    return this.lent.map(({ bytes, made, dataId }) => {
      if (dataId === null || outputs.includes(dataId)) return { bytes, last: Infinity };
      return { bytes, last: this.lastUses.get(dataId) ?? made };
    });
  }

  /** Frees the blocks that no kernel from this one on needs. */
  private endLives(): void {
    this.living = this.living.filter(({ lent: { block, dataId }, last }) => {
      if (last >= this.kernel) return true;
      this.free.push(block);
      if (dataId !== null) {
        this.gone.add(dataId);
        this.onGone(dataId);
      }
      return false;
    });
  }

  /** Takes the smallest free block that is large enough; of several, the one that was used last. */
  private take(bytes: number): Block {
    const { free } = this;
    let best = -1;
    for (const [i, block] of free.entries()) {
      const fits = block.bytes >= bytes && block.bytes <= MOST_SPARE * bytes;
      if (fits && (best < 0 || block.bytes <= free[best].bytes)) best = i;
    }
    return best >= 0 ? free.splice(best, 1)[0] : this.own(bytes);
  }

  private own(bytes: number): Block {
    const block = { address: this.allocate(bytes), bytes };
    this.owned.set(block.address, block);
    return block;
  }
}
