/**
 * Resizing of images as tfjs defines it: the input pixels, along each axis, from which an output
 * pixel is computed. Let ratio be input size / output size, or (input size - 1) / (output size - 1)
 * with aligned corners. The position of output pixel i in the input is
 *
 *     i * ratio                    or
 *     (i + 0.5) * ratio - 0.5      with half pixel centers (nearest neighbours leave out the - 0.5)
 *
 * Bilinear mixes the pixels on either side of that position. The nearest neighbour is the pixel at
 * the position rounded down; with aligned corners it is the closest pixel, with ties rounded up.
 * Both methods stay inside the input.
 */

export type ResizeMethod = 'bilinear' | 'nearest';

/** Attributes of tfjs resize kernels and their gradients. tf.image accepts at most one as true. */
export interface ResizeAttrs {
  readonly alignCorners: boolean;
  readonly halfPixelCenters?: boolean;
}

/**
 * The input positions from which an output position is computed: `1 - share` of position `first`
 * plus `share` of position `second`.
 */
export interface Source {
  readonly first: number;
  readonly second: number;
  /** Meaningless if both positions are the same. */
  readonly share: number;
}

/** Input pixels per output pixel: a ratio of sizes, or of the distances between aligned corners. */
export function resizeRatio(size: number, outSize: number, alignCorners: boolean): number {
  return alignCorners && outSize > 1 ? (size - 1) / (outSize - 1) : size / outSize;
}

/** Returns the source of each output position along an axis, in float64 as in stock 'cpu'. */
export function sourcesOf(
  method: ResizeMethod,
  size: number,
  outSize: number,
  { alignCorners, halfPixelCenters }: ResizeAttrs,
): Source[] {
  const ratio = resizeRatio(size, outSize, alignCorners);
  const inside = (position: number) => Math.max(0, Math.min(size - 1, position));
  return Array.from({ length: outSize }, (_, at) => {
    const center = ratio * (halfPixelCenters ? at + 0.5 : at);
    if (method === 'nearest') {
      const nearest = inside(alignCorners ? Math.round(center) : Math.floor(center));
      return { first: nearest, second: nearest, share: 0 };
    }
    const place = halfPixelCenters ? center - 0.5 : center;
    const first = Math.max(0, Math.floor(place));
    return { first: inside(first), second: inside(Math.ceil(place)), share: place - first };
  });
}
