/** A small net that learns to tell upright bars from level ones. */
import * as tf from '@tensorflow/tfjs';

const side = 8;

export function makeNet(): tf.Sequential {
  const net = tf.sequential({
    layers: [
      tf.layers.conv2d({
        ...{ inputShape: [side, side, 1], filters: 8, kernelSize: 3 },
        ...{ padding: 'same', activation: 'relu' },
        kernelInitializer: tf.initializers.glorotUniform({ seed: 1 }),
      }),
      tf.layers.globalMaxPooling2d({}),
      tf.layers.dense({
        ...{ units: 2, activation: 'softmax' },
        kernelInitializer: tf.initializers.glorotUniform({ seed: 2 }),
      }),
    ],
  });
  net.compile({ optimizer: tf.train.adam(0.05), loss: 'categoricalCrossentropy' });
  return net;
}

/** Returns one picture for each place of a bar, the upright ones first, and their kinds. */
export function makeBars(): [x: tf.Tensor4D, kinds: tf.Tensor2D] {
  return tf.tidy(() => {
    const upright = tf.tile(tf.reshape(tf.eye(side), [side, 1, side, 1]), [1, side, 1, 1]);
    const level = tf.transpose(upright, [0, 2, 1, 3]);
    const kinds = tf.concat([tf.zeros([side]), tf.ones([side])]);
    const one = tf.oneHot(tf.cast(kinds, 'int32'), 2);
    return [tf.concat([upright, level]) as tf.Tensor4D, one as tf.Tensor2D];
  });
}
