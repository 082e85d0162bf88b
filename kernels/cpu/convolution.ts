import type { MathBackendCPU } from '@tensorflow/tfjs-backend-cpu';
import type { DataId, FusedConv2DInputs, TensorInfo } from '@tensorflow/tfjs-core';
import {
  type ConvAttrs,
  type ConvKernel,
  type ConvShape,
  convShape,
} from '../../src/shape/convShape.js';
import { defaultLeakyreluAlpha, fusedActivation } from '../../src/shape/fused.js';
import { convolveDense, packPanels } from './dense.js';
import { convolveDepthwise } from './depthwise.js';
import { finish } from './epilogue.js';
import { assertNotComplex, type CPURunner, type KernelArgs, valuesOf } from './kernel.js';
import { toChannelsFirst, toChannelsLast } from './nchw.js';

interface FusedAttrs extends ConvAttrs {
  activation?: string;
  leakyreluAlpha?: number;
}

/** Runs one of the four convolution kernels; the unfused ones have no bias and no activation. */
export function runConvolution(
  kernelName: string,
  kernel: ConvKernel,
  args: KernelArgs,
): TensorInfo {
  const backend = args.backend as CPURunner;
  const attrs = args.attrs as unknown as FusedAttrs;
  const { x, filter, bias, preluActivationWeights } = args.inputs as FusedConv2DInputs;
  assertNotComplex(kernel, [x, filter, bias, preluActivationWeights]);
  const activation = fusedActivation(attrs.activation);
  const shape = convShape(kernel, x.shape, filter.shape, attrs);
  const y =
    kernel === 'conv2d' ? dense(backend, shape, x, filter) : depthwise(backend, shape, x, filter);
  const operand = (t: TensorInfo | undefined) =>
    t == null ? null : { values: valuesOf(backend, t), shape: t.shape };
  finish(y, shape.outShape, shape.dataFormat, {
    bias: operand(bias),
    activation,
    slopes: operand(preluActivationWeights),
    alpha: attrs.leakyreluAlpha ?? defaultLeakyreluAlpha,
  });
  backend.countVariant(kernelName, kernel === 'conv2d' ? 'blocked-4x4' : 'depthwise');
  return backend.makeTensorInfo([...shape.outShape], 'float32', y);
}

function dense(backend: MathBackendCPU, s: ConvShape, x: TensorInfo, filter: TensorInfo) {
  const values = valuesOf(backend, x);
  const panels = panelsOf(backend, s, filter);
  if (s.dataFormat === 'NHWC') return convolveDense(s, new Float64Array(values), panels);
  const last = toChannelsLast(values, s.batch, s.inChannels, s.inHeight * s.inWidth);
  const y = convolveDense(s, last, panels);
  return toChannelsFirst(y, s.batch, s.outHeight * s.outWidth, s.outChannels);
}

function depthwise(backend: MathBackendCPU, s: ConvShape, x: TensorInfo, filter: TensorInfo) {
  return convolveDepthwise(s, valuesOf(backend, x), valuesOf(backend, filter));
}

/** Packed filters, kept as long as tfjs keeps the data they were packed from. */
const packed = new WeakMap<DataId, { outChannels: number; panels: Float64Array }>();

function panelsOf(backend: MathBackendCPU, s: ConvShape, filter: TensorInfo): Float64Array {
  const known = packed.get(filter.dataId);
  // Filters of several shapes may share data; the panels depend on the last axis alone.
  if (known?.outChannels === s.outChannels) return known.panels;
  const panels = packPanels(s, valuesOf(backend, filter));
  packed.set(filter.dataId, { outChannels: s.outChannels, panels });
  return panels;
}
