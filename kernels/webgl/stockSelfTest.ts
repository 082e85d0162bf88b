/**
 * Known-answer test of the stock convolution kernels on this device, which runs if one of our
 * variants does not compute.
 */
import {
  Conv2D,
  Conv2DBackpropInput,
  DepthwiseConv2dNative,
  FusedConv2D,
  FusedDepthwiseConv2D,
  getKernel,
  type TensorInfo,
  type TypedArray,
} from '@tensorflow/tfjs-core';
import { ContextLostError } from '../errors.js';
import { convShape, type ForwardKernel } from '../shape/convShape.js';
import { knownAnswerOf, mismatch } from './programs/knownAnswer.js';
import type { TileRunner } from './runner.js';

/** Stock kernel that is tested for each kernel; the others run the programs of a tested kernel. */
const stands: Readonly<Record<string, ForwardKernel>> = {
  [Conv2D]: 'conv2d',
  [FusedConv2D]: 'conv2d',
  [Conv2DBackpropInput]: 'conv2d',
  [DepthwiseConv2dNative]: 'depthwiseConv2d',
  [FusedDepthwiseConv2D]: 'depthwiseConv2d',
};

/**
 * Returns the fault of the stock kernel on this device; null if it has none or if it is not a
 * convolution.
 */
export function stockFault(runner: TileRunner, kernelName: string): string | null {
  const kernel = stands[kernelName];
  if (kernel === undefined) return null;
  try {
    return runner.faultOf(`stock ${kernel}`, () => test(runner, kernel));
  } catch (error) {
    // A temporary cause, such as a lack of memory: faultOf() records no verdict.
    if (error instanceof ContextLostError) throw error;
    return String(error);
  }
}

const tile = { w: 2, h: 2, c: 2 } as const;

function test(runner: TileRunner, kernel: ForwardKernel): string | null {
  const sizes = { strides: 1, pad: 'valid', dataFormat: 'NHWC', dilations: 1 } as const;
  const proof = knownAnswerOf(convShape(kernel, [1, 5, 5, 4], [3, 3, 4, 4], sizes), tile, tile);
  const { inShape, inChannels, outChannels, channelMultiplier } = proof.shape;
  const depthwise = kernel === 'depthwiseConv2d';
  const x = runner.makeTensorInfo([...inShape], 'float32', proof.x);
  const filterShape = [3, 3, inChannels, depthwise ? channelMultiplier : outChannels];
  const filter = runner.makeTensorInfo(filterShape, 'float32', proof.filter);
  const made: TensorInfo[] = [x, filter];
  try {
    const y = getKernel(depthwise ? DepthwiseConv2dNative : Conv2D, 'webgl').kernelFunc({
      inputs: { x, filter },
      attrs: {
        strides: [1, 1],
        // Padding as far as the proof reads.
        pad: [
          [0, 0],
          [0, 1],
          [0, 1],
          [0, 0],
        ] as never,
        dataFormat: 'NHWC',
        dilations: [1, 1],
      },
      backend: runner.backend,
    }) as TensorInfo;
    made.push(y);
    const answer = runner.backend.readSync(y.dataId) as TypedArray;
    return mismatch(proof, [], () => undefined, answer);
  } finally {
    for (const info of made) runner.disposeIntermediateTensorInfo(info);
  }
}
