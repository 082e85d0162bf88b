/** Tests that conversions, which only move values, are counted for the kernel that needs them. */
import { expect } from 'chai';
import { tiledInfo } from '../../../../../src/index.js';
import { conversionsIn } from '../../../../support/conversionsIn.js';
import { inPlanes, leavingNothing, wholeNumbers } from '../../../../support/residencySupport.js';
import { tf } from '../../../../support/setup.js';

const shape: [number, number, number, number] = [1, 4, 8, 4];

describe('conversions on tiled-webgl', () => {
  it('are counted for a stock kernel that reads planes, and for the convolution after it', () =>
    leavingNothing(() => {
      const x = inPlanes(shape);
      const ones = tf.ones([1, 1, 4, 1]) as tf.Tensor4D;
      const work = () => {
        const stock = tf.cumsum(x, 1) as tf.Tensor4D;
        const y = tf.depthwiseConv2d(stock, ones, 1, 'valid');
        tf.dispose([stock, y]);
      };
      work();
      expect(
        conversionsIn(work).map(({ kind, kernel, count }) => [kind, kernel, count]),
      ).to.deep.equal([['tile', 'DepthwiseConv2dNative', 1]]);
      const fresh = inPlanes(shape);
      const [out] = conversionsIn(() => tf.cumsum(fresh, 1).dispose());
      expect(out).to.include({ kind: 'untile', kernel: 'Cumsum', count: 1 });
      expect(out.texels).to.be.at.least(tf.util.sizeFromShape(shape) / 4);
      tf.dispose([x, ones, fresh]);
    }));

  it('are none between two tiled kernels', () =>
    leavingNothing(() => {
      const x = inPlanes(shape);
      expect(conversionsIn(() => tf.relu(x).dispose())).to.deep.equal([]);
      x.dispose();
    }));

  it('count a read as one', () =>
    leavingNothing(() => {
      const x = inPlanes(shape);
      const counted = conversionsIn(() => {
        expect(x.dataSync()).to.deep.equal(wholeNumbers(shape));
      });
      expect(counted.map(({ kind, kernel }) => [kind, kernel])).to.deep.equal([['untile', 'read']]);
      x.dispose();
    }));

  it('are none on the CPU', async () => {
    await tf.setBackend('tiled-cpu');
    expect(tiledInfo('tiled-cpu').conversions).to.deep.equal([]);
  });
});
