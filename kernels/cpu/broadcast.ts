/** Broadcasts of two shapes, as runs of adjacent values. */
import { sizeOf } from './stockOr.js';

/** Adjacent axes of a result along which each operand either has values of its own, or one for all. */
interface Axis {
  readonly size: number;
  /** Values from one index to the next; 0 where the operand has one value for all. */
  readonly aStep: number;
  readonly bStep: number;
}

/** Order in which a value of an operand is used: as in the result, the same run again, or another. */
type Kind = 'whole' | 'same' | 'other';

export interface Broadcast {
  /** The innermost axes: `size` values of the result, and steps of 1 or 0. */
  readonly run: Axis;
  /** The axes outside of a run, the innermost first. */
  readonly axes: readonly Axis[];
  readonly aKind: Kind;
  readonly bKind: Kind;
}

const isSame = (a: readonly number[], b: readonly number[]) =>
  a.length === b.length && a.every((size, axis) => size === b[axis]);

/** Describes two operands that have the values of the result in its order. */
const aligned = (size: number): Broadcast => ({
  run: { size, aStep: 1, bStep: 1 },
  axes: [],
  aKind: 'whole',
  bKind: 'whole',
});

/** Describes one operand with the values of the result, and another with one value for all. */
const byNumber = (size: number, aStep: 0 | 1, bStep: 0 | 1): Broadcast => ({
  run: { size, aStep, bStep },
  axes: [],
  aKind: aStep === 1 ? 'whole' : 'same',
  bKind: bStep === 1 ? 'whole' : 'same',
});

/** Describes the broadcast of two shapes to `out`, to which they must broadcast. */
export function broadcastOf(
  a: readonly number[],
  b: readonly number[],
  out: readonly number[],
): Broadcast {
  // Most kernels of a net combine tensors of one shape, or a tensor and a number.
  const [isWholeA, isWholeB] = [isSame(a, out), isSame(b, out)];
  if (isWholeA && isWholeB) return aligned(sizeOf(out));
  if (isWholeA && sizeOf(b) === 1) return byNumber(sizeOf(out), 1, 0);
  if (isWholeB && sizeOf(a) === 1) return byNumber(sizeOf(out), 0, 1);
  const groups: { size: number; aStep: number; bStep: number }[] = [];
  const [aMissing, bMissing] = [out.length - a.length, out.length - b.length];
  let [aValues, bValues] = [1, 1];
  for (let axis = out.length - 1; axis >= 0; axis--) {
    const size = out[axis];
    if (size === 1) continue;
    const aHas = (a[axis - aMissing] ?? 1) !== 1;
    const bHas = (b[axis - bMissing] ?? 1) !== 1;
    const inner = groups.at(-1);
    if (inner !== undefined && inner.aStep > 0 === aHas && inner.bStep > 0 === bHas) {
      inner.size *= size;
    } else {
      groups.push({ size, aStep: aHas ? aValues : 0, bStep: bHas ? bValues : 0 });
    }
    if (aHas) aValues *= size;
    if (bHas) bValues *= size;
  }
  const [run, ...axes] = groups.length > 0 ? groups : [{ size: 1, aStep: 1, bStep: 1 }];
  const kind = (shape: readonly number[], steps: readonly number[]): Kind => {
    if (sizeOf(shape) === sizeOf(out)) return 'whole';
    return steps.every((step) => step === 0) ? 'same' : 'other';
  };
  return {
    run,
    axes,
    aKind: kind(
      a,
      axes.map(({ aStep }) => aStep),
    ),
    bKind: kind(
      b,
      axes.map(({ bStep }) => bStep),
    ),
  };
}
