/**
 * Fold of a plane, the number of images of tiles side by side in it. Rasterisers on the CPU shade
 * blocks of pixels, whole blocks even if a plane ends inside one, and distribute a plane to their
 * threads in larger bins. A small square plane is one bin, and so the work of one thread. The best
 * fold has the least work for the busiest thread, and among equal folds covers the fewest quads.
 */
export interface Fold {
  /** Base-2 logarithm of the number of images side by side. */
  readonly foldShift: number;
  readonly texWidth: number;
  readonly texHeight: number;
}

/**
 * Texels across and down in a block that is shaded as one: in llvmpipe (Mesa), the largest known.
 */
const BLOCK = 4;
/** Blocks across and down in a bin, also llvmpipe's. */
const BIN = 16;
/** Number of threads that a fold is planned for. */
const THREADS = 4;
/** Texels across and down in a quad: SwiftShader's block, and the smallest block of a GPU. */
const QUAD = 2;

/** Known folds, by the largest texture size and then by one number for columns, rows and images. */
const known = new Map<number, Map<number, Fold | null>>();
const MOST_KNOWN = 4096;

/**
 * Returns the fold of `images` rectangles of `columns x rows` texels, or null if no texture of
 * maxTextureSize holds them.
 */
export function fold(
  columns: number,
  rows: number,
  images: number,
  maxTextureSize: number,
): Fold | null {
  if (columns > maxTextureSize || rows > maxTextureSize) return null;
  const key = (images * (maxTextureSize + 1) + rows) * (maxTextureSize + 1) + columns;
  let folds = known.get(maxTextureSize);
  if (folds === undefined || folds.size > MOST_KNOWN) {
    folds = new Map();
    known.set(maxTextureSize, folds);
  }
  let found = folds.get(key);
  if (found === undefined || !Number.isSafeInteger(key)) {
    found = bestFold(columns, rows, images, maxTextureSize);
    folds.set(key, found);
  }
  return found;
}

function bestFold(
  columns: number,
  rows: number,
  images: number,
  maxTextureSize: number,
): Fold | null {
  let best: Fold | null = null;
  let least = [Number.POSITIVE_INFINITY, 0];
  for (let foldShift = 0; foldShift <= Math.ceil(Math.log2(images)); foldShift++) {
    const across = Math.min(images, 2 ** foldShift);
    const texWidth = columns * across;
    const texHeight = rows * Math.ceil(images / across);
    if (texWidth > maxTextureSize || texHeight > maxTextureSize) continue;
    const quads = Math.ceil(texWidth / QUAD) * Math.ceil(texHeight / QUAD);
    const work = [busiestThread(texWidth, texHeight), quads];
    if (work[0] > least[0] || (work[0] === least[0] && work[1] > least[1])) continue;
    least = work;
    best = { foldShift, texWidth, texHeight };
  }
  return best;
}

/**
 * Returns the number of blocks of the busiest thread, if each next bin goes to the thread with the
 * fewest blocks.
 */
function busiestThread(texWidth: number, texHeight: number): number {
  const across = bins(Math.ceil(texWidth / BLOCK));
  const down = bins(Math.ceil(texHeight / BLOCK));
  const loads = new Array<number>(THREADS).fill(0);
  for (const height of down) {
    for (const width of across) {
      loads[loads.indexOf(Math.min(...loads))] += width * height;
    }
  }
  return Math.max(...loads);
}

/** Returns the lengths in blocks of the bins along `blocks` blocks. */
function bins(blocks: number): number[] {
  return Array.from({ length: Math.ceil(blocks / BIN) }, (_, i) => Math.min(BIN, blocks - i * BIN));
}
