/**
 * Layout of a conv2d filter [filterHeight, filterWidth, inChannels, outChannels] in one texture. A
 * texel holds the weights of 4 consecutive output channels for one input channel. The texels that a
 * program reads in its inner loop are stored in a row, in the order in which it reads them:
 *
 *   column = ((((s % slicesPerRow)*filterHeight + fy)*filterWidth + fx)*outTileSlices + q)*4 + lane
 *   row    = outGroup*blocks + s / slicesPerRow
 *
 * Here s is the slice of the input channel and lane its place in the slice; outGroup is the tile of
 * output slices and q the place in that tile. Weights past the last channel are zero.
 */
export interface FilterLayout {
  readonly filterHeight: number;
  readonly filterWidth: number;
  readonly inChannels: number;
  readonly outChannels: number;
  readonly outTileSlices: number;
  /** Base-2 logarithm of slicesPerRow, so that a program shifts instead of dividing. */
  readonly shift: number;
  /** Number of rows for the input channels of one outGroup. */
  readonly blocks: number;
  readonly texWidth: number;
  readonly texHeight: number;
}

/**
 * Returns the layout of a filter for a program that reads `inTileSlices` input slices and writes
 * `outTileSlices` output slices at a time. The filter's slices are rounded up to multiples of these
 * numbers. Returns null if no texture is large enough.
 */
export function filterLayout(
  filterShape: readonly [number, number, number, number],
  inTileSlices: number,
  outTileSlices: number,
  maxTextureSize: number,
): FilterLayout | null {
  const [filterHeight, filterWidth, inChannels, outChannels] = filterShape;
  const inSlices = Math.ceil(inChannels / 4 / inTileSlices) * inTileSlices;
  const outGroups = Math.ceil(outChannels / 4 / outTileSlices);
  const sliceTexels = filterHeight * filterWidth * outTileSlices * 4;
  let shift = Math.ceil(Math.log2(inSlices));
  while (shift > 0 && Math.min(inSlices, 2 ** shift) * sliceTexels > maxTextureSize) shift--;
  const blocks = Math.ceil(inSlices / 2 ** shift);
  const texWidth = Math.min(inSlices, 2 ** shift) * sliceTexels;
  const texHeight = outGroups * blocks;
  if (texWidth > maxTextureSize || texHeight > maxTextureSize) return null;
  return {
    filterHeight,
    filterWidth,
    inChannels,
    outChannels,
    outTileSlices,
    shift,
    blocks,
    texWidth,
    texHeight,
  };
}

/**
 * Sizes, in bytes, of the uniform blocks from which programs read weights: few, so that layers share
 * programs.
 */
export const blockSizes = [4096, 16_384, 65_536] as const;

/** Packing of a filter for the programs that read it. */
export interface FilterPacking {
  readonly inTileSlices: number;
  readonly outTileSlices: number;
  /** Bytes of the uniform block that the program declares; undefined if it reads a texture. */
  readonly block?: number;
  /**
   * True if the filter is packed for the gradient: rotated by 180 degrees, with inChannels and
   * outChannels swapped.
   */
  readonly flipped?: boolean;
}

/** A buffer of weights, of which a draw of some groups of output slices sees a part. */
export interface WeightBlock {
  readonly buffer: WebGLBuffer;
  /** Number of groups of output slices whose weights a draw sees. */
  readonly groups: number;
  /** Bytes from the weights of such groups to those of the next. */
  readonly stride: number;
  /** Bytes that a draw sees. */
  readonly size: number;
}

/** Returns the bytes of the weights of one group of output slices, as programs read them. */
export function groupBytes(
  [filterHeight, filterWidth, inChannels]: readonly [number, number, number, ...number[]],
  inTileSlices: number,
  outTileSlices: number,
): number {
  const inSlices = Math.ceil(inChannels / 4 / inTileSlices) * inTileSlices;
  return inSlices * filterHeight * filterWidth * outTileSlices * 4 * TEXEL_BYTES;
}

const TEXEL_BYTES = 16;

/** Packing of a depthwise filter for the programs that read it from a uniform block. */
export interface DepthwisePacking {
  /** Bytes of the block that the program declares. */
  readonly block: number;
  readonly outTileSlices: number;
  /** Filter rows whose weights a turn of the program's loop reads. */
  readonly filterRows: number;
  /** True if the block has a bias for each channel as well. */
  readonly biased: boolean;
}

/**
 * Layout of a depthwise filter [filterHeight, filterWidth, channels, 1] in a buffer of which a program
 * sees a part as a uniform block: slice by slice, turn by turn in each, and tap by tap in a turn. After
 * the taps of a turn is a texel for a bias, if there is one, which the first turn of a slice has. A part
 * has the weights of all slices, or, where a block has no room for them, of a power of two, so that a
 * program finds a slice in its part by a mask. Weights past the last channel are zero.
 */
export interface DepthwiseBlockLayout {
  readonly taps: number;
  /** Taps of a turn. */
  readonly turnTaps: number;
  /** Texels of a turn. */
  readonly turnTexels: number;
  readonly channels: number;
  /** Slices of whole output tiles. */
  readonly slices: number;
  readonly partSlices: number;
  /** Groups of output slices whose weights a part has. */
  readonly groups: number;
  readonly parts: number;
  /** Mask of a slice's place in its part. */
  readonly mask: number;
  /** Bytes of a part. */
  readonly stride: number;
}

/** Number of slices of a part, so that parts begin where a device lets a block begin. */
const FEWEST_SLICES = 16;

/** Returns the layout for blocks of so many bytes, or null if a part would have too few slices. */
export function depthwiseBlockLayout(
  [filterHeight, filterWidth, channels]: readonly [number, number, number, ...number[]],
  { block, outTileSlices, filterRows, biased }: DepthwisePacking,
): DepthwiseBlockLayout | null {
  const turnTaps = filterRows * filterWidth;
  const turnTexels = depthwiseTurnTexels(turnTaps, biased);
  const sliceTexels = (filterHeight / filterRows) * turnTexels;
  const slices = Math.ceil(channels / 4 / outTileSlices) * outTileSlices;
  const room = Math.floor(block / TEXEL_BYTES / sliceTexels);
  const isWhole = slices <= room;
  const partSlices = isWhole ? slices : 2 ** Math.floor(Math.log2(room));
  if (!isWhole && partSlices < FEWEST_SLICES) return null;
  return {
    taps: filterHeight * filterWidth,
    turnTaps,
    turnTexels,
    channels,
    slices,
    partSlices,
    groups: partSlices / outTileSlices,
    parts: Math.ceil(slices / partSlices),
    mask: isWhole ? -1 : partSlices - 1,
    stride: partSlices * sliceTexels * TEXEL_BYTES,
  };
}

/** Returns the texels of a turn: its taps, and one for a bias. */
export function depthwiseTurnTexels(turnTaps: number, biased: boolean): number {
  return turnTaps + (biased ? 1 : 0);
}

/**
 * Returns the layout of a filter in a buffer of which a program sees one group of output slices at a
 * time, as a uniform block: that of filterLayout(), with a row for each group.
 * @param alignment number of bytes of which each row takes a multiple
 */
export function filterBlockLayout(
  filterShape: readonly [number, number, number, number],
  inTileSlices: number,
  outTileSlices: number,
  alignment: number,
): FilterLayout {
  const [filterHeight, filterWidth, inChannels, outChannels] = filterShape;
  const bytes = groupBytes(filterShape, inTileSlices, outTileSlices);
  return {
    filterHeight,
    filterWidth,
    inChannels,
    outChannels,
    outTileSlices,
    shift: Math.ceil(Math.log2(Math.max(1, Math.ceil(inChannels / 4)))),
    blocks: 1,
    texWidth: (Math.ceil(bytes / alignment) * alignment) / TEXEL_BYTES,
    texHeight: Math.ceil(outChannels / 4 / outTileSlices),
  };
}

/** Returns the place of the weight of tap (fy, fx) from channel `ic` to channel `oc`. */
export function locateWeight(
  layout: FilterLayout,
  fy: number,
  fx: number,
  ic: number,
  oc: number,
): { texX: number; texY: number; lane: number } {
  const { filterHeight, filterWidth, outTileSlices, shift, blocks } = layout;
  const s = Math.floor(ic / 4);
  const outSlice = Math.floor(oc / 4);
  const tap = ((s & (2 ** shift - 1)) * filterHeight + fy) * filterWidth + fx;
  return {
    texX: (tap * outTileSlices + (outSlice % outTileSlices)) * 4 + (ic % 4),
    texY: Math.floor(outSlice / outTileSlices) * blocks + (s >> shift),
    lane: oc % 4,
  };
}
