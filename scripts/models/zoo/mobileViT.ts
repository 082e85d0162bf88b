/** MobileViT-XXS (Mehta and Rastegari 2021): transformers over the pixels of patches. */
import {
  add,
  concat,
  matMul,
  mul,
  reshape,
  softmax,
  split,
  squeeze,
  type Tensor,
  type Tensor3D,
  type Tensor4D,
  transpose,
} from '@tensorflow/tfjs-core';
import type { LoadedModel } from '../model.js';
import { layerNorm } from './norm.js';
import {
  chain,
  conv,
  dense,
  depthwise,
  functionNet,
  globalMeanRows,
  type Layer,
  residual,
  silu,
} from './parts.js';
import { BRANCH, GAIN, Weights } from './weights.js';

const HEADS = 4;

/** Height and width of a patch. */
const PATCH = 2;

type Tokens = (x: Tensor3D) => Tensor3D;

function mobileBlock(w: Weights, from: number, to: number, stride = 1): Layer {
  const isResidual = stride === 1 && from === to;
  const branch = chain(
    conv(w, from, 2 * from, { gain: GAIN.linear }),
    silu,
    depthwise(w, 2 * from, { stride, gain: GAIN.silu }),
    silu,
    conv(w, 2 * from, to, { gain: GAIN.silu * (isResidual ? BRANCH : 1) }),
  );
  return isResidual ? residual(branch) : branch;
}

function attention(w: Weights, width: number): Tokens {
  const each = width / HEADS;
  const qkv = dense(w, width, 3 * width, GAIN.linear);
  const out = dense(w, width, width, GAIN.linear);
  return (x) => {
    const [n, count] = x.shape;
    const heads = transpose(reshape(qkv(x), [n, count, 3, HEADS, each]), [2, 0, 3, 1, 4]);
    const [q, k, v] = split(heads, 3, 0).map((part): Tensor4D => squeeze(part, [0]));
    const weights: Tensor = softmax(matMul(mul(q, each ** -0.5), k, false, true));
    const mixed = matMul(weights as Tensor4D, v);
    return out(reshape(transpose(mixed, [0, 2, 1, 3]), [n, count, width]));
  };
}

function transformer(w: Weights, width: number, inner: number): Tokens {
  const [normA, normB] = [layerNorm(w, width), layerNorm(w, width)];
  const attend = attention(w, width);
  const [wide, narrow] = [dense(w, width, inner, GAIN.linear), dense(w, inner, width, GAIN.silu)];
  return (x) => {
    const mixed = add(x, attend(normA(x)));
    return add(mixed, narrow(silu(wide(normB(mixed)))));
  };
}

/** Pixels [n, h, w, c] as sequences [n * 4, patches, c]: one for each place in a patch. */
function unfold(x: Tensor4D): Tensor3D {
  const [n, h, w, c] = x.shape;
  const [rows, columns] = [h / PATCH, w / PATCH];
  const patches = transpose(reshape(x, [n * rows, PATCH, columns, PATCH * c]), [0, 2, 1, 3]);
  const places = reshape(patches, [n, rows * columns, PATCH * PATCH, c]);
  return reshape(transpose(places, [0, 2, 1, 3]), [n * PATCH * PATCH, rows * columns, c]);
}

/** The inverse of unfold(). */
function fold(x: Tensor3D, [n, h, w, c]: readonly number[]): Tensor4D {
  const [rows, columns] = [h / PATCH, w / PATCH];
  const places = transpose(reshape(x, [n, PATCH * PATCH, rows * columns, c]), [0, 2, 1, 3]);
  const patches = reshape(places, [n * rows, columns, PATCH, PATCH * c]);
  return reshape(transpose(patches, [0, 2, 1, 3]), [n, h, w, c]);
}

function vitBlock(
  w: Weights,
  channels: number,
  width: number,
  inner: number,
  count: number,
): Layer {
  const local = chain(
    conv(w, channels, channels, { size: 3, gain: GAIN.linear }),
    silu,
    conv(w, channels, width, { gain: GAIN.silu }),
  );
  const layers = Array.from({ length: count }, () => transformer(w, width, inner));
  const norm = layerNorm(w, width);
  const back = chain(conv(w, width, channels, { gain: GAIN.linear }), silu);
  const merge = chain(conv(w, 2 * channels, channels, { size: 3 }), silu);
  return (x) => {
    const near = local(x);
    const tokens = layers.reduce((y, layer) => layer(y), unfold(near));
    return merge(concat([x, back(fold(norm(tokens), near.shape))], 3));
  };
}

export function mobileViTXXS(): LoadedModel {
  const w = new Weights('mobilevit-xxs');
  const net = chain(
    conv(w, 3, 16, { size: 3, stride: 2, gain: GAIN.linear }),
    silu,
    mobileBlock(w, 16, 16),
    mobileBlock(w, 16, 24, 2),
    mobileBlock(w, 24, 24),
    mobileBlock(w, 24, 24),
    mobileBlock(w, 24, 48, 2),
    vitBlock(w, 48, 64, 128, 2),
    mobileBlock(w, 48, 64, 2),
    vitBlock(w, 64, 80, 160, 4),
    mobileBlock(w, 64, 80, 2),
    vitBlock(w, 80, 96, 192, 3),
    conv(w, 80, 320, { gain: GAIN.silu }),
    silu,
  );
  const classify = dense(w, 320, 1000, GAIN.silu);
  return functionNet(w, (x) => [classify(globalMeanRows(net(x)))]);
}
