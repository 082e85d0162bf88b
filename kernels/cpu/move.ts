/** Moves of values within the heap, from one set of positions to another. */
import type { TensorInfo } from '@tensorflow/tfjs-core';
import type { HeapType } from './heapType.js';
import type { CPURunner } from './kernel.js';
import type { Microkernels } from './microkernels.js';
import { onHeap, writeWords } from './onHeap.js';
import { effort } from './shared/effort.js';
import { type HeapArgs, isWord, sizeOf } from './stockOr.js';

/** Source and target positions of moved values. They and the steps along each axis are counted in words. */
export interface Move {
  readonly sizes: readonly number[];
  /** Index of the first value that is moved: an address / 4. */
  readonly from: number;
  readonly fromSteps: readonly number[];
  readonly to: number;
  readonly toSteps: readonly number[];
  /** Address of the block that values are moved to. */
  readonly block: number;
}

/** Ways to move the two innermost axes, by their numbers in wasm/move.ts. */
const ways = { copy: 0, transpose: 1, strided: 2 } as const;

interface Axis {
  readonly size: number;
  readonly from: number;
  readonly to: number;
}

const single: Axis = { size: 1, from: 0, to: 0 };

/** Least size of both sides of a transpose that is made in squares of 4x4. */
const LEAST_SIDE = 4;

/** Makes moves, one after the other, which may write to the same words. Threads share large ones. */
export function makeMoves(backend: CPURunner, micro: Microkernels, moves: readonly Move[]): void {
  const { threadCount, least } = backend.sharing;
  const areLarge = (some: readonly Move[]) =>
    threadCount > 1 && some.reduce((sum, move) => sum + effortOf(move), 0) >= least;
  if (!areLarge(moves)) {
    makeMovesAlone(backend, micro, moves);
    return;
  }
  for (const move of moves) {
    if (areLarge([move])) shareMove(backend, micro, move);
    else makeMovesAlone(backend, micro, [move]);
  }
}

/** Makes moves, one after the other, as work that one thread does. */
function makeMovesAlone(backend: CPURunner, micro: Microkernels, moves: readonly Move[]): void {
  const made = moves.filter(({ sizes }) => !sizes.includes(0));
  if (made.length === 0) return;
  const words = Int32Array.from(made.flatMap(wordsOf));
  backend.withBlock(words.byteLength, (list) => {
    writeWords(backend, list, words);
    backend.stepInParts(micro, {
      length: 1,
      grain: 1,
      effort: made.reduce((sum, move) => sum + effortOf(move), 0),
      blocks: [list, ...made.map(({ block }) => block)],
      call: () => ['move', list, made.length],
    });
  });
}

/** Makes a move of at least one value in pieces, which threads share. */
function shareMove(backend: CPURunner, micro: Microkernels, move: Move): void {
  const pieces = piecesOf(move);
  const words = Int32Array.from(pieces.flatMap(wordsOf));
  const bytes = words.byteLength / pieces.length;
  backend.withBlock(words.byteLength, (list) => {
    writeWords(backend, list, words);
    backend.stepInParts(micro, {
      length: pieces.length,
      grain: 1,
      effort: effortOf(move) / pieces.length,
      blocks: [list, move.block],
      call: (from, count) => ['move', list + from * bytes, count],
    });
  });
}

const effortOf = ({ sizes }: Move) => effort.value * sizeOf(sizes);

/** Most pieces of a move. */
const PIECES = 16;

/**
 * Cuts a move along its first long axis, or else its first axis. All pieces have one position of the axis,
 * or all have several, so that their words are as many.
 */
function piecesOf(move: Move): Move[] {
  const { sizes, from, fromSteps, to, toSteps } = move;
  const long = sizes.findIndex((size) => size >= PIECES);
  const axis = long >= 0 ? long : sizes.findIndex((size) => size > 1);
  if (axis < 0) return [move];
  const size = sizes[axis];
  const count = size <= PIECES ? size : Math.min(PIECES, Math.floor(size / 2));
  return Array.from({ length: count }, (_, i) => {
    const [first, last] = [i, i + 1].map((at) => Math.floor((at * size) / count));
    return {
      ...move,
      sizes: sizes.map((other, at) => (at === axis ? last - first : other)),
      from: from + first * fromSteps[axis],
      to: to + first * toSteps[axis],
    };
  });
}

/** Returns the words of a move, in the order of wasm/move.ts. */
function wordsOf(move: Move): number[] {
  const axes = merged(move);
  const last = axes.pop() ?? { size: 1, from: 1, to: 1 };
  let way: keyof typeof ways = 'strided';
  let rowsAt = axes.length - 1;
  if (last.from === 1 && last.to === 1) {
    way = 'copy';
  } else if (last.to === 1 && last.size >= LEAST_SIDE) {
    const adjacent = axes.findIndex(({ from, size }) => from === 1 && size >= LEAST_SIDE);
    if (adjacent >= 0) [way, rowsAt] = ['transpose', adjacent];
  }
  const [rows = single] = axes.splice(rowsAt, 1);
  const bytes = (axis: Axis) => [4 * axis.from, 4 * axis.to];
  return [
    ...[ways[way], axes.length, 4 * move.from, 4 * move.to],
    ...[rows.size, ...bytes(rows), last.size, ...bytes(last)],
    ...axes.flatMap((axis) => [axis.size, ...bytes(axis), 0]),
  ];
}

/** Returns the axes of a move without those of size 1, and with those that follow each other as one. */
function merged({ sizes, fromSteps, toSteps }: Move): Axis[] {
  const axes: Axis[] = [];
  for (const [i, size] of sizes.entries()) {
    if (size === 1) continue;
    const axis = { size, from: fromSteps[i], to: toSteps[i] };
    const outer = axes.at(-1);
    if (outer?.from === size * axis.from && outer.to === size * axis.to) {
      axes[axes.length - 1] = { ...axis, size: outer.size * size };
    } else {
      axes.push(axis);
    }
  }
  return axes;
}

/** Positions of a tensor's values: `offset` is the first one, and steps are those along each axis. */
export interface View {
  readonly sizes: readonly number[];
  readonly offset: number;
  readonly steps: readonly number[];
}

/** Returns the positions of all values of a tensor of this shape. */
export function viewOf(shape: readonly number[]): View {
  return { sizes: shape, offset: 0, steps: stepsOf(shape) };
}

/** Returns the view that has axis `perm[i]` of this one as its axis i. */
export function permuted({ sizes, offset, steps }: View, perm: readonly number[]): View {
  const of = (values: readonly number[]) => perm.map((axis) => values[axis]);
  return { sizes: of(sizes), offset, steps: of(steps) };
}

/** Returns the view of the values from `begin` on, every `stride`-th along each axis. */
export function sliced(
  { offset, steps }: View,
  begin: readonly number[],
  sizes: readonly number[],
  strides: readonly number[] = begin.map(() => 1),
): View {
  return {
    sizes,
    offset: begin.reduce((sum, at, axis) => sum + at * steps[axis], offset),
    steps: steps.map((step, axis) => step * strides[axis]),
  };
}

/**
 * Returns the move from a view of values at one address to a view, of the same sizes, of those at
 * another.
 */
export function moveOf(x: number, from: View, y: number, to: View = viewOf(from.sizes)): Move {
  const [fromSteps, toSteps] = [from.steps, to.steps];
  const [first, target] = [x / 4 + from.offset, y / 4 + to.offset];
  return { sizes: from.sizes, from: first, fromSteps, to: target, toSteps, block: y };
}

/** Makes a tensor of the values of x that a view shows; null unless they are words. */
export function copyOf(
  { backend, micro }: Pick<HeapArgs<unknown, unknown>, 'backend' | 'micro'>,
  x: TensorInfo,
  view: View,
  shape = view.sizes,
): TensorInfo | null {
  if (!isWord(x)) return null;
  const write = (y: number) => makeMoves(backend, micro, [moveOf(backend.address(x), view, y)]);
  return onHeap(backend, shape, write, x.dtype as HeapType);
}

/** Returns the steps along the axes of a contiguous tensor. */
const stepsOf = (shape: readonly number[]) => shape.map((_, axis) => sizeOf(shape.slice(axis + 1)));
