/**
 * Checks that refuse kernel calls whose result would have impossible sizes. They cover our kernels
 * and stock's kernels whose result sizes come from attributes. Stock accepts many such calls and
 * returns tensors of negative sizes, or values read from outside its inputs.
 */
import {
  All,
  Any,
  AvgPool,
  AvgPool3D,
  AvgPool3DGrad,
  AvgPoolGrad,
  BatchToSpaceND,
  Bincount,
  Conv2DBackpropFilter,
  Conv2DBackpropInput,
  Conv3D,
  Conv3DBackpropFilterV2,
  Conv3DBackpropInputV2,
  CropAndResize,
  Cumprod,
  Cumsum,
  DenseBincount,
  DepthToSpace,
  DepthwiseConv2dNativeBackpropFilter,
  DepthwiseConv2dNativeBackpropInput,
  Dilation2D,
  Dilation2DBackpropFilter,
  Dilation2DBackpropInput,
  Fill,
  LinSpace,
  Max,
  MaxPool,
  MaxPool3D,
  MaxPool3DGrad,
  MaxPoolGrad,
  MaxPoolWithArgmax,
  Mean,
  Min,
  MirrorPad,
  Multinomial,
  OneHot,
  PadV2,
  Prod,
  ResizeBilinear,
  ResizeNearestNeighbor,
  ScatterNd,
  Slice,
  SpaceToBatchND,
  SparseToDense,
  SplitV,
  Sum,
  Tile,
  TopK,
  Transform,
  Transpose,
  UnsortedSegmentSum,
} from '@tensorflow/tfjs-core';
import {
  batchToSpace,
  type Check,
  cumulate,
  depthToSpace,
  mirrorPad,
  pad,
  reduce,
  type Shapes,
  slice,
  spaceToBatch,
  split,
  transpose,
} from './moves.js';
import { assertSizes } from './sizes.js';
import { checkWindow, type WindowAttrs, type WindowName } from './window.js';

export type { Shapes } from './moves.js';

type Sizes = readonly number[];

interface SlidingAttrs extends WindowAttrs {
  /** Window size; only pools have it. */
  readonly filterSize?: number | Sizes;
  /** Only gradients by the input have `inputShape`; only gradients by the filter, `filterShape`. */
  readonly inputShape?: Sizes;
  readonly filterShape?: Sizes;
}

/** Returns the check of a window that slides along the axes between batch and channels. */
function slides(name: WindowName, axes: 2 | 3): Check<SlidingAttrs> {
  return (kernel, shapes, attrs) => {
    const { filterSize, inputShape, filterShape } = attrs;
    if (inputShape !== undefined) assertSizes(kernel, 'inputShape', inputShape);
    if (filterShape !== undefined) assertSizes(kernel, 'filterShape', filterShape);
    const input = shapes.x ?? shapes.input ?? inputShape;
    const isEmpty = inputShape?.includes(0) ?? false;
    if (input.length !== axes + 2 || isEmpty) return;
    const all = filterSize ?? shapes.filter ?? filterShape;
    const filter = Array.from({ length: axes }, (_, axis) =>
      typeof all === 'number' ? all : all[axis],
    );
    checkWindow(kernel, name, input, filter, attrs);
  };
}

/**
 * Returns the check of an attribute that holds sizes of the result, or a number of things in it.
 * @param count quantity of numbers that the attribute must hold, unless it depends on the tensor
 */
function areSizes(
  name: string,
  count?: number,
): Check<Readonly<Record<string, number | ArrayLike<number> | null>>> {
  return (kernel, _, attrs) => {
    const value = attrs[name];
    if (value == null) return;
    const sizes = typeof value === 'number' ? [value] : Array.from(value);
    assertSizes(kernel, name, sizes);
    if (count === undefined || sizes.length === count) return;
    throw new Error(`${kernel}: ${name} must be ${count} numbers. Got [${sizes}]`);
  };
}

const [pool2D, pool3D] = [slides('window', 2), slides('window', 3)];
const [filter2D, filter3D] = [slides('filter', 2), slides('filter', 3)];

const checks: Readonly<Record<string, Check>> = {
  [MaxPool]: pool2D,
  [AvgPool]: pool2D,
  [MaxPoolWithArgmax]: pool2D,
  [MaxPoolGrad]: pool2D,
  [AvgPoolGrad]: pool2D,
  [MaxPool3D]: pool3D,
  [AvgPool3D]: pool3D,
  [MaxPool3DGrad]: pool3D,
  [AvgPool3DGrad]: pool3D,
  [Dilation2D]: filter2D,
  [Dilation2DBackpropInput]: filter2D,
  [Dilation2DBackpropFilter]: filter2D,
  [Conv2DBackpropInput]: filter2D,
  [Conv2DBackpropFilter]: filter2D,
  [DepthwiseConv2dNativeBackpropInput]: filter2D,
  [DepthwiseConv2dNativeBackpropFilter]: filter2D,
  [Conv3D]: filter3D,
  [Conv3DBackpropInputV2]: filter3D,
  [Conv3DBackpropFilterV2]: filter3D,
  [Slice]: slice,
  [SplitV]: split,
  [PadV2]: pad,
  [MirrorPad]: mirrorPad,
  [SpaceToBatchND]: spaceToBatch,
  [BatchToSpaceND]: batchToSpace,
  [DepthToSpace]: depthToSpace,
  [Transpose]: transpose,
  [Sum]: reduce,
  [Mean]: reduce,
  [Max]: reduce,
  [Min]: reduce,
  [Prod]: reduce,
  [All]: reduce,
  [Any]: reduce,
  [Cumsum]: cumulate,
  [Cumprod]: cumulate,
  [ResizeBilinear]: areSizes('size', 2),
  [ResizeNearestNeighbor]: areSizes('size', 2),
  [CropAndResize]: areSizes('cropSize', 2),
  [Transform]: areSizes('outputShape', 2),
  [Tile]: areSizes('reps'),
  [Fill]: areSizes('shape'),
  [OneHot]: areSizes('depth'),
  [TopK]: areSizes('k'),
  [LinSpace]: areSizes('num'),
  [Multinomial]: areSizes('numSamples'),
  [UnsortedSegmentSum]: areSizes('numSegments'),
  [ScatterNd]: areSizes('shape'),
  [SparseToDense]: areSizes('outputShape'),
  [Bincount]: areSizes('size'),
  [DenseBincount]: areSizes('size'),
};

/** Names of the tfjs kernels that `checkCall` checks. */
export const checkedKernels: readonly string[] = Object.keys(checks);

/**
 * @throws Error that names the kernel, the requested value and the remedy, if a size of the result
 *   would be negative or not a whole number
 */
export function checkCall(kernel: string, shapes: Shapes, attrs: object): void {
  checks[kernel]?.(kernel, shapes, attrs as never);
}
