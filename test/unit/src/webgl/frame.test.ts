import { env } from '@tensorflow/tfjs-core';
// Registers stock's flags, of which the mode that compiles only is one.
import '@tensorflow/tfjs-backend-webgl';
import { expect } from 'chai';
import { Frames, isCompiling } from '../../../../src/webgl/frame.js';

describe('frames', () => {
  it('inherit everything that they do not change', () => {
    const frames = new Frames();
    const undo = [() => {}];
    frames.within({ kernel: 'Conv2D', usesContext: true }, () =>
      frames.within({ undo }, () => {
        const { kernel, usesContext, call } = frames.current;
        expect([kernel, usesContext, call]).to.deep.equal(['Conv2D', true, null]);
        expect(frames.current.undo).to.equal(undo);
      }),
    );
  });

  it('are popped when their body ends, whether it returns or throws', () => {
    const frames = new Frames();
    const outermost = frames.current;
    expect(frames.within({ kernel: 'Conv2D' }, () => 'done')).to.equal('done');
    expect(frames.current).to.equal(outermost);
    frames.within({ kernel: 'Concat' }, () => {
      const outer = frames.current;
      const fail = () =>
        frames.within({ isUndeferred: true }, () => {
          expect(frames.current.isUndeferred).to.equal(true);
          throw new Error('lost');
        });
      expect(fail).to.throw('lost');
      expect(frames.current).to.equal(outer);
    });
    expect(frames.current).to.equal(outermost);
  });

  it('belong to one backend', () => {
    const [one, other] = [new Frames(), new Frames()];
    one.within({ usesContext: true }, () => {
      expect([one.current.usesContext, other.current.usesContext]).to.deep.equal([true, false]);
    });
  });

  it('set the flag that stock reads while they compile only, and reset it afterwards', () => {
    const frames = new Frames();
    const fail = () =>
      frames.within({ compilesOnly: true }, () => {
        expect(isCompiling()).to.equal(true);
        frames.within({ compilesOnly: false }, () => expect(isCompiling()).to.equal(false));
        frames.within({ kernel: 'Conv2D' }, () => expect(isCompiling()).to.equal(true));
        expect(isCompiling()).to.equal(true);
        throw new Error('no shader');
      });
    expect(fail).to.throw('no shader');
    expect(isCompiling()).to.equal(false);
  });

  it('leave the flag as a user has set it', () => {
    const frames = new Frames();
    env().set('ENGINE_COMPILE_ONLY', true);
    try {
      frames.within({ kernel: 'Conv2D' }, () => expect(isCompiling()).to.equal(true));
      frames.within({ compilesOnly: true }, () => expect(isCompiling()).to.equal(true));
      expect(isCompiling()).to.equal(true);
    } finally {
      env().set('ENGINE_COMPILE_ONLY', false);
    }
  });
});
