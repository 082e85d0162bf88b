/**
 * The first choice among variants: an estimate of the time a variant takes, from
 * what its inner loop fetches and multiplies. Constants are the measured cost of a
 * texel fetch and of a vec4 multiply-add on software rasterisers, where a fetch
 * costs about six multiply-adds; only their ratio matters for the order.
 */
import type { Tile } from '../layout/tile.js';
import type { ConvShape } from '../shape/convShape.js';

const FETCH = 3.6;
const MULTIPLY_ADD = 0.58;
/** Writing one texel, and starting one fragment. */
const WRITE = 4;
const FRAGMENT = 10;
/** One turn of the loop over filter rows and input tiles, beside what it fetches and adds. */
const LOOP_TURN = 20;
/** A fetch whose plane is chosen at run time. */
const INDIRECT_FETCH = 4 * FETCH;

/** Cost of a direct convolution in tiles, in nanoseconds of one unit of the rasteriser. */
export function tiledConvCost(shape: ConvShape, inTile: Tile, outTile: Tile): number {
  const { batch, outHeight, outWidth, filterHeight, filterWidth } = shape;
  const columns = Math.ceil(outWidth / outTile.w);
  const groups = Math.ceil(shape.outChannels / 4 / outTile.c);
  const fragments = batch * columns * outHeight * groups;
  const inputColumns = distinctColumns(shape, outTile.w);
  const perRow =
    shape.kernel === 'conv2d'
      ? Math.ceil(shape.inChannels / 4 / inTile.c) *
        (LOOP_TURN +
          inTile.c *
            (FETCH * (inputColumns + 4 * filterWidth * outTile.c) +
              MULTIPLY_ADD * 4 * filterWidth * outTile.w * outTile.c))
      : LOOP_TURN +
        outTile.c * (FETCH * (inputColumns + filterWidth) + MULTIPLY_ADD * filterWidth * outTile.w);
  return fragments * (filterHeight * perRow + WRITE * outTile.w * outTile.c + FRAGMENT);
}

/** Cost of bringing the input into tiles that it does not lie in yet. */
export function convertCost({ batch, inHeight, inWidth, inChannels }: ConvShape): number {
  return texels(batch, inHeight, inWidth, inChannels) * (INDIRECT_FETCH + WRITE);
}

/**
 * Cost of leaving the output in other tiles than the input's: layers alternate, so
 * one of the next will want the input's tile back.
 */
export function departCost({ batch, outHeight, outWidth, outChannels }: ConvShape): number {
  return texels(batch, outHeight, outWidth, outChannels) * (INDIRECT_FETCH + WRITE);
}

function texels(batch: number, height: number, width: number, channels: number): number {
  return batch * height * width * Math.ceil(channels / 4);
}

/** Input columns that a row of `width` output pixels reads. */
function distinctColumns({ filterWidth, strideWidth, dilationWidth }: ConvShape, width: number) {
  const columns = new Set<number>();
  for (let i = 0; i < width; i++) {
    for (let fx = 0; fx < filterWidth; fx++) columns.add(i * strideWidth + fx * dilationWidth);
  }
  return columns.size;
}
