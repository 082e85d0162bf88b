/** Tests of explain(): what it says of pending and of fused results, and that it draws nothing. */
import { expect } from 'chai';
import { explain } from '../../../src/index.js';
import { onOwnBackend } from '../../support/ownBackend.js';
import { tf } from '../../support/setup.js';

const name = 'tiled-explain';

const unchanged = () => {};

describe('explain', () => {
  it('names pending results, the later result with which one fused, and fused draws', () =>
    onOwnBackend(name, unchanged, () => {
      const given = [tf.ones([1, 4, 5, 8]), tf.ones([1, 1, 8, 4])] as [tf.Tensor4D, tf.Tensor4D];
      const y = tf.conv2d(...given, 1, 'same');
      expect(explain().split('\n')).to.deep.equal([
        `${name}: 1 result is pending`,
        '  [1,4,5,4] = Conv2D (direct-2x2x2)',
        'no kernels were drawn in one program',
      ]);
      const z = tf.relu(y);
      expect(explain(name).split('\n')).to.deep.equal([
        `${name}: 2 results are pending`,
        '  [1,4,5,4] = Conv2D (direct-2x2x2), fused with a later one',
        '  [1,4,5,4] = Conv2D (direct-2x2x2) + Relu',
        'no kernels were drawn in one program',
      ]);
      y.dispose();
      expect([...z.dataSync()]).to.deep.equal(new Array(80).fill(8));
      expect(explain().split('\n')).to.deep.equal([
        `${name}: 0 results are pending`,
        'kernels drawn in one program',
        '  1 x Conv2D + Relu',
      ]);
      tf.dispose([...given, z]);
    }));

  it('says that the CPU engine defers nothing', async () => {
    await tf.setBackend('tiled-cpu');
    expect(explain()).to.equal(
      'tiled-cpu: every kernel is computed when it is called; nothing is pending or fused',
    );
  });

  it('names the active backend when it is not a tiled one', async () => {
    await tf.setBackend('cpu');
    expect(() => explain('cpu')).to.throw(
      "explain: 'cpu' is not a tiled backend; the active backend is 'cpu'",
    );
  });
});
