/** Shapes, indices and broadcasting, as tfjs defines them. */
import type { Numbers, NumbersType } from '../numbers.js';
import type { Bounded } from '../tolerance.js';
import { exactly } from './bounded.js';
import type { Defined } from './kernelRow.js';

export type Shape = readonly number[];
type Index = readonly number[];

export function sizeOf(shape: Shape): number {
  return shape.reduce((a, b) => a * b, 1);
}

/** Returns all indices of a tensor in the order of its values. */
export function indicesOf(shape: Shape): Index[] {
  return shape.reduce<Index[]>(
    (all, size) => all.flatMap((index) => Array.from({ length: size }, (_, i) => [...index, i])),
    [[]],
  );
}

export function flatIndex(shape: Shape, index: Index): number {
  return index.reduce((at, place, axis) => at * shape[axis] + place, 0);
}

/** Returns a function that reads a value by its index. */
export function reader({ values, shape }: Numbers): (index: Index) => number {
  return (index) => values[flatIndex(shape, index)];
}

/**
 * Returns a function that reads the value at an index of a larger shape: axes are aligned at the
 * last one, and an axis of size 1 is repeated.
 */
export function broadcastReader({ values, shape }: Numbers): (index: Index) => number {
  return (index) => {
    const own = index.slice(index.length - shape.length);
    return values[
      flatIndex(
        shape,
        own.map((place, axis) => (shape[axis] === 1 ? 0 : place)),
      )
    ];
  };
}

/** Returns the shape of what two shapes broadcast to, or null if they do not. */
export function broadcastShape(a: Shape, b: Shape): Shape | null {
  const rank = Math.max(a.length, b.length);
  const full = (shape: Shape) => [...Array(rank - shape.length).fill(1), ...shape];
  const [left, right] = [full(a), full(b)];
  const sizes = left.map((size, axis) => (size === 1 ? right[axis] : size));
  return sizes.every((size, axis) => right[axis] === 1 || right[axis] === size) ? sizes : null;
}

/** Makes a result from its value at each index; a plain number is exact. */
export function defined(
  shape: Shape,
  at: (index: Index) => Bounded | number,
  dtype?: NumbersType,
): Defined {
  const elements = indicesOf(shape).map((index) => {
    const element = at(index);
    return typeof element === 'number' ? exactly(element) : element;
  });
  return { shape, dtype, elements };
}

/** Returns the axes of a rank that a list does not have. */
export function otherAxes(rank: number, axes: readonly number[]): number[] {
  return Array.from({ length: rank }, (_, axis) => axis).filter((axis) => !axes.includes(axis));
}

/** Returns the reason why a list is not one of distinct axes of a rank, or null. */
export function faultOfAxes(name: string, axes: readonly number[], rank: number): string | null {
  const isRight = axes.every((axis) => axis < rank) && new Set(axes).size === axes.length;
  return isRight ? null : `${name} must be distinct axes below ${rank}`;
}
