import { expect } from 'chai';
import { profileNamed } from '../../../../../kernels/webgl/devices.js';
import { rowParts } from '../../../../../kernels/webgl/layout/rowParts.js';
import { variants } from '../../../../../kernels/webgl/variants.js';
import { agrees } from './agrees.js';
import { type Case, shapeOf } from './caseShape.js';
import { isSummed, limitsOf } from './randomCases.js';

/** Largest texture, in which the rows of most tiles are in parts. */
const longIn = 64;
const limits = { ...limitsOf(profileNamed('swiftshader')), maxTextureSize: longIn };

const common = { format: 'NHWC', data: 'int', seed: 1 } as const;

function row(kernel: Case['kernel'], taps: number, more: Partial<Case>): Case {
  const filter = [1, taps, 3, kernel === 'conv2d' ? 5 : 1] as const;
  const sizes = { in: [1, 1, 300, 3], filter, stride: [1, 1], dilation: [1, 1] } as const;
  return { ...common, kernel, pad: 'same', ...sizes, ...more };
}

const rows = (['conv2d', 'depthwiseConv2d'] as const).flatMap((kernel) => [
  row(kernel, 5, {}),
  row(kernel, 3, { stride: [1, 2], in: [1, 1, 300, 3] }),
  // Taps in turns of their own, because no part of a row has two of them.
  row(kernel, 3, { dilation: [1, 60] }),
  row(kernel, 32, { stride: [1, 4], pad: 'valid' }),
  row(kernel, 3, { in: [1, 2, 300, 3], filter: [2, 3, 3, kernel === 'conv2d' ? 5 : 1] }),
]);

describe('convolution programs of rows in parts, run in Node', () => {
  for (const variant of variants.filter(isSummed)) {
    it(`${variant.name} equals the oracle`, () => {
      for (const c of rows.filter(({ kernel }) => kernel === variant.kernel)) {
        const plan = variant.plan(shapeOf(c), { activation: 'linear', bias: false }, limits, null);
        if (plan !== null) agrees(c, plan, { longIn });
      }
    });
  }

  it('has turns for wide filters and for taps that are far apart', () => {
    const turns = rows.slice(0, 4).map((c) => {
      const variant = variants.find(({ name }) => name === 'direct-4x1x1')!;
      const plan = variant.plan(shapeOf(c), { activation: 'linear', bias: false }, limits, null)!;
      return plan.uniforms.rowTurns;
    });
    expect(turns).to.deep.equal([
      [1, 0, 0],
      [1, 0, 0],
      [3, 15, 0],
      [2, 4, 0],
    ]);
  });
});

describe('parts of rows', () => {
  it('cover every column, each with the columns near it', () => {
    for (const size of [4, 16, 63, 64, 100, 4095]) {
      for (const columns of [1, size - 1, size, size + 1, 3 * size, 10 * size + 7]) {
        const { parts, step, across, left, right } = rowParts(columns, size);
        expect(across, `${columns} in ${size}`).to.be.at.most(size);
        if (columns <= size) {
          expect([parts, across]).to.deep.equal([1, columns]);
          continue;
        }
        expect((parts - 1) * step + across).to.be.at.least(columns);
        expect(left + right).to.equal(across - step);
      }
    }
  });
});
