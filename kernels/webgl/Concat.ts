/**
 * Concat: along channels if one of the tensors is in planes, along other axes if most values are in
 * planes, and of values on the CPU.
 */
import {
  backend_util,
  Concat,
  type ConcatAttrs,
  type TensorInfo,
  util,
} from '@tensorflow/tfjs-core';
import { joined, MOST_JOINED } from './concatValues.js';
import { tiledKernel } from './fallback.js';
import { joinedAlong } from './join.js';
import { extentOf, type Tile } from './layout/tile.js';
import { outputIn } from './output.js';
import type { ConcatSpec } from './programs/concat.js';
import { range } from './programs/source.js';
import { type Placement, type TileRunner, texturesOf } from './runner.js';

export const concatKernel = tiledKernel<TensorInfo[], ConcatAttrs>(
  Concat,
  (runner, inputs, { axis }) => {
    const [{ shape }] = inputs;
    const [along] = util.parseAxisParam(axis, shape);
    const fits = inputs.every((x) => differsOnlyAlong(along, x.shape, shape));
    const inTiles = fits
      ? (channelsJoined(runner, inputs, along) ?? joinedAlong(runner, inputs, along))
      : null;
    return inTiles ?? onCPU(runner, inputs, axis);
  },
);

/** Returns the inputs along the channels of images; null if none is in planes, or they do not fit. */
function channelsJoined(
  runner: TileRunner,
  inputs: readonly TensorInfo[],
  axis: number,
): TensorInfo | null {
  const placement = largestPlacement(runner, inputs);
  if (placement === null) return null;
  const { format, layout } = placement;
  const { tile } = layout;
  const along = format === 'NHWC' ? 3 : 1;
  const takes = axis === along && inputs.every((x) => x.dtype === 'float32');
  if (!takes || 2 * texturesOf(layout.tile, runner.limits) > runner.limits.maxSamplers) return null;
  const channels = inputs.map(({ shape }) => shape[along]);
  const draws = concatDraws(channels, tile);
  if (draws === null) return null;
  const operands = inputs.map((x) => runner.tiles(x, extentOf(x.shape, format), format, tile));
  const passes = draws.map(({ a, spec, uniforms }) => ({
    spec,
    operands: { a: operands[a], b: operands[a + 1] },
    uniforms,
  }));
  const total = channels.reduce((sum, size) => sum + size);
  const shape = inputs[0].shape.map((size, i) => (i === along ? total : size));
  const output = outputIn(runner, shape, format, tile);
  if (inputs.length > 2 || format === 'NCHW') return runner.runPasses(passes, output);
  return runner.deferArranged(passes[0], output, { kind: 'joined', inputs });
}

function onCPU(runner: TileRunner, inputs: TensorInfo[], axis: number): TensorInfo | null {
  const [{ shape: first, dtype }] = inputs;
  const shapes = inputs.map(({ shape }) => shape);
  const [along] = util.parseAxisParam(axis, first);
  backend_util.assertParamsConsistent(shapes, along);
  const shape = backend_util.computeOutShape(shapes, along);
  const isNumeric = dtype !== 'string' && inputs.every((x) => x.dtype === dtype);
  if (!isNumeric || util.sizeFromShape(shape) > MOST_JOINED) return null;
  if (!runner.computesOnCPU(inputs)) return null;
  const tensors = inputs.map((x) => ({ values: runner.valuesOnCPU(x), shape: x.shape }));
  return runner.makeTensorInfo(shape, dtype, joined(tensors, along));
}

/** One draw of a concatenation, of the inputs `a` and `a + 1`. */
export interface ConcatDraw {
  readonly a: number;
  readonly spec: ConcatSpec;
  readonly uniforms: {
    readonly groups: readonly [number, number];
    readonly firstChannels: readonly [number, number];
  };
}

/**
 * Returns the draws that concatenate tensors with these numbers of channels. Each draw writes the
 * groups of slices that begin in its first input; the last draw also writes the groups that begin
 * in the last input. Returns null if there are fewer than two inputs, if an input is empty, or if
 * a group would have channels of three inputs.
 */
export function concatDraws(channels: readonly number[], tile: Tile): ConcatDraw[] | null {
  if (channels.length < 2 || channels.includes(0)) return null;
  const perGroup = 4 * tile.c;
  const starts = [0];
  for (const size of channels) starts.push(starts[starts.length - 1] + size);
  const total = starts[channels.length];
  const groupFrom = (channel: number) => Math.ceil(channel / perGroup);
  const draws = range(channels.length - 1).map((a) => {
    const isLast = a === channels.length - 2;
    const groups = [groupFrom(starts[a]), groupFrom(isLast ? total : starts[a + 1])] as const;
    const firstChannels = [starts[a], starts[a + 1]] as const;
    const aligned = firstChannels.every((channel) => channel % perGroup === 0);
    return {
      a,
      spec: { family: 'concat', tile, aligned, steps: [] },
      uniforms: { groups, firstChannels },
    };
  }) satisfies ConcatDraw[];
  const needed = draws.filter(({ uniforms: { groups } }) => groups[0] < groups[1]);
  const ofTwo = needed.every(
    ({ a, uniforms }) => Math.min(uniforms.groups[1] * perGroup, total) <= starts[a + 2],
  );
  return ofTwo ? needed : null;
}

/** Returns the placement of the largest input in planes; null if no input is in planes. */
function largestPlacement(runner: TileRunner, inputs: readonly TensorInfo[]): Placement | null {
  let largest: Placement | null = null;
  let size = 0;
  for (const x of inputs) {
    const placement = runner.placementOf(x);
    if (placement === null || util.sizeFromShape(x.shape) <= size) continue;
    largest = placement;
    size = util.sizeFromShape(x.shape);
  }
  return largest;
}

function differsOnlyAlong(axis: number, a: readonly number[], b: readonly number[]): boolean {
  return a.length === b.length && a.every((size, i) => i === axis || size === b[i]);
}
