/**
 * The WebGL2 engine: the stock backend with every stock kernel, plus tensors that
 * live in tile planes from one of our kernels to the next. A tensor made by our
 * programs gets a stock texture or values only when somebody asks for them.
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
import { FEW_VALUES } from '../../kernels/webgl/runner.js';
import { brand, thisCopy } from '../engine/brand.js';
import { EngineLog } from '../engine/engineLog.js';
import { type Trimmed, usualKeeping } from '../engine/memoryBound.js';
import { type Compilation, CompileAhead } from './context/compileAhead.js';
import { ContextSession } from './contextSession.js';
import { releaseContext } from './device/context.js';
import type { Device } from './device/device.js';
import { Deferred } from './fusion/deferred.js';
import type { Joining } from './fusion/joining.js';
import { KernelRunner, type RunnerHost } from './kernelRunner.js';
import { Attempts } from './recovery/attempts.js';
import { KeptValues } from './recovery/keptValues.js';
import { type ContextOwner, Recovery, runOnCPU } from './recovery/recovery.js';
import type { Host } from './residency/host.js';
import { Reading } from './residency/reading.js';
import { Uploading } from './residency/uploading.js';
import { createStockContext, dropStockParts, renewStockParts } from './stock/stockContext.js';
import { guardTextures } from './stock/stockGuard.js';
import type { StockInternals, TexData } from './stock/stockInternals.js';
import { TensorRecords } from './stock/tensorRecords.js';
import { endCompileWaits } from './stock/waits.js';

/** What memory() says beyond stock's. */
interface GpuPeak {
  /** The most bytes that were allocated at any time, with what is kept for reuse. */
  readonly numBytesInGPUPeak: number;
}

type BackendValues = Parameters<MathBackendWebGL['write']>[0];

type Kernel = Pick<KernelConfig, 'kernelName' | 'kernelFunc'>;
type KernelParams = Parameters<KernelConfig['kernelFunc']>[0];
type KernelResult = ReturnType<KernelConfig['kernelFunc']>;

/** Values of a result to which tensors of these shapes broadcast, or more. */
function broadcastSize(shapes: readonly (readonly number[])[]): number {
  const rank = Math.max(0, ...shapes.map(({ length }) => length));
  let size = 1;
  for (let fromEnd = 1; fromEnd <= rank; fromEnd++) {
    size *= Math.max(1, ...shapes.map((shape) => shape.at(-fromEnd) ?? 1));
  }
  return size;
}

export class TiledWebGLBackend extends MathBackendWebGL implements ContextOwner, RunnerHost, Host {
  readonly [brand] = thisCopy;
  readonly log = new EngineLog();
  /** Replaced as a whole when the context is lost. */
  session!: ContextSession;
  readonly records = new TensorRecords<TexData>(this, engine());
  readonly kept = new KeptValues();
  readonly recovery = new Recovery(this);
  readonly attempts = new Attempts(this);
  /** What kernels hold. */
  readonly runner: KernelRunner;
  private readonly deferred: Deferred;
  private readonly reading = new Reading(this);
  private readonly uploading = new Uploading(this, (dataId) => super.uploadToGPU(dataId));
  private readonly ahead = new CompileAhead(this);

  /**
   * @param reason why this engine, for tiledInfo()
   * @param keeping how memory is given back by itself
   * @throws Error where WebGL2 is missing, or does not draw into float textures
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

  /** The GPU of the context in use. */
  get device(): Device {
    return this.session.device;
  }

  get joining(): Joining {
    return this.runner.joining;
  }

  /** Draws everything that waits and that nothing else has taken along, as far as it can be drawn. */
  settle(): void {
    for (const dataId of this.deferred.ends()) this.drawIfPossible(dataId);
  }

  /** As TileRunner says. */
  allOrNothing<T>(inputs: readonly TensorInfo[], body: () => T): T {
    return this.attempts.allOrNothing(inputs, body, null);
  }

  onFailure(undo: () => void): void {
    this.attempts.onFailure(undo);
  }

  computing(dataId: DataId, body: () => void): void {
    this.runner.computing(dataId, body);
  }

  /** Frees GPU memory that holds nothing but what can be made again. */
  shrink(): void {
    this.session.store.releaseForms();
    this.device.memory.free.delete();
  }

  /** The same where there is a context. */
  trim(): Trimmed {
    const { memory, isLost } = this.device;
    const { bytes } = memory;
    if (!isLost) this.shrink();
    return { gpuBytes: bytes - memory.bytes, heapBytes: 0 };
  }

  /** As CompileAhead.run() says. */
  compileAhead(body: () => void): Compilation {
    return this.recovery.within(() => this.ahead.run(body));
  }

  // What recovery asks for (ContextOwner)

  get isActive(): boolean {
    const { registry, backendName } = engine();
    return registry[backendName] === (this as object);
  }

  dropContext(): void {
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

  // What the stock backend asks for

  override write(values: BackendValues, shape: number[], dtype: DataType): DataId {
    assertShape(`${this.log.running}: a result`, shape);
    const dataId = super.write(values, shape, dtype);
    if (values == null) this.runner.noteMade(dataId);
    this.onFailure(() => this.disposeData(dataId, true));
    return dataId;
  }

  override uploadToGPU(dataId: DataId): void {
    if (this.recovery.isWithin) this.uploading.upload(dataId);
    else this.recovery.within(() => this.uploading.upload(dataId));
  }

  override readSync(dataId: DataId): BackendValues {
    return this.reading.now(dataId, () => super.readSync(dataId));
  }

  override read(dataId: DataId): Promise<BackendValues> {
    return this.reading.later(dataId, () => super.read(dataId));
  }

  /** A call of a kernel of this backend, ours or stock's, by tfjs. */
  runKernel({ kernelName, kernelFunc }: Kernel, params: KernelParams): KernelResult {
    const { recovery, log } = this;
    const run = () => log.within(kernelName, () => kernelFunc(params));
    if (recovery.isWithin) return run();
    if (!recovery.ready()) return runOnCPU(kernelName, params);
    recovery.assertAllThere(params.inputs);
    return recovery.inside(run);
  }

  /** The stock path sends inputs of few elements as uniforms from values that ours do not have. */
  override runWebGLProgram(...given: Parameters<MathBackendWebGL['runWebGLProgram']>): TensorInfo {
    if (!this.recovery.isWithin) return this.recovery.within(() => this.runWebGLProgram(...given));
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
    return this.attempts.isWithin ? run() : this.allOrNothing([], run);
  }

  override readToGPU(
    dataId: DataId,
    options?: Parameters<MathBackendWebGL['readToGPU']>[1],
  ): ReturnType<MathBackendWebGL['readToGPU']> {
    return this.recovery.within(() => {
      this.recovery.assertThere(dataId);
      const data = this.allOrNothing([], () =>
        this.uploading.withTexture(dataId, (own) => super.readToGPU(own, options)),
      );
      if (!this.device.isLost) return data;
      data.tensorRef.dispose();
      throw new ContextLostError('a tensor was being copied to a texture');
    });
  }

  /**
   * Stock takes a missing texture for values on the CPU, goes by what a kernel reads and not by what
   * it makes, and does not use values that were read from a texture.
   */
  override shouldExecuteOnCPU(inputs: TensorInfo[], sizeThreshold = FEW_VALUES): boolean {
    this.recovery.assertAllThere(inputs);
    if (broadcastSize(inputs.map(({ shape }) => shape)) >= sizeThreshold) return false;
    const isThere = (x: TensorInfo) => this.runner.cpuValues(x) !== null || x.dtype === 'complex64';
    return env().getBool('WEBGL_CPU_FORWARD') && inputs.every(isThere);
  }

  override disposeData(dataId: DataId, force = false): boolean {
    if (!this.texData.has(dataId)) return super.disposeData(dataId, force);
    const last = force || this.refCount(dataId) === 1;
    if (last && this.deferred.isHeld(dataId)) {
      const isRead = (this as unknown as StockInternals).pendingRead.has(dataId);
      if (!force && !isRead) {
        this.deferred.orphan(dataId);
        return true;
      }
      // The data may come back under the same id, or stock frees it when it has been read.
      for (const dependent of this.deferred.dependents(dataId)) this.draw(dependent);
    }
    // What nobody takes along is drawn, so that a loop that drops its results can be timed.
    if (last && !force && this.deferred.isEnd(dataId)) this.drawIfPossible(dataId);
    if (last) this.deferred.remove(dataId);
    const gone = super.disposeData(dataId, force);
    if (gone) {
      this.session.store.release(dataId);
      this.kept.drop(dataId);
      this.recovery.forget(dataId);
    }
    return gone;
  }

  /** Draws what waits under this id; in a lost context there is nothing to draw. */
  private draw(dataId: DataId): void {
    const { device, recovery } = this;
    if (device.isLost) return;
    try {
      recovery.inside(() => this.allOrNothing([], () => this.joining.finish(dataId)));
    } catch (error) {
      if (!(error instanceof ContextLostError)) throw error;
    }
  }

  /** The same for somebody who does not want its values: who reads them is told what is wrong. */
  private drawIfPossible(dataId: DataId): void {
    try {
      this.draw(dataId);
    } catch {
      // It waits on.
    }
  }

  /** Frees data that the engine has given up already. */
  private discard(dataId: DataId): void {
    this.disposeData(dataId, true);
  }

  /** Everything that `body` computes is drawn before the clock stops. */
  override time(body: () => void): ReturnType<MathBackendWebGL['time']> {
    if (!this.recovery.isWithin) this.recovery.ready();
    const { device } = this;
    const internals = this as unknown as StockInternals;
    const { activeTimers, programTimersStack } = internals;
    let timing: ReturnType<MathBackendWebGL['time']>;
    try {
      timing = super.time(() => {
        body();
        this.settle();
      });
    } catch (error) {
      // Stock would go on timing.
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
    const { bytesAllocated, bytesFree } = this.device.planes;
    return {
      ...stock,
      numBytesInGPU: stock.numBytesInGPU + bytesAllocated - bytesFree,
      numBytesInGPUAllocated: stock.numBytesInGPUAllocated + bytesAllocated,
      numBytesInGPUFree: stock.numBytesInGPUFree + bytesFree,
      numBytesInGPUPeak: this.device.memory.peakBytes,
    };
  }

  /** 32 where float32 textures render. Stock answers 16 exactly then. */
  override floatPrecision(): 16 | 32 {
    return env().getBool('WEBGL_RENDER_FLOAT32_ENABLED') ? 32 : 16;
  }

  override dispose(): void {
    if ((this as unknown as StockInternals).disposed) return;
    const { device } = this;
    device.dispose();
    super.dispose();
    this.gpgpu.program = null;
    this.gpgpu.outputTexture = null;
    this.gpgpu.dispose();
    releaseContext(device.gl);
  }

  /** Makes what belongs to the context of `gpgpu`. */
  private enterContext(): void {
    this.session = new ContextSession(this as unknown as StockInternals, this.keeping, {
      record: (dataId) => this.texData.get(dataId) as TexData,
      makeStockTexture: (dataId) => this.uploadToGPU(dataId),
      noteSent: (dataId, values) => this.kept.keep(dataId, values),
      finish: (dataId) => this.joining.finish(dataId),
      isReading: () => this.reading.isUnderWay,
      deferred: this.deferred,
      log: this.log,
    });
  }
}
