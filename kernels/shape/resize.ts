/**
 * Resizing of images as tfjs defines it: along each axis, of which input pixels an output pixel is
 * made. With ratio = input size / output size, of which 1 is taken from both where corners align,
 * output pixel i lies at
 *
 *     i * ratio                    in the input, or
 *     (i + 0.5) * ratio - 0.5      with half pixel centers (nearest neighbours leave out the - 0.5)
 *
 * Bilinear mixes the pixels on either side of that place. The nearest neighbour is the one below it,
 * or with aligned corners the closest, upwards from the middle. Both stay inside the input.
 */

export type ResizeMethod = 'bilinear' | 'nearest';

/** Attributes of the tfjs kernels that resize, and of their gradients. tf.image takes at most one. */
export interface ResizeAttrs {
  readonly alignCorners: boolean;
  readonly halfPixelCenters?: boolean;
}

/** The input positions that an output position is made of: `1 - share` of input position first, `share` of second. */
export interface Source {
  readonly first: number;
  readonly second: number;
  /** Of no meaning where both are the same position. */
  readonly share: number;
}

/** Input pixels from an output pixel to the next: sizes, or the distances of their corners. */
export function resizeRatio(size: number, outSize: number, alignCorners: boolean): number {
  return alignCorners && outSize > 1 ? (size - 1) / (outSize - 1) : size / outSize;
}

/** The sources of each output position along an axis, in float64 as stock 'cpu' rounds them. */
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
