import * as tf from '@tensorflow/tfjs-core';
import type { ConvCase } from './caseId.js';
import { type CaseInputs, caseInputs, type Numbers } from './inputs.js';

/** Runs a case through tfjs's public op on a registered backend, and leaves tfjs as it was. */
export async function runCase(
  c: ConvCase,
  backendName: string,
  inputs: CaseInputs = caseInputs(c),
): Promise<Numbers> {
  const before = tf.getBackend();
  if (!(await tf.setBackend(backendName))) {
    throw new Error(`Backend "${backendName}" does not start on this device.`);
  }
  const y = tf.tidy(() => op(c, inputs));
  try {
    return { values: new Float32Array(await y.data()), shape: y.shape };
  } finally {
    y.dispose();
    if (before && before !== backendName) await tf.setBackend(before);
  }
}

function op(c: ConvCase, inputs: CaseInputs): tf.Tensor4D {
  const tensor = ({ values, shape }: Numbers) => tf.tensor(values, [...shape], 'float32');
  const x = tensor(inputs.x) as tf.Tensor4D;
  const filter = tensor(inputs.filter) as tf.Tensor4D;
  const strides: [number, number] = [...c.stride];
  const dilations: [number, number] = [...c.dilation];
  const pad = tfjsPad(c);
  const depthwise = c.kernel === 'depthwiseConv2d';
  if (c.activation === undefined) {
    const convolution = depthwise ? tf.depthwiseConv2d : tf.conv2d;
    return convolution(x, filter, strides, pad, c.format, dilations, c.rounding);
  }
  // The depthwise op takes explicit pads too; its type does not say so.
  const fusedDepthwise = tf.fused.depthwiseConv2d as typeof tf.fused.conv2d;
  return (depthwise ? fusedDepthwise : tf.fused.conv2d)({
    x,
    filter,
    strides,
    pad,
    dataFormat: c.format,
    dilations,
    dimRoundingMode: c.rounding,
    bias: inputs.bias ? tensor(inputs.bias) : undefined,
    activation: c.activation,
    preluActivationWeights: inputs.prelu ? tensor(inputs.prelu) : undefined,
    leakyreluAlpha: c.alpha,
  });
}

/** An explicit pad has one pair for each axis of the format in tfjs. */
function tfjsPad(c: ConvCase): 'same' | 'valid' | number | tf.backend_util.ExplicitPadding {
  if (typeof c.pad !== 'object') return c.pad;
  const [top, bottom, left, right] = c.pad;
  const rows: [number, number] = [top, bottom];
  const cols: [number, number] = [left, right];
  return c.format === 'NHWC' ? [[0, 0], rows, cols, [0, 0]] : [[0, 0], [0, 0], rows, cols];
}
