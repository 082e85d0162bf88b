/** Tests of GPU memory: the limit that can be set, and the figures that are reported. */
import { expect } from 'chai';
import { tiledInfo, trim } from '../../../../../src/index.js';
import { fakeClock } from '../../../../support/fakeClock.js';
import { onOwnBackend } from '../../../../support/ownBackend.js';
import {
  leavingNothing,
  tiledBackend,
  wholeNumbers,
} from '../../../../support/residencySupport.js';
import { tf } from '../../../../support/setup.js';

const flag = 'TILED_GPU_BYTES_LIMIT';
const side = 48;

/** Net of two convolutions. Their packed weights can be freed, and must then be made again. */
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
  it('kept for reuse is freed above the limit, and results stay the same', () => {
    let wanted: number[] = [];
    return withLimit(-1, (weights) => {
      wanted = tf.tidy(() => [...net(weights).dataSync()]);
    })
      .then(() => tiledBackend().shrink())
      .then(() => {
        // Leaves room for two of the net's tensors, beside what other tests have left in stock
        // textures.
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

  it('has its peak reported in tf.memory() and in tiledInfo()', () =>
    withLimit(-1, (weights) => {
      net(weights).dispose();
      const { peak } = tiledInfo('tiled-webgl').gpuBytes;
      expect(peak).to.be.at.least(allocated());
      tiledBackend().shrink();
      expect(allocated()).to.be.below(peak);
      expect(tf.memory()).to.include({ numBytesInGPUPeak: peak });
      // Starts the backend.
      tf.findBackend('tiled-cpu');
      expect(tiledInfo('tiled-cpu').gpuBytes).to.deep.equal({ allocated: 0, peak: 0 });
    }));

  it('of larger planes is reused for planes that are not much smaller', () =>
    leavingNothing(() => {
      const { planes, memory } = tiledBackend().device;
      memory.free.delete();
      const before = planes.bytesAllocated;
      const large = planes.acquire(2, 100, 60);
      const allocated = planes.bytesAllocated;
      planes.release(large);
      const smaller = planes.acquire(2, 70, 50);
      expect(smaller.textures).to.deep.equal(large.textures);
      expect(smaller).to.include({ width: 70, height: 50 });
      expect(smaller.sides).to.deep.equal([100, 60]);
      planes.release(smaller);
      const others = [
        planes.acquire(2, 20, 20),
        planes.acquire(2, 101, 9),
        planes.acquire(4, 99, 60),
      ];
      for (const other of others) expect(other.sides).to.not.deep.equal([100, 60]);
      const again = planes.acquire(2, 100, 60);
      expect(again.textures).to.deep.equal(large.textures);
      for (const set of [...others, again]) planes.release(set);
      expect(planes.bytesAllocated).to.be.above(allocated);
      memory.free.delete();
      expect(planes.bytesAllocated).to.equal(before);
    }));

  it('of a texture array has the size that is asked for when it is reused', () =>
    leavingNothing(() => {
      const { planes } = tiledBackend().device;
      // Textures 65 texels wide hold both sizes.
      const first = planes.acquireLayers(4, 2, 64, 9);
      planes.release(first);
      const second = planes.acquireLayers(4, 2, 65, 9);
      expect(second.textures).to.deep.equal(first.textures);
      for (const draw of second.draws) expect(draw).to.include({ width: 65, height: 9 });
      planes.release(second);
    }));

  it('in planes larger than their tensor gives the right values', () =>
    leavingNothing(() => {
      tiledBackend().device.memory.free.delete();
      const make = (side: number) =>
        tf.tidy(() => {
          const x = tf.tensor4d(wholeNumbers([1, side, side, 8]), [1, side, side, 8]);
          const filter = tf.tensor4d(wholeNumbers([3, 3, 8, 8]), [3, 3, 8, 8]);
          const y = tf.conv2d(x, filter, 1, 'same');
          // Adds another tensor in planes, an operand of an epilogue step, a slice, and a
          // conversion out of planes.
          const z = tf.add(tf.relu(y), tf.depthwiseConv2d(y, tf.ones([1, 1, 8, 1]), 1, 'same'));
          return [...tf.cumsum(tf.slice(z, [0, 1, 2, 0], [1, -1, -1, 5]), 3).dataSync()];
        });
      const sizes = [33, 40, 29, 21, 40];
      const alone = sizes.map((size) => {
        tiledBackend().device.memory.free.delete();
        return make(size);
      });
      expect(sizes.map(make)).to.deep.equal(alone);
    }));

  it('is freed by trim(), and filters are packed again afterwards', () =>
    withLimit(-1, (weights) => {
      const wanted = tf.tidy(() => [...net(weights).dataSync()]);
      const before = allocated();
      const report = trim();
      expect(report.gpuBytes).to.be.above(0);
      expect(report).to.deep.equal({
        backend: 'tiled-webgl',
        gpuBytes: before - allocated(),
        heapBytes: 0,
      });
      expect(trim().gpuBytes, 'there is nothing left').to.equal(0);
      expect(tf.tidy(() => [...net(weights).dataSync()])).to.deep.equal(wanted);
    }));

  it('stays within a bound for nets of many sizes, and is freed when nothing runs', () => {
    const clock = fakeClock();
    const leastBytes = 1e6;
    const name = 'tiled-bounded';
    return onOwnBackend(
      name,
      () => {},
      async ({ device }) => {
        const filter = tf.tensor4d(wholeNumbers([3, 3, 8, 8]), [3, 3, 8, 8]);
        // Uses our planes and stock textures.
        const predict = (height: number, width: number) =>
          tf.tidy(() => {
            const shape = [1, height, width, 8] as const;
            const x = tf.tensor4d(wholeNumbers([...shape]), [...shape]);
            return [...tf.cos(tf.relu(tf.conv2d(x, filter, 1, 'same'))).dataSync()];
          });
        const { memory } = device;
        const { use } = memory;
        let peak = 0;
        memory.use = (bytes) => {
          use.call(memory, bytes);
          peak = Math.max(peak, memory.bytes - memory.free.bytes + bytes);
        };
        const first = predict(12, 17);
        for (let i = 0; i < 25; i++) {
          predict(12 + i, 17 + ((i * 37) % 23));
          const most = Math.max(leastBytes, 2.5 * peak);
          expect(tiledInfo(name).gpuBytes.allocated, `size ${i}`).to.be.at.most(most);
        }
        expect(tiledInfo(name).gpuBytes.allocated).to.be.above(leastBytes / 2);
        expect(peak, 'in use').to.be.below(leastBytes / 2);
        predict(36, 17);
        const { resourceEpoch: news } = device;
        for (let i = 0; i < 5; i++) predict(36, 17);
        expect(device.resourceEpoch, 'new textures of a steady net').to.equal(news);
        clock.pass(10_000);
        const { numBytesInGPU } = tf.memory() as tf.MemoryInfo & { numBytesInGPU: number };
        expect(tiledInfo(name).gpuBytes.allocated).to.equal(numBytesInGPU);
        expect(predict(12, 17)).to.deep.equal(first);
        device.gl.getExtension('WEBGL_lose_context')?.loseContext();
        expect(trim(name)).to.deep.equal({ backend: name, gpuBytes: 0, heapBytes: 0 });
        clock.pass(10_000);
        filter.dispose();
      },
      { clock, leastBytes },
    );
  });

  it('refuses a limit that is neither -1 nor a number of bytes', () => {
    for (const wrong of [-5, Number.NaN, 'much' as never]) {
      expect(() => tf.env().set(flag, wrong)).to.throw(/must be -1 or a number of bytes/);
    }
  });
});
