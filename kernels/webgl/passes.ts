/** Draws as kernels hand them to a runner, and the kernel calls that they come from. */
import type { DataType, TensorInfo } from '@tensorflow/tfjs-core';
import type { WeightBlock } from './layout/filter.js';
import type { Placement } from './layout/tile.js';
import type { ProgramSpec } from './programs/index.js';
import type { Geometry } from './programs/knownAnswer.js';
import type { Move } from './programs/movePlan.js';
import type { TextureBroadcast } from './programs/steps.js';

export type UniformValue = number | readonly number[];

/** Textures that a program reads, and the uniforms that describe their layout. */
export interface Operand {
  readonly textures: readonly WebGLTexture[];
  /** Weights that the program reads from a uniform block; its textures are none then. */
  readonly block?: WeightBlock;
  /** True if its rows are in parts, which only a program for long rows reads. */
  readonly hasLongRows?: true;
  /** Values by uniform name without the operand's name in front, for example `Layout.grid`. */
  readonly uniforms: Readonly<Record<string, UniformValue>>;
}

/** Layout of a program's result, and shape and type of the tensor that it represents. */
export interface Output extends Placement {
  readonly shape: readonly number[];
  /** Type: float32 where it is not given. */
  readonly dtype?: DataType;
}

/** One draw of a program; operands are in the order of its samplers, under the names it uses. */
export interface Pass {
  readonly spec: ProgramSpec;
  readonly operands: Readonly<Record<string, Operand>>;
  readonly uniforms: Readonly<Record<string, UniformValue>>;
}

/** Array texture with intermediate values of a kernel. */
export interface Layers {
  readonly operand: Operand;
}

/** Operand of a step: its broadcast, and its textures as soon as they are needed. */
export interface StepOperand {
  readonly tensor: TensorInfo;
  readonly broadcast: TextureBroadcast;
  tiles(): Operand;
}

/** Origin of a result that may be deferred. */
export interface Origin {
  readonly kernelName: string;
  /** Variant that tiledInfo() counts when the result is drawn. */
  readonly variant: string;
  /** A tensor that is the same in every prediction: the filter. */
  readonly layer: TensorInfo;
  /** Properties that a known-answer test of the same program must share with the convolution. */
  readonly geometry: Geometry;
}

/** Values of a tensor in planes, in another order. */
export interface Rearrangement {
  readonly x: TensorInfo;
  /** Placement of x. */
  readonly from: Placement;
  readonly move: Move;
}

/** A kernel call that can be made again. */
export interface Call {
  readonly kernelName: string;
  readonly inputs: readonly TensorInfo[];
  /** Runs the kernel once more, with other tensors for some of its inputs. */
  again(replace: (input: TensorInfo) => TensorInfo): TensorInfo;
}
