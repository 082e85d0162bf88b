/** Tests of programs compiled ahead: nothing that exists changes, and all programs are covered. */
import { expect } from 'chai';
import {
  inPlanes,
  leavingNothing,
  onCPU,
  tiledBackend,
  wholeNumbers,
} from '../../../../support/residencySupport.js';
import { tf } from '../../../../support/setup.js';
import { convolved, makeFilter, makeInput, shape } from '../wholeConvolution.js';

describe('compiling ahead', () => {
  it('leaves the values of existing tensors as they were, drawn or pending', () =>
    leavingNothing(async () => {
      const expected = await onCPU(() => convolved(makeInput(), makeFilter()));
      const [input, filter] = [makeInput(), makeFilter()];
      const waiting = convolved(input, filter);
      const fused = convolved(input, filter);
      const drawn = inPlanes(shape);
      const uses = [
        () => tf.transpose(waiting, [0, 3, 1, 2]),
        () => tf.transpose(drawn, [0, 3, 1, 2]),
        () => tf.cumsum(drawn, 2),
        () => convolved(drawn, filter),
        () => tf.relu(fused),
        () => tf.conv2d(fused, tf.ones([1, 1, 16, 8]) as tf.Tensor4D, 2, 'valid'),
      ];
      tf.env().set('ENGINE_COMPILE_ONLY', true);
      try {
        for (const use of uses) tf.tidy(() => void use());
        await tiledBackend().checkCompileCompletionAsync();
        tiledBackend().getUniformLocations();
      } finally {
        tf.env().set('ENGINE_COMPILE_ONLY', false);
      }
      expect([...waiting.dataSync()]).to.deep.equal(expected);
      expect([...fused.dataSync()]).to.deep.equal(expected);
      expect([...tf.tidy(() => tf.neg(tf.neg(drawn)).dataSync())]).to.deep.equal([
        ...wholeNumbers(shape),
      ]);
      expect([...drawn.dataSync()]).to.deep.equal([...wholeNumbers(shape)]);
      tf.dispose([input, filter, waiting, fused, drawn]);
    }));

  it('covers the programs of a Winograd convolution', () =>
    leavingNothing(() => {
      const backend = tiledBackend();
      backend.runner.tuning = {
        order: (plans) => [...plans].sort((a, b) => b.variant.localeCompare(a.variant)),
      };
      try {
        tf.tidy(() => {
          const x = tf.ones([1, 6, 7, 32]) as tf.Tensor4D;
          const filter = tf.ones([3, 3, 32, 8]) as tf.Tensor4D;
          let isOver = false;
          backend.compileAhead(() => {
            tf.tidy(() => void tf.conv2d(x, filter, 1, 'same'));
            isOver = true;
          });
          expect(isOver).to.equal(true);
        });
      } finally {
        backend.runner.tuning = null;
      }
    }));
});
