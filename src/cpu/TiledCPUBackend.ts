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

/** Time between two questions whether workers have loaded, in milliseconds. */
const POLL_MS = 4;

/** The kernels in use: a build of the microkernels, or plain TypeScript. */
export interface BuildInfo {
  /** `relaxed-simd`, `simd` or `plain`; null before a kernel has run. */
  readonly name: string | null;
  /** Why none that is faster. */
  readonly reason: string;
}

const nothingRan = 'nothing has run';

function noHeap(error: unknown): string {
  if (typeof WebAssembly === 'undefined') return 'there is no WebAssembly here';
  return `there is no memory for WebAssembly (${error})`;
}

/** What a tensor's data has in the heap. */
interface Resident {
  /** Where its values lie; null where they are a JavaScript array. */
  address: number | null;
  length: number;
  /** Blocks that were made from the values, by what they are. */
  readonly derived: Map<string, number>;
}

/**
 * The engine for devices without a usable GPU: stock tfjs 'cpu' with kernels of ours.
 *
 * What our kernels compute lies in one WebAssembly memory, the heap, and stays there from one of
 * them to the next. The stock kernels read it as any other values: as a view of that memory.
 * Results of theirs, and what the user gives, are JavaScript arrays until one of ours wants them.
 */
export class TiledCPUBackend extends MathBackendCPU {
  readonly [brand] = thisCopy;
  readonly log = new EngineLog();
  /** The kernels that ran last, for tiledInfo(). */
  build: BuildInfo = { name: null, reason: nothingRan };
  /** Build of the microkernels that must be used; null leaves the choice. */
  forcedVariant: string | null = null;
  private readonly residents = new Map<DataId, Resident>();
  private ownHeap: Heap | null | undefined;
  private heapFault = '';
  private ownThreads: Threads | null = null;
  private wantedThreads = wantedThreads();
  /** Memory of heaps that are not in use any more. */
  private readonly oldBuffers = new WeakSet<ArrayBufferLike>();
  private readonly watch: HeapWatch;

  /**
   * @param reason why this engine, for tiledInfo()
   * @param keeping how memory is given back by itself
   * @throws Error where the flag of the threads is wrong
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

  /** Null where there is no WebAssembly, or no memory for it. */
  get heap(): Heap | null {
    if (this.ownHeap === undefined) {
      const { heap, threads } = this.makeHeap();
      this.ownHeap = heap;
      this.ownThreads = threads;
    }
    return this.ownHeap;
  }

  /** Bytes of the heap's memory; 0 where nothing has run. */
  get heapBytes(): number {
    return this.ownHeap?.bytes() ?? 0;
  }

  /** Why there is no heap. */
  get whyNoHeap(): string {
    return this.heapFault;
  }

  /** Those that share large convolutions; null where there is one thread. */
  get threads(): Threads | null {
    return this.ownThreads;
  }

  /** Resolves when every worker that was made serves, or is lost. */
  async threadsLoaded(): Promise<void> {
    while (this.ownThreads?.isLoading) {
      await new Promise((resolve) => setTimeout(resolve, POLL_MS));
    }
  }

  /** For tiledInfo(). */
  threadsInfo(): ThreadsInfo {
    const { count, reason } = this.ownThreads ?? this.wantedThreads;
    if (this.wantedThreads.count === 1) return { count, reason };
    if (this.build.name === null) return { count: 1, reason: nothingRan };
    // Workers run microkernels.
    if (this.build.name === 'plain') return { count: 1, reason: this.build.reason };
    return this.ownThreads === null
      ? { count: 1, reason: 'there is no shared memory' }
      : { count, reason };
  }

  /** Never frees a block. */
  abandon(address: number): void {
    (this.heap as Heap).abandon(address);
  }

  /**
   * Where the values of a float32 tensor lie in the heap; puts them there.
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
   * A float32 tensor in the heap, for a kernel to write all of.
   * @throws HeapFull
   */
  makeResult(shape: readonly number[]): { tensor: TensorInfo; address: number } {
    assertShape('a result', shape);
    const length = shape.reduce((a, b) => a * b, 1);
    const address = this.place(length);
    // Not by way of write(), which takes a view for another tensor's.
    const tensor = super.makeTensorInfo([...shape], 'float32', new Float32Array(0));
    this.data.get(tensor.dataId).values = this.view(address, length);
    this.residents.set(tensor.dataId, { address, length, derived: new Map() });
    return { tensor, address };
  }

  /**
   * A block made from a tensor's values, such as a packed filter: made once, kept as long as the
   * data. `fill` is given its floats.
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
   * Gives the work a block that is free again after it.
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

  /** Floats of the heap, until something is allocated. */
  view(address: number, length: number): Float32Array<ArrayBuffer> {
    return new Float32Array((this.heap as Heap).memory.buffer as ArrayBuffer, address, length);
  }

  /** True where the error says that the heap is full; a kernel then computes on JavaScript arrays. */
  isHeapFull(error: unknown): boolean {
    return error instanceof HeapFull;
  }

  override write(values: backend_util.BackendValues, shape: number[], dtype: DataType): DataId {
    assertShape('a result', shape);
    return super.write(this.owned(values), shape, dtype);
  }

  /** A copy: the heap's memory is another tensor's later. */
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

  /** Gives back memory that holds nothing but what can be made again. No kernel may be running. */
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
   * Moves everything to a new heap, which is no larger than it must be; bytes that this gives back.
   * Workers are those of a memory: new ones are made where they are needed. Views of the old memory
   * stay what they are.
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
      // There is no memory for both.
      return 0;
    }
    oldThreads?.end('the memory is another one');
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

  /** Values that lie in no block: stock kernels make a part of a tensor a view of the whole. */
  private owned(values: backend_util.BackendValues): backend_util.BackendValues {
    return ArrayBuffer.isView(values) && this.isInHeap(values.buffer)
      ? (values as Float32Array).slice()
      : values;
  }

  /** A view of shared memory stays one when the memory grows, and a new buffer stands for it. */
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
