/**
 * Calls whose result no tensor can be: kernels whose sizes come from attributes, of ours and of
 * stock's alike. Stock takes many of them, and answers with tensors of negative sizes, or with what
 * lies beside its inputs.
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
  /** Of pools. */
  readonly filterSize?: number | Sizes;
  /** Of gradients by the input, and by the filter. */
  readonly inputShape?: Sizes;
  readonly filterShape?: Sizes;
}

/** A window along the axes between batch and channels. */
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
 * An attribute with sizes of the result, or the number of something in it.
 * @param count how many there are, if that does not depend on the tensor
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

/** Kernels that are checked. */
export const checkedKernels: readonly string[] = Object.keys(checks);

/**
 * @throws Error that names the kernel, what it was asked for and what would be right, where a size
 *   of the result would be negative or no whole number
 */
export function checkCall(kernel: string, shapes: Shapes, attrs: object): void {
  checks[kernel]?.(kernel, shapes, attrs as never);
}
