import type { DeviceProfile } from './deviceProfile.js';
import type { Precision } from './layout/precision.js';
import type { Tile } from './layout/tile.js';

/** Limits of this device on a program. */
export interface Limits {
  readonly maxTextureSize: number;
  /** Maximum number of render targets of one draw. */
  readonly maxTargets: number;
  /** Maximum number of textures that one program can read. */
  readonly maxSamplers: number;
  /** True if all planes of a tensor are in one texture, so that a program reads it as one. */
  readonly sharesTextures: boolean;
  /** Maximum number of bytes of a uniform block with weights; 0 if weights must be in textures. */
  readonly maxBlockBytes: number;
  /** Floats in which values are stored. */
  readonly precision: Precision;
  /** Charges of the device for the parts of a program. */
  readonly device: DeviceProfile;
}

/** Returns the number of textures that an operand in this tile has. */
export function texturesOf({ w, h, c }: Tile, { sharesTextures }: Limits): number {
  return sharesTextures ? 1 : w * h * c;
}
