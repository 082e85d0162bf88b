import type { DataFormat } from '../../shape/convShape.js';
import { planeNames } from './planeNames.js';
import type { StockForm } from './stock.js';
import { stockAccess } from './stockAccess.glsl.js';
import type { Tile } from './tile.js';
import { tileAccess } from './tileAccess.glsl.js';

/** Place of a tensor's flat data: a stock texture, or planes of a layout in this tile and format. */
export type FlatSource = StockForm | { readonly tile: Tile; readonly format: DataFormat };

/**
 * Returns the GLSL function `float valueOf(int flat)` in chunks, with the samplers and the layouts that it
 * reads: `stock`, or planes of `x`.
 */
export function flatAccess(from: FlatSource) {
  if (typeof from === 'string') {
    return { samplers: ['stock'], layouts: [], chunks: [stockAccess(from), valueOfStock] };
  }
  const { tile, format } = from;
  return {
    samplers: [planeNames('x', tile)],
    layouts: ['x'],
    chunks: [tileAccess('x', tile), format === 'NHWC' ? valueOfNHWC : valueOfNCHW],
  };
}

const valueOfStock = 'float valueOf(int flat_) { return stockAt(flat_); }';

const valueOfNHWC = /* glsl */ `
float valueOf(int flat_) {
  int pixel = quotient(flat_, xLayout.extent.w);
  int channel = flat_ - pixel * xLayout.extent.w;
  int line = quotient(pixel, xLayout.extent.z);
  int n = quotient(line, xLayout.extent.y);
  return xAt(n, channel / 4, line - n * xLayout.extent.y, pixel - line * xLayout.extent.z)[channel % 4];
}
`;

const valueOfNCHW = /* glsl */ `
float valueOf(int flat_) {
  int line = quotient(flat_, xLayout.extent.z);
  int image = quotient(line, xLayout.extent.y);
  int n = quotient(image, xLayout.extent.w);
  int channel = image - n * xLayout.extent.w;
  return xAt(n, channel / 4, line - image * xLayout.extent.y, flat_ - line * xLayout.extent.z)[channel % 4];
}
`;
