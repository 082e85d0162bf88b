/**
 * The WebGL2 engine: the stock backend with every stock kernel, plus tensors that
 * live in tile planes from one of our kernels to the next. A tensor made by our
 * programs gets a stock texture or values only when somebody asks for them.
 */
import { type GPGPUProgram, MathBackendWebGL } from '@tensorflow/tfjs-backend-webgl';
import {
  type DataId,
  type DataType,
  env,
  type TensorInfo,
  type TypedArray,
  util,
} from '@tensorflow/tfjs-core';
import type { Step } from '../../kernels/webgl/programs/epilogue.js';
import {
  type ProgramSpec,
  programKey,
  programText,
  type SteppedSpec,
} from '../../kernels/webgl/programs/index.js';
import { releaseContext } from '../device/context.js';
import { Device } from '../device/device.js';
import type { LayerSet, PlaneSet } from '../device/planePool.js';
import type { Program } from '../device/program.js';
import { stockValues } from '../layout/pack.js';
import type { Extent, Tile, TileLayout } from '../layout/tile.js';
import {
  type Call,
  FEW_VALUES,
  type Layers,
  type Limits,
  type Operand,
  type Origin,
  type Output,
  type Pass,
  type Residence,
  StepDown,
  type StepOperand,
  type TileRunner,
  type Tuning,
  type UniformValue,
} from '../runner.js';
import type { DataFormat } from '../shape/convShape.js';
import { type Compilation, compilationOf, NothingDrawn } from './compileAhead.js';
import { Deferred } from './deferred.js';
import { EngineLog } from './engineLog.js';
import { type Drawer, Joining } from './joining.js';
import { createStockContext } from './stockContext.js';
import {
  denseTexels,
  type StockInternals,
  stockLayout,
  stockTextureSize,
  type TexData,
} from './stockInternals.js';
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

/** Values of a result to which tensors of these shapes broadcast, or more. */
function broadcastSize(shapes: readonly (readonly number[])[]): number {
  const rank = Math.max(0, ...shapes.map(({ length }) => length));
  let size = 1;
  for (let fromEnd = 1; fromEnd <= rank; fromEnd++) {
    size *= Math.max(1, ...shapes.map((shape) => shape.at(-fromEnd) ?? 1));
  }
  return size;
}

interface FilledLayers extends Layers {
  readonly set: LayerSet;
}

export class TiledWebGLBackend extends MathBackendWebGL implements TileRunner, Drawer {
  readonly limits: Limits;
  forcedVariant: string | null = null;
  tuning: Tuning | null = null;
  readonly log = new EngineLog();
  readonly device: Device;
  private readonly store: TileStore;
  /** Programs of specs that are the same object from call to call: those of plans. */
  private readonly programOf = new WeakMap<ProgramSpec, Program>();
  /** Programs that failed to compile, with the reason, so that none is tried twice. */
  private readonly refused = new Map<string, string>();
  private readonly refusedSpecs = new WeakSet<ProgramSpec>();
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
    const stockBytes = () => this.getTextureManager().numBytesAllocated;
    this.device = new Device(
      this.gpgpu.gl as WebGL2RenderingContext,
      () => roomForPlanes(stockBytes()),
      stockBytes,
    );
    this.limits = this.device.capabilities;
    this.decodePlanes();
    this.deferred = new Deferred((dataId) => this.discard(dataId));
    this.joining = new Joining(this, this.deferred);
    this.store = new TileStore(
      this.device,
      this.drawSpec,
      (dataId) => this.texData.get(dataId) as TexData,
      (dataId) => this.uploadToGPU(dataId),
      this.deferred,
      (dataId) => this.joining.finish(dataId),
      this.log,
    );
  }

  // What kernels ask for (TileRunner)

  residence(x: TensorInfo): Residence | null {
    return this.store.residence(x);
  }

  liesAs(x: TensorInfo): Residence | null {
    return this.store.liesAs(x.dataId);
  }

  number(x: TensorInfo): number | null {
    return this.cpuValues(x)?.[0] ?? null;
  }

  computesOnCPU(inputs: readonly TensorInfo[]): boolean {
    return env().getBool('WEBGL_CPU_FORWARD') && inputs.every((x) => this.cpuValues(x) !== null);
  }

  valuesOnCPU(x: TensorInfo): TypedArray {
    return this.cpuValues(x) as TypedArray;
  }

  tiles(x: TensorInfo, extent: Extent, format: DataFormat, tile: Tile): Operand {
    return this.store.tiles(x, extent, format, tile);
  }

  enter(x: TensorInfo, extent: Extent, format: DataFormat, tile: Tile): void {
    this.store.enter(x, extent, format, tile);
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
    const set = acquiring(() =>
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
    this.joining.settle();
  }

  // What joining asks for (Drawer)

  drawInto(dataId: DataId, pass: Pass, output: Output): void {
    this.store.adopt(dataId, this.drawPasses([pass], output), output);
  }

  copyValues(from: DataId, to: DataId): void {
    (this.texData.get(to) as TexData).values = this.readSync(from) as Float32Array;
  }

  isRefused(spec: ProgramSpec): boolean {
    return this.refusedSpecs.has(spec);
  }

  /** Values that are on the CPU, beside a texture perhaps. The record of a shallow slice has those of the whole. */
  private cpuValues({ dataId }: TensorInfo): TypedArray | null {
    const { values, slice } = this.texData.get(dataId) as TexData;
    return slice == null ? ((values ?? null) as TypedArray | null) : null;
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
      throw error;
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
    const { gl, programs } = this.device;
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
    return compilationOf(gl, [...programs.prepared(), ...stock], () => this.takeBinaries(fresh));
  }

  // What the stock backend asks for

  override write(values: BackendValues, shape: number[], dtype: DataType): DataId {
    const dataId = super.write(values, shape, dtype);
    this.undo?.push(() => this.disposeData(dataId, true));
    return dataId;
  }

  /** A tensor in planes gets its stock texture here, in the packing that the record asks for. */
  override uploadToGPU(dataId: DataId): void {
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
    this.prepareRead(dataId);
    return super.readSync(dataId);
  }

  override async read(dataId: DataId): Promise<BackendValues> {
    this.prepareRead(dataId);
    return super.read(dataId);
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
    if (this.store.onlyInPlanes(dataId)) this.uploadToGPU(dataId);
    return super.readToGPU(dataId, options);
  }

  /**
   * Stock takes a missing texture for values on the CPU, goes by what a kernel reads and not by what
   * it makes, and does not use values that were read from a texture.
   */
  override shouldExecuteOnCPU(inputs: TensorInfo[], sizeThreshold = FEW_VALUES): boolean {
    if (broadcastSize(inputs.map(({ shape }) => shape)) >= sizeThreshold) return false;
    const isThere = (x: TensorInfo) => this.cpuValues(x) !== null || x.dtype === 'complex64';
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
      for (const dependent of this.deferred.dependents(dataId)) this.joining.finish(dependent);
    }
    // What nobody takes along is drawn, so that a loop that drops its results can be timed.
    if (last && !force && this.deferred.isEnd(dataId)) this.joining.finish(dataId);
    if (last) this.deferred.remove(dataId);
    const gone = super.disposeData(dataId, force);
    if (gone) this.store.release(dataId);
    return gone;
  }

  /** Frees data that the engine has given up already. */
  private discard(dataId: DataId): void {
    this.disposeData(dataId, true);
  }

  /** Everything that `body` computes is drawn before the clock stops. */
  override time(body: () => void): ReturnType<MathBackendWebGL['time']> {
    return super.time(() => {
      body();
      this.settle();
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
    this.device.dispose();
    super.dispose();
    this.gpgpu.program = null;
    this.gpgpu.outputTexture = null;
    this.gpgpu.dispose();
    releaseContext(this.device.gl);
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
    this.device.planes.notePeak();
  }

  /** Tensors in planes are read by one pass, where stock's way would take an untiled texture too. */
  private decodePlanes(): void {
    const internals = this as unknown as StockInternals;
    const { decode } = internals;
    internals.decode = (dataId, texels) => {
      if (!this.store.onlyInPlanes(dataId)) return decode.call(this, dataId, texels);
      const { shape } = this.texData.get(dataId);
      const dense = this.makeTensorInfo(shape, 'float32');
      const record = this.texData.get(dense.dataId) as TexData;
      const texShape = (texels ?? denseTexels(shape)).map((size) => 2 * size);
      Object.assign(record, { isPacked: true, texShape });
      try {
        super.uploadToGPU(dense.dataId);
        this.store.writeDense(dataId, dense.dataId);
      } catch (error) {
        this.disposeIntermediateTensorInfo(dense);
        throw error;
      }
      return dense;
    };
  }

  private readonly drawSpec: Draw = (spec, textures, uniforms, target) => {
    if (isCompiling()) {
      this.device.programs.prepare(programKey(spec), () => programText(spec));
      return;
    }
    const program = this.program(spec);
    const internals = this as unknown as StockInternals;
    const timers = internals.activeTimers;
    const query = timers && internals.startTimer();
    this.device.draw(program, textures, Object.entries(uniforms), target);
    timers?.push({
      name: spec.family,
      query: internals.getQueryTime(internals.endTimer(query)),
    });
  };

  /** A read waits for all that was asked for before it, as it does on stock. */
  private prepareRead(dataId: DataId): void {
    const { values, complexTensorInfos } = this.texData.get(dataId);
    if (values != null || complexTensorInfos != null) return;
    if (isCompiling()) throw new NothingDrawn();
    this.settle();
  }

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

  /** The compiled program of a spec. Throws StepDown where it does not compile or fit. */
  private program(spec: ProgramSpec): Program {
    const known = this.programOf.get(spec);
    if (known !== undefined) return known;
    const key = programKey(spec);
    const refusal = this.refused.get(key);
    if (refusal !== undefined) throw new StepDown(refusal);
    try {
      const program = this.device.programs.get(key, () => programText(spec));
      this.programOf.set(spec, program);
      return program;
    } catch (error) {
      const reason = error instanceof Error ? error.message : String(error);
      this.refused.set(key, reason);
      this.refusedSpecs.add(spec);
      throw new StepDown(reason);
    }
  }
}
