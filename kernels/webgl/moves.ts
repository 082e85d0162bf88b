/** Kernels that rearrange values of a tensor in planes, in one draw into planes of the result. */
import { type DataType, type TensorInfo, util } from '@tensorflow/tfjs-core';
import { placementFor } from './layout/placing.js';
import { indicesTile, moveUniforms } from './programs/move.js';
import { movedPlacement } from './programs/movePlacement.js';
import { composed, type Move, movePlan } from './programs/movePlan.js';
import { type Call, FEW_VALUES, type Placement, type TileRunner } from './runner.js';

export interface MoveOptions {
  /** Value where the rule's bounds exclude every value of the input. */
  readonly fill?: number;
  /** Shape of the result, if it groups axes otherwise than the rule. */
  readonly resultShape?: readonly number[];
  /** Placement of the result; left out, the one that suits its shape. */
  readonly placement?: Placement;
  /** Indices that the rule looks up, as one vector. */
  readonly indices?: TensorInfo;
  /** Type of x and of the result: float32 if it is not given. */
  readonly dtype?: DataType;
}

export interface RearrangeOptions extends Pick<MoveOptions, 'resultShape'> {
  /** Call whose result it is, if it is one of several results of a kernel. */
  readonly call?: Call;
}

/**
 * Returns, like `moved`, a rearrangement of x, which is drawn as its first reader needs it: its placement
 * is that of a result that nobody reads in planes. What rearranges a result that is not drawn yet reads
 * that result's input instead. It must be the last call of a kernel.
 * @throws NeedsFallback if the program cannot be drawn here
 */
export function rearranged(
  runner: TileRunner,
  x: TensorInfo,
  move: Move,
  { resultShape = move.outShape, call }: RearrangeOptions = {},
): TensorInfo | null {
  const from = runner.placementOfData(x);
  if (from === null || move.outShape.includes(0) || isOfFewOnCPU(runner, x)) return null;
  const first = runner.rearranged(x);
  const whole = first === null ? { x, from, move } : { ...first, move: composed(first.move, move) };
  const to = movedPlacement(resultShape, whole, from, runner.limits);
  return to && runner.deferMove(whole, { shape: resultShape, ...to }, call);
}

/**
 * Returns a rearrangement of x; null if x is not in planes, if few values are on the
 * CPU, or if the result is empty or would be mostly padding in planes.
 * @throws NeedsFallback if the program cannot be drawn here
 */
export function moved(
  runner: TileRunner,
  x: TensorInfo,
  move: Move,
  {
    fill = 0,
    resultShape = move.outShape,
    placement,
    indices,
    dtype = 'float32',
  }: MoveOptions = {},
): TensorInfo | null {
  const from = runner.placementOfAnyType(x);
  if (from === null || x.dtype !== dtype || move.outShape.includes(0)) return null;
  if (isOfFewOnCPU(runner, x)) return null;
  const to = placement ?? placementFor(resultShape, from, runner.limits);
  if (to === null) return null;
  const plan = movePlan(from, to, move);
  const { layout, format } = from;
  const operands = { x: runner.tiles(x, layout, format, layout.tile) };
  const vector = indices && vectorOf(runner, indices);
  const all = vector === undefined ? operands : { ...operands, indices: vector };
  const output = { shape: resultShape, dtype, ...to };
  return runner.run(plan.spec, all, moveUniforms(plan, fill), output);
}

/** True if few values are on the CPU as well, where stock kernels compute. */
export function isOfFewOnCPU(runner: TileRunner, x: TensorInfo): boolean {
  return util.sizeFromShape(x.shape) <= FEW_VALUES && runner.computesOnCPU([x]);
}

/** Number of whole numbers from 0 on that planes hold exactly, by their precision. */
export const EXACT = { float32: 2 ** 24, half: 2 ** 11 } as const;

/** True if planes hold every index along an axis of this size exactly, and the indices are whole numbers. */
export function canLookUp({ limits }: TileRunner, indices: TensorInfo, size: number): boolean {
  return indices.dtype === 'int32' && size <= EXACT[limits.precision];
}

function vectorOf(runner: TileRunner, indices: TensorInfo) {
  const channels = util.sizeFromShape(indices.shape);
  const extent = { batch: 1, height: 1, width: 1, channels };
  return runner.tiles(indices, extent, 'NHWC', indicesTile);
}
