/** YOLOv8n (Ultralytics 2023), with its decoder, as the export to TensorFlow writes it: unfused. */
import {
  add,
  concat,
  conv2d,
  div,
  image,
  maxPool,
  mul,
  pad,
  type Rank,
  reshape,
  sigmoid,
  slice,
  softmax,
  split,
  sub,
  type Tensor,
  type Tensor3D,
  type Tensor4D,
  transpose,
} from '@tensorflow/tfjs-core';
import type { LoadedModel } from '../model.js';
import { chain, functionNet, type Layer, residual, silu, unfusedConv } from './parts.js';
import { BRANCH, GAIN, Weights } from './weights.js';

const CLASSES = 80;

/** Bins of the distribution of each side of a box. */
const BINS = 16;
const STRIDES = [8, 16, 32] as const;

/** A convolution with SiLU; a strided one pads before it. */
function cbs(
  w: Weights,
  from: number,
  to: number,
  size: number,
  stride = 1,
  gain: number = GAIN.silu,
) {
  if (stride === 1) return chain(unfusedConv(w, from, to, { size, gain }), silu);
  const strided = unfusedConv(w, from, to, { size, stride, pad: 'valid', gain });
  const padded: Layer = (x) =>
    pad(x, [
      [0, 0],
      [1, 1],
      [1, 1],
      [0, 0],
    ]);
  return chain(padded, strided, silu);
}

/** The block C2f: both halves of the channels, and results of a chain of bottlenecks. */
function c2f(w: Weights, from: number, to: number, count: number, isResidual: boolean): Layer {
  const half = to / 2;
  const first = cbs(w, from, to, 1);
  const inner = Array.from({ length: count }, () => {
    const gain = isResidual ? GAIN.silu * BRANCH : GAIN.silu;
    const both = chain(cbs(w, half, half, 3), cbs(w, half, half, 3, 1, gain));
    return isResidual ? residual(both) : both;
  });
  const last = cbs(w, (2 + count) * half, to, 1);
  return (x) => {
    const parts: Tensor4D[] = split(first(x), 2, 3);
    for (const layer of inner) parts.push(layer(parts[parts.length - 1]));
    return last(concat(parts, 3));
  };
}

/** The block SPPF: the results of three max pools, one after the other, beside each other. */
function sppf(w: Weights, channels: number): Layer {
  const half = channels / 2;
  const first = cbs(w, channels, half, 1);
  const last = cbs(w, 4 * half, channels, 1);
  return (x) => {
    const parts = [first(x)];
    for (let i = 0; i < 3; i++) parts.push(maxPool(parts[i], 5, 1, 'same'));
    return last(concat(parts, 3));
  };
}

const doubled: Layer = (x) =>
  image.resizeNearestNeighbor(x, [2 * x.shape[1], 2 * x.shape[2]], false, true);

/** Returns the anchors' centres [2, count] and strides [1, count], in cells and in pixels. */
function anchorsOf(w: Weights, [, height, width]: readonly number[]) {
  const xs: number[] = [];
  const ys: number[] = [];
  const strides: number[] = [];
  for (const stride of STRIDES) {
    for (let y = 0; y < height / stride; y++) {
      for (let x = 0; x < width / stride; x++) {
        xs.push(x + 0.5);
        ys.push(y + 0.5);
        strides.push(stride);
      }
    }
  }
  return {
    centres: w.constant<Rank.R3>(Float32Array.from([...xs, ...ys]), [1, 2, xs.length]),
    strides: w.constant<Rank.R3>(Float32Array.from(strides), [1, 1, xs.length]),
  };
}

/** Decodes [1, 4 * BINS + CLASSES, anchors] to boxes and scores [1, 4 + CLASSES, anchors]. */
function decoder(w: Weights, shape: readonly number[]) {
  const { centres, strides } = anchorsOf(w, shape);
  const bins = w.constant<Rank.R4>(
    Float32Array.from({ length: BINS }, (_, i) => i),
    [1, 1, BINS, 1],
  );
  return (x: Tensor3D): Tensor => {
    const count = x.shape[2];
    const sides = reshape(slice(x, [0, 0, 0], [1, 4 * BINS, count]), [1, 4, BINS, count]);
    const scores = slice(x, [0, 4 * BINS, 0], [1, CLASSES, count]);
    const likely = softmax(transpose(sides, [0, 3, 1, 2]) as Tensor4D);
    const distances = transpose(reshape(conv2d(likely, bins, 1, 'same'), [1, count, 4]), [0, 2, 1]);
    const [before, after] = split(distances, 2, 1);
    const [from, to] = [sub(centres, before), add(centres, after)];
    const boxes = concat([div(add(from, to), 2), sub(to, from)], 1);
    return concat([mul(boxes, strides), sigmoid(scores)], 1);
  };
}

export function yoloV8n(shape: readonly number[]): LoadedModel {
  const w = new Weights('yolov8n');
  const down = (from: number, to: number, gain: number = GAIN.silu) => cbs(w, from, to, 3, 2, gain);
  const toP3 = chain(
    down(3, 16, GAIN.linear),
    down(16, 32),
    c2f(w, 32, 32, 1, true),
    down(32, 64),
    c2f(w, 64, 64, 2, true),
  );
  const toP4 = chain(down(64, 128), c2f(w, 128, 128, 2, true));
  const toP5 = chain(down(128, 256), c2f(w, 256, 256, 1, true), sppf(w, 256));
  const up4 = c2f(w, 384, 128, 1, false);
  const up3 = c2f(w, 192, 64, 1, false);
  const [down3, down4] = [down(64, 64), down(128, 128)];
  const [again4, again5] = [c2f(w, 192, 128, 1, false), c2f(w, 384, 256, 1, false)];
  const head = (from: number, inner: number, to: number): Layer =>
    chain(
      cbs(w, from, inner, 3),
      cbs(w, inner, inner, 3),
      unfusedConv(w, inner, to, { gain: GAIN.silu }),
    );
  const heads = [64, 128, 256].map((channels) => ({
    box: head(channels, 64, 4 * BINS),
    score: head(channels, CLASSES, CLASSES),
  }));
  const decode = decoder(w, shape);
  return functionNet(w, (x) => {
    const p3 = toP3(x);
    const p4 = toP4(p3);
    const p5 = toP5(p4);
    const n4 = up4(concat([doubled(p5), p4], 3));
    const n3 = up3(concat([doubled(n4), p3], 3));
    const m4 = again4(concat([down3(n3), n4], 3));
    const m5 = again5(concat([down4(m4), p5], 3));
    const levels = [n3, m4, m5].map((level, i): Tensor3D => {
      const both = concat([heads[i].box(level), heads[i].score(level)], 3);
      return reshape(both, [1, -1, 4 * BINS + CLASSES]);
    });
    return [decode(transpose(concat(levels, 1), [0, 2, 1]))];
  });
}
