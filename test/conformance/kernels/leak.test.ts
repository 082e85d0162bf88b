import { expect } from 'chai';
import { fractions, stream } from '../../../src/validator/index.js';
import { ours, tf } from '../../support/setup.js';

const t4 = (shape: [number, number, number, number], name: string) => {
  const values = fractions(
    stream(1, name),
    shape.reduce((a, b) => a * b, 1),
  );
  return tf.tensor4d(values, shape);
};

/** Returns the weights of a small residual net, held as an application would hold them. */
function makeWeights() {
  return {
    stem: t4([3, 3, 3, 8], 'stem'),
    stemBias: tf.zeros([8]),
    depthwise: t4([3, 3, 8, 1], 'depthwise'),
    pointwise: t4([1, 1, 8, 8], 'pointwise'),
    slopes: tf.fill([8], 0.1),
    mean: tf.zeros([8]) as tf.Tensor1D,
    variance: tf.ones([8]) as tf.Tensor1D,
    head: t4([1, 1, 8, 5], 'head'),
  };
}

/** Runs our kernels and inherited ones alternately, with a fresh input each time. */
function predict(w: ReturnType<typeof makeWeights>, run: number): tf.Tensor {
  return tf.tidy(() => {
    const x = t4([1, 12, 13, 3], `picture ${run}`);
    const stem = tf.fused.conv2d({
      x,
      filter: w.stem,
      strides: 2,
      pad: 'same',
      bias: w.stemBias,
      activation: 'relu6',
    });
    const spread = tf.depthwiseConv2d(stem, w.depthwise, 1, 'same');
    const mixed = tf.fused.conv2d({
      x: spread,
      filter: w.pointwise,
      strides: 1,
      pad: 'valid',
      activation: 'prelu',
      preluActivationWeights: w.slopes,
    });
    const sum = tf.relu(tf.add(stem, mixed));
    const normal = tf.batchNorm(sum, w.mean, w.variance) as tf.Tensor4D;
    const pooled = tf.maxPool(normal, 2, 2, 'valid');
    const both = tf.concat([pooled, tf.mul(pooled, 0.5)], 3);
    const half = tf.slice(both, [0, 0, 0, 0], [-1, -1, -1, 8]) as tf.Tensor4D;
    const scores = tf.conv2d(half, w.head, 1, 'valid');
    return tf.softmax(tf.mean(scores, [1, 2]));
  });
}

interface Held {
  tensors: number;
  buffers: number;
  gpuBytes: number | undefined;
}

function held(): Held {
  const memory = tf.memory() as tf.MemoryInfo & { numBytesInGPU?: number };
  return {
    tensors: memory.numTensors,
    buffers: memory.numDataBuffers,
    gpuBytes: memory.numBytesInGPU,
  };
}

for (const backend of ours) {
  describe(`a net run again and again on ${backend}`, () => {
    it('holds no more tensors and memory after the tenth run than after the first, and none at the end', async () => {
      await tf.setBackend(backend);
      const empty = held();
      const weights = makeWeights();
      const after: Held[] = [];
      const answers: number[][] = [];
      for (let run = 0; run < 10; run++) {
        const y = predict(weights, run % 2);
        answers.push([...(await y.data())]);
        y.dispose();
        after.push(held());
      }
      for (const now of after) expect(now).to.deep.equal(after[0]);
      expect(after[0].tensors).to.equal(empty.tensors + Object.keys(weights).length);
      tf.dispose(weights);
      expect(held()).to.deep.equal(empty);
      // A texture that is freed too early shows as a different answer to the same picture.
      answers.forEach((answer, run) => {
        expect(answer).to.deep.equal(answers[run % 2]);
      });
      expect(answers[0]).to.not.deep.equal(answers[1]);
    });
  });
}
