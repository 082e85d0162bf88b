/** Plans of moves: the program that moves the values of one placement to another one, and its numbers. */
import type { DataFormat } from '../../shape/convShape.js';
import { IndexMap, type Source, type ValueId } from '../layout/indexMap.js';
import { type Extent, type Placement, type Tile, tileName } from '../layout/tile.js';
import type { MovedInput, MoveSpec } from './move.js';

/**
 * Rearrangement of values. Shapes have as many values as their tensors, but may group axes otherwise.
 */
export interface Move {
  /** The kernel, and all that `rule` depends on besides both shapes: the plan is kept by it. */
  readonly key: readonly unknown[];
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
  /** Numbers to add to the channel of the source for that of each lane, if the spec has lanes. */
  readonly lanes: readonly number[];
}

/** Returns a rearrangement of the result of another one, as one of that one's input. */
export function composed(first: Move, second: Move): Move {
  return {
    key: [first.key, first.outShape, second.key, second.shape],
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
  return kept([from, to], [move], [], () => {
    const map = new IndexMap();
    const source = inputOf(map, from, to, move);
    const fetch = map.fetchOf(source.source);
    const { steps, numbers } = map;
    const spec = {
      family: 'move',
      ...source,
      out: to.layout.tile,
      map: steps,
      fetch,
      steps: [],
    } as const;
    return { spec, numbers, lanes: map.lanesOf(source.source) };
  });
}

/** Plans by their key. Each is made once, because a net requests the same plans in every prediction. */
const knownPlans = new Map<string, MovePlan>();
const MOST_PLANS = 1024;

function kept(
  placements: readonly Placement[],
  moves: readonly Move[],
  others: readonly number[],
  make: () => MovePlan,
): MovePlan {
  const key = JSON.stringify([
    placements.map(({ layout, format }) => [
      tileName(layout.tile),
      format,
      sizesOf(layout, format),
    ]),
    moves.map(({ key, shape, outShape }) => [key, shape, outShape]),
    others,
  ]);
  const known = knownPlans.get(key);
  if (known !== undefined) return known;
  if (knownPlans.size === MOST_PLANS) knownPlans.clear();
  const plan = make();
  knownPlans.set(key, plan);
  return plan;
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
  return kept([...from, to], moves, [along], () => {
    const map = new IndexMap();
    const [first, next] = moves.map((move, i) => inputOf(map, from[i], to, move));
    const fetch = map.fetchOfBoth(first.source, next.source);
    const { steps, numbers } = map;
    const joined = { ...next, along };
    const tile = to.layout.tile;
    const own = { map: steps, fetch, joined, steps: [] };
    const spec = { family: 'move', ...first, out: tile, ...own } as const;
    return { spec, numbers, lanes: [] };
  });
}

function inputOf(map: IndexMap, from: Placement, to: Placement, move: Move): MovedInput {
  const { shape, outShape } = move;
  const index = map.regrouped(flatOrder[to.format], sizesOf(to.layout, to.format), outShape);
  const sizes = sizesOf(from.layout, from.format);
  const inFlatOrder = map.regrouped(move.rule(map, index), shape, sizes);
  const places: readonly number[] = flatOrder[from.format];
  const source = [0, 1, 2, 3].map((axis) => inFlatOrder[places.indexOf(axis)]);
  return { in: from.layout.tile, source: source as unknown as Source };
}

/** Returns the plan that lays out the same tensor in another tile. */
export function retilePlan(from: Tile, to: Tile): MovePlan {
  const own = { source: [0, 1, 2, 3], map: [], fetch: 'texel', steps: [] } as const;
  return { spec: { family: 'move', in: from, out: to, ...own }, numbers: [], lanes: [] };
}

/** Returns the plan that keeps the flat data: it converts between any two placements of a tensor. */
export function reshapePlan(from: Placement, to: Placement): MovePlan {
  const shape = sizesOf(to.layout, to.format);
  return movePlan(from, to, { key: [], shape, outShape: shape, rule: (_, index) => index });
}
