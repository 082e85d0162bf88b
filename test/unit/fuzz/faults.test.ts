/** Tests that the fuzz finds faults planted in a correct backend. */
import type { MathBackendCPU } from '@tensorflow/tfjs-backend-cpu';
import type { TensorInfo } from '@tensorflow/tfjs-core';
import { expect } from 'chai';
import '../../../src/index.js';
import { caseText } from '../../fuzz/fuzz.js';
import { reportText } from '../../fuzz/text.js';
import { plant, uproot } from '../../support/plantedBackend.js';
import { bugs } from '../../support/plantedBugs.js';
import { differenceOf, findIn, request, uprootPlanted } from './fuzzSupport.js';

const firstOf = (backend: MathBackendCPU, { dataId }: TensorInfo) =>
  (backend.data.get(dataId).values as Float32Array)[0];

describe('fuzz of a backend with a fault', () => {
  afterEach(uprootPlanted);

  it('finds wrong values, names a small case, and finds it again by its path', async () => {
    const bug = bugs['output channels beyond a multiple of 4 dropped'];
    const report = await findIn(bug);
    const found = differenceOf(report);
    expect(found.message).to.match(/of \d+ values are off; first at \[/);
    const { conv } = found.case;
    const channels = conv.kernel === 'depthwiseConv2d' ? conv.filter[2] * conv.filter[3] : 5;
    expect(channels % 4).to.not.equal(0);
    expect(conv.in[0] * conv.in[1] * conv.in[2]).to.be.at.most(16);
    const text = reportText(report, request, 1000, { ...request, path: found.path });
    expect(text).to.contain(`--seed 1 --path ${found.path}\n`).and.contain(caseText(found.case));
    expect(text).to.match(/, 1 differences$/);

    await uprootPlanted();
    const again = differenceOf(await findIn(bug, { path: found.path }));
    expect(caseText(again.case)).to.equal(caseText(found.case));
    expect(again.message).to.equal(found.message);
  });

  it('finds a refusal of what stock computes', async () => {
    const { message, case: c } = differenceOf(
      await findIn(() => ({ attrs }, right) => {
        if (String(attrs.strides) === '2,2') throw new Error('odd pixels are too much for me');
        return right();
      }),
    );
    expect(message).to.equal('refuses what stock computes: Error: odd pixels are too much for me');
    expect(c.conv.stride).to.deep.equal([2, 2]);
  });

  it('finds an answer to what stock refuses', async () => {
    const { message } = differenceOf(
      await findIn(
        () =>
          ({ attrs }, right) =>
            attrs.activation === 'gelu'
              ? right({ attrs: { ...attrs, activation: 'linear' } })
              : right(),
      ),
    );
    expect(message).to.match(/^answers what stock refuses with Error: Activation gelu/);
  });

  it('finds refusals without a clear message', async () => {
    const { message } = differenceOf(
      await findIn(() => (_call, right) => {
        try {
          return right();
        } catch {
          throw new TypeError('undefined is not a function');
        }
      }),
    );
    expect(message).to.match(
      /^refuses with TypeError: undefined is not a function, and stock with/,
    );
  });

  it('finds tensors that are left behind', async () => {
    const { message } = differenceOf(
      await findIn(() => ({ inputs }, right) => {
        if (inputs.bias !== undefined) right();
        return right();
      }),
    );
    expect(message).to.match(/^leaves \d backend records? more behind$/);
  });

  it('finds a second run that differs from the first', async () => {
    const { message, case: c } = differenceOf(
      await findIn(() => {
        let last: TensorInfo | undefined;
        return ({ backend, inputs }, right) => {
          const y = right();
          const values = backend.data.get(y.dataId).values as Float32Array;
          if (last === inputs.filter && values.length > 0) values[0] += 1;
          last = inputs.filter;
          return y;
        };
      }),
    );
    expect(c.runs).to.equal(2);
    expect(message).to.match(/^run 2: /);
  });

  it('finds nothing when there is no fault', async () => {
    const { cases, difference } = await findIn(() => (_call, right) => right());
    expect(difference).to.equal(null);
    expect(cases).to.equal(3000);
  });

  it('finds a refusal whose message names a wrong cause', async () => {
    const { message, case: c } = differenceOf(
      await findIn(() => ({ attrs }, right) => {
        if (attrs.pad === 3) throw new Error('conv2d: pad must be whole numbers. Got 3');
        return right();
      }),
    );
    expect(message).to.match(/^refuses what stock computes: Error: conv2d: pad must be whole/);
    expect(c.wild).to.include({ pad: 3 });
  });

  it('finds a result of another type', async () => {
    const report = await findIn(() => (_call, right) => ({ ...right(), dtype: 'int32' }));
    expect(differenceOf(report).message).to.match(/(^|: )type int32$/);
  });

  it('finds a bias of NaN that is left out', async () => {
    const { case: c } = differenceOf(
      await findIn(() => ({ backend, inputs }, right) => {
        const { bias } = inputs;
        const isOdd = bias !== undefined && Number.isNaN(firstOf(backend, bias));
        return isOdd ? right({ inputs: { bias: undefined as never } }) : right();
      }),
    );
    expect(c.special).to.equal('nanBias');
  });

  it('finds answers to calls that stock refuses and the oracle knows', async () => {
    const refusing = 'refusing';
    plant(refusing, () => ({ attrs }, right) => {
      if (String(attrs.strides) === '2,2') throw new Error('odd pixels are too much for me');
      return right();
    });
    try {
      const report = await findIn(() => (_call, right) => right(), { stock: [refusing] });
      expect(differenceOf(report).message).to.equal(
        'answers what stock refuses with Error: odd pixels are too much for me',
      );
    } finally {
      uproot(refusing);
    }
  });
});
