import { expect } from 'chai';
import { calibrated, type Measured } from '../../../../kernels/webgl/calibrated.js';
import type { DeviceProfile } from '../../../../kernels/webgl/deviceProfile.js';
import { profileNamed, profiles } from '../../../../kernels/webgl/devices.js';

/** Returns measurements of a device that charges what its family does; a fetch takes a hundredth of a ns. */
function asItsFamily({ rates }: DeviceProfile): Measured {
  const fetch = 0.01;
  const multiplyAdd = rates.multiplyAdd * fetch;
  return {
    ...{ fetch, multiplyAdd, weight: rates.weight * fetch, draw: rates.draw * fetch },
    block: Math.max(rates.blockWeight * fetch, multiplyAdd),
  };
}

describe('a calibrated profile', () => {
  for (const profile of profiles.filter(({ software }) => !software)) {
    it(`of ${profile.name} is that of its family if the device charges the same`, () => {
      const { rates, ...rest } = calibrated(profile, asItsFamily(profile)) as DeviceProfile;
      const { rates: usual, ...others } = profile;
      expect(rest).to.deep.equal(others);
      for (const [name, rate] of Object.entries(usual)) {
        const found = rates[name as keyof typeof rates];
        // A weight in a block that is loaded while the device multiplies costs nothing.
        if (name === 'blockWeight' && rate <= 1.3 * usual.multiplyAdd) continue;
        if (typeof rate !== 'number') expect(found, name).to.equal(rate);
        else expect(found, name).to.be.closeTo(rate, 1e-9 * Math.abs(rate));
      }
    });
  }

  const family = profileNamed('nvidia');
  const measured = asItsFamily(family);

  it('charges more for a draw that took longer, and for a change of tile', () => {
    const slow = calibrated(family, { ...measured, draw: 4 * measured.draw }) as DeviceProfile;
    expect(slow.rates.draw / family.rates.draw).to.be.closeTo(4, 1e-9);
    expect(slow.rates.change / family.rates.change).to.be.closeTo(4, 1e-9);
  });

  it('charges for a weight in a block that the device waits for', () => {
    const { multiplyAdd, fetch } = measured;
    const waiting = calibrated(family, { ...measured, block: 3 * multiplyAdd }) as DeviceProfile;
    expect(waiting.rates.blockWeight).to.be.closeTo((3 * multiplyAdd) / fetch, 1e-9);
    const free = calibrated(family, { ...measured, block: 1.2 * multiplyAdd }) as DeviceProfile;
    expect(free.rates.blockWeight).to.equal(0);
  });

  const impossible: Record<string, Partial<Measured>> = {
    'a fetch that takes no time': { fetch: 0 },
    'a draw that was not measured': { draw: Number.NaN },
    'arithmetic a hundred times too slow': { multiplyAdd: 100 * measured.multiplyAdd },
    'a draw a hundred times too fast': { draw: measured.draw / 100 },
  };
  for (const [what, part] of Object.entries(impossible)) {
    it(`is none for ${what}`, () => {
      expect(calibrated(family, { ...measured, ...part })).to.equal(null);
    });
  }
});
