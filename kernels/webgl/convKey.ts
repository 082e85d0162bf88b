/**
 * Keys of convolutions in a tuning record. All convolutions that run the same programs at the same
 * sizes share one key.
 */

import type { ConvShape } from '../shape/convShape.js';
import type { Fusion } from '../shape/fused.js';
import { type Tile, tileName } from './layout/tile.js';

/**
 * Returns the key of a convolution, for example
 * `conv2d:in=1x56x56x64;f=3x3x128;stride=1x1;dil=1x1;pad=1,1;out=56x56;relu6+bias;tile=4x2x1`.
 * Sizes are batch x height x width x channels, and the filter's last number is the output
 * channels. Padding is on top and on the left. The tile is the input's tile, or `none` if the input
 * is not in planes. The order of the data in memory is left out because it changes no program.
 */
export function convKey(shape: ConvShape, fusion: Fusion, resident: Tile | null): string {
  const tile = resident === null ? 'none' : tileName(resident);
  return `${sizesKey(shape, fusion)};tile=${tile}`;
}

/** Returns a key without the tile of the input. */
export function sizesKey(s: ConvShape, { activation, bias }: Fusion): string {
  return (
    `${s.kernel}:in=${s.batch}x${s.inHeight}x${s.inWidth}x${s.inChannels}` +
    `;f=${s.filterHeight}x${s.filterWidth}x${s.outChannels}` +
    `;stride=${s.strideHeight}x${s.strideWidth};dil=${s.dilationHeight}x${s.dilationWidth}` +
    `;pad=${s.padTop},${s.padLeft};out=${s.outHeight}x${s.outWidth}` +
    `;${activation}${bias ? '+bias' : ''}`
  );
}

const size = (count: number) => Array(count).fill('[1-9]\\d*').join('x');

const pattern = new RegExp(
  `^(conv2d|depthwiseConv2d|conv2dTranspose):in=${size(4)};f=${size(3)};stride=${size(2)};dil=${size(2)}` +
    `;pad=-?\\d+,-?\\d+;out=${size(2)};[a-z0-9]+(\\+bias)?;tile=(none|${size(3)})$`,
);

/** Returns the kernel that a key names; null if the text is not a key. */
export function kernelOfKey(key: string): ConvShape['kernel'] | null {
  return (pattern.exec(key)?.[1] as ConvShape['kernel']) ?? null;
}
