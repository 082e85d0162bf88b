/**
 * Calls whose result no tensor can be: kernels whose sizes come from attributes, of ours and of
 * stock's alike. Stock takes many of them, and answers with tensors of negative sizes, or with what
 * lies beside its inputs.
 */
import {
  AvgPool,
  AvgPool3D,
  AvgPool3DGrad,
  AvgPoolGrad,
  BatchToSpaceND,
  Bincount,
  backend_util,
  Conv2DBackpropFilter,
  Conv2DBackpropInput,
  Conv3D,
  Conv3DBackpropFilterV2,
  Conv3DBackpropInputV2,
  CropAndResize,
  DenseBincount,
  DepthToSpace,
  DepthwiseConv2dNativeBackpropFilter,
  DepthwiseConv2dNativeBackpropInput,
  Dilation2D,
  Dilation2DBackpropFilter,
  Dilation2DBackpropInput,
  Fill,
  LinSpace,
  MaxPool,
  MaxPool3D,
  MaxPool3DGrad,
  MaxPoolGrad,
  MaxPoolWithArgmax,
  MirrorPad,
  Multinomial,
  OneHot,
  PadV2,
  ResizeBilinear,
  ResizeNearestNeighbor,
  ScatterNd,
  Slice,
  SpaceToBatchND,
  SparseToDense,
  SplitV,
  slice_util,
  Tile,
  TopK,
  Transform,
  UnsortedSegmentSum,
  util,
} from '@tensorflow/tfjs-core';
import { assertShape, assertSizes, isSize } from './sizes.js';
import { checkWindow, type WindowAttrs, type WindowName } from './window.js';

/** Shapes of a call's inputs, by name. */
export type Shapes = Readonly<Record<string, readonly number[]>>;

type Sizes = readonly number[];
type Check<Attrs = never> = (kernel: string, shapes: Shapes, attrs: Attrs) => void;

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

/** An attribute with sizes of the result, or the number of something in it. */
function areSizes(
  name: string,
): Check<Readonly<Record<string, number | ArrayLike<number> | null>>> {
  return (kernel, _, attrs) => {
    const value = attrs[name];
    if (value == null) return;
    assertSizes(kernel, name, typeof value === 'number' ? [value] : Array.from(value));
  };
}

const slice: Check<{ begin: number | number[]; size: number | number[] }> = (
  kernel,
  { x },
  attrs,
) => {
  const [begin, size] = slice_util.parseSliceParams({ shape: x } as never, attrs.begin, attrs.size);
  if ([...begin, ...size].every(isSize)) return;
  throw new Error(
    `${kernel}: [${x}] has no slice [${size}] from [${begin}] on; ` +
      'begin and size must be whole numbers from 0 on, and lie within it.',
  );
};

const split: Check<{ numOrSizeSplits: number | number[]; axis: number }> = (
  kernel,
  { x },
  { numOrSizeSplits, axis },
) => {
  if (typeof numOrSizeSplits === 'number') {
    assertSizes(kernel, 'numOrSizeSplits', [numOrSizeSplits]);
    return;
  }
  const [along] = util.parseAxisParam(axis, [...x]);
  // It writes to the list that it is given.
  const sizes = backend_util.prepareSplitSize({ shape: x } as never, [...numOrSizeSplits], along);
  assertSizes(kernel, `the parts of [${x}] along axis ${along}`, sizes);
};

type Sides = readonly (readonly [before: number, after: number])[];

/** @throws Error unless there are two whole numbers for each axis */
function assertSides(kernel: string, x: Sizes, paddings: Sides): void {
  if (paddings.length === x.length && paddings.flat().every(Number.isInteger)) return;
  throw new Error(
    `${kernel}: paddings must be two whole numbers for each axis of [${x}]. ` +
      `Got [${paddings.join('; ')}]`,
  );
}

const pad: Check<{ paddings: Sides }> = (kernel, { x }, { paddings }) => {
  assertSides(kernel, x, paddings);
  const shape = x.map((size, axis) => paddings[axis][0] + size + paddings[axis][1]);
  assertShape(`${kernel}: [${x}] with paddings [${paddings.join('; ')}]`, shape);
};

/** What is mirrored has to be there. */
const mirrorPad: Check<{ paddings: Sides; mode: string }> = (kernel, { x }, { paddings, mode }) => {
  assertSides(kernel, x, paddings);
  const least = mode === 'reflect' ? 1 : 0;
  const fits = (side: number, axis: number) => isSize(side) && side + least <= x[axis];
  if (paddings.every((sides, axis) => sides.every((side) => fits(side, axis)))) return;
  throw new Error(
    `${kernel}: [${x}] cannot be mirrored into paddings [${paddings.join('; ')}]; they must be ` +
      `whole numbers from 0 on, and not larger than the size${least === 1 ? ' less 1' : ''}.`,
  );
};

const spaceToBatch: Check<{ paddings: Sides }> = (kernel, { x }, { paddings }) => {
  const others = x.slice(1 + paddings.length).map(() => [0, 0] as const);
  pad(kernel, { x }, { paddings: [[0, 0], ...paddings, ...others] });
};

const batchToSpace: Check<{ blockShape: Sizes; crops: Sides }> = (
  kernel,
  { x },
  { blockShape, crops },
) => {
  assertSizes(kernel, 'crops', crops.flat());
  const sizes = crops.map(([before, after], i) => x[i + 1] * blockShape[i] - before - after);
  const what = `[${x}] in blocks of [${blockShape}] with crops [${crops.join('; ')}]`;
  assertShape(`${kernel}: height and width of ${what}`, sizes);
};

const depthToSpace: Check<{ blockSize: number; dataFormat: string }> = (
  kernel,
  { x },
  { blockSize, dataFormat },
) => {
  const axes = dataFormat === 'NCHW' ? [2, 3] : [1, 2];
  const shape = x.map((size, axis) =>
    axis === 0 ? size : axes.includes(axis) ? size * blockSize : size / blockSize ** 2,
  );
  assertShape(`${kernel}: [${x}] in blocks of ${blockSize}`, shape);
};

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
  [ResizeBilinear]: areSizes('size'),
  [ResizeNearestNeighbor]: areSizes('size'),
  [CropAndResize]: areSizes('cropSize'),
  [Transform]: areSizes('outputShape'),
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
