/** Softmax over the channels of tensors that are in planes. */
import { Softmax, type SoftmaxAttrs, type SoftmaxInputs, util } from '@tensorflow/tfjs-core';
import { tiledKernel } from './fallback.js';
import { sweptOf, sweptOperand, sweptOutput } from './swept.js';

export const softmaxKernel = tiledKernel<SoftmaxInputs, SoftmaxAttrs>(
  Softmax,
  (runner, { logits }, { dim }) => {
    const swept = sweptOf(runner, logits, util.parseAxisParam(dim, logits.shape));
    if (swept === null || logits.dtype !== 'float32') return null;
    const { layout, format, over } = swept;
    if (!over.channels || over.batch || over.height || over.width) return null;
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
