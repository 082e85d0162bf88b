import {
  FusedBatchNorm,
  type FusedBatchNormAttrs,
  type FusedBatchNormInputs,
} from '@tensorflow/tfjs-core';
import type { Operand } from '../../src/runner.js';
import { channelOperand } from './elementwise.js';
import { tiledKernel } from './ladder.js';

/** Statistics per channel; other shapes that broadcast go to the stock kernel. */
export const fusedBatchNormKernel = tiledKernel<FusedBatchNormInputs, FusedBatchNormAttrs>(
  FusedBatchNorm,
  (runner, { x, mean, variance, offset, scale }, { varianceEpsilon }) => {
    const residence = runner.residence(x);
    if (residence === null || residence.format !== 'NHWC') return null;
    const { layout, format } = residence;
    const operands: Record<string, Operand> = { x: runner.tiles(x, layout, format, layout.tile) };
    for (const [name, tensor] of Object.entries({ mean, variance, offset, scale })) {
      if (tensor == null) continue;
      const operand = channelOperand(runner, tensor, layout);
      if (operand === null) return null;
      operands[name] = operand;
    }
    const spec = {
      family: 'batchNorm',
      tile: layout.tile,
      offset: offset != null,
      scale: scale != null,
    } as const;
    const uniforms = { epsilon: varianceEpsilon };
    return runner.run(spec, operands, uniforms, { shape: x.shape, layout, format });
  },
);
