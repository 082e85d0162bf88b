/**
 * Gradients of dilated fused convolutions without an activation, which are those of tf.fused, and of every
 * Conv2D layer of tfjs-layers. Their gradient is a function inside of tfjs-core that throws, and the
 * registry is not asked for another one. But tfjs-core hands that function to customGrad() of its engine,
 * and the kernel of our backend, which runs in between, knows the attributes.
 */
import {
  broadcast_util,
  engine,
  FusedConv2D,
  FusedDepthwiseConv2D,
  type NamedAttrMap,
  type Rank,
  reshape,
  sum,
  type Tensor,
  type Tensor4D,
} from '@tensorflow/tfjs-core';
import type { ConvAttrs, ForwardKernel } from '../../kernels/shape/convShape.js';
import { dilatedGradients, needsDilatedGradients } from './dilated.js';

const forwardKernels: Readonly<Record<string, ForwardKernel>> = {
  [FusedConv2D]: 'conv2d',
  [FusedDepthwiseConv2D]: 'depthwiseConv2d',
};

/** Scopes of the ops of tfjs-core that call customGrad() around these kernels. */
const scopes: readonly string[] = ['fusedConv2d__op', 'fusedDepthwiseConv2d__op'];

interface FusedCall {
  readonly kernel: ForwardKernel;
  readonly attrs: ConvAttrs;
}

/** The fused op under way while gradients are computed, with its dilated kernel call as soon as that ran. */
let opUnderWay: { call: FusedCall | null } | null = null;

/** Notes a kernel call on one of our backends. */
export function noteFusedCall(kernelName: string, attrs: NamedAttrMap | undefined): void {
  if (opUnderWay === null) return;
  const kernel = forwardKernels[kernelName];
  if (kernel === undefined) return;
  const given = attrs as unknown as ConvAttrs;
  if (needsDilatedGradients(given)) opUnderWay.call = { kernel, attrs: given };
}

type CustomGrad = ReturnType<typeof engine>['customGrad'];

let isPatched = false;

/** Makes the engine's customGrad() give dilated fused ops a gradient; all others keep theirs. */
export function extendCustomGrad(): void {
  if (isPatched) return;
  isPatched = true;
  const shared = engine();
  const { customGrad } = shared;
  const extended = (f: Parameters<CustomGrad>[0]): ReturnType<CustomGrad> => {
    const { gradientDepth, activeScope } = shared.state;
    if (gradientDepth === 0 || !scopes.includes(activeScope?.name))
      return customGrad.call(shared, f);
    return customGrad.call(shared, (...args) => {
      const outer = opUnderWay;
      const op: { call: FusedCall | null } = { call: null };
      opUnderWay = op;
      try {
        const result = f(...args);
        const { call } = op;
        if (call === null) return result;
        return { ...result, gradFunc: (dy, saved) => gradients(call, dy, saved) };
      } finally {
        opUnderWay = outer;
      }
    });
  };
  shared.customGrad = extended as CustomGrad;
}

/** Returns the gradients of x, filter and, if there is one, bias. `saved` is what tfjs-core's ops save. */
function gradients(
  { kernel, attrs }: FusedCall,
  dy: Tensor,
  [filter, x, y, bias]: readonly Tensor[],
): Tensor[] {
  // A picture without a batch has a dy without one; the saved tensors have a batch.
  const whole = reshape<Rank.R4>(dy, y.shape as Tensor4D['shape']);
  const found = dilatedGradients(kernel, x as Tensor4D, filter as Tensor4D, whole, attrs);
  const ofBoth = [found.x(), found.filter()];
  if (bias == null) return ofBoth;
  const axes = broadcast_util.getReductionAxes(bias.shape, whole.shape);
  return [...ofBoth, reshape(axes.length > 0 ? sum(whole, axes) : whole, bias.shape)];
}
