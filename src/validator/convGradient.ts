import * as tf from '@tensorflow/tfjs-core';

type Attributes = Pick<tf.Conv2DAttrs, 'strides' | 'pad' | 'dataFormat'>;

/**
 * Registers a gradient of Conv2D with tfjs if tfjs has none, because tfjs-core alone has no
 * gradients, and the module that registers them all does not load in Node. The gradient calls the
 * same two kernels as the gradient in that module.
 */
export function ensureConvGradient(): void {
  if (tf.getGradient('Conv2D') != null) return;
  tf.registerGradient({
    kernelName: 'Conv2D',
    inputsToSave: ['x', 'filter'],
    gradFunc: (dy, saved, attributes) => {
      const [x, filter] = saved as tf.Tensor[];
      const { strides, pad, dataFormat } = attributes as unknown as Attributes;
      const run = (kernel: string, inputs: tf.NamedTensorMap, shape: object) =>
        tf.engine().runKernel<tf.Tensor>(kernel, inputs, { strides, pad, dataFormat, ...shape });
      return {
        x: () =>
          run('Conv2DBackpropInput', { dy: dy as tf.Tensor, filter }, { inputShape: x.shape }),
        filter: () =>
          run('Conv2DBackpropFilter', { x, dy: dy as tf.Tensor }, { filterShape: filter.shape }),
      };
    },
  });
}
