/**
 * Checks that refuse impossible calls of kernels that move values, and of kernels that reduce or
 * accumulate along axes.
 */
import { backend_util, slice_util, util } from '@tensorflow/tfjs-core';
import { assertShape, assertSizes, isSize } from './sizes.js';

/** Shapes of a call's inputs, keyed by input name. */
export type Shapes = Readonly<Record<string, readonly number[]>>;

type Sizes = readonly number[];

/** A check of a call; it throws an Error if the call is impossible. */
export type Check<Attrs = never> = (kernel: string, shapes: Shapes, attrs: Attrs) => void;

export const slice: Check<{ begin: number | number[]; size: number | number[] }> = (
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

export const split: Check<{ numOrSizeSplits: number | number[]; axis: number }> = (
  kernel,
  { x },
  { numOrSizeSplits, axis },
) => {
  if (typeof numOrSizeSplits === 'number') {
    assertSizes(kernel, 'numOrSizeSplits', [numOrSizeSplits]);
    return;
  }
  const [along] = util.parseAxisParam(axis, [...x]);
  // `prepareSplitSize` writes to the list that it receives, so pass it a copy.
  const sizes = backend_util.prepareSplitSize({ shape: x } as never, [...numOrSizeSplits], along);
  assertSizes(kernel, `the parts of [${x}] along axis ${along}`, sizes);
};

type Sides = readonly (readonly [before: number, after: number])[];

/** @throws Error unless there are two whole numbers for each axis */
function assertSides(kernel: string, x: Sizes, paddings: Sides): void {
  const isPair = (side: readonly number[]) => side.length === 2 && side.every(Number.isInteger);
  if (paddings.length === x.length && paddings.every(isPair)) return;
  throw new Error(
    `${kernel}: paddings must be two whole numbers for each axis of [${x}]. ` +
      `Got [${paddings.join('; ')}]`,
  );
}

export const pad: Check<{ paddings: Sides }> = (kernel, { x }, { paddings }) => {
  assertSides(kernel, x, paddings);
  const shape = x.map((size, axis) => paddings[axis][0] + size + paddings[axis][1]);
  assertShape(`${kernel}: [${x}] with paddings [${paddings.join('; ')}]`, shape);
};

/** Refuses paddings that need more values than x has to mirror. */
export const mirrorPad: Check<{ paddings: Sides; mode: string }> = (
  kernel,
  { x },
  { paddings, mode },
) => {
  assertSides(kernel, x, paddings);
  const least = mode === 'reflect' ? 1 : 0;
  const fits = (side: number, axis: number) => isSize(side) && side + least <= x[axis];
  if (paddings.every((sides, axis) => sides.every((side) => fits(side, axis)))) return;
  throw new Error(
    `${kernel}: [${x}] cannot be mirrored into paddings [${paddings.join('; ')}]; they must be ` +
      `whole numbers from 0 on, and not larger than the size${least === 1 ? ' less 1' : ''}.`,
  );
};

export const spaceToBatch: Check<{ paddings: Sides }> = (kernel, { x }, { paddings }) => {
  const others = x.slice(1 + paddings.length).map(() => [0, 0] as const);
  pad(kernel, { x }, { paddings: [[0, 0], ...paddings, ...others] });
};

export const batchToSpace: Check<{ blockShape: Sizes; crops: Sides }> = (
  kernel,
  { x },
  { blockShape, crops },
) => {
  assertSizes(kernel, 'crops', crops.flat());
  const sizes = crops.map(([before, after], i) => x[i + 1] * blockShape[i] - before - after);
  const what = `[${x}] in blocks of [${blockShape}] with crops [${crops.join('; ')}]`;
  assertShape(`${kernel}: height and width of ${what}`, sizes);
};

export const depthToSpace: Check<{ blockSize: number; dataFormat: string }> = (
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

export const transpose: Check<{ perm: Sizes }> = (kernel, { x }, { perm }) => {
  const isOnce = x.every((_, axis) => perm.includes(axis)) && perm.length === x.length;
  if (isOnce) return;
  throw new Error(`${kernel}: perm must have each axis of [${x}] once. Got ${perm}`);
};

/** Refuses an axis given twice. tfjs itself refuses an axis that x does not have. */
export const reduce: Check<{ axis?: number | number[]; reductionIndices?: number | number[] }> = (
  kernel,
  { x },
  { axis, reductionIndices },
) => {
  const axes = util.parseAxisParam((axis ?? reductionIndices) as number[], [...x]);
  if (new Set(axes).size === axes.length) return;
  throw new Error(
    `${kernel}: an axis of [${x}] can be reduced once. Got ${axis ?? reductionIndices}`,
  );
};

export const cumulate: Check<{ axis: number }> = (_, { x }, { axis }) => {
  util.parseAxisParam([axis], [...x]);
};
