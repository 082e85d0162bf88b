/**
 * Interface of the WebGL engine to the kernels. Kernels decide (shapes, variants, specs); a runner
 * executes. No kernel calls WebGL.
 */
import type {
  DataType,
  KernelBackend,
  KernelConfig,
  TensorInfo,
  TypedArray,
} from '@tensorflow/tfjs-core';
import type { DataFormat } from '../shape/convShape.js';
import type { Arrangement } from './arrangement.js';
import type { DepthwisePacking, FilterPacking } from './layout/filter.js';
import type { Extent, Placement, Tile, TileLayout } from './layout/tile.js';
import { type Limits, texturesOf } from './limits.js';
import type {
  Call,
  Layers,
  Operand,
  Origin,
  Output,
  Pass,
  Rearrangement,
  StepOperand,
  UniformValue,
} from './passes.js';
import type { ProgramSpec, SteppedSpec } from './programs/index.js';
import type { Step } from './programs/steps.js';
import type { Tuning } from './tuning.js';

/** A tfjs kernel before it is registered for a backend. */
export type TiledKernel = Omit<KernelConfig, 'backendName'>;

export type { Arrangement, Joined, Padded } from './arrangement.js';
export type * from './passes.js';
export { type Limits, type Placement, type Tuning, texturesOf };

/**
 * Maximum number of values of a tensor for which a kernel computes on the CPU, if the values are
 * there: as many as the simplest loop of a cpu kernel processes in the time of a few draws.
 */
export const FEW_VALUES = 4096;

export interface TileRunner {
  /** The backend as tfjs knows it, for stock kernels. */
  readonly backend: KernelBackend;

  readonly limits: Limits;

  /**
   * Returns the limits of programs that read these weights: they can be in a uniform block only if their
   * values are on the CPU, because the device writes to textures and not to buffers.
   */
  limitsFor(weights: readonly TensorInfo[]): Limits;

  /**
   * Returns a description of the fault that a variant, or another way of computing, has on this
   * device; null if no fault is known.
   * @param test runs once, if there is no verdict yet; an error that it throws is not a verdict
   */
  faultOf(name: string, test?: () => string | null): string | null;

  /** `true` once any variant or other way of computing is known to have a fault. */
  readonly hasFault: boolean;

  /** Measured choices; null if nothing was measured, so that estimates decide. */
  readonly tuning: Tuning | null;

  /** The only variant that may run, for tests and measurements; null leaves the choice free. */
  readonly forcedVariant: string | null;

  /**
   * Returns the placement of x of rank 4; null if x is not of float32 or in no planes. Planes of an
   * earlier shape give the one to which tiles() would move them; null if it is mostly padding.
   */
  placementOf(x: TensorInfo): Placement | null;

  /**
   * Returns the placement of x's data, whatever the shape of x; null if x is not of float32, or not in
   * planes.
   */
  placementOfData(x: TensorInfo): Placement | null;

  /**
   * Returns the placement of x's data, whatever the shape and the type of x; null if it is not in
   * planes. Booleans are 0 and 1 there, and whole numbers the nearest floats, as in stock's textures.
   */
  placementOfAnyType(x: TensorInfo): Placement | null;

  /** Returns the first value of x if it is on the CPU; null otherwise. */
  number(x: TensorInfo): number | null;

  /** True if all inputs have their values on the CPU and few values may be computed there. */
  computesOnCPU(inputs: readonly TensorInfo[]): boolean;

  /** Returns the values of x, which must be on the CPU. */
  valuesOnCPU(x: TensorInfo): TypedArray;

  /**
   * Returns x in planes of the given tile, and converts it only if it is not in them already. The
   * result is kept until x is disposed, trim() is called, or memory is short.
   * @param extent may regroup the axes of x (a bias of shape [C] is [1, 1, 1, C])
   * @throws NeedsFallback if no texture is large enough
   */
  tiles(x: TensorInfo, extent: Extent, format: DataFormat, tile: Tile): Operand;

  /** Returns a tensor in the planes of x, which hold its flat data in another format. */
  relabel(x: TensorInfo, shape: readonly number[], format: DataFormat): TensorInfo;

  /**
   * Moves x to an unpacked stock texture if it is in a packed texture, for kernels that read
   * unpacked textures.
   */
  unpack(x: TensorInfo): void;

  /**
   * Lays x, whose values are on the CPU, out in planes of the given tile, where kernels find it
   * until it is disposed.
   * @throws NeedsFallback if no texture is large enough
   */
  placeInTiles(x: TensorInfo, extent: Extent, format: DataFormat, tile: Tile): void;

  /**
   * Returns the filter [filterHeight, filterWidth, inChannels, outChannels] of a conv2d, packed as
   * in layout/filter.ts and kept as long as the planes of tiles() are.
   * @throws NeedsFallback if no texture is large enough
   */
  filter(filter: TensorInfo, packing: FilterPacking): Operand;

  /**
   * Returns the filter of a depthwise convolution in uniform blocks, kept as long as the planes of tiles()
   * are. Its values must be on the CPU.
   * @param bias values of the channels, if the packing has them; on the CPU as well. The result is kept as
   *   long as both tensors
   */
  depthwiseBlock(filter: TensorInfo, packing: DepthwisePacking, bias?: TensorInfo): Operand;

  /**
   * Returns a 3x3 filter, transformed for layout/winograd.ts.
   * @throws NeedsFallback if no texture is large enough
   */
  winogradFilter(filter: TensorInfo, flipped?: boolean): Operand;

  /**
   * Runs a program over all tiles of the output.
   * @param operands operands in the order of the program's samplers, under the names it uses
   * @throws NeedsFallback if the program does not compile or cannot be drawn on this device
   */
  run(
    spec: ProgramSpec,
    operands: Readonly<Record<string, Operand>>,
    uniforms: Readonly<Record<string, UniformValue>>,
    output: Output,
  ): TensorInfo;

  /** Runs programs over the output, which discard some tiles each and together write every tile. */
  runPasses(passes: readonly Pass[], output: Output): TensorInfo;

  /**
   * Draws into an array texture whose layers have the given layout, as run() does. Pass i fills as many
   * layers as it has targets, from layer i * layers / passes.length on. The caller must release them.
   */
  fillLayers(layers: number, layout: TileLayout, passes: readonly Pass[]): Layers;

  releaseLayers(layers: Layers): void;

  /**
   * Defers `run` until the values are needed; steps applied before then are fused into its program. It
   * must be the last call of a kernel, because the kernel runs again if the program fails.
   */
  defer(
    spec: SteppedSpec,
    operands: Readonly<Record<string, Operand>>,
    uniforms: Readonly<Record<string, UniformValue>>,
    output: Output,
    origin: Origin,
  ): TensorInfo;

  /**
   * Defers, like `defer`, a program that computes no convolution.
   * @param reads tensors that it reads, which the kernel may have made for it and then disposes of
   */
  deferOther(
    pass: Pass & { readonly spec: SteppedSpec },
    output: Output,
    reads: readonly TensorInfo[],
  ): TensorInfo;

  /**
   * Defers a rearrangement, like `defer`. It is drawn in the placement for which its first reader asks:
   * placementOf() and placementOfData() give one that suits the shape of the reader's tensor.
   * @param call call whose result it is, if it is one of several results of the kernel
   */
  deferMove(moved: Rearrangement, output: Output, call?: Call): TensorInfo;

  /**
   * Returns the rearrangement that x will be, for another one that reads its input instead; null if x
   * is anything else, or drawn already, or if results are not deferred now.
   */
  rearranged(x: TensorInfo): Rearrangement | null;

  /** Defers, like `defer`, a program that arranges values of other tensors. */
  deferArranged(
    pass: Pass & { readonly spec: SteppedSpec },
    output: Output,
    arrangement: Arrangement,
  ): TensorInfo;

  /**
   * Returns the arrangement of a kind that x is, for a kernel that reads the tensors before; null if it is
   * none, or is drawn already.
   */
  arrangementOf<K extends Arrangement['kind']>(
    x: TensorInfo,
    kind: K,
  ): Extract<Arrangement, { kind: K }> | null;

  /** True if x is deferred and a step would be fused with it. */
  isPending(x: TensorInfo): boolean;

  /**
   * Applies a step to x, which is in planes; deferred like `defer`. Returns null if the program
   * would read too many textures or is known not to compile, or if x was drawn meanwhile.
   * @param parameters values of the step's uniforms, named without the step's name
   */
  apply(
    x: TensorInfo,
    step: Step,
    operands: readonly StepOperand[],
    parameters: Readonly<Record<string, UniformValue>>,
  ): TensorInfo | null;

  /** Runs a body in which nothing is deferred, for kernels that do more than one thing. */
  undeferred<T>(body: () => T): T;

  makeTensorInfo(shape: number[], dtype: DataType, values?: TypedArray): TensorInfo;
  disposeIntermediateTensorInfo(x: TensorInfo): void;

  /**
   * Runs `body`; if it throws, frees the data that it made and releases its holds on the inputs.
   * @param call kernel call that `body` computes, if its result may be deferred
   */
  transaction<T>(inputs: readonly TensorInfo[], body: () => T, call?: Call): T;

  /** Records a fallback and warns about it once. */
  stepDown(kernelName: string, from: string, to: string, reason: string): void;
}

/** Returns the runner of a backend that tfjs passes to a kernel. */
export const runnerOf = (backend: unknown): TileRunner =>
  (backend as { readonly runner: TileRunner }).runner;
