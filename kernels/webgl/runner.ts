/**
 * What a kernel sees of the WebGL engine. Kernels decide (shapes, variants,
 * specs); a runner executes. No kernel calls WebGL.
 */
import type {
  DataType,
  KernelBackend,
  KernelConfig,
  TensorInfo,
  TypedArray,
} from '@tensorflow/tfjs-core';
import type { ConvShape, DataFormat } from '../shape/convShape.js';
import type { Fusion } from '../shape/fused.js';
import type { Extent, Tile, TileLayout } from './layout/tile.js';
import type { Broadcast, Step } from './programs/epilogue.js';
import type { ProgramSpec, SteppedSpec } from './programs/index.js';
import type { Geometry } from './programs/proof.js';

/** A tfjs kernel before it is given to a backend by name. */
export type TiledKernel = Omit<KernelConfig, 'backendName'>;

/** What this device allows a program. */
export interface Limits {
  readonly maxTextureSize: number;
  /** Render targets of one draw. */
  readonly maxTargets: number;
  /** Textures one program can read. */
  readonly maxSamplers: number;
}

export type UniformValue = number | readonly number[];

/** Textures that a program reads, and the uniforms that say how values lie in them. */
export interface Operand {
  readonly textures: readonly WebGLTexture[];
  /** Uniform name after the operand's name -> value, such as `Layout.grid`. */
  readonly uniforms: Readonly<Record<string, UniformValue>>;
}

/** How a tensor of ours lies on the GPU. */
export interface Residence {
  readonly layout: TileLayout;
  readonly format: DataFormat;
}

/** The layout the result of a program gets, and the tensor it stands for. */
export interface Output extends Residence {
  readonly shape: readonly number[];
}

/** One draw of a program: its operands in the order of its samplers, under the names it uses. */
export interface Pass {
  readonly spec: ProgramSpec;
  readonly operands: Readonly<Record<string, Operand>>;
  readonly uniforms: Readonly<Record<string, UniformValue>>;
}

/** An array texture with what a kernel computes on the way to its result. */
export interface Layers {
  readonly operand: Operand;
}

/** The other operand of a step: how it meets the values, and its textures when they are wanted. */
export interface StepOperand {
  readonly tensor: TensorInfo;
  readonly broadcast: Broadcast;
  tiles(): Operand;
}

/** Where a result that may be put off comes from. */
export interface Origin {
  readonly kernelName: string;
  /** Counted for tiledInfo() when the result is drawn. */
  readonly variant: string;
  /** A tensor that is the same in every prediction: the filter. */
  readonly layer: TensorInfo;
  /** What a small convolution with a known answer has in common with it. */
  readonly geometry: Geometry;
}

/** A kernel call that can be made again. */
export interface Call {
  readonly kernelName: string;
  readonly inputs: readonly TensorInfo[];
  /** Runs the kernel once more, with other tensors for some of its inputs. */
  again(replace: (input: TensorInfo) => TensorInfo): TensorInfo;
}

/** Measured choices among variants. */
export interface Tuning {
  /**
   * Plans of one convolution, given in the order of their estimates: the same plans, with the
   * one that was measured to be best in front. `resident` is the tile the input lies in.
   */
  order<P extends { readonly variant: string }>(
    plans: readonly P[],
    shape: ConvShape,
    fusion: Fusion,
    resident: Tile | null,
  ): readonly P[];
}

/**
 * Values of a tensor up to which a kernel is computed on the CPU, if they are there: as many as
 * the plainest loop of a cpu kernel goes through in the time of a few draws.
 */
export const FEW_VALUES = 4096;

export interface TileRunner {
  /** The backend as tfjs knows it, for stock kernels. */
  readonly backend: KernelBackend;

  readonly limits: Limits;

  /**
   * What is wrong on this device with a variant, or with another way of computing; null where
   * nothing is known to be.
   * @param test is asked once, if there is no verdict yet; what it throws is no verdict
   */
  faultOf(name: string, test?: () => string | null): string | null;

  /** Whether anything is wrong with any of them. */
  readonly hasFault: boolean;

  /** Null where nothing was measured: estimates decide. */
  readonly tuning: Tuning | null;

  /** The only variant that may run, for tests and measurements; null leaves the choice free. */
  readonly forcedVariant: string | null;

  /** Where x lies in planes, if its rank-4 shape does so now; null otherwise. */
  residence(x: TensorInfo): Residence | null;

  /** How the data of x lies in planes, whatever the shape of x; null where it does not. */
  liesAs(x: TensorInfo): Residence | null;

  /** The first value of x, if it is on the CPU; null otherwise. */
  number(x: TensorInfo): number | null;

  /** Whether all values of these are on the CPU, and a kernel of few values may compute there. */
  computesOnCPU(inputs: readonly TensorInfo[]): boolean;

  /** The values of x, which are on the CPU. */
  valuesOnCPU(x: TensorInfo): TypedArray;

  /**
   * x in planes of the given tile, converted only if it does not lie so already;
   * the result is kept until x is disposed. `extent` may regroup the axes of x (a
   * bias of shape [C] is [1, 1, 1, C]).
   * Throws StepDown where no texture is large enough.
   */
  tiles(x: TensorInfo, extent: Extent, format: DataFormat, tile: Tile): Operand;

  /** Brings x into an unpacked stock texture, if it lies in a packed one, for kernels that read it so. */
  unpack(x: TensorInfo): void;

  /**
   * x, whose values are on the CPU, in planes of the given tile: kernels find it there until it is
   * disposed of. Throws StepDown where no texture is large enough.
   */
  enter(x: TensorInfo, extent: Extent, format: DataFormat, tile: Tile): void;

  /**
   * The filter [filterHeight, filterWidth, inChannels, outChannels] of a conv2d,
   * packed as in layout/filter.ts and kept until it is disposed. `turned` packs it for the
   * way back: turned by 180 degrees, with inChannels and outChannels in each other's place.
   * Throws StepDown where no texture is large enough.
   */
  filter(
    filter: TensorInfo,
    inTileSlices: number,
    outTileSlices: number,
    turned?: boolean,
  ): Operand;

  /**
   * The same filter, of 3x3, transformed for layout/winograd.ts.
   * Throws StepDown where no texture is large enough.
   */
  winogradFilter(filter: TensorInfo, turned?: boolean): Operand;

  /**
   * Runs a program over all tiles of the output. Operands are given in the order
   * of the program's samplers, under the names it uses.
   * Throws StepDown if the program does not compile or cannot be drawn here.
   */
  run(
    spec: ProgramSpec,
    operands: Readonly<Record<string, Operand>>,
    uniforms: Readonly<Record<string, UniformValue>>,
    output: Output,
  ): TensorInfo;

  /**
   * The same with several programs, each of which writes some tiles of the output and
   * discards the others: every tile must be written by one.
   */
  runPasses(passes: readonly Pass[], output: Output): TensorInfo;

  /**
   * Draws into an array texture, each layer of which has this layout: pass i fills the layers
   * from i * layers / passes.length on, as many as it has targets. To be released.
   * Throws StepDown as run() does.
   */
  fillLayers(layers: number, layout: TileLayout, passes: readonly Pass[]): Layers;

  releaseLayers(layers: Layers): void;

  /**
   * `run`, put off until somebody needs the values: steps that are applied until then join its
   * program. Nothing may follow it in a kernel, which is run again should the program fail.
   */
  defer(
    spec: SteppedSpec,
    operands: Readonly<Record<string, Operand>>,
    uniforms: Readonly<Record<string, UniformValue>>,
    output: Output,
    origin: Origin,
  ): TensorInfo;

  /** Whether x is put off, and a step would join it. */
  waits(x: TensorInfo): boolean;

  /**
   * The step on x, which lies in planes; put off like `defer`. Null where it would read more
   * textures than a program can.
   * @param parameters values of the step's uniforms, named without its name
   */
  apply(
    x: TensorInfo,
    step: Step,
    operands: readonly StepOperand[],
    parameters: Readonly<Record<string, UniformValue>>,
  ): TensorInfo | null;

  /** Runs a body in which nothing is put off: for kernels that do more than one thing. */
  now<T>(body: () => T): T;

  makeTensorInfo(shape: number[], dtype: DataType, values?: TypedArray): TensorInfo;
  disposeIntermediateTensorInfo(x: TensorInfo): void;

  /**
   * Runs `body`; if it throws, frees the data it made and gives back its holds on the inputs.
   * @param call what it computes, if its result may be put off
   */
  allOrNothing<T>(inputs: readonly TensorInfo[], body: () => T, call?: Call): T;

  /** Records a step down the ladder and warns about it once. */
  stepDown(kernelName: string, from: string, to: string, reason: string): void;
}

/** The runner of a backend that tfjs gives to a kernel. */
export const runnerOf = (backend: unknown): TileRunner =>
  (backend as { readonly runner: TileRunner }).runner;
