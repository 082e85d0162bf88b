/** An allocator of blocks in one WebAssembly memory. */

/** Thrown if the memory has no room for a block and cannot grow. */
export class HeapFull extends Error {
  override name = 'HeapFull';
}

/** All words of a heap. */
export interface WholeHeap {
  readonly words: Int32Array;
  readonly floats: Float32Array;
}

export interface Heap {
  readonly memory: WebAssembly.Memory;
  /** Returns views of the memory, which are valid until it grows. */
  whole(): WholeHeap;
  /**
   * Allocates a block and returns its address, a multiple of 64. The block's bytes are not cleared.
   * If the memory grows, every existing view of it becomes empty, and `onGrow` is called.
   * @throws HeapFull
   */
  allocate(bytes: number): number;
  free(address: number): void;
  /** Keeps the block from ever being freed, because something outside may still write to it. */
  abandon(address: number): void;
  /** Returns the bytes of all blocks that are not free. */
  usedBytes(): number;
  /** Returns the bytes of the memory, which never shrinks. */
  bytes(): number;
  /** Returns the bytes of the memory that a new heap with the same blocks would not need. */
  spareBytes(): number;
  /**
   * Copies all blocks except abandoned ones to an empty heap. Returns a map from old addresses to
   * new ones.
   * @throws HeapFull
   */
  copyTo(other: Heap): Map<number, number>;
}

const pageBytes = 65536;
const alignment = 64;
/** Address of the first block. The microkernel modules keep private data below it. */
const base = pageBytes;
/**
 * Smallest share of its size by which a memory grows. Growth is slow where the memory has to move.
 */
const growth = 0.25;

interface Gap {
  at: number;
  bytes: number;
}

/**
 * Makes a heap without blocks.
 *
 * @param memory a memory of one page
 * @throws Error if there is no WebAssembly
 */
export function makeHeap(
  onGrow: () => void,
  memory = new WebAssembly.Memory({ initial: 1 }),
): Heap {
  /** Free ranges, sorted by address; no two of them touch. */
  const gaps: Gap[] = [];
  const sizes = new Map<number, number>();
  const abandoned = new Set<number>();
  let end = base;
  let used = 0;
  let views: WholeHeap | undefined;

  function grow(bytes: number): void {
    const last = gaps.at(-1);
    const open = last !== undefined && last.at + last.bytes === end ? last.bytes : 0;
    const least = Math.ceil((bytes - open) / pageBytes);
    const pages = Math.max(least, Math.ceil((end / pageBytes) * growth));
    const grown = tryGrow(pages) ?? tryGrow(least);
    if (grown === null) throw new HeapFull(`no room for ${bytes} bytes beside ${used}`);
    onGrow();
    addGap(end, grown * pageBytes);
    end += grown * pageBytes;
  }

  function tryGrow(pages: number): number | null {
    try {
      memory.grow(pages);
      return pages;
    } catch {
      return null;
    }
  }

  function addGap(at: number, bytes: number): void {
    let i = gaps.findIndex((gap) => gap.at > at);
    if (i < 0) i = gaps.length;
    gaps.splice(i, 0, { at, bytes });
    join(i);
    join(i - 1);
  }

  /** Merges a gap with the next one if they touch. */
  function join(i: number): void {
    const [gap, next] = [gaps[i], gaps[i + 1]];
    if (gap === undefined || next === undefined || gap.at + gap.bytes !== next.at) return;
    gap.bytes += next.bytes;
    gaps.splice(i + 1, 1);
  }

  /** Returns the index of the smallest gap that is large enough; -1 if there is none. */
  function bestGap(bytes: number): number {
    let best = -1;
    for (let i = 0; i < gaps.length; i++) {
      const fits = gaps[i].bytes >= bytes;
      if (fits && (best < 0 || gaps[i].bytes < gaps[best].bytes)) best = i;
    }
    return best;
  }

  const kept = () => [...sizes].filter(([address]) => !abandoned.has(address));

  return {
    memory,
    whole() {
      const { buffer } = memory;
      if (views?.words.buffer !== buffer) {
        views = { words: new Int32Array(buffer), floats: new Float32Array(buffer) };
      }
      return views;
    },
    allocate(wanted) {
      const bytes = Math.max(1, Math.ceil(wanted / alignment)) * alignment;
      let i = bestGap(bytes);
      if (i < 0) {
        grow(bytes);
        i = gaps.length - 1;
      }
      const gap = gaps[i];
      const address = gap.at;
      if (gap.bytes === bytes) {
        gaps.splice(i, 1);
      } else {
        gap.at += bytes;
        gap.bytes -= bytes;
      }
      sizes.set(address, bytes);
      used += bytes;
      return address;
    },
    free(address) {
      if (abandoned.has(address)) return;
      const bytes = sizes.get(address);
      if (bytes === undefined) throw new Error(`heap: there is no block at ${address}`);
      sizes.delete(address);
      used -= bytes;
      addGap(address, bytes);
    },
    abandon(address) {
      abandoned.add(address);
    },
    usedBytes: () => used,
    bytes: () => memory.buffer.byteLength,
    spareBytes: () => end - base - Math.ceil(total(kept()) / pageBytes) * pageBytes,
    copyTo(other) {
      const blocks = kept();
      // Allocate and free the whole size first, so that the memory grows only once.
      if (blocks.length > 0) other.free(other.allocate(total(blocks)));
      const moved = new Map<number, number>();
      for (const [address, bytes] of blocks) {
        const to = other.allocate(bytes);
        const from = new Uint8Array(memory.buffer, address, bytes);
        new Uint8Array(other.memory.buffer, to, bytes).set(from);
        moved.set(address, to);
      }
      return moved;
    },
  };
}

function total(blocks: readonly (readonly [address: number, bytes: number])[]): number {
  return blocks.reduce((sum, [, bytes]) => sum + bytes, 0);
}
