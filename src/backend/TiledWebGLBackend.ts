/**
 * The WebGL2 engine: the stock backend with every stock kernel, plus tensors that
 * live in tile planes from one of our kernels to the next. A tensor made by our
 * programs gets a stock texture or values only when somebody asks for them.
 */
import { type GPGPUProgram, MathBackendWebGL } from '@tensorflow/tfjs-backend-webgl';
import {
  type DataId,
  type DataType,
  engine,
  env,
  findBackend,
  type KernelConfig,
  type TensorInfo,
  util,
} from '@tensorflow/tfjs-core';
import type { Step } from '../../kernels/webgl/programs/epilogue.js';
import type { ProgramSpec, SteppedSpec } from '../../kernels/webgl/programs/index.js';
import { releaseContext } from '../device/context.js';
import { Device } from '../device/device.js';
import type { LayerSet, PlaneSet } from '../device/planePool.js';
import { stockValues } from '../layout/pack.js';
import type { Extent, Tile, TileLayout } from '../layout/tile.js';
import {
  type Call,
  ContextLostError,
  type Layers,
  type Limits,
  type Operand,
  type Origin,
  type Output,
  type Pass,
  type Residence,
  type StepOperand,
  type TileRunner,
  type Tuning,
  type UniformValue,
} from '../runner.js';
import type { DataFormat } from '../shape/convShape.js';
import { type Compilation, compilationOf } from './compileAhead.js';
import { Deferred } from './deferred.js';
import { EngineLog } from './engineLog.js';
import { type Drawer, Joining } from './joining.js';
import { KeptValues } from './keptValues.js';
import { Programs } from './programs.js';
import { endWaits, Reading } from './reading.js';
import { Recovery, runOnCPU } from './recovery.js';
import { createStockContext } from './stockContext.js';
import {
  denseTexels,
  type StockContextParts,
  type StockInternals,
  stockLayout,
  stockTextureSize,
  type TexData,
} from './stockInternals.js';
import { TensorRecords } from './tensorRecords.js';
import {
  acquirePlanes,
  acquiring,
  type Draw,
  layoutUniforms,
  TileStore,
  tileOperand,
} from './tileStore.js';

/**
 * Bytes of GPU memory above which the engine gives back what it keeps for reuse, first of planes,
 * then of what can be made again; -1 for no limit. It never refuses what the device would give.
 */
const LIMIT = 'TILED_GPU_BYTES_LIMIT';

env().registerFlag(
  LIMIT,
  () => -1,
  (value) => {
    if (!Number.isFinite(value) || ((value as number) < 0 && value !== -1)) {
      throw new Error(`${LIMIT} must be -1 or a number of bytes; got ${value}`);
    }
  },
);

/** Bytes that planes may take beside the stock textures. */
function roomForPlanes(stockBytes: number): number {
  const [limit, threshold] = [LIMIT, 'WEBGL_DELETE_TEXTURE_THRESHOLD'].map((flag) => {
    const bytes = env().getNumber(flag);
    return bytes < 0 ? Number.POSITIVE_INFINITY : bytes;
  });
  return Math.min(limit - stockBytes, threshold);
}

/** What memory() says beyond stock's. */
interface GpuPeak {
  /** The most bytes that were allocated at any time, with what is kept for reuse. */
  readonly numBytesInGPUPeak: number;
}

/** While it is set, stock links programs without waiting for them and draws nothing. */
const COMPILE_ONLY = 'ENGINE_COMPILE_ONLY';
const isCompiling = () => env().getBool(COMPILE_ONLY);

type BackendValues = Parameters<MathBackendWebGL['write']>[0];

type KernelParams = Parameters<KernelConfig['kernelFunc']>[0];
type KernelResult = ReturnType<KernelConfig['kernelFunc']>;

interface FilledLayers extends Layers {
  readonly set: LayerSet;
}

export class TiledWebGLBackend extends MathBackendWebGL implements TileRunner, Drawer {
  forcedVariant: string | null = null;
  tuning: Tuning | null = null;
  readonly log = new EngineLog();
  /** Of the context in use, as are the next two. */
  device!: Device;
  private store!: TileStore;
  private programs!: Programs;
  readonly keptValues = new KeptValues();
  readonly recovery: Recovery;
  private readonly reading = new Reading(this, isCompiling);
  private readonly deferred: Deferred;
  readonly joining: Joining;
  /** Stock textures of tensors in planes that a run without a draw has left empty. */
  private undrawn: DataId[] = [];
  /** What takes back the steps since the innermost allOrNothing began; null outside of one. */
  private undo: (() => void)[] | null = null;

  /**
   * @param reason why this engine, for tiledInfo()
   * @throws Error where WebGL2 is missing
   */
  constructor(readonly reason = 'asked for by name') {
    super(createStockContext());
    this.decodePlanes();
    this.deferred = new Deferred((dataId) => this.discard(dataId));
    this.joining = new Joining(this, this.deferred);
    const records = new TensorRecords<TexData>(this, engine());
    this.texData = records as unknown as typeof this.texData;
    this.enterContext();
    this.recovery = this.recoveryWith(records);
  }

  get limits(): Limits {
    return this.device.capabilities;
  }

  // What kernels ask for (TileRunner)

  residence(x: TensorInfo): Residence | null {
    return this.store.residence(x);
  }

  liesAs(x: TensorInfo): Residence | null {
    return this.store.liesAs(x.dataId);
  }

  number({ dataId }: TensorInfo): number | null {
    return (this.texData.get(dataId) as TexData).values?.[0] ?? null;
  }

  tiles(x: TensorInfo, extent: Extent, format: DataFormat, tile: Tile): Operand {
    return this.store.tiles(x, extent, format, tile);
  }

  filter(filter: TensorInfo, inTileSlices: number, outTileSlices: number, turned = false): Operand {
    return this.store.filter(filter, inTileSlices, outTileSlices, turned);
  }

  winogradFilter(filter: TensorInfo, turned = false): Operand {
    return this.store.winogradFilter(filter, turned);
  }

  run(
    spec: ProgramSpec,
    operands: Readonly<Record<string, Operand>>,
    uniforms: Readonly<Record<string, UniformValue>>,
    output: Output,
  ): TensorInfo {
    return this.runPasses([{ spec, operands, uniforms }], output);
  }

  runPasses(passes: readonly Pass[], output: Output): TensorInfo {
    const planes = this.drawPasses(passes, output);
    const info = this.makeTensorInfo([...output.shape], 'float32');
    this.store.adopt(info.dataId, planes, output);
    return info;
  }

  fillLayers(layers: number, layout: TileLayout, passes: readonly Pass[]): FilledLayers {
    const { texWidth, texHeight } = layout;
    const perDraw = layers / passes.length;
    const set = acquiring(this.device, () =>
      this.device.planes.acquireLayers(layers, perDraw, texWidth, texHeight),
    );
    this.orRelease(set, () => {
      for (const [i, pass] of passes.entries()) this.drawPass(pass, layout, set.draws[i]);
    });
    return { set, operand: tileOperand(set, layout) };
  }

  releaseLayers({ set }: FilledLayers): void {
    this.device.planes.release(set);
  }

  defer(
    spec: SteppedSpec,
    operands: Readonly<Record<string, Operand>>,
    uniforms: Readonly<Record<string, UniformValue>>,
    output: Output,
    origin: Origin,
  ): TensorInfo {
    return this.joining.defer({ spec, operands, uniforms }, output, origin);
  }

  waits(x: TensorInfo): boolean {
    return this.joining.waits(x.dataId);
  }

  apply(
    x: TensorInfo,
    step: Step,
    operands: readonly StepOperand[],
    parameters: Readonly<Record<string, UniformValue>>,
  ): TensorInfo | null {
    return this.joining.apply(x, step, operands, parameters);
  }

  now<T>(body: () => T): T {
    return this.joining.now(body);
  }

  /** Draws everything that waits and that nothing else has taken along. */
  settle(): void {
    if (!this.device.isLost) this.recovery.inside(() => this.joining.settle());
  }

  // What joining asks for (Drawer)

  drawInto(dataId: DataId, pass: Pass, output: Output): void {
    this.store.adopt(dataId, this.drawPasses([pass], output), output);
  }

  copyValues(from: DataId, to: DataId): void {
    (this.texData.get(to) as TexData).values = this.readSync(from) as Float32Array;
  }

  isRefused(spec: ProgramSpec): boolean {
    return this.programs.isRefused(spec);
  }

  /** New planes with what the passes draw. */
  private drawPasses(passes: readonly Pass[], { layout }: Output): PlaneSet {
    const planes = acquirePlanes(this.device, layout);
    this.orRelease(planes, () => {
      for (const pass of passes) this.drawPass(pass, layout, planes);
    });
    return planes;
  }

  /** Runs `draw`; if it throws, what it was to draw into goes back to the pool. */
  private orRelease(set: PlaneSet | LayerSet, draw: () => void): void {
    try {
      draw();
    } catch (error) {
      this.device.planes.release(set);
      throw error;
    }
  }

  private drawPass({ spec, operands, uniforms }: Pass, layout: TileLayout, target: PlaneSet): void {
    const textures = Object.values(operands).flatMap((operand) => operand.textures);
    const all: Record<string, UniformValue> = { ...layoutUniforms('out', layout), ...uniforms };
    for (const [name, operand] of Object.entries(operands)) {
      for (const [field, value] of Object.entries(operand.uniforms)) all[name + field] = value;
    }
    this.drawSpec(spec, textures, all, target);
  }

  allOrNothing<T>(inputs: readonly TensorInfo[], body: () => T, call: Call | null = null): T {
    const holds = inputs.map(({ dataId }) => this.refCount(dataId));
    const outer = { undo: this.undo, call: this.joining.call };
    // Between two kernels nobody holds a form that can be made again, but for what waits.
    if (outer.undo === null && this.device.planes.isOverFull) this.shrink();
    const undo: (() => void)[] = [];
    this.undo = undo;
    this.joining.call = call;
    try {
      return body();
    } catch (error) {
      for (const step of undo) step();
      for (const [i, { dataId }] of inputs.entries()) {
        while (this.refCount(dataId) > holds[i]) this.decRef(dataId);
      }
      throw this.recovery.explained(error);
    } finally {
      this.undo = outer.undo;
      this.joining.call = outer.call;
      outer.undo?.push(...undo);
    }
  }

  count({ kernelName, variant }: Origin): void {
    if (!isCompiling()) this.log.countVariant(kernelName, variant);
  }

  stepDown(kernelName: string, from: string, to: string, reason: string): void {
    this.log.stepDown(kernelName, from, to, reason);
  }

  /** Frees GPU memory that holds nothing but what can be made again. */
  shrink(): void {
    this.store.releaseForms();
    this.device.planes.trim();
  }

  /**
   * Runs `body` without a draw, to compile the programs that it asks for side by side. What it
   * computes is worth nothing: the caller disposes of it. A read in it throws NothingDrawn.
   */
  compileAhead(body: () => void): Compilation {
    return this.recovery.within(() => this.compiled(body));
  }

  private compiled(body: () => void): Compilation {
    const { device } = this;
    const { gl, programs } = device;
    const internals = this as unknown as StockInternals;
    const usual = internals.binaryCache;
    // Stock's programs are of no use before finish(): until then nobody else must find them.
    const fresh: typeof usual = Object.create(usual);
    internals.binaryCache = fresh;
    // What waits belongs to others, and would be taken for drawn.
    this.joining.settleAll();
    env().set(COMPILE_ONLY, true);
    try {
      body();
      this.settle();
    } finally {
      env().set(COMPILE_ONLY, false);
      internals.binaryCache = usual;
      this.drawUndrawn();
    }
    const stock = Object.values({ ...fresh }).map(({ webGLProgram }) => webGLProgram);
    return compilationOf(gl, [...programs.prepared(), ...stock], () => {
      if (device === this.device && !device.isLost) this.takeBinaries(fresh);
    });
  }

  // What the stock backend asks for

  override write(values: BackendValues, shape: number[], dtype: DataType): DataId {
    const dataId = super.write(values, shape, dtype);
    this.undo?.push(() => this.disposeData(dataId, true));
    return dataId;
  }

  /** A tensor in planes gets its stock texture here, in the packing that the record asks for. */
  override uploadToGPU(dataId: DataId): void {
    if (!this.recovery.isWithin) {
      this.recovery.within(() => this.uploadToGPU(dataId));
      return;
    }
    this.recovery.assertThere(dataId);
    const data = this.texData.get(dataId) as TexData;
    if (data.texture == null && data.values != null) {
      this.uploadValues(dataId, data);
      return;
    }
    const inPlanes = this.store.onlyInPlanes(dataId);
    super.uploadToGPU(dataId);
    if (inPlanes) this.store.writeStockTexture(dataId);
    if (inPlanes && isCompiling()) this.undrawn.push(dataId);
    this.device.planes.notePeak();
  }

  override readSync(dataId: DataId): BackendValues {
    return this.reading.now(dataId, () => super.readSync(dataId));
  }

  override read(dataId: DataId): Promise<BackendValues> {
    return this.reading.later(dataId, () => super.read(dataId));
  }

  /** A call of a kernel of this backend, ours or stock's, by tfjs. */
  runKernel(kernel: Omit<KernelConfig, 'backendName'>, params: KernelParams): KernelResult {
    const { recovery, log } = this;
    const { kernelName, kernelFunc } = kernel;
    const run = () => log.within(kernelName, () => kernelFunc(params));
    if (recovery.isWithin) return run();
    if (!recovery.ready()) return runOnCPU(kernelName, params);
    recovery.assertAllThere(params.inputs);
    return recovery.inside(run);
  }

  /** The stock path sends inputs of few elements as uniforms from values that ours do not have. */
  override runWebGLProgram(
    program: GPGPUProgram,
    inputs: TensorInfo[],
    outputDtype: DataType,
    customUniformValues?: number[][],
    preventEagerUnpackingOfOutput?: boolean,
    customTexShape?: [number, number],
  ): TensorInfo {
    if (!this.recovery.isWithin) {
      return this.recovery.within(() =>
        this.runWebGLProgram(
          program,
          inputs,
          outputDtype,
          customUniformValues,
          preventEagerUnpackingOfOutput,
          customTexShape,
        ),
      );
    }
    this.recovery.assertAllThere(inputs);
    for (const { dataId, shape } of inputs) {
      const small = util.sizeFromShape(shape) <= env().getNumber('WEBGL_SIZE_UPLOAD_UNIFORM');
      if (small && this.store.onlyInPlanes(dataId)) this.uploadToGPU(dataId);
    }
    return super.runWebGLProgram(
      program,
      inputs,
      outputDtype,
      customUniformValues,
      preventEagerUnpackingOfOutput,
      customTexShape,
    );
  }

  override readToGPU(
    dataId: DataId,
    options?: Parameters<MathBackendWebGL['readToGPU']>[1],
  ): ReturnType<MathBackendWebGL['readToGPU']> {
    return this.recovery.within(() => {
      this.recovery.assertThere(dataId);
      if (this.store.onlyInPlanes(dataId)) this.uploadToGPU(dataId);
      return super.readToGPU(dataId, options);
    });
  }

  /** Stock takes a missing texture for values on the CPU. */
  override shouldExecuteOnCPU(inputs: TensorInfo[], sizeThreshold?: number): boolean {
    this.recovery.assertAllThere(inputs);
    if (inputs.some(({ dataId }) => this.store.onlyInPlanes(dataId))) return false;
    return super.shouldExecuteOnCPU(inputs, sizeThreshold);
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
      for (const dependent of this.deferred.dependents(dataId)) this.drawInTime(dependent);
    }
    // What nobody takes along is drawn, so that a loop that drops its results can be timed.
    if (last && !force && this.deferred.isEnd(dataId)) this.drawInTime(dataId);
    if (last) this.deferred.remove(dataId);
    const gone = super.disposeData(dataId, force);
    if (gone) {
      this.store.release(dataId);
      this.keptValues.drop(dataId);
      this.recovery.forget(dataId);
    }
    return gone;
  }

  /** Draws what waits before something that it needs is disposed of, which never fails. */
  private drawInTime(dataId: DataId): void {
    const { device, recovery } = this;
    if (device.isLost) return;
    try {
      recovery.inside(() => this.joining.finish(dataId));
    } catch (error) {
      if (!(error instanceof ContextLostError)) throw error;
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
    const { bytesAllocated, bytesFree, peakBytes } = this.device.planes;
    return {
      ...stock,
      numBytesInGPU: stock.numBytesInGPU + bytesAllocated - bytesFree,
      numBytesInGPUAllocated: stock.numBytesInGPUAllocated + bytesAllocated,
      numBytesInGPUFree: stock.numBytesInGPUFree + bytesFree,
      numBytesInGPUPeak: peakBytes,
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
    const { gpgpu } = this;
    const stockBytes = () => this.getTextureManager().numBytesAllocated;
    const device = new Device(
      gpgpu.gl as WebGL2RenderingContext,
      () => roomForPlanes(stockBytes()),
      stockBytes,
    );
    endWaits(gpgpu, () => device.isLost);
    this.device = device;
    this.programs = new Programs(device);
    this.store = new TileStore(
      device,
      this.drawSpec,
      (dataId) => this.texData.get(dataId) as TexData,
      (dataId) => this.uploadToGPU(dataId),
      this.deferred,
      (dataId) => this.joining.finish(dataId),
      (dataId, values) => this.keptValues.keep(dataId, values),
      this.log,
    );
  }

  private recoveryWith(records: TensorRecords<TexData>): Recovery {
    const backend = this;
    const parts = this as unknown as StockContextParts;
    return new Recovery({
      get isLost() {
        return backend.device.isLost;
      },
      get isActive() {
        return findBackend(engine().backendName) === backend;
      },
      records,
      kept: this.keptValues,
      dropWaiting: () => {
        for (const dataId of this.deferred.all()) this.deferred.remove(dataId);
      },
      dropContext: () => {
        this.undrawn = [];
        this.store.forget();
        this.device.dispose();
        this.getTextureManager().dispose();
        Object.assign(parts, { numBytesInGPU: 0, dataRefCount: new WeakMap() });
        releaseContext(this.device.gl);
      },
      makeContext: () => {
        if ((this as unknown as StockInternals).disposed)
          throw new Error('the backend was removed');
        const { peakBytes } = this.device.planes;
        const fresh = new MathBackendWebGL(createStockContext());
        if (fresh.gpgpu.gl.isContextLost()) throw new Error('it is lost as soon as it is made');
        const { gpgpu, textureManager, canvas } = fresh as unknown as StockContextParts;
        Object.assign(parts, { gpgpu, textureManager, canvas, binaryCache: {} });
        this.enterContext();
        this.device.planes.notePeak(peakBytes);
      },
    });
  }

  /** Values -> stock texture. Stock takes another texture for this, and a program for each shape. */
  private uploadValues(dataId: DataId, data: TexData): void {
    const { values, usage } = data;
    // Without values, stock makes an empty texture to draw into.
    Object.assign(data, { values: null, usage: null });
    try {
      super.uploadToGPU(dataId);
    } catch (error) {
      Object.assign(data, { values, usage });
      throw error;
    }
    // Who steps down to the CPU reads them without a program.
    this.undo?.push(() => Object.assign(data, { values }));
    const { texture } = data.texture as NonNullable<TexData['texture']>;
    const [width, height] = stockTextureSize(data);
    const texels = stockValues(values as ArrayLike<number>, stockLayout(data), height);
    this.device.upload(texture, width, height, texels);
    this.keptValues.keep(dataId, values as ArrayLike<number>);
    this.device.planes.notePeak();
  }

  /** Tensors in planes are read by one pass, where stock's way would take an untiled texture too. */
  private decodePlanes(): void {
    const internals = this as unknown as StockInternals;
    const { decode } = internals;
    internals.decode = (dataId, texels) => {
      const decoded = this.allOrNothing([], () =>
        this.store.onlyInPlanes(dataId)
          ? this.denseOfPlanes(dataId, texels)
          : decode.call(this, dataId, texels),
      );
      this.reading.note(decoded);
      return decoded;
    };
  }

  private denseOfPlanes(dataId: DataId, texels?: [number, number]): TensorInfo {
    const { shape } = this.texData.get(dataId);
    const dense = this.makeTensorInfo(shape, 'float32');
    const record = this.texData.get(dense.dataId) as TexData;
    const texShape = (texels ?? denseTexels(shape)).map((size) => 2 * size);
    Object.assign(record, { isPacked: true, texShape });
    super.uploadToGPU(dense.dataId);
    this.store.writeDense(dataId, dense.dataId);
    return dense;
  }

  private readonly drawSpec: Draw = (spec, textures, uniforms, target) => {
    if (isCompiling()) {
      this.programs.prepare(spec);
      return;
    }
    const program = this.programs.get(spec);
    const internals = this as unknown as StockInternals;
    const timers = internals.activeTimers;
    const query = timers && internals.startTimer();
    this.device.draw(program, textures, Object.entries(uniforms), target);
    timers?.push({
      name: spec.family,
      query: internals.getQueryTime(internals.endTimer(query)),
    });
  };

  /** Writes the stock textures that are still wanted after a run without a draw. */
  private drawUndrawn(): void {
    const wanted = this.undrawn.filter((dataId) => this.texData.has(dataId));
    this.undrawn = [];
    for (const dataId of wanted) this.store.writeStockTexture(dataId);
  }

  /** Puts programs of stock's that were compiled ahead into its cache, but for those that failed. */
  private takeBinaries(fresh: StockInternals['binaryCache']): void {
    const { gl } = this.device;
    const internals = this as unknown as StockInternals;
    const usual = internals.binaryCache;
    const good: typeof usual = {};
    for (const [key, binary] of Object.entries(fresh)) {
      const isGood = gl.getProgramParameter(binary.webGLProgram, gl.LINK_STATUS);
      if (isGood && !(key in usual)) good[key] = binary;
      else this.gpgpu.deleteProgram(binary.webGLProgram);
    }
    internals.binaryCache = good;
    this.getUniformLocations();
    internals.binaryCache = Object.assign(usual, good);
  }
}
