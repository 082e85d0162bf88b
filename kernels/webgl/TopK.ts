/**
 * TopK of tensors that are in planes, by ranks: each value is compared with all others of its block of
 * the row, and the first k of all blocks are the row of the next pass, until there is one block. Rows for
 * which that takes longer than a read are sorted by stock, on the CPU.
 */
import {
  type DataType,
  type TensorInfo,
  TopK,
  type TopKAttrs,
  type TopKInputs,
  util,
} from '@tensorflow/tfjs-core';
import { readCost } from './cost.js';
import type { DeviceProfile } from './deviceProfile.js';
import { tiledKernel } from './fallback.js';
import { type Placement, tileLayout } from './layout/tile.js';
import { EXACT, moved } from './moves.js';
import { rowsTile } from './programs/topK.js';
import type { Operand, Output, TileRunner } from './runner.js';

export const topKKernel = tiledKernel<TopKInputs, TopKAttrs, TensorInfo[]>(
  TopK,
  (runner, { x }, { k }) => {
    const size = x.shape.at(-1) ?? 0;
    const rows = util.sizeFromShape(x.shape.slice(0, -1));
    const isNumeric = x.dtype === 'float32' || x.dtype === 'int32';
    if (!isNumeric || k < 1 || k > size || size > EXACT[runner.limits.precision]) return null;
    if (runner.placementOfAnyType(x) === null) return null;
    const { passes, cost } = topKPasses(size, k, rows, runner.limits.device);
    const placement = rowsPlacement(runner, rows, size);
    if (placement === null || cost > readCost(runner.limits.device)) return null;
    const move = { key: [TopK], shape: [rows, size], outShape: [rows, size], rule: same };
    const values = moved(runner, x, move, { placement, dtype: x.dtype });
    return (
      values && listed(runner, { values, places: null }, size, passes, [...x.shape.slice(0, -1), k])
    );
  },
);

const same = <T>(_: unknown, index: readonly T[]) => index;

/** Candidates of each row, and their places in it; null where each is at its own. */
interface Candidates {
  readonly values: TensorInfo;
  readonly places: TensorInfo | null;
}

/** Returns the values and places that the passes leave of rows of this size, in this shape. */
function listed(
  runner: TileRunner,
  first: Candidates,
  size: number,
  passes: readonly TopKPass[],
  shape: readonly number[],
): TensorInfo[] {
  const rows = util.sizeFromShape(shape.slice(0, -1));
  let from = first;
  let count = size;
  for (const [i, { slices, of, kept }] of passes.entries()) {
    const operand = (tensor: TensorInfo, channels: number): Operand => {
      const extent = { batch: rows, height: 1, width: 1, channels };
      return runner.tiles(tensor, extent, 'NHWC', rowsTile);
    };
    const output = (channels: number, dtype: DataType): Output => {
      const isLast = i === passes.length - 1 && channels === kept;
      const placement = rowsPlacement(runner, rows, channels) as Placement;
      return { ...placement, dtype, shape: isLast ? shape : [rows, channels] };
    };
    const uniforms = { block: [slices, of] };
    const { values, places } = from;
    const x = operand(values, count);
    const inRow = runner.run({ family: 'rank' }, { x }, uniforms, output(count, 'float32'));
    const ranks = operand(inRow, count);
    const list = (tensor: TensorInfo | null, dtype: DataType) =>
      tensor === null
        ? runner.run({ family: 'ranked', of: 'places' }, { ranks }, uniforms, output(kept, dtype))
        : runner.run(
            { family: 'ranked', of: 'values' },
            { ranks, values: operand(tensor, count) },
            uniforms,
            output(kept, dtype),
          );
    const next = { values: list(values, values.dtype), places: list(places, 'int32') };
    for (const old of [inRow, values, places]) {
      if (old !== null) runner.disposeIntermediateTensorInfo(old);
    }
    from = next;
    count = kept;
  }
  return [from.values, from.places as TensorInfo];
}

/** Returns the placement of rows as pixels of batch elements; null if no texture is large enough. */
function rowsPlacement({ limits }: TileRunner, rows: number, size: number): Placement | null {
  const extent = { batch: rows, height: 1, width: 1, channels: size };
  const layout = rows === 0 ? null : tileLayout(extent, rowsTile, limits.maxTextureSize);
  return layout === null ? null : { layout, format: 'NHWC' };
}

/** Pass that keeps the first values of each block of a row. */
export interface TopKPass {
  /** Slices of a block. */
  readonly slices: number;
  /** Values of a block that are kept. */
  readonly of: number;
  /** Values of a row that are kept. */
  readonly kept: number;
}

/** Draws of a pass: ranks, values and places. */
const DRAWS = 3;
/** Minimum number of slices of a block, which is a power of two times it, if there are several. */
const LEAST = 8;

/** Returns the passes that leave the first k of each row, and their estimate. */
export function topKPasses(
  size: number,
  k: number,
  rows: number,
  { rates }: DeviceProfile,
): { readonly passes: readonly TopKPass[]; readonly cost: number } {
  const passes: TopKPass[] = [];
  let cost = rates.draw;
  for (let count = size; passes.at(-1)?.kept !== k; count = passes[passes.length - 1].kept) {
    const all = Math.ceil(count / 4);
    const whole = costOf(count, { slices: all, of: k, kept: k });
    let best = { pass: { slices: all, of: k, kept: k }, cost: whole, withRest: whole };
    for (let slices = LEAST; slices < all; slices *= 2) {
      if (4 * slices < 2 * k) continue;
      const blocks = Math.floor(count / (4 * slices));
      const kept = blocks * k + Math.min(k, count - 4 * slices * blocks);
      const pass = { slices, of: k, kept };
      const own = costOf(count, pass);
      const rest = costOf(kept, { slices: Math.ceil(kept / 4), of: k, kept: k });
      if (own + rest < best.withRest) best = { pass, cost: own, withRest: own + rest };
    }
    passes.push(best.pass);
    cost += best.cost;
  }
  return { passes, cost };

  /** Each slice reads its block for ranks; each value that is kept reads it twice. */
  function costOf(count: number, { slices, kept }: TopKPass): number {
    return DRAWS * rates.draw + rows * slices * (count / 4 + 2 * kept);
  }
}
