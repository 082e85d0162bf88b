/** Tests of pending work: its specs, what it holds, and what is learned from drawing it. */
import { expect } from 'chai';
import type { Step } from '../../../../../kernels/webgl/programs/epilogue.js';
import type { Call, Operand } from '../../../../../kernels/webgl/runner.js';
import { Deferred } from '../../../../../src/webgl/fusion/deferred.js';
import {
  type AppliedStep,
  extendedSpec,
  extendedWork,
  inputsOf,
  leadsTo,
  type Root,
  readingSpec,
  type Work,
  workOf,
} from '../../../../../src/webgl/fusion/work.js';

const id = () => ({});
const tensor = (dataId: object) => ({ dataId, shape: [1, 1, 1, 4], dtype: 'float32' as const });
const tile = { w: 2, h: 2, c: 2 };
const relu: Step = { op: 'relu' };

function call(...inputs: object[]): Call {
  const tensors = inputs.map(tensor);
  return { kernelName: 'Made up', inputs: tensors, again: () => tensors[0] };
}

function operand(textures: number): Operand {
  return { textures: Array(textures).fill({}), uniforms: {} };
}

function convolution(x: object, filter: object): Work {
  const root: Root = {
    spec: readingSpec(tile),
    operands: { x: operand(8), weights: operand(1) },
    uniforms: {},
    output: { shape: [1, 1, 1, 4], layout: {} as never, format: 'NHWC' },
    call: call(x, filter),
    origin: {
      kernelName: 'Conv2D',
      variant: 'made up',
      layer: tensor(filter),
      geometry: {} as never,
    },
    reads: null,
    drawn: null,
  };
  return workOf(root);
}

function applied(before: object, step: Step = relu, ...others: object[]): AppliedStep {
  return { step, operands: {}, uniforms: {}, call: call(before, ...others), before };
}

describe('pending work', () => {
  it('shares one spec object among equal extensions, and marks the last step as joined', () => {
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

describe('deferred results', () => {
  it('hold their inputs until they are drawn, and free disposed inputs once after that', () => {
    const freed: object[] = [];
    const deferred = new Deferred((dataId) => freed.push(dataId));
    const [x, filter, y, z] = [id(), id(), id(), id()];
    const [first, second] = [convolution(x, filter), convolution(x, filter)];
    deferred.add(y, first);
    deferred.add(z, second);
    expect(deferred.isHeld(x) && deferred.isHeld(filter)).to.equal(true);
    expect(deferred.dependents(x)).to.deep.equal([y, z]);
    deferred.orphan(x);

    expect(deferred.take(y)).to.equal(first);
    deferred.release(first);
    expect(freed).to.deep.equal([]);
    deferred.remove(z);
    expect(freed).to.deep.equal([x]);
    expect(deferred.isHeld(x) || deferred.isHeld(filter)).to.equal(false);
    expect(deferred.get(y)).to.equal(undefined);
  });

  it('stay pending with their inputs when they could not be drawn', () => {
    const deferred = new Deferred(() => {});
    const [x, filter, y] = [id(), id(), id()];
    const work = convolution(x, filter);
    deferred.add(y, work);
    deferred.take(y);
    deferred.putBack(y, work);
    expect(deferred.get(y)).to.equal(work);
    expect(deferred.isHeld(x)).to.equal(true);
  });

  it('are ends of a chain until a step joins them', () => {
    const deferred = new Deferred(() => {});
    const [y, z] = [id(), id()];
    const work = convolution(id(), id());
    deferred.add(y, work);
    expect(deferred.ends()).to.deep.equal([y]);
    deferred.noteFused(work);
    deferred.add(z, extendedWork(work, applied(y)));
    expect(deferred.ends()).to.deep.equal([z]);
    expect(deferred.isEnd(y)).to.equal(false);
  });

  it('split a layer after an intermediate value was drawn as well, and in later predictions', () => {
    const deferred = new Deferred(() => {});
    const filter = id();
    const y = id();
    const work = convolution(id(), filter);
    const sum = extendedWork(work, applied(y));
    deferred.noteDrawn(extendedWork(sum, applied(id())));
    deferred.noteDrawn(sum);

    const [later, bias] = [id(), id()];
    const again = convolution(id(), filter);
    deferred.add(later, again);
    expect(deferred.fusable(later)).to.equal(again);
    deferred.add(bias, extendedWork(again, applied(later)));
    expect(deferred.fusable(bias)).to.equal(undefined);
    const other = id();
    deferred.add(other, extendedWork(convolution(id(), id()), applied(id())));
    expect(deferred.fusable(other)).to.not.equal(undefined);
  });

  it('are not fused any further when a chain has 64 steps', () => {
    const deferred = new Deferred(() => {});
    let work = convolution(id(), id());
    for (let i = 0; i < 64; i++) work = extendedWork(work, applied(id()));
    const y = id();
    deferred.add(y, work);
    expect(deferred.fusable(y)).to.equal(undefined);
  });
});
