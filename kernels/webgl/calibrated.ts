/** Profile of a device whose charges were measured on the device itself. */
import type { DeviceProfile } from './deviceProfile.js';

/**
 * Nanoseconds that the whole device takes: for a kind of work in one fragment, once; and for a draw of
 * next to nothing, on host and device.
 */
export interface Measured {
  readonly fetch: number;
  /** Fetch of a weight, the same for all fragments. */
  readonly weight: number;
  /** Multiply-add of vec4. */
  readonly multiplyAdd: number;
  /** Multiply-add with a weight from a uniform block. */
  readonly block: number;
  readonly draw: number;
}

/** Ratio to the family's charge above which, or below whose inverse, a measurement is no such thing. */
const MOST_OFF = 32;

/**
 * Ratio of a multiply-add with a weight from a block to one without, up to which the weight costs
 * nothing, as the device loads it meanwhile.
 */
const FREE = 1.3;

/** Names of the charges that are measured. */
export const chargeNames = ['fetch', 'weight', 'multiplyAdd', 'block', 'draw'] as const;

/**
 * Returns the profile of a family with the charges that were measured; what was not measured keeps its
 * ratio to a multiply-add. Returns null for what no device of the family can have.
 */
export function calibrated(profile: DeviceProfile, measured: Measured): DeviceProfile | null {
  if (!chargeNames.every((name) => Number.isFinite(measured[name]) && measured[name] > 0))
    return null;
  const { rates } = profile;
  const { fetch, weight, block, draw } = measured;
  const multiplyAdd = measured.multiplyAdd / fetch;
  const isNear = (found: number, usual: number) =>
    found < MOST_OFF * usual && usual < MOST_OFF * found;
  if (!isNear(multiplyAdd, rates.multiplyAdd) || !isNear(draw / fetch, rates.draw)) return null;
  const scale = multiplyAdd / rates.multiplyAdd;
  return {
    ...profile,
    rates: {
      ...rates,
      multiplyAdd,
      weight: weight / fetch,
      blockWeight: block > FREE * measured.multiplyAdd ? block / fetch : 0,
      turn: rates.turn * scale,
      write: rates.write * scale,
      plainWrite: rates.plainWrite * scale,
      fragment: rates.fragment * scale,
      draw: draw / fetch,
      change: (rates.change / rates.draw) * (draw / fetch),
    },
  };
}
