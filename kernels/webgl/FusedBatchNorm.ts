import {
  FusedBatchNorm,
  type FusedBatchNormAttrs,
  type FusedBatchNormInputs,
} from '@tensorflow/tfjs-core';
import { channelOperand } from './broadcast.js';
import { tiledKernel } from './fallback.js';

/**
 * FusedBatchNorm for statistics with one value per channel, all of the same rank; statistics that
 * broadcast otherwise go to the stock kernel.
 */
export const fusedBatchNormKernel = tiledKernel<FusedBatchNormInputs, FusedBatchNormAttrs>(
  FusedBatchNorm,
  (runner, { x, mean, variance, offset, scale }, { varianceEpsilon }) => {
    const placement = runner.placementOf(x);
    if (placement === null || placement.format !== 'NHWC') return null;
    const { channels } = placement.layout;
    const statistics = [mean, variance, offset, scale].filter((tensor) => tensor != null);
    if (statistics.some(({ shape }) => shape.length !== mean.shape.length)) return null;
    const operands = statistics.map((tensor) => channelOperand(runner, tensor, channels));
    if (operands.includes(null)) return null;
    const step = { op: 'batchNorm', offset: offset != null, scale: scale != null } as const;
    const given = operands.filter((operand) => operand !== null);
    return runner.apply(x, step, given, { Epsilon: varianceEpsilon ?? 0.001 });
  },
);
