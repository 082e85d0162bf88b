/** Names of convolutions in a tuning record: one for all that run the same programs at the same sizes. */

import type { ConvShape } from '../shape/convShape.js';
import type { Fusion } from '../shape/fused.js';
import { type Tile, tileName } from './layout/tile.js';

/**
 * `conv2d:in=1x56x56x64;f=3x3x128;stride=1x1;dil=1x1;pad=1,1;out=56x56;relu6+bias;tile=4x2x1`:
 * sizes as batch x height x width x channels, the filter's last number the output channels,
 * padding on top and on the left, and the tile that the input lies in, `none` where it lies in
 * no planes. The order of the data in memory changes no program, and is left out.
 */
export function convKey(shape: ConvShape, fusion: Fusion, resident: Tile | null): string {
  const tile = resident === null ? 'none' : tileName(resident);
  return `${sizesKey(shape, fusion)};tile=${tile}`;
}

/** A key without the tile of the input. */
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
  `^(conv2d|depthwiseConv2d):in=${size(4)};f=${size(3)};stride=${size(2)};dil=${size(2)}` +
    `;pad=-?\\d+,-?\\d+;out=${size(2)};[a-z0-9]+(\\+bias)?;tile=(none|${size(3)})$`,
);

/** The kernel that a key is of; null where the text is no key. */
export function kernelOfKey(key: string): ConvShape['kernel'] | null {
  return (pattern.exec(key)?.[1] as ConvShape['kernel']) ?? null;
}
