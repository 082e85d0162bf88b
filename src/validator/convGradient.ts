import * as tf from '@tensorflow/tfjs-core';

type Attributes = Pick<tf.Conv2DAttrs, 'strides' | 'pad' | 'dataFormat'>;

/**
 * Gives tfjs a gradient of Conv2D if it has none: tfjs-core by itself comes without gradients, and
 * the module that registers them all does not load in Node. It calls the same two kernels.
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
