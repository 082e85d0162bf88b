/** Tests of work as plain data: its spec, what it reads, and what it leads to. */
import { expect } from 'chai';
import {
  branchedWork,
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

  it('holds what a kernel has made of its inputs for it to read, which no call knows', () => {
    const [x, spread, other] = [id(), id(), id()];
    const root = { ...convolution(x, id()).root, call: null, origin: null, reads: [spread] };
    const reading = { ...convolution(x, id()), root };
    const step = { ...applied(x), before: spread, reads: [other] };
    expect([...inputsOf(extendedWork(reading, step))]).to.have.members([x, spread, other]);
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

  it('takes the steps of other work from the same root as a branch, under new numbers', () => {
    const [y, ofA, ofB, inner] = [id(), id(), id(), id()];
    const shared = extendedWork(convolution(id(), id()), applied(id(), { op: 'abs' }));
    const a = [applied(y), applied(ofA, { op: 'tanh' })].reduce(extendedWork, shared);
    const sum = { op: 'add', operand: 'channel', swapped: false } as const;
    const b = [
      { ...applied(y, sum), operands: { step1: operand(1) } },
      { ...applied(ofB, { op: 'clip' }), uniforms: { step2ClipValueMin: 3 } },
      applied(inner, { ...sum, operand: 2 }),
      applied(inner, { ...sum, operand: 1, swapped: true }),
    ].reduce(extendedWork, shared);
    const last = id();
    const whole = branchedWork(a, b, last);
    const joined = true;
    expect(whole.spec.steps).to.deep.equal([
      { op: 'abs', joined },
      { op: 'relu', joined },
      { op: 'tanh', joined },
      // It takes the value after one step; the value before the clip is that after this sum.
      { ...sum, of: 1, joined },
      { op: 'clip', joined },
      { ...sum, operand: 4, joined },
      { ...sum, operand: 1, swapped: true, joined },
    ]);
    expect(whole.steps[3].operands).to.have.all.keys('step3');
    expect(whole.steps[4].uniforms).to.deep.equal({ step4ClipValueMin: 3 });
    expect(whole.steps[3].before).to.equal(last);
    expect(whole.steps[4].before).to.equal(ofB);
    expect(whole.textures).to.equal(b.textures);
    expect(leadsTo(a, whole)).to.equal(true);
  });
});
