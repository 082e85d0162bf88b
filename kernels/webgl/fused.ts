/**
 * Fused convolutions. The program applies bias and prelu slope if they have one value per output
 * channel. Element-wise kernels apply a bias or slope of any other shape that broadcasts, and
 * everything after it, to the sum.
 */
import {
  Add,
  type FusedConv2DAttrs,
  LeakyRelu,
  Prelu,
  type TensorInfo,
} from '@tensorflow/tfjs-core';
import type { ConvShape } from '../shape/convShape.js';
import {
  defaultLeakyreluAlpha,
  type FusedActivation,
  fusedActivation,
  perChannel,
  spreadOver,
} from '../shape/fused.js';
import { convolve, sumsNothing } from './convolve.js';
import { binary, unary } from './elementwise.js';
import { stockKernel } from './fallback.js';
import type { TileRunner } from './runner.js';

interface FusedInputs {
  readonly x: TensorInfo;
  readonly filter: TensorInfo;
  readonly bias?: TensorInfo;
  readonly preluActivationWeights?: TensorInfo;
}

export function fusedConvolve(
  runner: TileRunner,
  kernelName: string,
  shape: ConvShape,
  { x, filter, bias, preluActivationWeights: slope }: FusedInputs,
  attrs: Pick<FusedConv2DAttrs, 'activation' | 'leakyreluAlpha'>,
): TensorInfo {
  const activation = fusedActivation(attrs.activation);
  const alpha =
    activation === 'leakyrelu' ? (attrs.leakyreluAlpha ?? defaultLeakyreluAlpha) : undefined;
  if (activation === 'prelu' && slope == null) {
    throw new Error(`${kernelName}: activation 'prelu' needs preluActivationWeights.`);
  }
  const { outShape, dataFormat } = shape;
  if (bias != null) spreadOver('bias', bias.shape, outShape, dataFormat);
  if (activation === 'prelu' && slope != null) {
    spreadOver('PReLU weights', slope.shape, outShape, dataFormat);
  }
  const inProgram = (t: TensorInfo | undefined) =>
    t != null && !sumsNothing(shape) && isPerChannel(t, shape) ? t : undefined;
  const fusedBias = inProgram(bias);
  const biasDone = bias == null || fusedBias !== undefined;
  // Only prelu has a step that reads the slope; tfjs accepts a slope with any activation.
  const fusedSlope = activation === 'prelu' ? inProgram(slope) : undefined;
  const slopeDone = activation !== 'prelu' || fusedSlope !== undefined;
  if (biasDone && slopeDone && !sumsNothing(shape)) {
    const operands = { x, filter, bias: fusedBias, slope: fusedSlope, activation, alpha };
    return convolve(runner, kernelName, shape, operands);
  }

  return runner.undeferred(() => {
    const operands = { x, filter, bias: fusedBias, activation: 'linear' } as const;
    let sum = convolve(runner, kernelName, shape, operands);
    if (bias != null && !biasDone) {
      sum = replace(runner, sum, add(runner, sum, aligned(bias, shape)));
    }
    if (activation === 'linear') return sum;
    const weights = slope && aligned(slope, shape);
    return replace(runner, sum, activate(runner, sum, activation, weights, alpha));
  });
}

function isPerChannel(x: TensorInfo, { outChannels, dataFormat }: ConvShape): boolean {
  return perChannel(x.shape, outChannels, dataFormat) === 'channel';
}

/**
 * Aligns a tensor of rank 1 with the channels, because in NCHW broadcasting would align it with the
 * last axis.
 */
function aligned(x: TensorInfo, { dataFormat }: ConvShape): TensorInfo {
  return dataFormat === 'NCHW' && x.shape.length === 1 ? { ...x, shape: [x.shape[0], 1, 1] } : x;
}

function replace(runner: TileRunner, old: TensorInfo, result: TensorInfo): TensorInfo {
  runner.disposeIntermediateTensorInfo(old);
  return result;
}

function add(runner: TileRunner, a: TensorInfo, b: TensorInfo): TensorInfo {
  return binary(runner, 'add', a, b) ?? stockKernel(runner, Add, { a, b });
}

function activate(
  runner: TileRunner,
  x: TensorInfo,
  activation: Exclude<FusedActivation, 'linear'>,
  slope: TensorInfo | undefined,
  alpha: number | undefined,
): TensorInfo {
  if (activation === 'prelu') {
    const inputs = { x, alpha: slope as TensorInfo };
    return binary(runner, 'prelu', x, inputs.alpha) ?? stockKernel(runner, Prelu, inputs);
  }
  if (activation === 'leakyrelu') {
    const attrs = { alpha: alpha as number };
    return unary(runner, 'leakyrelu', x, attrs) ?? stockKernel(runner, LeakyRelu, { x }, attrs);
  }
  return unary(runner, activation, x) ?? stockKernel(runner, STOCK_NAME[activation], { x });
}

const STOCK_NAME = { relu: 'Relu', relu6: 'Relu6', elu: 'Elu', sigmoid: 'Sigmoid' } as const;
