/** Tests of deferred results: what they hold, and what is learned from drawing them. */
import { expect } from 'chai';
import { Deferred, MOST_STEPS } from '../../../../../src/webgl/fusion/deferred.js';
import { extendedWork } from '../../../../../src/webgl/fusion/work.js';
import { applied, convolution, id } from './madeUpWork.js';

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

  it('are no ends while what they read is being drawn', () => {
    const deferred = new Deferred(() => {});
    const [y, z] = [id(), id()];
    const work = convolution(id(), id());
    deferred.add(y, work);
    deferred.add(z, convolution(y, id()));
    deferred.take(y);
    expect(deferred.ends()).to.deep.equal([]);
    deferred.putBack(y, work);
    expect(deferred.ends()).to.deep.equal([y, z]);
    deferred.take(y);
    deferred.release(work);
    expect(deferred.ends()).to.deep.equal([z]);
  });

  it('are ends of a chain until a step is fused with them', () => {
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

  it('are not fused past a value that an earlier prediction also drew on its own', () => {
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

  it(`are fused until a chain has ${MOST_STEPS} steps`, () => {
    const deferred = new Deferred(() => {});
    const chain = (steps: number) => {
      let work = convolution(id(), id());
      for (let i = 0; i < steps; i++) work = extendedWork(work, applied(id()));
      const y = id();
      deferred.add(y, work);
      return y;
    };
    const below = chain(MOST_STEPS - 1);
    expect(deferred.fusable(below)).to.equal(deferred.get(below));
    expect(deferred.fusable(chain(MOST_STEPS))).to.equal(undefined);
    expect(deferred.fusable(chain(4 * MOST_STEPS))).to.equal(undefined);
  });
});
