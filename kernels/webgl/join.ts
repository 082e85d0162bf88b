/**
 * Concatenation along any axis of tensors that are mostly in planes. Each draw writes the tiles that
 * begin in one input, whose last tile may have values of the next input as well.
 */
import { Concat, type TensorInfo, util } from '@tensorflow/tfjs-core';
import { extentFor, placed, placementFor } from './layout/placing.js';
import { moveUniforms } from './programs/move.js';
import { flatOrder, joinPlan, type Move, sizesOf } from './programs/movePlan.js';
import { range } from './programs/source.js';
import { type Operand, type Pass, type Placement, type TileRunner, texturesOf } from './runner.js';

/**
 * Returns the inputs in a row along an axis; null if most of the values are in no planes, or if the
 * result would be mostly padding.
 * @param resultShape shape of the result, if it groups axes otherwise
 */
export function joinedAlong(
  runner: TileRunner,
  all: readonly TensorInfo[],
  axis: number,
  resultShape?: readonly number[],
): TensorInfo | null {
  const inputs = all.filter(({ shape }) => !shape.includes(0));
  const like = mostlyInPlanes(runner, inputs);
  if (inputs.length < 2 || like === null) return null;
  const sources: readonly (Placement | null)[] = inputs.map((x) => sourceOf(runner, x, like));
  const join = joinOf(inputs, axis);
  const to = placementFor(resultShape ?? join.outShape, like, runner.limits);
  const along = to && axisOfPlanes(join.outShape, axis, to);
  if (to === null || along === null || !isComplete(sources)) return null;
  const textures = sources.map(({ layout }) => texturesOf(layout.tile, runner.limits));
  if (2 * Math.max(...textures) > runner.limits.maxSamplers) return null;
  const sizes = join.sizes.map((size) => size * along.step);
  const windows = joinWindows(sizes, stepOf(to, along.axis));
  if (windows === null) return joinedHalves(runner, inputs, axis, resultShape);
  const operands = inputs.map((x, i): Operand => {
    const { layout, format } = sources[i];
    return runner.tiles(x, layout, format, layout.tile);
  });
  const passes = windows.map(({ first, window }): Pass => {
    const next = first + 1;
    const moves = [join.moveOf(first, true), join.moveOf(next, false)] as const;
    const plan = joinPlan([sources[first], sources[next]], to, moves, along.axis);
    const uniforms = { ...moveUniforms(plan), window };
    return { spec: plan.spec, operands: { x: operands[first], next: operands[next] }, uniforms };
  });
  return runner.runPasses(passes, { shape: resultShape ?? join.outShape, ...to });
}

/** Joins the inputs in two halves first, because a tile would have values of three of them. */
function joinedHalves(
  runner: TileRunner,
  inputs: readonly TensorInfo[],
  axis: number,
  resultShape: readonly number[] | undefined,
): TensorInfo | null {
  const middle = Math.ceil(inputs.length / 2);
  const halfOf = (half: readonly TensorInfo[]) =>
    half.length === 1 ? half[0] : joinedAlong(runner, half, axis);
  const first = halfOf(inputs.slice(0, middle));
  const second = first && halfOf(inputs.slice(middle));
  const result = first && second && joinedAlong(runner, [first, second], axis, resultShape);
  for (const half of [first, second]) {
    if (half !== null && !inputs.includes(half)) runner.disposeIntermediateTensorInfo(half);
  }
  return result;
}

/** Concatenation as moves of its inputs. */
function joinOf(inputs: readonly TensorInfo[], axis: number) {
  const sizes = inputs.map(({ shape }) => shape[axis]);
  const begins = beginsOf(sizes);
  const total = sizes.reduce((a, b) => a + b);
  const outShape = inputs[0].shape.map((size, i) => (i === axis ? total : size));
  const moveOf = (i: number, isFirst: boolean): Move => ({
    key: [Concat, axis, begins[i], isFirst],
    shape: inputs[i].shape,
    outShape,
    rule: (map, index) =>
      index.map((at, k) => {
        if (k !== axis) return at;
        const place = map.sum(-begins[i], [[at, 1]]);
        return isFirst ? map.bounded(place, sizes[i]) : map.clamped(place, sizes[i]);
      }),
  });
  return { sizes, outShape, moveOf };
}

/** Returns the placement of the largest input if more than half of the values are in planes. */
function mostlyInPlanes(runner: TileRunner, inputs: readonly TensorInfo[]): Placement | null {
  let largest: Placement | null = null;
  let [most, inPlanes, all] = [0, 0, 0];
  for (const x of inputs) {
    const size = util.sizeFromShape(x.shape);
    const placement = runner.placementOfData(x);
    all += size;
    if (x.dtype !== 'float32') return null;
    if (placement === null) continue;
    inPlanes += size;
    if (size <= most) continue;
    largest = placement;
    most = size;
  }
  return 2 * inPlanes > all ? largest : null;
}

/** Returns the placement of an input, or the one into which it is converted; null for none. */
function sourceOf(runner: TileRunner, x: TensorInfo, like: Placement): Placement | null {
  const known = runner.placementOfData(x);
  if (known !== null) return known;
  return placed(extentFor(x.shape, like), like.format, like.layout.tile, runner.limits);
}

function isComplete(sources: readonly (Placement | null)[]): sources is readonly Placement[] {
  return !sources.includes(null);
}

/**
 * Returns the axis of planes of which an axis of the shape is the outermost part, and its places for
 * each step along the axis of the shape; null if there is none.
 */
function axisOfPlanes(
  shape: readonly number[],
  axis: number,
  { layout, format }: Placement,
): { readonly axis: number; readonly step: number } | null {
  const sizes = sizesOf(layout, format);
  const inner = util.sizeFromShape(shape.slice(axis + 1));
  const whole = inner * shape[axis];
  for (const [place, size] of sizes.entries()) {
    const step = util.sizeFromShape(sizes.slice(place + 1));
    if (size === 1 || step * size !== whole || inner % step !== 0) continue;
    return { axis: flatOrder[format][place], step: inner / step };
  }
  return null;
}

/** Returns the number of places along an axis of planes in a tile. */
function stepOf({ layout: { tile } }: Placement, axis: number): number {
  return [1, tile.h, tile.w, 4 * tile.c][axis];
}

function beginsOf(sizes: readonly number[]): number[] {
  return sizes.map((_, i) => sizes.slice(0, i).reduce((a, b) => a + b, 0));
}

/** A draw of the inputs `first` and `first + 1`, of the tiles that begin in a window. */
export interface JoinWindow {
  readonly first: number;
  readonly window: readonly [first: number, after: number];
}

/**
 * Returns the draws that join inputs of these sizes in tiles of this size: each writes the tiles that
 * begin in its first input, and the last one those that begin in the last input as well. Returns null
 * if a tile has values of three inputs.
 */
export function joinWindows(sizes: readonly number[], tile: number): JoinWindow[] | null {
  const begins = [...beginsOf(sizes), sizes.reduce((a, b) => a + b)];
  const total = begins[sizes.length];
  const draws: JoinWindow[] = [];
  for (const first of range(sizes.length - 1)) {
    const isLast = first === sizes.length - 2;
    const after = isLast ? total : begins[first + 1];
    const [firstTile, tileAfter] = [begins[first], after].map((place) => Math.ceil(place / tile));
    if (firstTile >= tileAfter) continue;
    if (Math.min(tileAfter * tile, total) > begins[first + 2]) return null;
    draws.push({ first, window: [begins[first], after] });
  }
  return draws;
}
