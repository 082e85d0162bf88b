/**
 * The WebGL2 engine: the stock backend with every stock kernel, plus tensors that
 * live in tile planes from one of our kernels to the next. A tensor made by our
 * programs gets a stock texture or values only when somebody asks for them.
 */
import { type GPGPUProgram, MathBackendWebGL } from '@tensorflow/tfjs-backend-webgl';
import { type DataId, type DataType, env, type TensorInfo, util } from '@tensorflow/tfjs-core';
import { type ProgramSpec, programKey, programText } from '../../kernels/webgl/programs/index.js';
import { releaseContext } from '../device/context.js';
import { Device } from '../device/device.js';
import type { LayerSet, PlaneSet } from '../device/planePool.js';
import type { Program } from '../device/program.js';
import type { Extent, Tile, TileLayout } from '../layout/tile.js';
import {
  type Layers,
  type Limits,
  type Operand,
  type Output,
  type Pass,
  type Residence,
  StepDown,
  type TileRunner,
  type Tuning,
  type UniformValue,
} from '../runner.js';
import type { DataFormat } from '../shape/convShape.js';
import { EngineLog } from './engineLog.js';
import { createStockContext } from './stockContext.js';
import type { StockInternals, TexData } from './stockInternals.js';
import { acquiring, type Draw, layoutUniforms, TileStore, tileOperand } from './tileStore.js';

type BackendValues = Parameters<MathBackendWebGL['write']>[0];

interface FilledLayers extends Layers {
  readonly set: LayerSet;
}

export class TiledWebGLBackend extends MathBackendWebGL implements TileRunner {
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
  /** Data made since the innermost allOrNothing began; null outside of one. */
  private written: DataId[] | null = null;

  /**
   * @param reason why this engine, for tiledInfo()
   * @throws Error where WebGL2 is missing
   */
  constructor(readonly reason = 'asked for by name') {
    super(createStockContext());
    this.device = new Device(this.gpgpu.gl as WebGL2RenderingContext, () =>
      env().getNumber('WEBGL_DELETE_TEXTURE_THRESHOLD'),
    );
    this.limits = this.device.capabilities;
    this.store = new TileStore(
      this.device,
      this.drawSpec,
      (dataId) => this.texData.get(dataId) as TexData,
      (dataId) => this.uploadToGPU(dataId),
      this.log,
    );
  }

  // What kernels ask for (TileRunner)

  residence(x: TensorInfo): Residence | null {
    return this.store.residence(x);
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

  runPasses(passes: readonly Pass[], { shape, layout, format }: Output): TensorInfo {
    const { planes: pool } = this.device;
    const planes = acquiring(() => pool.acquire(layout.planes, layout.texWidth, layout.texHeight));
    this.orRelease(planes, () => {
      for (const pass of passes) this.drawPass(pass, layout, planes);
    });
    const info = this.makeTensorInfo([...shape], 'float32');
    this.store.adopt(info.dataId, planes, { layout, format });
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
    return { set, operand: tileOperand([set.texture], layout) };
  }

  releaseLayers({ set }: FilledLayers): void {
    this.device.planes.release(set);
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

  allOrNothing<T>(inputs: readonly TensorInfo[], body: () => T): T {
    const holds = inputs.map(({ dataId }) => this.refCount(dataId));
    const outer = this.written;
    const written: DataId[] = [];
    this.written = written;
    try {
      return body();
    } catch (error) {
      for (const dataId of written) this.disposeData(dataId, true);
      for (const [i, { dataId }] of inputs.entries()) {
        while (this.refCount(dataId) > holds[i]) this.decRef(dataId);
      }
      throw error;
    } finally {
      this.written = outer;
      outer?.push(...written);
    }
  }

  countVariant(kernelName: string, variant: string): void {
    this.log.countVariant(kernelName, variant);
  }

  stepDown(kernelName: string, from: string, to: string, reason: string): void {
    this.log.stepDown(kernelName, from, to, reason);
  }

  /** Frees GPU memory that holds nothing but what can be made again. */
  shrink(): void {
    this.store.releaseForms();
    this.device.planes.trim();
  }

  // What the stock backend asks for

  override write(values: BackendValues, shape: number[], dtype: DataType): DataId {
    const dataId = super.write(values, shape, dtype);
    this.written?.push(dataId);
    return dataId;
  }

  /** A tensor in planes gets its stock texture here, in the packing that the record asks for. */
  override uploadToGPU(dataId: DataId): void {
    const inPlanes = this.store.onlyInPlanes(dataId);
    super.uploadToGPU(dataId);
    if (inPlanes) this.store.writeStockTexture(dataId);
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

  /** Stock takes a missing texture for values on the CPU. */
  override shouldExecuteOnCPU(inputs: TensorInfo[], sizeThreshold?: number): boolean {
    if (inputs.some(({ dataId }) => this.store.onlyInPlanes(dataId))) return false;
    return super.shouldExecuteOnCPU(inputs, sizeThreshold);
  }

  override disposeData(dataId: DataId, force = false): boolean {
    const known = this.texData.has(dataId);
    const gone = super.disposeData(dataId, force);
    if (gone && known) this.store.release(dataId);
    return gone;
  }

  override memory(): ReturnType<MathBackendWebGL['memory']> {
    const stock = super.memory();
    const { bytesAllocated, bytesFree } = this.device.planes;
    return {
      ...stock,
      numBytesInGPU: stock.numBytesInGPU + bytesAllocated - bytesFree,
      numBytesInGPUAllocated: stock.numBytesInGPUAllocated + bytesAllocated,
      numBytesInGPUFree: stock.numBytesInGPUFree + bytesFree,
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

  private readonly drawSpec: Draw = (spec, textures, uniforms, target) => {
    const program = this.program(spec);
    if (env().get('ENGINE_COMPILE_ONLY')) return;
    const internals = this as unknown as StockInternals;
    const timers = internals.activeTimers;
    const query = timers && internals.startTimer();
    this.device.draw(program, textures, Object.entries(uniforms), target);
    timers?.push({
      name: spec.family,
      query: internals.getQueryTime(internals.endTimer(query)),
    });
  };

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
      throw new StepDown(reason);
    }
  }
}
