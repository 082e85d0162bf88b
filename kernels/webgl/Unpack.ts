/**
 * Unpack of tensors that are in planes, and of any tensor along an axis of size 1: the same values in
 * another shape, where stock would copy them.
 */
import {
  Reshape,
  type TensorInfo,
  Unpack,
  type UnpackAttrs,
  type UnpackInputs,
  util,
} from '@tensorflow/tfjs-core';
import { stockKernel, tiledKernel } from './fallback.js';
import { moved } from './moves.js';
import { range } from './programs/source.js';

export const unpackKernel = tiledKernel<UnpackInputs, UnpackAttrs, TensorInfo[]>(
  Unpack,
  (runner, { value }, { axis }) => {
    const [along] = util.parseAxisParam(axis, value.shape);
    const count = value.shape[along];
    const shape = value.shape.filter((_, i) => i !== along);
    if (count === 1) return [stockKernel(runner, Reshape, { x: value }, { shape })];
    const outShape = value.shape.map((size, i) => (i === along ? 1 : size));
    const parts: TensorInfo[] = [];
    for (const begin of range(count)) {
      const rule: Parameters<typeof moved>[2]['rule'] = (map, index) =>
        index.map((at, i) => (i === along ? map.sum(begin, []) : at));
      const key = [Unpack, along, begin];
      const move = { key, shape: value.shape, outShape, rule };
      const part = moved(runner, value, move, { resultShape: shape });
      // All parts have the same placement, or none.
      if (part === null) return null;
      parts.push(part);
    }
    return parts;
  },
);
