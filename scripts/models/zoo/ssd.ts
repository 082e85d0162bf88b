/**
 * SSDLite on MobileNetV2 (Sandler et al. 2018), to the boxes that are selected: TopK, gathers, and a
 * non-max suppression, of which the kernels of most backends compute on the CPU.
 */
import {
  add,
  argMax,
  concat,
  div,
  exp,
  gather,
  image,
  max,
  mul,
  type Rank,
  reshape,
  sigmoid,
  slice,
  split,
  squeeze,
  sub,
  type Tensor,
  type Tensor1D,
  type Tensor2D,
  type Tensor3D,
  topk,
} from '@tensorflow/tfjs-core';
import type { LoadedModel } from '../model.js';
import { mobileNetV2 } from './mobileNetV2.js';
import { chain, conv, depthwise, functionNet, type Layer } from './parts.js';
import { GAIN, Weights } from './weights.js';

/** Classes, and the background before them. */
const CLASSES = 21;
const TOP = 50;
const SELECTED = 20;
const OVERLAP = 0.6;

/** Index of the block whose expanded channels are the first feature map. */
const FIRST_MAP = 13;

/** Channels of the maps behind the last of MobileNetV2, each half as large as the one before. */
const EXTRAS = [512, 256, 256, 128] as const;
const RATIOS = [1, 2, 1 / 2, 3, 1 / 3] as const;

/** Returns heights and widths of the anchors of a map's cells, in parts of the picture. */
function anchorSizes(level: number, levels: number): [number, number][] {
  const scaleOf = (at: number) => 0.2 + (0.75 * at) / (levels - 1);
  const scale = scaleOf(level);
  const sizes = RATIOS.map((ratio): [number, number] => [
    scale / Math.sqrt(ratio),
    scale * Math.sqrt(ratio),
  ]);
  const between = Math.sqrt(scale * scaleOf(level + 1));
  return level === 0 ? sizes.slice(0, 3) : [...sizes, [between, between]];
}

/** Returns centres and sizes of all anchors, as columns y, x, height, width. */
function anchorsOf(maps: readonly (readonly number[])[]): number[][] {
  const rows: number[][] = [];
  for (const [level, [height, width]] of maps.entries()) {
    for (let y = 0; y < height; y++) {
      for (let x = 0; x < width; x++) {
        for (const size of anchorSizes(level, maps.length)) {
          rows.push([(y + 0.5) / height, (x + 0.5) / width, ...size]);
        }
      }
    }
  }
  return [0, 1, 2, 3].map((column) => rows.map((row) => row[column]));
}

/** Returns heights and widths of the feature maps. */
function mapsOf([, height, width]: readonly number[]): number[][] {
  return [16, 32, 64, 128, 256, 512].map((stride) => [
    Math.ceil(height / stride),
    Math.ceil(width / stride),
  ]);
}

/** Turns codes [anchors, 4] into corners [anchors, 4]. */
function boxDecoder(w: Weights, shape: readonly number[]) {
  const [ya, xa, ha, wa] = anchorsOf(mapsOf(shape)).map((column) =>
    w.constant<Rank.R2>(Float32Array.from(column), [column.length, 1]),
  );
  return (codes: Tensor2D): Tensor2D => {
    const [ty, tx, th, tw] = split(codes, 4, 1);
    const [y, x] = [add(mul(div(ty, 10), ha), ya), add(mul(div(tx, 10), wa), xa)];
    const [h, v] = [mul(exp(div(th, 5)), ha), mul(exp(div(tw, 5)), wa)];
    const [halfH, halfW] = [div(h, 2), div(v, 2)];
    return concat([sub(y, halfH), sub(x, halfW), add(y, halfH), add(x, halfW)], 1);
  };
}

/**
 * Returns boxes, scores and classes of what is found. For the input of the table, the best scores are
 * 2e-5 apart or more, so that all engines in float32 select the same boxes in the same order.
 */
function select(boxes: Tensor2D, scores: Tensor2D): Tensor[] {
  const foreground: Tensor2D = slice(scores, [0, 1], [-1, CLASSES - 1]);
  const best: Tensor1D = max(foreground, 1);
  const kinds: Tensor1D = argMax(foreground, 1);
  const { values, indices } = topk(best, Math.min(TOP, best.size));
  const likely: Tensor2D = gather(boxes, indices as Tensor1D);
  const kept = image.nonMaxSuppression(likely, values as Tensor1D, SELECTED, OVERLAP);
  return [
    gather(likely, kept),
    gather(values, kept),
    gather(gather(kinds, indices as Tensor1D), kept),
  ];
}

export function ssdLite(shape: readonly number[]): LoadedModel {
  const w = new Weights('ssdlite');
  const { stem, blocks } = mobileNetV2(w);
  const toFirst = chain(stem, ...blocks.slice(0, FIRST_MAP).map(({ whole }) => whole));
  const { expand, project, expanded } = blocks[FIRST_MAP];
  const last = blocks[blocks.length - 1].channels;
  const toSecond = chain(
    project,
    ...blocks.slice(FIRST_MAP + 1).map(({ whole }) => whole),
    conv(w, last, 1280, { activation: 'relu6', gain: GAIN.linear }),
  );
  const widths = [expanded, 1280, ...EXTRAS];
  const extras = EXTRAS.map((to, i) => {
    const inner = to / 2;
    return chain(
      conv(w, widths[i + 1], inner, { activation: 'relu6' }),
      depthwise(w, inner, { stride: 2, activation: 'relu6' }),
      conv(w, inner, to, { activation: 'relu6' }),
    );
  });
  const predictor = (channels: number, to: number): Layer =>
    chain(depthwise(w, channels, { activation: 'relu6' }), conv(w, channels, to));
  const heads = widths.map((channels, level) => {
    const anchors = anchorSizes(level, widths.length).length;
    return {
      box: predictor(channels, 4 * anchors),
      score: predictor(channels, CLASSES * anchors),
    };
  });
  const decode = boxDecoder(w, shape);
  return functionNet(w, (x) => {
    const first = expand(toFirst(x));
    const maps = [first, toSecond(first)];
    for (const layer of extras) maps.push(layer(maps[maps.length - 1]));
    const all = (kind: 'box' | 'score', size: number): Tensor2D => {
      const parts = maps.map((map, i): Tensor3D => reshape(heads[i][kind](map), [1, -1, size]));
      return squeeze(concat(parts, 1), [0]);
    };
    const boxes = decode(all('box', 4));
    const scores = sigmoid(all('score', CLASSES));
    return [boxes, scores, ...select(boxes, scores)];
  });
}
