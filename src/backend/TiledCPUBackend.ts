import { MathBackendCPU } from '@tensorflow/tfjs-backend-cpu';
import type { backend_util, DataId, DataType, TensorInfo } from '@tensorflow/tfjs-core';
import { VariantRefusal } from '../runner.js';
import { brand, thisCopy } from './brand.js';
import { EngineLog } from './engineLog.js';
import { type Heap, HeapFull, makeHeap } from './heap.js';
import {
  makeThreads,
  sharedMemory,
  type Threads,
  type ThreadsInfo,
  wantedThreads,
} from './threads.js';

/** What the kernels are: a build of the microkernels, or plain TypeScript. */
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
  /** What the kernels were when one last ran, for tiledInfo(). */
  build: BuildInfo = { name: null, reason: nothingRan };
  /** Build of the microkernels that must be used; null leaves the choice. */
  forcedVariant: string | null = null;
  private readonly residents = new Map<DataId, Resident>();
  private ownHeap: Heap | null | undefined;
  private heapFault = '';
  private ownThreads: Threads | null = null;
  private readonly wantedThreads = wantedThreads();

  /**
   * @param reason why this engine, for tiledInfo()
   * @throws Error where the flag of the threads is wrong
   */
  constructor(readonly reason = 'asked for by name') {
    super();
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
      try {
        const memory = this.wantedThreads.count > 1 ? sharedMemory() : null;
        this.ownHeap = makeHeap(() => this.renewViews(), memory ?? undefined);
        if (memory !== null) this.ownThreads = makeThreads(memory, this.wantedThreads);
      } catch (error) {
        this.ownHeap = null;
        this.heapFault = noHeap(error);
      }
    }
    return this.ownHeap;
  }

  /** Why there is no heap. */
  get whyNoHeap(): string {
    return this.heapFault;
  }

  /** Those that share large convolutions; null where there is one thread. */
  get threads(): Threads | null {
    return this.ownThreads;
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
    return super.write(this.owned(values), shape, dtype);
  }

  /** A copy: the heap's memory is another tensor's later. */
  override readSync(dataId: DataId): backend_util.BackendValues {
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
    }
    return isGone;
  }

  override dispose(): void {
    this.residents.clear();
    this.ownHeap = undefined;
    this.ownThreads?.end('the backend is disposed of');
    this.ownThreads = null;
    super.dispose();
  }

  private place(length: number): number {
    return (this.heap as Heap).allocate(length * Float32Array.BYTES_PER_ELEMENT);
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
    if (buffer === this.ownHeap?.memory.buffer) return true;
    return this.ownThreads !== null && buffer instanceof SharedArrayBuffer;
  }

  private renewViews(): void {
    for (const [dataId, { address, length }] of this.residents) {
      if (address !== null) this.data.get(dataId).values = this.view(address, length);
    }
  }
}
