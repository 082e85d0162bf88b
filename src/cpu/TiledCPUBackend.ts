import { MathBackendCPU } from '@tensorflow/tfjs-backend-cpu';
import type { backend_util, DataId, DataType, TensorInfo } from '@tensorflow/tfjs-core';
import { VariantRefusal } from '../../kernels/errors.js';
import { assertShape } from '../../kernels/shape/sizes.js';
import { brand, thisCopy } from '../engine/brand.js';
import { EngineLog } from '../engine/engineLog.js';
import { type Trimmed, usualKeeping } from '../engine/memoryBound.js';
import { type Heap, HeapFull, makeHeap } from './heap.js';
import { HeapWatch } from './heapWatch.js';
import {
  makeThreads,
  sharedMemory,
  type Threads,
  type ThreadsInfo,
  wantedThreads,
} from './threads.js';

/** Milliseconds between two checks that workers have loaded. */
const POLL_MS = 4;

/** The kernels in use: a build of the microkernels, or plain TypeScript. */
export interface BuildInfo {
  /** `relaxed-simd`, `simd` or `plain`; null before a kernel has run. */
  readonly name: string | null;
  /** The reason why no faster build is used. */
  readonly reason: string;
}

const nothingRan = 'nothing has run';

function noHeap(error: unknown): string {
  if (typeof WebAssembly === 'undefined') return 'there is no WebAssembly here';
  return `there is no memory for WebAssembly (${error})`;
}

/** The blocks of the heap that belong to a tensor's data. */
interface Resident {
  /** Address of its values; null if they are a JavaScript array. */
  address: number | null;
  length: number;
  /** Addresses of blocks made from the values, keyed by kind of block. */
  readonly derived: Map<string, number>;
}

/**
 * The engine for devices without a usable GPU: stock tfjs 'cpu' with our kernels.
 *
 * Results of our kernels are stored in one WebAssembly memory, the heap, and stay there from one of
 * our kernels to the next. Stock kernels read them like any other values, as a view of that memory.
 * Results of stock kernels and values from the user are JavaScript arrays until one of our kernels
 * needs them.
 */
export class TiledCPUBackend extends MathBackendCPU {
  readonly [brand] = thisCopy;
  readonly log = new EngineLog();
  /** The kernels that ran last, for tiledInfo(). */
  build: BuildInfo = { name: null, reason: nothingRan };
  /** Build of the microkernels that must be used; null leaves the choice to the engine. */
  forcedVariant: string | null = null;
  private readonly residents = new Map<DataId, Resident>();
  private ownHeap: Heap | null | undefined;
  private heapFault = '';
  private ownThreads: Threads | null = null;
  private wantedThreads = wantedThreads();
  /** Memory buffers of heaps that are not in use any more. */
  private readonly oldBuffers = new WeakSet<ArrayBufferLike>();
  private readonly watch: HeapWatch;

  /**
   * @param reason the reason why this engine runs, for tiledInfo()
   * @param keeping settings for the automatic freeing of memory
   * @throws Error if the value of the threads flag is invalid
   */
  constructor(
    readonly reason = 'asked for by name',
    keeping = usualKeeping,
  ) {
    super();
    this.watch = new HeapWatch(
      keeping,
      () => this.ownHeap ?? null,
      () => this.exchangeHeap(),
    );
  }

  countVariant(kernelName: string, variant: string): void {
    this.log.countVariant(kernelName, variant);
  }

  /** @throws VariantRefusal */
  refuse(message: string): never {
    throw new VariantRefusal(message);
  }

  /** The heap, made on first use; null if there is no WebAssembly, or no memory for it. */
  get heap(): Heap | null {
    if (this.ownHeap === undefined) {
      const { heap, threads } = this.makeHeap();
      this.ownHeap = heap;
      this.ownThreads = threads;
    }
    return this.ownHeap;
  }

  /** Bytes of the heap's memory; 0 if nothing has run. */
  get heapBytes(): number {
    return this.ownHeap?.bytes() ?? 0;
  }

  /** The reason why there is no heap. */
  get whyNoHeap(): string {
    return this.heapFault;
  }

  /** The threads that share large convolutions; null if there is only one thread. */
  get threads(): Threads | null {
    return this.ownThreads;
  }

  /** Resolves when every worker that was made is ready or lost. */
  async threadsLoaded(): Promise<void> {
    while (this.ownThreads?.isLoading) {
      await new Promise((resolve) => setTimeout(resolve, POLL_MS));
    }
  }

  /** Returns the number of threads and its reason, for tiledInfo(). */
  threadsInfo(): ThreadsInfo {
    const { count, reason } = this.ownThreads ?? this.wantedThreads;
    if (this.wantedThreads.count === 1) return { count, reason };
    if (this.build.name === null) return { count: 1, reason: nothingRan };
    // Workers run only microkernels.
    if (this.build.name === 'plain') return { count: 1, reason: this.build.reason };
    return this.ownThreads === null
      ? { count: 1, reason: 'there is no shared memory' }
      : { count, reason };
  }

  /** Keeps a block from ever being freed. */
  abandon(address: number): void {
    (this.heap as Heap).abandon(address);
  }

  /**
   * Returns the address of a float32 tensor's values in the heap; moves them there if needed.
   * @throws HeapFull
   */
  address(tensor: TensorInfo): number {
    const resident = this.residentOf(tensor.dataId);
    if (resident.address === null) {
      const record = this.data.get(tensor.dataId);
      const values = record.values as Float32Array;
      resident.address = this.place(values.length);
      resident.length = values.length;
      record.values = this.view(resident.address, values.length);
      (record.values as Float32Array).set(values);
    }
    return resident.address;
  }

  /**
   * Makes a float32 tensor in the heap. The kernel must write all of its values.
   * @throws HeapFull
   */
  makeResult(shape: readonly number[]): { tensor: TensorInfo; address: number } {
    assertShape('a result', shape);
    const length = shape.reduce((a, b) => a * b, 1);
    const address = this.place(length);
    // write() is not used here, because it would copy a view as another tensor's values.
    const tensor = super.makeTensorInfo([...shape], 'float32', new Float32Array(0));
    this.data.get(tensor.dataId).values = this.view(address, length);
    this.residents.set(tensor.dataId, { address, length, derived: new Map() });
    return { tensor, address };
  }

  /**
   * Returns the address of a block made from a tensor's values, such as a packed filter. The block
   * is kept as long as the data, unless trim() frees it; then the next call makes it again. `fill`
   * writes its floats.
   * @throws HeapFull
   */
  derive(
    tensor: TensorInfo,
    key: string,
    length: number,
    fill: (into: Float32Array) => void,
  ): number {
    const { derived } = this.residentOf(tensor.dataId);
    let address = derived.get(key);
    if (address === undefined) {
      address = this.place(length);
      derived.set(key, address);
      fill(this.view(address, length));
    }
    return address;
  }

  /**
   * Runs `work` with a temporary block, which is freed afterwards.
   * @throws HeapFull
   */
  withBlock<T>(bytes: number, work: (address: number) => T): T {
    const heap = this.heap as Heap;
    const address = heap.allocate(bytes);
    this.watch.noteUse();
    try {
      return work(address);
    } finally {
      heap.free(address);
    }
  }

  /** Returns a view of floats of the heap; it is valid until the next allocation. */
  view(address: number, length: number): Float32Array<ArrayBuffer> {
    return new Float32Array((this.heap as Heap).memory.buffer as ArrayBuffer, address, length);
  }

  /** True if the error means that the heap is full; kernels then compute on JavaScript arrays. */
  isHeapFull(error: unknown): boolean {
    return error instanceof HeapFull;
  }

  override write(values: backend_util.BackendValues, shape: number[], dtype: DataType): DataId {
    assertShape('a result', shape);
    return super.write(this.owned(values), shape, dtype);
  }

  /** Returns a copy, because the heap's memory may later belong to another tensor. */
  override readSync(dataId: DataId): backend_util.BackendValues {
    this.watch.noteRead();
    return this.owned(super.readSync(dataId));
  }

  override disposeData(dataId: DataId, force = false): boolean {
    const isGone = super.disposeData(dataId, force);
    const resident = isGone ? this.residents.get(dataId) : undefined;
    if (resident !== undefined) {
      const heap = this.heap as Heap;
      if (resident.address !== null) heap.free(resident.address);
      for (const address of resident.derived.values()) heap.free(address);
      this.residents.delete(dataId);
      this.watch.noteUse();
    }
    return isGone;
  }

  /** Frees memory that holds only data that can be made again. No kernel may be running. */
  trim(): Trimmed {
    for (const { derived } of this.residents.values()) {
      for (const address of derived.values()) this.heap?.free(address);
      derived.clear();
    }
    return { gpuBytes: 0, heapBytes: this.exchangeHeap() };
  }

  override dispose(): void {
    this.watch.end();
    this.residents.clear();
    this.ownHeap = undefined;
    this.ownThreads?.end('the backend is disposed of');
    this.ownThreads = null;
    super.dispose();
  }

  private makeHeap(): { heap: Heap | null; threads: Threads | null } {
    try {
      const memory = this.wantedThreads.count > 1 ? sharedMemory() : null;
      const heap = makeHeap(() => this.renewViews(), memory ?? undefined);
      return { heap, threads: memory && makeThreads(memory, this.wantedThreads) };
    } catch (error) {
      this.heapFault = noHeap(error);
      return { heap: null, threads: null };
    }
  }

  /**
   * Moves everything to a new heap of the smallest possible size. Returns the bytes freed.
   * Workers belong to one memory, so new workers are made where they are needed. Views of the old
   * memory stay valid.
   */
  private exchangeHeap(): number {
    const { ownHeap: old, ownThreads: oldThreads } = this;
    if (old == null || old.spareBytes() === 0) return 0;
    if (oldThreads?.isOver) this.wantedThreads = { count: 1, reason: oldThreads.reason };
    const { heap, threads } = this.makeHeap();
    const isShared = this.wantedThreads.count > 1;
    if (heap === null || (isShared && threads === null && oldThreads !== null)) return 0;
    let moved: Map<number, number>;
    try {
      moved = old.copyTo(heap);
    } catch {
      // There is not enough memory for both heaps.
      return 0;
    }
    oldThreads?.end('the heap has moved');
    this.oldBuffers.add(old.memory.buffer);
    this.ownHeap = heap;
    this.ownThreads = threads;
    const at = (address: number) => moved.get(address) as number;
    for (const resident of this.residents.values()) {
      if (resident.address !== null) resident.address = at(resident.address);
      for (const [key, address] of resident.derived) resident.derived.set(key, at(address));
    }
    this.renewViews();
    return old.bytes() - heap.bytes();
  }

  private place(length: number): number {
    const address = (this.heap as Heap).allocate(length * Float32Array.BYTES_PER_ELEMENT);
    this.watch.noteUse();
    return address;
  }

  private residentOf(dataId: DataId): Resident {
    let resident = this.residents.get(dataId);
    if (resident === undefined) {
      resident = { address: null, length: 0, derived: new Map() };
      this.residents.set(dataId, resident);
    }
    return resident;
  }

  /**
   * Copies values that are stored in the heap, because stock kernels return a part of a tensor as a
   * view of the whole. Returns other values as they are.
   */
  private owned(values: backend_util.BackendValues): backend_util.BackendValues {
    return ArrayBuffer.isView(values) && this.isInHeap(values.buffer)
      ? (values as Float32Array).slice()
      : values;
  }

  /**
   * True if the buffer is the memory of a heap. When a shared memory grows, it gets a new buffer,
   * but views of the old buffer still show the memory; so every shared buffer counts.
   */
  private isInHeap(buffer: ArrayBufferLike): boolean {
    if (buffer === this.ownHeap?.memory.buffer || this.oldBuffers.has(buffer)) return true;
    return this.ownThreads !== null && buffer instanceof SharedArrayBuffer;
  }

  private renewViews(): void {
    for (const [dataId, { address, length }] of this.residents) {
      if (address !== null) this.data.get(dataId).values = this.view(address, length);
    }
  }
}
