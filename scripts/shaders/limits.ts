import type { DeviceProfile } from '../../kernels/webgl/deviceProfile.js';
import type { Limits } from '../../kernels/webgl/runner.js';

/** Returns the limits of a usual device of this family. */
export function deviceLimits(device: DeviceProfile): Limits {
  return {
    maxTextureSize: 8192,
    maxTargets: Math.min(8, device.maxTargets),
    maxSamplers: 16,
    sharesTextures: !device.software,
    maxBlockBytes: device.name === 'apple' ? 16_384 : 65_536,
    precision: 'float32',
    device,
  };
}
