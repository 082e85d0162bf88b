/** Convolutions of tiled-cpu: by microkernels where there is WebAssembly, else in plain TypeScript. */
import { type DataId, type FusedConv2DInputs, type TensorInfo, util } from '@tensorflow/tfjs-core';
import {
  type ConvAttrs,
  type ConvShape,
  convShape,
  type ForwardKernel,
} from '../shape/convShape.js';
import {
  defaultLeakyreluAlpha,
  type FusedActivation,
  fusedActivation,
  perChannel,
} from '../shape/fused.js';
import { unpaddedShape } from '../shape/unpadded.js';
import { plain } from './builds.js';
import { convolveDense, packPlainPanels } from './dense.js';
import { convolveDepthwise } from './depthwise.js';
import { finish } from './epilogue.js';
import { convolveOnHeap, planOf, planOfPadded } from './heapConvolution.js';
import { type FusedEpilogue, noEpilogue } from './job.js';
import {
  assertNotComplex,
  type CPURunner,
  type KernelArgs,
  type Padded,
  valuesOf,
} from './kernel.js';
import { type Microkernels, microkernelsOf } from './microkernels.js';
import { readRepeated, withChannelsRepeated } from './multiplier.js';
import { readChannelsLast, toChannelsFirst, toChannelsLast, writeChannelsLast } from './nchw.js';
import { onHeap } from './onHeap.js';
import { sizeOf } from './stockOr.js';
import { applyInPlace } from './unary.js';

interface FusedAttrs extends ConvAttrs {
  activation?: string;
  leakyreluAlpha?: number;
}

/** The bias and activation fused into a convolution. */
export interface Fused {
  readonly bias: TensorInfo | undefined;
  readonly activation: FusedActivation;
  /** Slopes of prelu. */
  readonly slopes: TensorInfo | undefined;
  /** Slope of leakyrelu. */
  readonly alpha: number;
}

/** Runs one of the four convolution kernels; the unfused ones have no bias or activation. */
export function runConvolution(
  kernelName: string,
  kernel: ForwardKernel,
  args: KernelArgs,
): TensorInfo {
  const backend = args.backend as CPURunner;
  const attrs = args.attrs as unknown as FusedAttrs;
  const { x, filter, bias, preluActivationWeights } = args.inputs as FusedConv2DInputs;
  assertNotComplex(kernel, [x, filter, bias, preluActivationWeights]);
  const shape = convShape(kernel, x.shape, filter.shape, attrs);
  const fused: Fused = {
    bias,
    activation: fusedActivation(attrs.activation),
    slopes: preluActivationWeights,
    alpha: attrs.leakyreluAlpha ?? defaultLeakyreluAlpha,
  };
  const micro = microkernelsOf(backend);
  // A sweep over empty tensors would still read values.
  const isEmpty = [x.shape, filter.shape, shape.outShape].some((sizes) => sizes.includes(0));
  const y =
    micro === null || isEmpty || x.dtype !== 'float32' || filter.dtype !== 'float32'
      ? null
      : onHeap(backend, shape.outShape, (address) =>
          runWithoutPadding(backend, micro, shape, x, filter, address, fused),
        );
  backend.countVariant(kernelName, y === null ? plain : (micro as Microkernels).build);
  return y ?? convolvePlainly(backend, shape, x, filter, fused);
}

/**
 * Convolves x, or the tensor that was padded to make x, so that a recording need not pad it. Zeros add
 * nothing to the sums, whose order stays the same.
 */
function runWithoutPadding(
  backend: CPURunner,
  micro: Microkernels,
  shape: ConvShape,
  x: TensorInfo,
  filter: TensorInfo,
  y: number,
  fused: Fused,
): void {
  const { recorder } = backend;
  const padded = shape.dataFormat === 'NHWC' ? (recorder?.unpadded(x.dataId) ?? null) : null;
  const without = padded === null ? null : withoutPadding(shape, x, padded);
  const plan = without === null ? null : planOfPadded(without);
  if (padded === null || without === null || plan?.microkernel !== planOf(shape).microkernel) {
    runOnHeap(backend, micro, shape, x, filter, y, fused);
    return;
  }
  runOnHeap(backend, micro, without, padded.x, filter, y, fused, plan);
  recorder?.noteUnpadded(x.dataId);
}

/**
 * Returns the same convolution of the tensor before x was padded, with the padding as its own; null if x
 * has another shape by now, if its channels are repeated, or if some sums would be split in another way: those
 * of a result of one pixel, and of a dense convolution with padding of its own.
 */
function withoutPadding(shape: ConvShape, x: TensorInfo, padded: Padded): ConvShape | null {
  const { top, left } = padded;
  const { kernel, padTop, padBottom, padLeft, padRight } = shape;
  const isOne = shape.batch * shape.outHeight * shape.outWidth === 1;
  const isPadded = kernel === 'conv2d' && padTop + padBottom + padLeft + padRight > 0;
  const isRepeated = withChannelsRepeated(shape) !== shape;
  if (isOne || isPadded || isRepeated || !util.arraysEqual([...padded.shape], x.shape)) return null;
  return unpaddedShape(shape, padded.x.shape, top, left);
}

/** Convolves x and writes the result to address y; both are in the order of the data format. */
export function runOnHeap(
  backend: CPURunner,
  micro: Microkernels,
  s: ConvShape,
  x: TensorInfo,
  filter: TensorInfo,
  y: number,
  fused: Fused,
  plan = planOf(withChannelsRepeated(s)),
): void {
  const { epilogue, rest } = splitEpilogue(s, fused);
  const heap = { backend, micro };
  const each = withChannelsRepeated(s);
  readChannelsLast(heap, s.dataFormat, backend.address(x), s.inShape, (xLast) =>
    readRepeated(heap, s, xLast, (xEach) =>
      writeChannelsLast(heap, s.dataFormat, y, s.outShape, (yLast) =>
        convolveOnHeap(backend, micro, each, plan, xEach, filter, yLast, epilogue),
      ),
    ),
  );
  const { bias, activation, slopes } = rest;
  const length = sizeOf(s.outShape);
  if (bias === undefined && (activation === 'sigmoid' || activation === 'elu')) {
    applyInPlace(backend, micro, activation, y, length);
  } else if (bias !== undefined || activation !== 'linear') {
    const reads = [bias, slopes].filter((t) => t !== undefined);
    backend.step(() => finishValues(backend, backend.view(y, length), s, rest), reads);
  }
}

const nothing: Fused = { bias: undefined, activation: 'linear', slopes: undefined, alpha: 0 };

/** Splits an epilogue into a part for the microkernels and a rest to apply after them. */
function splitEpilogue(s: ConvShape, fused: Fused): { epilogue: FusedEpilogue; rest: Fused } {
  const { bias, activation, slopes, alpha } = fused;
  const fits = (t: TensorInfo) => perChannel(t.shape, s.outChannels, s.dataFormat) !== 'other';
  if (bias !== undefined && !fits(bias)) return { epilogue: noEpilogue, rest: fused };
  const biased = { ...noEpilogue, bias: bias ?? null };
  const done = (epilogue: Partial<FusedEpilogue>) => ({
    epilogue: { ...biased, ...epilogue },
    rest: nothing,
  });
  switch (activation) {
    case 'linear':
      return done({});
    case 'relu':
      return done({ low: 0 });
    case 'relu6':
      return done({ low: 0, high: 6 });
    case 'leakyrelu':
      return done({ slopes: alpha });
    case 'prelu':
      if (slopes !== undefined && fits(slopes)) return done({ slopes });
  }
  return { epilogue: biased, rest: { ...fused, bias: undefined } };
}

function finishValues(backend: CPURunner, y: Float32Array, s: ConvShape, fused: Fused): void {
  const operand = (t: TensorInfo | undefined) =>
    t == null ? null : { values: valuesOf(backend, t), shape: t.shape };
  const { activation, alpha } = fused;
  const [bias, slopes] = [operand(fused.bias), operand(fused.slopes)];
  finish(y, s.outShape, s.dataFormat, { bias, activation, slopes, alpha });
}

/** Computes the convolution in TypeScript, on JavaScript arrays. */
function convolvePlainly(
  backend: CPURunner,
  s: ConvShape,
  x: TensorInfo,
  filter: TensorInfo,
  fused: Fused,
): TensorInfo {
  const values = valuesOf(backend, x);
  const y =
    s.kernel === 'conv2d'
      ? densePlainly(s, values, plainPanels(backend, s, filter))
      : convolveDepthwise(s, values, valuesOf(backend, filter));
  finishValues(backend, y, s, fused);
  return backend.makeTensorInfo([...s.outShape], 'float32', y);
}

function densePlainly(s: ConvShape, x: Float32Array, panels: Float64Array): Float32Array {
  if (s.dataFormat === 'NHWC') return convolveDense(s, new Float64Array(x), panels);
  const last = toChannelsLast(x, s.batch, s.inChannels, s.inHeight * s.inWidth);
  const y = convolveDense(s, last, panels);
  return toChannelsFirst(y, s.batch, s.outHeight * s.outWidth, s.outChannels);
}

/** Packed filters, kept as long as tfjs keeps the data from which they were packed. */
const packed = new WeakMap<DataId, { outChannels: number; panels: Float64Array }>();

function plainPanels(backend: CPURunner, s: ConvShape, filter: TensorInfo): Float64Array {
  const known = packed.get(filter.dataId);
  // Filters of several shapes may share data; the panels depend on the last axis alone.
  if (known?.outChannels === s.outChannels) return known.panels;
  const panels = packPlainPanels(s, valuesOf(backend, filter));
  packed.set(filter.dataId, { outChannels: s.outChannels, panels });
  return panels;
}
