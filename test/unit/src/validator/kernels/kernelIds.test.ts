import { expect } from 'chai';
import {
  caseId,
  contradictionIn,
  familyNames,
  familyOf,
  grids,
  isConvCase,
  kernelGrid,
  kernelTable,
  parseCaseId,
} from '../../../../../src/validator/index.js';

describe('ids of kernels', () => {
  it('contain every field of a case, in any order', () => {
    const id = 'maxPool:in=1x7x9x3;f=3x2;stride=2;pad=1,2,0,3;round=ceil;from=conv;seed=1';
    expect(parseCaseId(id)).to.deep.equal({
      kernel: 'maxPool',
      in: [1, 7, 9, 3],
      window: [3, 2],
      stride: [2, 2],
      pad: [1, 2, 0, 3],
      rounding: 'ceil',
      from: 'conv',
      seed: 1,
    });
    const other = 'maxPool:seed=1;from=conv;round=ceil;pad=1,2,0,3;stride=2x2;f=3x2;in=1x7x9x3';
    expect(caseId(parseCaseId(other))).to.equal(id);
  });

  it('write flags, lists, numbers and scalars', () => {
    for (const id of [
      'sum:in=2x3;axes=0,1;keep=yes;seed=7',
      'clipByValue:in=scalar;args=-0.5,0.25;data=nan;seed=1',
      'matMul:in=4x3;b=5x4;ta=yes;tb=yes;seed=1',
      'pad:in=0x3;pads=1,0,0,2;value=-1.5;seed=1',
    ]) {
      expect(caseId(parseCaseId(id))).to.equal(id);
    }
  });

  const refused: Readonly<Record<string, string>> = {
    'softmax:seed=1': 'in is missing; it must be scalar, or a shape such as 8 or 1x1x8',
    'softmax:in=2x3;axes=1;seed=1': 'unknown field "axes=1"; fields are in, data, from, seed',
    'softmax:in=2x3;constructor=1;seed=1': 'unknown field "constructor=1"',
    'constructor:in=2x3;seed=1': 'kernel "constructor" must be conv2d or ',
    'softmax:in=scalar;seed=1': 'in must have an axis',
    'sum:in=2x3;axes=2;seed=1': 'axes must be distinct axes below 2',
    'sum:in=2x3;axes=1,1;seed=1': 'axes must be distinct axes below 2',
    'sum:in=2x3;keep=true;seed=1': 'keep=true must be yes',
    'add:in=2x3;b=2;seed=1': 'in=2x3 and b=2 do not broadcast',
    'prelu:in=3;b=2x3;seed=1': 'b must not enlarge in',
    'leakyRelu:in=3;args=1,2;seed=1': 'args must be 1 numbers: alpha',
    'matMul:in=2x3;b=2x3;seed=1': '3 columns of in do not meet 2 rows of b',
    'matMul:in=2x2x3;b=3x3x1;seed=1': 'the batches of in and b do not broadcast',
    'fusedMatMul:in=2x3;b=3x1;act=prelu;seed=1': 'act=prelu and prelu go together',
    'transpose:in=2x3;perm=0,0;seed=1': 'perm must be distinct axes below 2',
    'transpose:in=2x3;perm=0;seed=1': 'perm must be 2 numbers',
    'slice:in=5;begin=3;size=3;seed=1': 'begin and size must lie in in',
    'maxPool:in=1x3x3x1;f=4;stride=1;pad=valid;seed=1': 'the output would be 0x0',
    'maxPool:in=1x3x3x1;f=2;stride=1;pad=same;dil=2;seed=1': 'dil needs stride=1 and pad=valid',
    'resizeBilinear:in=1x3x3x1;size=2,2;align=yes;half=yes;seed=1': 'align and half exclude',
    'depthToSpace:in=1x3x3x6;block=2;seed=1': 'and its square divide the channels',
    'batchToSpaceND:in=3x2x2x1;block=2,2;pads=0,0,0,0;seed=1': 'block must divide the batch',
    'gather:in=3x2;b=2;axis=2;seed=1': 'axis must have values, below 2',
    'cast:in=3;to=int32;data=nan;seed=1': 'to=int32 needs numbers that int32 has',
    'abs:in=3;type=int32;data=inf;seed=1': 'type=int32 has no data=inf',
    'abs:in=3;data=zero;from=conv;seed=1': 'from=conv does not keep the -0 of data=zero',
    'abs:in=0x3;from=conv;seed=1': 'from=conv needs tensors with values',
    'abs:in=65536x65537;seed=1': 'x would have 4295032832 values',
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

describe('the grid of kernels', () => {
  const cases = kernelGrid();

  it('has cases without contradictions, each once, which their ids parse to', () => {
    const ids = cases.map(caseId);
    expect(new Set(ids).size).to.equal(ids.length);
    for (const [i, c] of cases.entries()) {
      expect(contradictionIn(c), ids[i]).to.equal(null);
      expect(parseCaseId(ids[i])).to.deep.equal(c);
    }
  });

  it('has every kernel of the table, on the result of a convolution and from the CPU', () => {
    for (const kernel of Object.keys(kernelTable)) {
      const own = cases.filter((c) => c.kernel === kernel);
      expect(
        own.some(({ from }) => from === 'conv'),
        kernel,
      ).to.equal(true);
      expect(
        own.some(({ from }) => from === undefined),
        kernel,
      ).to.equal(true);
    }
  });

  it('makes up the grid of all kinds of case with the full grid', () => {
    const [full, all] = [grids.full, grids.all].map((grid) => [...grid()]);
    expect(all.length).to.equal(full.length + cases.length);
    expect(full.every(isConvCase)).to.equal(true);
    expect(cases.some(isConvCase)).to.equal(false);
    const inFamilies = familyNames.map((name) => [...grids[name]()]);
    for (const [i, own] of inFamilies.entries()) {
      expect(own.length, familyNames[i]).to.be.above(0);
      expect(own.every((c) => familyOf(c) === familyNames[i])).to.equal(true);
    }
    expect(inFamilies.flat().length).to.equal(all.length);
  });
});
