/** GPU memory: the limit that can be set, and what is said of it. */
import { expect } from 'chai';
import { tiledInfo } from '../../src/index.js';
import { leavingNothing, tiledBackend, wholeNumbers } from './residencySupport.js';
import { tf } from './setup.js';

const flag = 'TILED_GPU_BYTES_LIMIT';
const side = 48;

/** Two convolutions and what holds their weights, so that there is something to make again. */
function net(weights: readonly tf.Tensor4D[]): tf.Tensor {
  return tf.tidy(() => {
    const x = tf.tensor4d(wholeNumbers([1, side, side, 8]), [1, side, side, 8]);
    const y = weights.reduce((z, w) => tf.relu(tf.conv2d(z, w, 1, 'same')), x as tf.Tensor4D);
    return tf.sum(y, [1, 2]);
  });
}

function withLimit(bytes: number, body: (weights: tf.Tensor4D[]) => void): Promise<void> {
  return leavingNothing(() => {
    const weights = [0, 1].map(() => tf.tensor4d(wholeNumbers([3, 3, 8, 8]), [3, 3, 8, 8]));
    tf.env().set(flag, bytes);
    try {
      body(weights);
    } finally {
      tf.env().set(flag, -1);
      tf.dispose(weights);
    }
  });
}

const allocated = () => tiledInfo('tiled-webgl').gpuBytes.allocated;

describe('GPU memory', () => {
  it('kept for reuse is given back above the limit, and results are the same', () => {
    let wanted: number[] = [];
    return withLimit(-1, (weights) => {
      wanted = tf.tidy(() => [...net(weights).dataSync()]);
    })
      .then(() => tiledBackend().shrink())
      .then(() => {
        // Room for two of the net's tensors, and what other tests have left in stock textures.
        const limit = allocated() + 3 * 4 * side * side * 8;
        return withLimit(limit, (weights) => {
          for (let i = 0; i < 3; i++) {
            const y = net(weights);
            expect([...y.dataSync()]).to.deep.equal(wanted);
            y.dispose();
            expect(allocated(), 'between predictions').to.be.at.most(limit);
          }
        });
      })
      .then(() =>
        withLimit(0, (weights) => {
          const y = net(weights);
          expect([...y.dataSync()], 'no room at all').to.deep.equal(wanted);
          y.dispose();
          expect(tiledBackend().device.planes.bytesFree).to.equal(0);
        }),
      );
  });

  it('has a peak, in tf.memory() and in tiledInfo()', () =>
    withLimit(-1, (weights) => {
      net(weights).dispose();
      const { peak } = tiledInfo('tiled-webgl').gpuBytes;
      expect(peak).to.be.at.least(allocated());
      tiledBackend().shrink();
      expect(allocated()).to.be.below(peak);
      expect(tf.memory()).to.include({ numBytesInGPUPeak: peak });
      expect(tiledInfo('tiled-cpu').gpuBytes).to.deep.equal({ allocated: 0, peak: 0 });
    }));

  it('takes no limit that is none', () => {
    for (const wrong of [-5, Number.NaN, 'much' as never]) {
      expect(() => tf.env().set(flag, wrong)).to.throw(/must be -1 or a number of bytes/);
    }
  });
});
