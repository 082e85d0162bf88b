/**
 * Gradients for a tfjs that has none: tfjs-core alone registers no gradient, and its module that registers
 * them all does not load in Node. Each computes what the gradient in that module does, by the same kernels.
 */
import * as tf from '@tensorflow/tfjs-core';

type Attributes = Readonly<Record<string, unknown>>;
type Gradients = Readonly<Record<string, () => tf.Tensor>>;

interface Gradient {
  readonly inputsToSave?: readonly string[];
  readonly savesOutput?: true;
  /** Returns the gradient of each input, from that of the output and what was saved. */
  of(dy: tf.Tensor, saved: readonly tf.Tensor[], attributes: Attributes): Gradients;
}

function run(kernel: string, inputs: Readonly<Record<string, tf.Tensor>>, attributes: Attributes) {
  return tf.engine().runKernel<tf.Tensor>(kernel, { ...inputs }, attributes as tf.NamedAttrMap);
}

/** Gradients of a convolution, by the kernels of its input and its filter. */
function convolution(input: string, filter: string): Gradient {
  return {
    inputsToSave: ['x', 'filter'],
    of: (dy, [x, w], attributes) => ({
      x: () => run(input, { dy, filter: w }, { ...attributes, inputShape: x.shape }),
      filter: () => run(filter, { x, dy }, { ...attributes, filterShape: w.shape }),
    }),
  };
}

function resize(kernel: string): Gradient {
  return {
    inputsToSave: ['images'],
    of: (dy, [images], attributes) => ({ images: () => run(kernel, { images, dy }, attributes) }),
  };
}

const product = (a: tf.Tensor, b: tf.Tensor, transposeA: boolean, transposeB: boolean) => () =>
  tf.matMul(a, b, transposeA, transposeB);

const gradients: Readonly<Record<string, Gradient>> = {
  Conv2D: convolution('Conv2DBackpropInput', 'Conv2DBackpropFilter'),
  DepthwiseConv2dNative: convolution(
    'DepthwiseConv2dNativeBackpropInput',
    'DepthwiseConv2dNativeBackpropFilter',
  ),
  MaxPool: {
    inputsToSave: ['x'],
    savesOutput: true,
    of: (dy, [input, output], attributes) => ({
      x: () => run('MaxPoolGrad', { dy, input, output }, attributes),
    }),
  },
  AvgPool: {
    inputsToSave: ['x'],
    of: (dy, [input], attributes) => ({ x: () => run('AvgPoolGrad', { dy, input }, attributes) }),
  },
  ResizeBilinear: resize('ResizeBilinearGrad'),
  ResizeNearestNeighbor: resize('ResizeNearestNeighborGrad'),
  BatchMatMul: {
    inputsToSave: ['a', 'b'],
    of: (dy, [a, b], { transposeA, transposeB }) => {
      if (!transposeA && !transposeB) {
        return { a: product(dy, b, false, true), b: product(a, dy, true, false) };
      }
      if (!transposeA) return { a: product(dy, b, false, false), b: product(dy, a, true, false) };
      if (!transposeB) return { a: product(b, dy, false, true), b: product(a, dy, false, false) };
      return { a: product(b, dy, true, true), b: product(dy, a, true, true) };
    },
  },
  FusedBatchNorm: {
    inputsToSave: ['x', 'mean', 'variance', 'scale'],
    of: (dy, [x, mean, variance, scale], { varianceEpsilon }) => {
      const inverse = tf.rsqrt(tf.add(variance, varianceEpsilon as number));
      const axes = x.shape.map((_, axis) => axis).slice(0, -1);
      const scaled = tf.mul(dy, scale);
      const centred = tf.sub(x, mean);
      const cube = tf.mul(tf.mul(tf.mul(inverse, inverse), inverse), -0.5);
      return {
        x: () => tf.mul(tf.mul(dy, inverse), scale),
        mean: () => tf.sum(tf.mul(tf.neg(inverse), scaled), axes),
        variance: () => tf.sum(tf.mul(tf.mul(cube, centred), scaled), axes),
        scale: () => tf.sum(tf.mul(dy, tf.mul(centred, inverse)), axes),
        offset: () => tf.sum(dy, axes),
      };
    },
  },
  Cast: { of: (dy) => ({ x: () => tf.cast(dy, 'float32') }) },
  Reshape: {
    inputsToSave: ['x'],
    of: (dy, [x]) => ({ x: () => tf.reshape(dy, x.shape) }),
  },
};

/** Registers gradients of kernels with tfjs where it has none. */
export function ensureGradients(...kernels: readonly (keyof typeof gradients)[]): void {
  for (const kernelName of kernels) {
    if (tf.getGradient(kernelName) != null) continue;
    const { inputsToSave = [], savesOutput, of } = gradients[kernelName];
    tf.registerGradient({
      kernelName,
      inputsToSave: [...inputsToSave],
      ...(savesOutput ? { outputsToSave: [true] } : {}),
      gradFunc: (dy, saved, attributes) =>
        of(dy as tf.Tensor, saved, attributes as Attributes) as Record<string, () => tf.Tensor>,
    });
  }
}
