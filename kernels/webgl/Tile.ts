import { Tile, type TileAttrs, type TileInputs } from '@tensorflow/tfjs-core';
import { tiledKernel } from './fallback.js';
import { rearranged } from './moves.js';

/** Tile, which repeats a tensor along its axes, of tensors that are in planes. */
export const tileKernel = tiledKernel<TileInputs, TileAttrs>(Tile, (runner, { x }, { reps }) => {
  const { shape } = x;
  if (reps.length !== shape.length) return null;
  return rearranged(runner, x, {
    key: [Tile, reps],
    shape,
    outShape: shape.map((size, axis) => size * reps[axis]),
    rule: (map, index) =>
      index.map((at, axis) => (reps[axis] === 1 ? at : map.split(at, shape[axis])[1])),
  });
});
