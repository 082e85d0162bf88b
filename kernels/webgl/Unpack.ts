/**
 * Unpack along an axis of size 1: the same values in another shape, where stock would copy them.
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

export const unpackKernel = tiledKernel<UnpackInputs, UnpackAttrs, TensorInfo[]>(
  Unpack,
  (runner, { value }, { axis }) => {
    const [along] = util.parseAxisParam(axis, value.shape);
    if (value.shape[along] !== 1) return null;
    const shape = value.shape.filter((_, i) => i !== along);
    return [stockKernel(runner, Reshape, { x: value }, { shape })];
  },
);
