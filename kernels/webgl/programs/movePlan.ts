/** Plans of moves: the program that moves the values of one placement to another one, and its numbers. */
import type { DataFormat } from '../../shape/convShape.js';
import { IndexMap, type Source, type ValueId } from '../layout/indexMap.js';
import type { Extent, Placement } from '../layout/tile.js';
import type { MoveSpec } from './move.js';

/**
 * Rearrangement of values. Shapes have as many values as their tensors, but may group axes otherwise.
 */
export interface Move {
  /** Shape of the input, along whose axes `rule` returns indices. */
  readonly shape: readonly number[];
  /** Shape of the result, along whose axes `rule` gets indices. */
  readonly outShape: readonly number[];
  /** Returns the index of the input value that the result has at this index. */
  rule(map: IndexMap, index: readonly ValueId[]): readonly ValueId[];
}

export interface MovePlan {
  readonly spec: MoveSpec;
  readonly numbers: readonly number[];
}

/** Returns a rearrangement of the result of another one, as one of that one's input. */
export function composed(first: Move, second: Move): Move {
  return {
    shape: first.shape,
    outShape: second.outShape,
    rule: (map, index) => {
      const between = map.regrouped(second.rule(map, index), second.shape, first.outShape);
      return first.rule(map, between);
    },
  };
}

/** Axes of planes (0 to 3: batch, height, width, channels) in the order of the flat data. */
export const flatOrder = { NHWC: [0, 1, 2, 3], NCHW: [0, 3, 1, 2] } as const;

/** Returns the sizes of an extent in the order of its flat data. */
export function sizesOf({ batch, height, width, channels }: Extent, format: DataFormat): number[] {
  return flatOrder[format].map((axis) => [batch, height, width, channels][axis]);
}

/** Returns the plan that moves planes in the placement `from` to planes in the placement `to`. */
export function movePlan(from: Placement, to: Placement, move: Move): MovePlan {
  const map = new IndexMap();
  const source = sourceOf(map, from, to, move);
  return planOf(map, from, to, source);
}

/**
 * Returns the plan of a draw that takes values from a first input, and where its rule excludes them,
 * from a second one.
 * @param along axis of planes (batch, height, width, channels) of which only some tiles are drawn
 */
export function joinPlan(
  from: readonly [Placement, Placement],
  to: Placement,
  moves: readonly [Move, Move],
  along: number,
): MovePlan {
  const map = new IndexMap();
  const [source, other] = moves.map((move, i) => sourceOf(map, from[i], to, move));
  const joined = { in: from[1].layout.tile, source: other, along };
  return planOf(map, from[0], to, source, joined);
}

function planOf(
  map: IndexMap,
  from: Placement,
  to: Placement,
  source: Source,
  joined?: MoveSpec['joined'],
): MovePlan {
  const { steps, numbers } = map;
  const fetch = map.fetchOf(joined === undefined ? [source] : [source, joined.source]);
  const [tile, out] = [from.layout.tile, to.layout.tile];
  const spec = { family: 'move', in: tile, out, map: steps, source, fetch, steps: [] } as const;
  return { spec: joined === undefined ? spec : { ...spec, joined }, numbers };
}

function sourceOf(map: IndexMap, from: Placement, to: Placement, move: Move): Source {
  const { shape, outShape } = move;
  const index = map.regrouped(flatOrder[to.format], sizesOf(to.layout, to.format), outShape);
  const sizes = sizesOf(from.layout, from.format);
  const inFlatOrder = map.regrouped(move.rule(map, index), shape, sizes);
  const places: readonly number[] = flatOrder[from.format];
  return [0, 1, 2, 3].map((axis) => inFlatOrder[places.indexOf(axis)]) as unknown as Source;
}

/** Returns the plan that keeps the flat data: it converts between any two placements of a tensor. */
export function reshapePlan(from: Placement, to: Placement): MovePlan {
  const shape = sizesOf(to.layout, to.format);
  return movePlan(from, to, { shape, outShape: shape, rule: (_, index) => index });
}
