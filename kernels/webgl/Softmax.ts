/** Softmax over the channels of tensors that are in planes. */
import {
  Softmax,
  type SoftmaxAttrs,
  type SoftmaxInputs,
  type TensorInfo,
  util,
} from '@tensorflow/tfjs-core';
import { tiledKernel } from './fallback.js';
import { noAxes } from './layout/axes.js';
import { isOfFewOnCPU } from './moves.js';
import { placementOfRows } from './rows.js';
import type { TileRunner } from './runner.js';
import { type Swept, sweptOf, sweptOperand, sweptOutput } from './swept.js';

export const softmaxKernel = tiledKernel<SoftmaxInputs, SoftmaxAttrs>(
  Softmax,
  (runner, { logits }, { dim }) => {
    if (logits.dtype !== 'float32' || logits.shape.includes(0)) return null;
    const swept = overChannels(runner, logits, util.parseAxisParam(dim, logits.shape));
    if (swept === null) return null;
    const { layout, format } = swept;
    const x = sweptOperand(runner, logits, swept);
    const output = sweptOutput(runner, swept, { channels: 2 });
    const terms = runner.run({ family: 'softmaxTerms', in: layout.tile }, { x }, {}, output);
    const result = runner.run(
      { family: 'softmax', tile: layout.tile },
      { x, terms: sweptOperand(runner, terms, output) },
      {},
      { shape: logits.shape, layout, format },
    );
    runner.disposeIntermediateTensorInfo(terms);
    return result;
  },
);

/**
 * Returns the placement of x in which the given axes are all channels and nothing else, so that each
 * pixel is a softmax by itself; null if there is none in planes.
 */
function overChannels(runner: TileRunner, x: TensorInfo, axes: readonly number[]): Swept | null {
  const swept = sweptOf(runner, x, axes);
  const { batch, height, width, channels } = swept?.over ?? noAxes;
  if (swept !== null && channels && !(batch || height || width)) return swept;
  const isLast = axes.length === 1 && axes[0] === x.shape.length - 1;
  const rows = isLast && !isOfFewOnCPU(runner, x) ? placementOfRows(runner, x) : null;
  return rows && { ...rows, over: { ...noAxes, channels: true } };
}
