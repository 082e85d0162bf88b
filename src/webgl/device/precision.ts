/** Precision of tiles: the floats in which values are stored between programs, which compute in float32. */
import type { Precision } from '../../../kernels/webgl/layout/precision.js';
import type { Capabilities } from './capabilities.js';

/** Precision of tiles that is asked for; 'auto' for what suits the device. */
export type PrecisionChoice = Precision | 'auto';

/**
 * Returns the precision of tiles: half floats where they are asked for, where a device of the family
 * gains by them and may choose, and where the device draws into nothing else. Null if it draws into no
 * floats at all.
 */
export function precisionOf(
  choice: PrecisionChoice,
  { floatTargets, halfTargets, profile }: Capabilities,
): Precision | null {
  if (floatTargets === 0) return halfTargets === 0 ? null : 'half';
  if (halfTargets === 0) return 'float32';
  if (choice === 'auto') return profile.gainsByHalf ? 'half' : 'float32';
  return choice;
}
