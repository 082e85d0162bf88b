/**
 * The WebGL2 engine: the stock backend with every stock kernel, plus tensors that stay in tile
 * layout from one of our kernels to the next. A tensor made by our programs gets a stock texture or
 * values on the CPU only when a stock kernel or a read needs them.
 */
import { MathBackendWebGL } from '@tensorflow/tfjs-backend-webgl';
import {
  type DataId,
  type DataType,
  engine,
  env,
  type KernelConfig,
  type TensorInfo,
  util,
} from '@tensorflow/tfjs-core';
import { ContextLostError } from '../../kernels/errors.js';
import { assertShape } from '../../kernels/shape/sizes.js';
import type { Measured } from '../../kernels/webgl/calibrated.js';
import { FEW_VALUES } from '../../kernels/webgl/runner.js';
import { brand, thisCopy } from '../engine/brand.js';
import { EngineLog, noKernel } from '../engine/engineLog.js';
import { type Trimmed, usualKeeping } from '../engine/memoryBound.js';
import { Captures } from './capture/captures.js';
import type { CaptureHost } from './capture/host.js';
import { type Compilation, CompileAhead } from './context/compileAhead.js';
import { ContextSession } from './contextSession.js';
import { releaseContext } from './device/context.js';
import type { Device } from './device/device.js';
import { Frames } from './frame.js';
import { Deferred } from './fusion/deferred.js';
import { type PendingResult, pendingResults } from './fusion/pending.js';
import { KernelRunner, type RunnerHost } from './kernelRunner.js';
import { KeptValues } from './recovery/keptValues.js';
import { type ContextOwner, Recovery, runOnCPU } from './recovery/recovery.js';
import { Transactions } from './recovery/transactions.js';
import { broadcastSize } from './residency/broadcastSize.js';
import type { Host } from './residency/host.js';
import { Reading } from './residency/reading.js';
import { Uploading } from './residency/uploading.js';
import { createStockContext, dropStockParts, renewStockParts } from './stock/stockContext.js';
import { guardTextures } from './stock/stockGuard.js';
import type { StockInternals, TexData } from './stock/stockInternals.js';
import { TensorRecords } from './stock/tensorRecords.js';
import { endCompileWaits } from './stock/waits.js';

/** Additions to the result of stock's memory(). */
interface GpuPeak {
  /** Peak bytes allocated at any time, including memory kept for reuse. */
  readonly numBytesInGPUPeak: number;
}

type BackendValues = Parameters<MathBackendWebGL['write']>[0];

type Kernel = Pick<KernelConfig, 'kernelName' | 'kernelFunc'>;
type KernelParams = Parameters<KernelConfig['kernelFunc']>[0];
type KernelResult = ReturnType<KernelConfig['kernelFunc']>;

/**
 * The backend `tiled-webgl`: stock tfjs 'webgl' with our kernels. For `instanceof`; its members are
 * internals.
 * @experimental
 */
export class TiledWebGLBackend
  extends MathBackendWebGL
  implements ContextOwner, RunnerHost, Host, CaptureHost
{
  readonly [brand] = thisCopy;
  readonly engine = 'webgl';
  readonly log = new EngineLog();
  readonly frames = new Frames();
  /** Objects of the context in use, replaced as a whole when the context is lost. */
  session!: ContextSession;
  readonly records = new TensorRecords<TexData>(this, engine());
  readonly kept = new KeptValues();
  readonly recovery = new Recovery(this);
  readonly transactions = new Transactions(this);
  /** The engine's interface to kernels. */
  readonly runner: KernelRunner;
  private readonly deferred: Deferred;
  private readonly reading = new Reading(this);
  private readonly uploading = new Uploading(this, (dataId) => super.uploadToGPU(dataId));
  private readonly ahead = new CompileAhead(this);
  readonly captures = new Captures(this);
  /** Charges of the device by which estimates go; null for those of its family. */
  measured: Measured | null = null;

  /**
   * @param reason why this engine was chosen, for tiledInfo()
   * @param keeping settings by which the engine frees memory automatically
   * @throws Error if WebGL2 is missing, or does not draw into float textures
   */
  constructor(
    readonly reason = 'asked for by name',
    private readonly keeping = usualKeeping,
  ) {
    super(createStockContext());
    this.reading.decodePlanes();
    this.deferred = new Deferred((dataId) => this.discard(dataId));
    this.runner = new KernelRunner(this, this.deferred);
    this.texData = this.records as unknown as typeof this.texData;
    const internals = this as unknown as StockInternals;
    guardTextures(internals, () => this.device);
    endCompileWaits(internals);
    const { getAndSaveBinary } = internals;
    internals.getAndSaveBinary = (key, compile) =>
      getAndSaveBinary.call(this, key, () => this.session.compileStock(compile));
    this.enterContext();
  }

  /** The device of the context in use. */
  get device(): Device {
    return this.session.device;
  }

  /** Flushes all pending work that no later work includes, as far as it can be drawn. */
  flush(): void {
    for (const dataId of this.deferred.ends()) this.drawIfPossible(dataId);
  }

  /** Lets estimates go by what was measured on this device; null for the charges of its family. */
  calibrate(measured: Measured | null): void {
    this.measured = measured;
    this.device.calibrate(measured);
    this.captures.dropAll('the device was measured');
  }

  /** True if measuring the device now would disturb, or be disturbed. */
  get isBusy(): boolean {
    return this.reading.isUnderWay || this.captures.isRecording || this.captures.isTimed;
  }

  /** Calls back once, when values have been read from the GPU. */
  onFirstRead(body: () => void): void {
    this.reading.onFirst = body;
  }

  /** Pending results, for explain(). */
  pending(): PendingResult[] {
    return pendingResults(this.deferred);
  }

  /** Implements TileRunner.transaction. */
  transaction<T>(inputs: readonly TensorInfo[], body: () => T): T {
    return this.transactions.run(inputs, body, null);
  }

  onFailure(undo: () => void): void {
    this.transactions.onFailure(undo);
  }

  computing(dataId: DataId, body: () => void): void {
    this.runner.computing(dataId, body);
  }

  /** Frees GPU memory that holds only data that can be made again. */
  shrink(): void {
    this.captures.dropAll('its memory was needed');
    this.session.store.releaseForms();
    this.device.memory.free.delete();
  }

  /** Shrinks if there is a context, and returns the bytes that were freed. */
  trim(): Trimmed {
    const { memory, isLost } = this.device;
    const { bytes } = memory;
    if (!isLost) this.shrink();
    return { gpuBytes: bytes - memory.bytes, heapBytes: 0 };
  }

  /** Runs CompileAhead.run() in a context that is not lost. */
  compileAhead(body: () => void): Compilation {
    return this.recovery.useContext(() => this.ahead.run(body));
  }

  // Members that recovery needs (ContextOwner)

  get isActive(): boolean {
    const { registry, backendName } = engine();
    return registry[backendName] === (this as object);
  }

  dropContext(): void {
    this.captures.dropAll('the context was lost');
    for (const dataId of this.deferred.all()) this.deferred.remove(dataId);
    this.session.store.forget();
    this.device.dispose();
    dropStockParts(this);
    releaseContext(this.device.gl);
  }

  makeContext(): void {
    const { peakBytes } = this.device.memory;
    renewStockParts(this);
    this.enterContext();
    this.device.memory.notePeak(peakBytes);
  }

  // Overrides of the stock backend

  override write(values: BackendValues, shape: number[], dtype: DataType): DataId {
    assertShape(`${this.frames.current.kernel}: a result`, shape);
    const dataId = super.write(values, shape, dtype);
    if (values == null) this.runner.noteMade(dataId);
    this.captures.noteMade(dataId);
    this.onFailure(() => this.disposeData(dataId, true));
    return dataId;
  }

  override uploadToGPU(dataId: DataId): void {
    if (this.recovery.isInUse) this.uploading.upload(dataId);
    else this.recovery.useContext(() => this.uploading.upload(dataId));
  }

  override readSync(dataId: DataId): BackendValues {
    return this.reading.now(dataId, () => super.readSync(dataId));
  }

  override read(dataId: DataId): Promise<BackendValues> {
    return this.reading.later(dataId, () => super.read(dataId));
  }

  /** Runs a kernel of this backend, ours or stock's, when tfjs calls it. */
  runKernel({ kernelName, kernelFunc }: Kernel, params: KernelParams): KernelResult {
    const { recovery, frames } = this;
    this.captures.noteKernel(kernelName, params.inputs);
    const run = () => kernelFunc(params);
    const { usesContext, kernel } = frames.current;
    // A kernel that another one calls works for that one.
    if (usesContext)
      return kernel === noKernel ? frames.within({ kernel: kernelName }, run) : run();
    if (!recovery.ready()) return runOnCPU(kernelName, params);
    recovery.assertAllThere(params.inputs);
    // Moments of an optimizer would stay pending over several steps, hold the gradients of these, and
    // need other programs in each.
    if (engine().state.gradientDepth > 0) {
      for (const dataId of this.deferred.alive()) this.drawIfPossible(dataId);
    }
    return recovery.useReadyContext(run, { kernel: kernelName });
  }

  /**
   * Gives small inputs a stock texture first, because stock would send them as uniforms, from
   * values on the CPU that tensors in planes lack.
   */
  override runWebGLProgram(...given: Parameters<MathBackendWebGL['runWebGLProgram']>): TensorInfo {
    if (!this.recovery.isInUse)
      return this.recovery.useContext(() => this.runWebGLProgram(...given));
    const [, inputs] = given;
    this.recovery.assertAllThere(inputs);
    const run = () => {
      for (const { dataId, shape } of inputs) {
        const small = util.sizeFromShape(shape) <= env().getNumber('WEBGL_SIZE_UPLOAD_UNIFORM');
        if (small && this.session.store.onlyInPlanes(dataId)) this.uploadToGPU(dataId);
      }
      return super.runWebGLProgram(...given);
    };
    // Reads run programs outside of kernels.
    return this.transactions.isWithin ? run() : this.transaction([], run);
  }

  override readToGPU(
    dataId: DataId,
    options?: Parameters<MathBackendWebGL['readToGPU']>[1],
  ): ReturnType<MathBackendWebGL['readToGPU']> {
    return this.recovery.useContext(() => {
      this.recovery.assertThere(dataId);
      const data = this.transaction([], () =>
        this.uploading.withTexture(dataId, (own) => super.readToGPU(own, options)),
      );
      if (!this.device.isLost) return data;
      data.tensorRef.dispose();
      throw new ContextLostError('a tensor was being copied to a texture');
    });
  }

  /**
   * True if a kernel should compute on the CPU. Stock's answer takes a missing texture for values
   * on the CPU, goes by the size of the inputs and not of the result, and does not use values that
   * were read from a texture.
   */
  override shouldExecuteOnCPU(inputs: TensorInfo[], sizeThreshold = FEW_VALUES): boolean {
    this.recovery.assertAllThere(inputs);
    if (broadcastSize(inputs.map(({ shape }) => shape)) >= sizeThreshold) return false;
    const isThere = (x: TensorInfo) => this.runner.cpuValues(x) !== null || x.dtype === 'complex64';
    return env().getBool('WEBGL_CPU_FORWARD') && inputs.every(isThere);
  }

  /** Returns the number of records that were not disposed of, which tfjs's check for leaks counts. */
  override numDataIds(): number {
    return this.recordCount - this.deferred.orphanCount;
  }

  /** Number of records, of which pending work may hold some that were disposed of. */
  get recordCount(): number {
    return super.numDataIds();
  }

  override disposeData(dataId: DataId, force = false): boolean {
    if (!this.texData.has(dataId)) return super.disposeData(dataId, force);
    const last = force || this.refCount(dataId) === 1;
    if (last && this.deferred.isHeld(dataId)) {
      const isRead = (this as unknown as StockInternals).pendingRead.has(dataId);
      if (!force && !isRead) {
        this.captures.dataPins.released(dataId);
        this.deferred.orphan(dataId);
        return true;
      }
      // The data may come back under the same id, or stock frees it when it has been read.
      for (const dependent of this.deferred.dependents(dataId)) this.draw(dependent);
    }
    // Work that no later work includes is drawn, so that a loop that drops results can be timed.
    if (last && !force && this.deferred.isEnd(dataId)) this.drawIfPossible(dataId);
    if (last) this.deferred.remove(dataId);
    const gone = super.disposeData(dataId, force);
    if (gone) {
      this.session.store.release(dataId);
      this.kept.drop(dataId);
      this.recovery.forget(dataId);
      this.captures.dataPins.released(dataId);
    }
    return gone;
  }

  /** Draws the pending work under this id; in a lost context there is nothing to draw. */
  private draw(dataId: DataId): void {
    const { device, recovery } = this;
    if (device.isLost) return;
    try {
      recovery.useReadyContext(() =>
        this.transaction([], () => this.session.store.materialize(dataId)),
      );
    } catch (error) {
      if (!(error instanceof ContextLostError)) throw error;
    }
  }

  /** Draws pending work for a caller that does not need its values; a later read reports errors. */
  private drawIfPossible(dataId: DataId): void {
    try {
      this.draw(dataId);
    } catch {
      // The work stays pending.
    }
  }

  /** Frees data that the engine has already disposed of. */
  private discard(dataId: DataId): void {
    this.disposeData(dataId, true);
  }

  /** Times `body`; everything that it computes is drawn before the clock stops. */
  override time(body: () => void): ReturnType<MathBackendWebGL['time']> {
    if (!this.recovery.isInUse) this.recovery.ready();
    const { device } = this;
    const internals = this as unknown as StockInternals;
    const { activeTimers, programTimersStack } = internals;
    let timing: ReturnType<MathBackendWebGL['time']>;
    try {
      timing = super.time(() => {
        body();
        this.flush();
      });
    } catch (error) {
      // Stock would continue timing.
      Object.assign(internals, { activeTimers, programTimersStack });
      throw error;
    }
    return timing.then((times) => {
      if (device === this.device && !device.isLost) return times;
      throw new ContextLostError('it was lost while kernels were timed');
    });
  }

  override memory(): ReturnType<MathBackendWebGL['memory']> & GpuPeak {
    const stock = super.memory();
    const { bytesFree } = this.device.planes;
    const bytesAllocated = this.device.planes.bytesAllocated + this.device.weights.bytesAllocated;
    return {
      ...stock,
      numBytesInGPU: stock.numBytesInGPU + bytesAllocated - bytesFree,
      numBytesInGPUAllocated: stock.numBytesInGPUAllocated + bytesAllocated,
      numBytesInGPUFree: stock.numBytesInGPUFree + bytesFree + this.device.memory.restingBytes,
      numBytesInGPUPeak: this.device.memory.peakBytes,
    };
  }

  /** Returns 32 if float32 textures are rendered; stock returns 16 in exactly that case. */
  override floatPrecision(): 16 | 32 {
    const isFull = this.device.precision === 'float32';
    return isFull && env().getBool('WEBGL_RENDER_FLOAT32_ENABLED') ? 32 : 16;
  }

  override dispose(): void {
    if ((this as unknown as StockInternals).disposed) return;
    const { device } = this;
    this.captures.dropAll('the backend was removed');
    device.dispose();
    super.dispose();
    this.gpgpu.program = null;
    this.gpgpu.outputTexture = null;
    this.gpgpu.dispose();
    releaseContext(device.gl);
  }

  /** Makes the session of the context in `gpgpu`. */
  private enterContext(): void {
    this.session = new ContextSession(this as unknown as StockInternals, this.keeping, {
      record: (dataId) => this.texData.get(dataId) as TexData,
      makeStockTexture: (dataId) => this.uploadToGPU(dataId),
      noteSent: (dataId, values) => this.kept.keep(dataId, values),
      flush: (dataId) => this.runner.fuser.flush(dataId),
      settle: (x, placement) => this.runner.fuser.settle(x, placement),
      isReading: () => this.reading.isUnderWay,
      deferred: this.deferred,
      log: this.log,
      frames: this.frames,
    });
    this.device.calibrate(this.measured);
  }
}
