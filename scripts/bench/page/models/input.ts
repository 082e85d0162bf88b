/** Input of a net: its picture, or seeded noise. */
import { type Tensor, tensor, util } from '@tensorflow/tfjs-core';
import { fractions, stream } from '../../../../src/validator/random.js';
import type { Net } from '../../../models/net.js';
import { fetchPicture, squarePixels } from '../../../start/page/picture.js';

export interface NetInput {
  readonly values: Float32Array;
  readonly shape: readonly number[];
  readonly dtype: 'float32' | 'int32' | 'bool';
}

export async function inputOf(net: Net): Promise<NetInput> {
  if (!('picture' in net)) {
    const { name, shape } = net;
    const values = fractions(stream(1, name), util.sizeFromShape([...shape]));
    return { values, shape, dtype: 'float32' };
  }
  const { picture, side, white, dtype = 'float32' } = net;
  const pixels = squarePixels(await fetchPicture(`models/${picture}`), side);
  const scaled = pixels.values.map((value) => (value * white) / 255);
  const values = dtype === 'int32' ? scaled.map(Math.round) : scaled;
  return { values, shape: [1, side, side, 3], dtype };
}

/** Makes the input as a new tensor on the current backend. */
export function tensorOf({ values, shape, dtype }: NetInput): Tensor {
  return tensor(values, [...shape], dtype);
}
