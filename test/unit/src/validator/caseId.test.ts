import { expect } from 'chai';
import {
  type ConvCase,
  caseId,
  caseInputs,
  contradictionIn,
  coreFamilies,
  coreGrid,
  fractions,
  grid,
  integers,
  parseCaseId,
  reference,
  stream,
} from '../../../../src/validator/index.js';

const ID = 'conv2d:in=1x7x9x3;f=3x2x3x8;stride=3x2;pad=same;dil=1;fmt=NHWC;act=relu;seed=1';

describe('case ids', () => {
  it('contain every field of a case', () => {
    const c: ConvCase = {
      kernel: 'conv2d',
      in: [1, 7, 9, 3],
      filter: [3, 2, 3, 8],
      stride: [3, 2],
      pad: 'same',
      dilation: [1, 1],
      format: 'NHWC',
      activation: 'relu',
      seed: 1,
    };
    expect(caseId(c)).to.equal(ID);
    expect(parseCaseId(ID)).to.deep.equal(c);
  });

  it('parse to the case that they were printed from, for all of the core grid', () => {
    for (const c of coreGrid()) {
      const id = caseId(c);
      expect(caseId(parseCaseId(id))).to.equal(id);
      expect(JSON.parse(JSON.stringify(parseCaseId(id)))).to.deep.equal(
        JSON.parse(JSON.stringify(c)),
      );
    }
  });

  it('accept fields in any order, and equal axes written out', () => {
    const other = 'conv2d:seed=2;fmt=NCHW;dil=1x1;pad=1,2,0,3;stride=2x2;f=3x3x4x8;in=2x5x5x4';
    expect(caseId(parseCaseId(other))).to.equal(
      'conv2d:in=2x5x5x4;f=3x3x4x8;stride=2;pad=1,2,0,3;dil=1;fmt=NCHW;seed=2',
    );
  });

  const refused: Record<string, string> = {
    'conv3d:in=1': 'kernel "conv3d" must be conv2d or depthwiseConv2d or conv2dTranspose',
    [ID.replace('1x7x9x3', '7x9x3')]: 'in=7x9x3 must be four sizes such as 1x7x9x3',
    [ID.replace('pad=same', 'pad=full')]:
      'pad=full must be same, valid, a number, or top,bottom,left,right such as 1,2,0,3',
    [ID.replace('stride=3x2', 'stride=1.5')]: 'stride=1.5 must be a size such as 2',
    [ID.replace('stride=3x2', 'stride=0')]: 'stride and dil must be at least 1',
    [ID.replace('act=relu', 'act=gelu')]: 'act=gelu must be linear or relu or relu6',
    [ID.replace(';seed=1', '')]: 'seed is missing; it must be a whole number',
    [`${ID};seed=2`]: 'seed is given twice',
    [`${ID};colour=red`]: 'unknown field "colour=red"; fields are in, f, stride, pad',
    [ID.replace('3x2x3x8', '3x2x4x8')]: 'f is for 4 input channels, but in has 3',
    [`${ID};round=ceil`]: 'round=ceil needs a pad in numbers, not pad=same',
    [`${ID};prelu=8`]: 'act=prelu and prelu go together',
    [`${ID};alpha=`]: 'alpha= must be a number such as 0.25',
    [ID.replace('act=relu', 'act=leakyrelu')]: 'act=leakyrelu and alpha go together',
    [ID.replace('act=relu', 'bias=8')]: 'bias needs the fused op: add act=linear',
    [ID.replace('conv2d', 'depthwiseConv2d').replace('NHWC', 'NCHW')]: 'must have fmt=NHWC',
    [ID.replace('conv2d', 'conv2dTranspose')]: 'conv2dTranspose has no act',
    [ID.replace('conv2d', 'conv2dGradInput').replace('dil=1;fmt=NHWC;act=relu', 'dil=2;fmt=NHWC')]:
      'conv2dGradInput must have dil=1',
    [ID.replace('3x2x3x8', '9x2x3x8').replace('same', 'valid')]:
      'the dilated filter is larger than the padded input',
    [ID.replace('1x7x9x3', '0x7x9x3')]: 'the sizes of in and f must be at least 1',
    [`${ID};data=big`]: 'data=big must be int or inf or nan',
    [`${ID};from=disk`]: 'from=disk must be gpu or slice or reshape',
  };
  for (const [id, message] of Object.entries(refused)) {
    it(`refuse ${id}`, () => {
      expect(() => parseCaseId(id))
        .to.throw(`Case id "${id}": `)
        .with.property('message')
        .contains(message);
    });
  }
});

describe('grids', () => {
  it('cross, expand and filter rows, lazily and repeatably', () => {
    let made = 0;
    const rows = grid([{ a: 1 }, { a: 2 }])
      .combine('b', [10, 20])
      .expand(function* (row) {
        made++;
        yield { sum: row.a + row.b };
        yield { sum: -row.a };
      })
      .filter(({ sum }) => sum > 11);
    expect(made).to.equal(0);
    expect([...rows]).to.deep.equal([{ sum: 21 }, { sum: 12 }, { sum: 22 }]);
    expect([...rows]).to.have.length(3);
    expect(made).to.equal(8);
  });
});

describe('the core grid', () => {
  const cases = coreGrid();

  it('has at least 600 cases and no empty family', () => {
    expect(cases.length).to.be.at.least(600);
    for (const [name, family] of Object.entries(coreFamilies)) {
      expect([...family], name).to.not.have.length(0);
    }
  });

  it('has no contradiction, and no empty output', () => {
    for (const c of cases) {
      expect(contradictionIn(c), caseId(c)).to.equal(null);
      const { shape } = reference(c, caseInputs(c));
      expect(Math.min(...shape), caseId(c)).to.be.at.least(1);
    }
  });

  it('takes every branch of an activation somewhere', () => {
    const values = cases
      .filter((c) => c.activation === 'relu6')
      .flatMap((c) => [...reference(c, caseInputs(c)).values]);
    expect(values.some((value) => value === 0)).to.equal(true);
    expect(values.some((value) => value > 0 && value < 6)).to.equal(true);
    expect(values.some((value) => value === 6)).to.equal(true);
  });
});

describe('random inputs', () => {
  it('are the same for the same seed and name, and differ otherwise', () => {
    const draw = (seed: number, name: string) => [...fractions(stream(seed, name), 8)];
    expect(draw(1, 'x')).to.deep.equal(draw(1, 'x'));
    expect(draw(1, 'x')).to.not.deep.equal(draw(2, 'x'));
    expect(draw(1, 'x')).to.not.deep.equal(draw(1, 'filter'));
  });

  it('fill their range evenly', () => {
    const values = fractions(stream(1, 'x'), 10_000);
    expect(Math.min(...values)).to.be.within(-1, -0.99);
    expect(Math.max(...values)).to.be.within(0.99, 1);
    expect(values.reduce((a, b) => a + b) / values.length).to.be.closeTo(0, 0.02);
    const counts = new Map<number, number>();
    for (const value of integers(stream(1, 'x'), 9_000, 4)) {
      counts.set(value, (counts.get(value) ?? 0) + 1);
    }
    expect([...counts.keys()].sort((a, b) => a - b)).to.deep.equal([-4, -3, -2, -1, 0, 1, 2, 3, 4]);
    expect(Math.min(...counts.values())).to.be.above(900);
  });
});
