import { DepthwiseConv2dNativeBackpropInput, type TensorInfo, util } from '@tensorflow/tfjs-core';
import { type ConvShape, convShape } from '../shape/convShape.js';
import { canSweep, DEPTHWISE_TILES } from './heapConvolution.js';
import { noEpilogue, runJob } from './job.js';
import { sweepPlan, tiledPlan } from './jobPlan.js';
import { makeMoves, moveOf, sliced, viewOf } from './move.js';
import { onHeap } from './onHeap.js';
import { rowsOfRegions, transposedRegions } from './phases.js';
import { type InputGradientAttrs, plainInputGradient } from './plainGradients.js';
import { sumsOfRows } from './reduce.js';
import { type HeapArgs, isFloat, sizeOf, stockOr } from './stockOr.js';

const wordBytes = 4;

type Heap = Pick<HeapArgs<unknown, unknown>, 'backend' | 'micro'>;

/** Returns the convolution from dy to dx by the flipped filter, which strides of 1 allow. */
function flippedShape(s: ConvShape): ConvShape {
  const [height, width] = [
    (s.filterHeight - 1) * s.dilationHeight,
    (s.filterWidth - 1) * s.dilationWidth,
  ];
  return {
    ...s,
    ...{ inHeight: s.outHeight, inWidth: s.outWidth, inShape: s.outShape },
    ...{ outHeight: s.inHeight, outWidth: s.inWidth, outShape: s.inShape },
    ...{ padTop: height - s.padTop, padBottom: height - s.padBottom },
    ...{ padLeft: width - s.padLeft, padRight: width - s.padRight },
  };
}

/**
 * Computes the gradient of the input of a depthwise convolution with as many channels of x as of dy. All
 * operands are addresses.
 */
function differentiate(heap: Heap, s: ConvShape, dy: number, w: number, dx: number): void {
  const { backend, micro } = heap;
  const flipped = s.strideHeight * s.strideWidth === 1 ? flippedShape(s) : null;
  const taps = s.filterHeight * s.filterWidth;
  const { outChannels } = s;
  if (flipped !== null && canSweep(flipped)) {
    backend.withBlock(wordBytes * taps * outChannels, (reversed) => {
      const view = sliced(viewOf([taps, outChannels]), [taps - 1, 0], [taps, outChannels], [-1, 1]);
      makeMoves(backend, micro, [moveOf(w, view, reversed)]);
      runJob(backend, micro, sweepPlan(flipped), { x: dy, y: dx, w: reversed }, noEpilogue);
    });
    return;
  }
  const regions = transposedRegions(s, wordBytes * outChannels, 1);
  const plan = tiledPlan({
    ...{ microkernel: 'depthwise', regions, depth: taps, outChannels },
    ...{ capacity: DEPTHWISE_TILES, height: 0, rows: rowsOfRegions(regions) },
  });
  runJob(backend, micro, plan, { x: dy, y: dx, w }, noEpilogue);
}

/**
 * Computes dx [n, h, w, c], the gradient of a depthwise convolution's input. A channel multiplier makes one
 * gradient for each of its outputs, which are summed.
 */
export const depthwiseConv2dNativeBackpropInputKernel = stockOr<
  { dy: TensorInfo; filter: TensorInfo },
  InputGradientAttrs
>(
  DepthwiseConv2dNativeBackpropInput,
  ({ inputs: { dy, filter }, attrs, backend, micro }) => {
    if (!isFloat(dy) || !isFloat(filter)) return null;
    const s = convShape('depthwiseConv2d', attrs.inputShape, filter.shape, attrs);
    // tfjs also accepts a dy of another size; stock computes that.
    if (!util.arraysEqual(dy.shape, [...s.outShape]) || s.inShape.includes(0)) return null;
    const { outChannels, channelMultiplier: multiplier } = s;
    const heap = { backend, micro };
    return onHeap(backend, s.inShape, (dx) => {
      const [from, w] = [backend.address(dy), backend.address(filter)];
      if (multiplier === 1) differentiate(heap, s, from, w, dx);
      else {
        const values = sizeOf(s.inShape);
        const repeated: ConvShape = { ...s, inChannels: outChannels, channelMultiplier: 1 };
        backend.withBlock(wordBytes * values * multiplier, (each) => {
          differentiate(heap, repeated, from, w, each);
          backend.stepInParts(micro, sumsOfRows(each, dx, values, multiplier));
        });
      }
      backend.countVariant(DepthwiseConv2dNativeBackpropInput, micro.build);
    });
  },
  (backend, inputs, attrs) => plainInputGradient('depthwiseConv2d', backend, inputs, attrs),
);
