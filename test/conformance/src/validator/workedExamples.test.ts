import { expect } from 'chai';
import { runCase, workedExamples } from '../../../../src/validator/index.js';
import { ours, tf } from '../../../support/setup.js';

for (const backend of ours) {
  describe(`worked examples on ${backend}`, () => {
    for (const format of ['NHWC', 'NCHW'] as const) {
      for (const example of workedExamples(format)) {
        it(`${example.name}, ${format}`, async () => {
          const y = await runCase(example.case, backend, example.inputs);
          expect(y.shape).to.deep.equal(example.shape);
          expect([...y.values]).to.deep.equal(example.values);
        });
      }
    }

    /** Input size m, filter size z, total padding t and stride d, along height and width. */
    const sizes = [
      { m: [3, 3], z: [2, 2], t: [0, 0], d: [1, 1] },
      { m: [3, 3], z: [2, 2], t: [2, 2], d: [1, 1] },
      { m: [3, 3], z: [2, 2], t: [2, 2], d: [3, 2] },
      { m: [8, 9], z: [3, 5], t: [2, 4], d: [2, 2] },
      { m: [8, 9], z: [3, 5], t: [0, 2], d: [3, 4] },
    ] as const;
    for (const { m, z, t, d } of sizes) {
      for (const rounding of ['floor', 'ceil'] as const) {
        const given = `input ${m.join('x')}, filter ${z.join('x')}, stride ${d.join('x')}`;
        const padding = `padding ${t.join('x')} in all`;
        it(`the output's size is rounded by ${rounding}: ${given}, ${padding}`, async () => {
          await tf.setBackend(backend);
          const shape = tf.tidy(() => {
            const x = tf.ones<tf.Rank.R4>([1, m[0], m[1], 1]);
            const filter = tf.ones<tf.Rank.R4>([z[0], z[1], 1, 1]);
            const half = t.map((total) => total / 2);
            const pad: [number, number][] = [
              [0, 0],
              [half[0], half[0]],
              [half[1], half[1]],
              [0, 0],
            ];
            return tf.conv2d(
              x,
              filter,
              [...d],
              pad as tf.backend_util.ExplicitPadding,
              'NHWC',
              1,
              rounding,
            ).shape;
          });
          const size = (axis: 0 | 1) => Math[rounding]((m[axis] - z[axis] + t[axis]) / d[axis] + 1);
          expect(shape).to.deep.equal([1, size(0), size(1), 1]);
        });
      }
    }
  });
}
