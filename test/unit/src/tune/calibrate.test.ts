import { expect } from 'chai';
import type { Measured } from '../../../../kernels/webgl/calibrated.js';
import {
  calibrate,
  type Probe,
  type ProbeBench,
  Unmeasurable,
} from '../../../../src/tune/calibrate.js';

const charges: Measured = {
  fetch: 0.02,
  weight: 0.01,
  multiplyAdd: 0.004,
  block: 0.005,
  draw: 3000,
};

/** A device with these charges, which takes 0.4 ms besides for each sample. */
function device(of: Readonly<Record<Probe, number>>) {
  const amounts: Record<Probe, number> = {
    ...{ fetch: 524_288, weight: 524_288, multiplyAdd: 1_048_576, block: 524_288, draw: 16 },
  };
  let drawn = 0;
  const log = { spent: 0, longest: 0, pauses: 0 };
  const bench: ProbeBench = {
    amount: (probe) => amounts[probe],
    draw: (probe, turns) => {
      drawn = (turns * amounts[probe] * of[probe]) / 1e6;
    },
    time: async (_, draws) => {
      draws();
      const ms = drawn + 0.4;
      log.spent += ms;
      log.longest = Math.max(log.longest, ms);
      return ms;
    },
    pause: async () => {
      log.pauses++;
    },
  };
  return { bench, log };
}

describe('the calibration of a device', () => {
  it('finds its charges, whatever a sample costs besides', async () => {
    const found = await calibrate(device(charges).bench);
    for (const [name, charge] of Object.entries(charges)) {
      expect(found[name as Probe], name).to.be.closeTo(charge, 1e-9 * charge);
    }
  });

  for (const speed of [1 / 20, 1, 8]) {
    it(`takes at most 100 ms of a device ${speed} times as fast, in pieces of at most 13`, async () => {
      const of = Object.fromEntries(
        Object.entries(charges).map(([name, charge]) => [name, charge / speed]),
      ) as Record<Probe, number>;
      const { bench, log } = device(of);
      await calibrate(bench).catch((error) => expect(error).to.be.instanceOf(Unmeasurable));
      expect(log.spent).to.be.below(113);
      expect(log.longest).to.be.below(13);
      expect(log.pauses).to.be.above(10);
    });
  }

  it('gives up on a clock that stands still', async () => {
    const { bench } = device(charges);
    const still = { ...bench, time: async () => 0 };
    const error = await calibrate(still).catch((reason) => reason);
    expect(error).to.be.instanceOf(Unmeasurable);
    expect(error.message).to.equal('fetch: four times the work takes no longer');
  });

  it('stops when there is no point in continuing', async () => {
    const { bench } = device(charges);
    let left = 5;
    const stopping = {
      ...bench,
      pause: async () => {
        if (left-- === 0) throw new Error('stopped');
      },
    };
    const error = await calibrate(stopping).catch((reason) => reason);
    expect(error.message).to.equal('stopped');
  });
});
