import { MathBackendCPU } from '@tensorflow/tfjs-backend-cpu';
import type { backend_util, DataId, DataType, TensorInfo } from '@tensorflow/tfjs-core';
import type { Microkernels } from '../../kernels/cpu/shared/functions.js';
import type { SharedWork } from '../../kernels/cpu/shared/work.js';
import { VariantRefusal } from '../../kernels/errors.js';
import { assertShape } from '../../kernels/shape/sizes.js';
import { brand, thisCopy } from '../engine/brand.js';
import { EngineLog } from '../engine/engineLog.js';
import { type Trimmed, usualKeeping } from '../engine/memoryBound.js';
import type { BuildInfo } from './buildInfo.js';
import { Captures } from './capture/captures.js';
import type { RecordingHost } from './capture/host.js';
import type { Kernel, Recorder } from './capture/recorder.js';
import { type Heap, HeapFull, type WholeHeap } from './heap.js';
import { arrayAt, bytesOf, type HeapArray, type HeapType } from './heapArray.js';
import { HeapBuffers } from './heapBuffers.js';
import { HeapWatch } from './heapWatch.js';
import { type OpenedHeap, openHeap } from './openHeap.js';
import { Residents } from './residents.js';
import { Sharing } from './sharing.js';
import { type Threads, type ThreadsInfo, wantedThreads } from './threads.js';

const nothingRan = 'nothing has run';

/**
 * The engine for devices without a usable GPU: stock tfjs 'cpu' with our kernels.
 *
 * Results of our kernels are stored in one WebAssembly memory, the heap, and stay there from one of
 * our kernels to the next. Stock kernels read them like any other values, as a view of that memory.
 * Results of stock kernels and values from the user are JavaScript arrays until one of our kernels
 * needs them. For `instanceof`; its members are internals.
 * @experimental
 */
export class TiledCPUBackend extends MathBackendCPU implements RecordingHost {
  readonly [brand] = thisCopy;
  readonly engine = 'cpu';
  readonly log = new EngineLog();
  /** The kernels that ran last, for tiledInfo(). */
  build: BuildInfo = { name: null, reason: nothingRan };
  /** Build of the microkernels that must be used; null leaves the choice to the engine. */
  forcedVariant: string | null = null;
  readonly captures = new Captures(this);
  readonly sharing = new Sharing(this);
  /** The recorder that is running; null for none. */
  recorder: Recorder | null = null;
  readonly residents = new Residents();
  private ownHeap: Heap | null | undefined;
  private heapFault = '';
  private ownThreads: Threads | null = null;
  private wantedThreads = wantedThreads();
  private readonly buffers = new HeapBuffers();
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
      const { heap, threads } = this.openHeap();
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

  /** The threads that share work; null if the heap's memory cannot be shared. */
  get threads(): Threads | null {
    return this.ownThreads;
  }

  /** Resolves when every worker that was made is ready or lost. */
  threadsLoaded(): Promise<void> {
    return this.sharing.loaded();
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

  /** Runs a kernel of this backend, ours or stock's, when tfjs calls it. */
  runKernel(
    kernel: Kernel,
    params: Parameters<Kernel['kernelFunc']>[0],
  ): ReturnType<Kernel['kernelFunc']> {
    return this.recorder === null ? kernel.kernelFunc(params) : this.recorder.run(kernel, params);
  }

  step(work: () => void, reads: readonly TensorInfo[] = []): void {
    work();
    this.recorder?.noteStep(work, reads);
  }

  stepInParts(micro: Microkernels, work: SharedWork): void {
    this.sharing.do(micro, work);
    this.recorder?.noteWork({ micro, work });
  }

  noteConstant({ dataId }: TensorInfo, what: string): void {
    this.recorder?.noteConstant(dataId, what);
  }

  abandon(address: number): void {
    (this.heap as Heap).abandon(address);
  }

  /**
   * Returns the address of a tensor's values in the heap, of its type; moves them there if needed.
   * @throws HeapFull
   */
  address(tensor: TensorInfo): number {
    const { dataId, dtype } = tensor;
    const record = this.data.get(dataId);
    const { length } = record.values as HeapArray;
    if (dtype !== record.dtype) {
      // Stock's casts to a wider type share the data.
      return this.derive(tensor, dtype, length, ({ buffer, byteOffset }) =>
        arrayAt(buffer, dtype, byteOffset, length).set(record.values as HeapArray),
      );
    }
    const resident = this.residents.of(dataId);
    if (resident.address === null) {
      const address = this.place(length * bytesOf(dtype), dataId);
      Object.assign(resident, { address, length });
      const fill = () => {
        const values = record.values as HeapArray;
        const placed = this.arrayAt(dtype, address, length);
        placed.set(values);
        record.values = placed;
      };
      fill();
      this.recorder?.notePlacement(dataId, fill);
    }
    return resident.address as number;
  }

  /**
   * Makes a tensor in the heap. The kernel must write all of its values.
   * @throws HeapFull
   */
  makeResult(
    shape: readonly number[],
    dtype: HeapType = 'float32',
  ): { tensor: TensorInfo; address: number } {
    assertShape('a result', shape);
    const length = shape.reduce((a, b) => a * b, 1);
    const address = this.place(length * bytesOf(dtype), null);
    const values = this.arrayAt(dtype, address, length);
    const own = [...shape];
    // The write() of this class would copy a view as another tensor's values.
    const dataId = super.write(values, own, dtype);
    this.residents.set(dataId, address, length);
    this.recorder?.noteResult(dataId);
    return { tensor: { dataId, shape: own, dtype }, address };
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
    // Throws if the tensor was disposed of.
    this.data.get(tensor.dataId);
    const { derived } = this.residents.of(tensor.dataId);
    let address = derived.get(key);
    if (address === undefined) {
      this.noteConstant(tensor, 'a filter');
      address = this.place(length * Float32Array.BYTES_PER_ELEMENT, tensor.dataId);
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
    // The steps of a recording use their block again.
    if (this.recorder !== null) return work(this.recorder.allocateKept(bytes));
    const address = this.allocate(bytes);
    try {
      return work(address);
    } finally {
      this.free(address);
    }
  }

  /** Returns a view of floats of the heap; it is valid until the next allocation. */
  view(address: number, length: number): Float32Array<ArrayBuffer> {
    return new Float32Array((this.heap as Heap).memory.buffer as ArrayBuffer, address, length);
  }

  /** Views of the whole heap; they are valid until the next allocation. */
  get whole(): WholeHeap {
    return (this.heap as Heap).whole();
  }

  /** Returns a view of values of the heap; it is valid until the next allocation. */
  arrayAt(dtype: DataType, address: number, length: number): HeapArray {
    return arrayAt((this.heap as Heap).memory.buffer, dtype, address, length);
  }

  /** True if the error means that the heap is full; kernels then compute on JavaScript arrays. */
  isHeapFull(error: unknown): boolean {
    if (!(error instanceof HeapFull)) return false;
    this.captures.noteHeapFull();
    return true;
  }

  override write(values: backend_util.BackendValues, shape: number[], dtype: DataType): DataId {
    assertShape('a result', shape);
    const dataId = super.write(this.owned(values), shape, dtype);
    this.recorder?.noteMade(dataId);
    return dataId;
  }

  /** Returns a copy, because the heap's memory may later belong to another tensor. */
  override readSync(dataId: DataId): backend_util.BackendValues {
    this.watch.noteRead();
    this.captures.noteRead(dataId);
    return this.owned(super.readSync(dataId));
  }

  override disposeData(dataId: DataId, force = false): boolean {
    if (this.recorder?.owns(dataId)) return this.keepForRecording(this.recorder, dataId, force);
    if (!super.disposeData(dataId, force)) return false;
    const blocks = this.residents.take(dataId);
    for (const block of blocks) this.free(block);
    if (blocks.length > 0) this.watch.noteUse();
    this.captures.dataPins.released(dataId);
    return true;
  }

  /** Returns the number of records that were not disposed of, which tfjs's check for leaks counts. */
  override numDataIds(): number {
    return super.numDataIds() - (this.recorder?.kept.size ?? 0);
  }

  /** Disposes of data as disposeData() does, but leaves its record and its blocks to a recording. */
  private keepForRecording(recorder: Recorder, dataId: DataId, force: boolean): boolean {
    if (!this.data.has(dataId) || recorder.kept.has(dataId)) return true;
    if (!force && this.refCount(dataId) > 1) {
      this.decRef(dataId);
      return false;
    }
    recorder.kept.add(dataId);
    const address = this.residents.get(dataId)?.address ?? null;
    if (address !== null) recorder.release(dataId, address);
    return true;
  }

  // Members that recordings need (RecordingHost)

  allocate(bytes: number): number {
    const address = (this.heap as Heap).allocate(bytes);
    this.watch.noteUse();
    return address;
  }

  free(address: number): void {
    (this.heap as Heap).free(address);
  }

  copyOf({ dataId, shape, dtype }: TensorInfo): TensorInfo {
    const record = this.data.get(dataId);
    const from = this.residents.get(dataId);
    if (from?.address == null) {
      const values = (record.values as Float32Array).slice();
      return { dataId: this.write(values, shape, record.dtype), shape, dtype };
    }
    // Stock's casts may share data, whose type says as what it is read.
    const { tensor, address } = this.makeResult(shape, record.dtype as HeapType);
    const values = this.arrayAt(record.dtype, from.address, from.length);
    this.arrayAt(record.dtype, address, from.length).set(values);
    return { ...tensor, dtype };
  }

  forget(dataId: DataId): void {
    this.residents.take(dataId);
    super.disposeData(dataId, true);
  }

  override time(body: () => void): ReturnType<MathBackendCPU['time']> {
    return super.time(() => {
      const { captures } = this;
      const wasTimed = captures.isTimed;
      captures.isTimed = true;
      try {
        body();
      } finally {
        captures.isTimed = wasTimed;
      }
    });
  }

  /** Frees memory that holds only data that can be made again. No kernel may be running. */
  trim(): Trimmed {
    this.captures.dropAll('its memory was needed');
    // The steps that are being recorded know addresses.
    if (this.recorder !== null) return { gpuBytes: 0, heapBytes: 0 };
    for (const address of this.residents.takeDerived()) this.free(address);
    return { gpuBytes: 0, heapBytes: this.exchangeHeap() };
  }

  override dispose(): void {
    this.captures.dropAll('the backend was removed');
    this.watch.end();
    this.residents.clear();
    this.ownHeap = undefined;
    this.ownThreads?.end('the backend is disposed of');
    this.ownThreads = null;
    super.dispose();
  }

  private openHeap(): OpenedHeap {
    const opened = openHeap(this.wantedThreads, () => this.renewViews());
    if (opened.heap === null) this.heapFault = opened.fault;
    return opened;
  }

  /**
   * Moves everything to a new heap of the smallest possible size. Returns the bytes freed.
   * Workers belong to one memory, so new workers are made where they are needed. Views of the old
   * memory stay valid.
   */
  private exchangeHeap(): number {
    const { ownHeap: old, ownThreads: oldThreads } = this;
    if (old == null || old.spareBytes() === 0) return 0;
    // Their steps know addresses.
    this.captures.dropAll('the heap was moved');
    if (oldThreads?.isOver) this.wantedThreads = { count: 1, reason: oldThreads.reason };
    const { heap, threads } = this.openHeap();
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
    this.buffers.noteOld(old.memory.buffer);
    this.ownHeap = heap;
    this.ownThreads = threads;
    this.residents.move((address) => moved.get(address) as number);
    this.renewViews();
    return old.bytes() - heap.bytes();
  }

  /** Allocates a block for data that is there or, with null, is being made. */
  private place(bytes: number, dataId: DataId | null): number {
    const { recorder } = this;
    const isRecorded = recorder !== null && (dataId === null || recorder.owns(dataId));
    return isRecorded ? recorder.allocate(bytes, dataId) : this.allocate(bytes);
  }

  /** Returns values that no heap stores, copied if needed. */
  private owned(values: backend_util.BackendValues): backend_util.BackendValues {
    return this.buffers.owned(values, this.ownHeap?.memory, this.ownThreads !== null);
  }

  private renewViews(): void {
    this.residents.visit((dataId, address, length) => {
      const record = this.data.get(dataId);
      record.values = this.arrayAt(record.dtype, address, length);
    });
  }
}
