/** The engine as kernels see it, and as pending results are drawn by it. */
import type { MathBackendWebGL } from '@tensorflow/tfjs-backend-webgl';
import {
  type DataId,
  type DataType,
  env,
  type KernelBackend,
  type TensorInfo,
  type TypedArray,
} from '@tensorflow/tfjs-core';
import { NeedsFallback } from '../../kernels/errors.js';
import type { DataFormat } from '../../kernels/shape/convShape.js';
import type { DepthwisePacking, FilterPacking } from '../../kernels/webgl/layout/filter.js';
import type { Extent, Tile, TileLayout } from '../../kernels/webgl/layout/tile.js';
import type { ProgramSpec, SteppedSpec } from '../../kernels/webgl/programs/index.js';
import type { Step } from '../../kernels/webgl/programs/steps.js';
import type {
  Arrangement,
  Call,
  Limits,
  Operand,
  Origin,
  Output,
  Pass,
  Placement,
  Rearrangement,
  StepOperand,
  TileRunner,
  Tuning,
  UniformValue,
} from '../../kernels/webgl/runner.js';
import type { EngineLog } from '../engine/engineLog.js';
import type { FilledLayers } from './context/drawing.js';
import type { ContextSession } from './contextSession.js';
import { type Frames, isCompiling } from './frame.js';
import type { Deferred } from './fusion/deferred.js';
import type { Drawer } from './fusion/drawer.js';
import { Fuser } from './fusion/fuser.js';
import { kernelNames, type Work } from './fusion/work.js';
import type { KeptValues } from './recovery/keptValues.js';
import type { Transactions } from './recovery/transactions.js';
import type { TexData } from './stock/stockInternals.js';

/** The backend that the runner works for. */
export interface RunnerHost
  extends Pick<
    MathBackendWebGL,
    'texData' | 'makeTensorInfo' | 'disposeIntermediateTensorInfo' | 'unpackTensor' | 'readSync'
  > {
  /** The session of the context in use. */
  readonly session: ContextSession;
  readonly frames: Frames;
  readonly transactions: Transactions;
  readonly kept: KeptValues;
  readonly log: EngineLog;
}

export class KernelRunner implements TileRunner, Drawer {
  forcedVariant: string | null = null;
  tuning: Tuning | null = null;
  readonly backend: KernelBackend;
  readonly fuser: Fuser;
  /** Placeholders: data made without values, and never drawn, while programs are compiled ahead. */
  private readonly placeholders = new WeakSet<DataId>();

  constructor(
    private readonly host: RunnerHost,
    deferred: Deferred,
  ) {
    this.backend = host as unknown as KernelBackend;
    this.fuser = new Fuser(this, deferred, host.frames);
  }

  get limits(): Limits {
    return this.host.session.device.limits;
  }

  placementOf(x: TensorInfo): Placement | null {
    return x.dtype === 'float32' ? this.host.session.store.placementOf(x) : null;
  }

  placementOfData(x: TensorInfo): Placement | null {
    return x.dtype === 'float32' ? this.placementOfAnyType(x) : null;
  }

  placementOfAnyType(x: TensorInfo): Placement | null {
    return this.host.session.store.placementOfData(x);
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

  /**
   * Returns values that are on the CPU, possibly beside a texture; null for none. The record of a
   * shallow slice has the values of the whole tensor, so the result is null for it as well.
   */
  cpuValues({ dataId }: TensorInfo): TypedArray | null {
    const { values, slice } = this.record(dataId);
    return slice == null ? ((values ?? null) as TypedArray | null) : null;
  }

  tiles(x: TensorInfo, extent: Extent, format: DataFormat, tile: Tile): Operand {
    return this.host.session.store.tiles(x, extent, format, tile);
  }

  relabel(x: TensorInfo, shape: readonly number[], format: DataFormat): TensorInfo {
    const { store } = this.host.session;
    store.materialize(x.dataId);
    const info = this.makeTensorInfo([...shape], 'float32');
    store.share(x.dataId, info.dataId, format);
    return info;
  }

  unpack({ dataId }: TensorInfo): void {
    const { host } = this;
    const data = this.record(dataId);
    if (isCompiling() || data.texture == null || !data.isPacked) return;
    const unpacked = host.unpackTensor({ dataId, shape: data.shape, dtype: data.dtype });
    const other = this.record(unpacked.dataId);
    const textureOf = ({ texture, texShape, isPacked, usage }: TexData) => ({
      texture,
      texShape,
      isPacked,
      usage,
    });
    const [packed, plain] = [data, other].map(textureOf);
    Object.assign(data, plain);
    Object.assign(other, packed);
    host.disposeIntermediateTensorInfo(unpacked);
  }

  placeInTiles(x: TensorInfo, extent: Extent, format: DataFormat, tile: Tile): void {
    this.host.session.store.placeInTiles(x, extent, format, tile);
  }

  limitsFor(weights: readonly TensorInfo[]): Limits {
    const { limits } = this;
    const { filters } = this.host.session;
    if (limits.maxBlockBytes === 0 || weights.every((w) => filters.isOnCPU(w))) return limits;
    return { ...limits, maxBlockBytes: 0 };
  }

  filter(filter: TensorInfo, packing: FilterPacking): Operand {
    return this.host.session.filters.direct(filter, packing);
  }

  depthwiseBlock(filter: TensorInfo, packing: DepthwisePacking, bias?: TensorInfo): Operand {
    return this.host.session.filters.depthwise(filter, packing, bias);
  }

  winogradFilter(filter: TensorInfo, flipped = false): Operand {
    return this.host.session.filters.winograd(filter, flipped);
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
    const { session } = this.host;
    const planes = session.drawing.planes(passes, output);
    const info = this.makeTensorInfo([...output.shape], output.dtype ?? 'float32');
    session.store.adopt(info.dataId, planes, output);
    return info;
  }

  fillLayers(layers: number, layout: TileLayout, passes: readonly Pass[]): FilledLayers {
    return this.host.session.drawing.layers(layers, layout, passes);
  }

  releaseLayers({ set }: FilledLayers): void {
    this.host.session.device.planes.release(set);
  }

  defer(
    spec: SteppedSpec,
    operands: Readonly<Record<string, Operand>>,
    uniforms: Readonly<Record<string, UniformValue>>,
    output: Output,
    origin: Origin,
  ): TensorInfo {
    return this.fuser.defer({ spec, operands, uniforms }, output, origin);
  }

  deferOther(
    pass: Pass & { spec: SteppedSpec },
    output: Output,
    reads: readonly TensorInfo[],
  ): TensorInfo {
    return this.fuser.deferOther(pass, output, reads);
  }

  deferMove(moved: Rearrangement, output: Output, call?: Call): TensorInfo {
    return this.fuser.deferMove(moved, output, call);
  }

  rearranged(x: TensorInfo): Rearrangement | null {
    return this.fuser.rearranged(x.dataId);
  }

  deferArranged(
    pass: Pass & { spec: SteppedSpec },
    output: Output,
    arrangement: Arrangement,
  ): TensorInfo {
    return this.fuser.deferArranged(pass, output, arrangement);
  }

  arrangementOf<K extends Arrangement['kind']>(x: TensorInfo, kind: K) {
    return this.fuser.arrangementOf(x.dataId, kind);
  }

  isPending(x: TensorInfo): boolean {
    return this.fuser.isPending(x.dataId);
  }

  apply(
    x: TensorInfo,
    step: Step,
    operands: readonly StepOperand[],
    parameters: Readonly<Record<string, UniformValue>>,
  ): TensorInfo | null {
    return this.fuser.apply(x, step, operands, parameters);
  }

  undeferred<T>(body: () => T): T {
    return this.fuser.undeferred(body);
  }

  makeTensorInfo(shape: number[], dtype: DataType, values?: TypedArray): TensorInfo {
    return this.host.makeTensorInfo(shape, dtype, values);
  }

  disposeIntermediateTensorInfo(x: TensorInfo): void {
    this.host.disposeIntermediateTensorInfo(x);
  }

  transaction<T>(inputs: readonly TensorInfo[], body: () => T, call: Call | null = null): T {
    return this.host.transactions.run(inputs, body, call);
  }

  faultOf(name: string, test?: () => string | null): string | null {
    return this.host.session.selfTest.faultOf(name, isCompiling() ? undefined : test);
  }

  get hasFault(): boolean {
    return this.host.session.selfTest.hasFault;
  }

  stepDown(kernelName: string, from: string, to: string, reason: string): void {
    this.host.log.stepDown(kernelName, from, to, reason);
  }

  // Drawing of pending results (Drawer)

  drawInto(dataId: DataId, pass: Pass, output: Output): void {
    const { drawing, store } = this.host.session;
    store.adopt(dataId, drawing.planes([pass], output), output);
  }

  copyValues(from: DataId, to: DataId): void {
    this.record(to).values = this.host.readSync(from) as Float32Array;
  }

  computing(dataId: DataId, body: () => void): void {
    if (this.placeholders.has(dataId)) body();
    else this.host.frames.within({ compilesOnly: false }, body);
  }

  /** Notes data that was made without values. */
  noteMade(dataId: DataId): void {
    if (isCompiling()) this.placeholders.add(dataId);
  }

  assertUnchanged(dataId: DataId): void {
    const { kept } = this.host;
    // An intermediate value of a result that is computed again may be gone.
    if (!kept.has(dataId)) return;
    const { values, shape, dtype } = this.record(dataId);
    if (values == null) return;
    const { reason } = kept.find(dataId, values);
    if (reason !== null) {
      throw new Error(`a tensor [${shape}] of ${dtype} is needed again, and ${reason}`);
    }
  }

  isRefused(spec: ProgramSpec): boolean {
    return this.host.session.programs.isRefused(spec);
  }

  selfTest({ variant, geometry }: Origin, pass: Pass): void {
    if (isCompiling()) return;
    const fault = this.host.session.selfTest.test(variant, geometry, pass);
    if (fault !== null) throw new NeedsFallback(fault);
  }

  count({ kernelName, variant }: Origin): void {
    if (!isCompiling()) this.host.log.countVariant(kernelName, variant);
  }

  countFused(work: Work): void {
    const { root, steps } = work;
    // A single step on a tensor that is only read is a kernel by itself.
    if ((root.call === null && steps.length === 1) || isCompiling()) return;
    this.host.log.countFused(kernelNames(work));
  }

  private record(dataId: DataId): TexData {
    return this.host.texData.get(dataId) as TexData;
  }
}
