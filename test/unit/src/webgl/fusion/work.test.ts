/** Tests of work as plain data: its spec, what it reads, and what it leads to. */
import { expect } from 'chai';
import {
  extendedSpec,
  extendedWork,
  inputsOf,
  leadsTo,
  readingSpec,
} from '../../../../../src/webgl/fusion/work.js';
import { applied, convolution, id, operand, relu, tile } from './madeUpWork.js';

describe('pending work', () => {
  it('shares one spec object among equal extensions, and marks the last step as fused', () => {
    const spec = readingSpec(tile);
    const once = extendedSpec(spec, relu);
    expect(extendedSpec(spec, { op: 'relu' })).to.equal(once);
    expect(extendedSpec(spec, { op: 'relu6' })).to.not.equal(once);
    const sum = { op: 'add', operand: 'same', swapped: false } as const;
    expect(extendedSpec(spec, sum)).to.not.equal(extendedSpec(spec, { ...sum, swapped: true }));
    expect(once.steps).to.deep.equal([{ op: 'relu', joined: true }]);
    expect(spec.steps).to.deep.equal([]);
  });

  it('counts the textures that its program reads', () => {
    const [x, filter, before] = [id(), id(), id()];
    const work = convolution(x, filter);
    expect(work.textures).to.equal(9);
    const step = { ...applied(before), operands: { step0: operand(1) } };
    expect(extendedWork(work, step).textures).to.equal(10);
  });

  it('needs the inputs of all its kernels, but no intermediate values', () => {
    const [x, filter, y, bias, z] = [id(), id(), id(), id(), id()];
    const sum = extendedWork(convolution(x, filter), applied(y, relu, bias));
    const more = extendedWork(sum, applied(z, relu, y));
    expect([...inputsOf(more)]).to.have.members([x, filter, bias]);
  });

  it('leads to itself and to each of its extensions', () => {
    const work = convolution(id(), id());
    const [a, b] = [applied(id()), applied(id())];
    const [ofA, ofB] = [extendedWork(work, a), extendedWork(work, b)];
    expect(leadsTo(work, ofA)).to.equal(true);
    expect(leadsTo(ofA, ofA)).to.equal(true);
    expect(leadsTo(ofA, extendedWork(ofA, b))).to.equal(true);
    expect(leadsTo(ofA, ofB)).to.equal(false);
    expect(leadsTo(ofA, work)).to.equal(false);
    expect(leadsTo(convolution(id(), id()), ofA)).to.equal(false);
  });
});
