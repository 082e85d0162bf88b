/** Gradients of the filters of convolutions: Conv2DBackpropFilter, DepthwiseConv2dNativeBackpropFilter. */
import {
  Conv2DBackpropFilter,
  DepthwiseConv2dNativeBackpropFilter,
  type TensorInfo,
  util,
} from '@tensorflow/tfjs-core';
import { type ConvShape, convShape, type ForwardKernel } from '../shape/convShape.js';
import { PARTS } from './job.js';
import type { CPUKernel } from './kernel.js';
import { readRepeated } from './multiplier.js';
import { readChannelsLast } from './nchw.js';
import { onHeap, withThreadBlocks, writeWords } from './onHeap.js';
import { type FilterGradientAttrs, plainFilterGradient } from './plainGradients.js';
import { effort } from './shared/effort.js';
import type { SharedWork } from './shared/work.js';
import { type HeapArgs, isFloat, stockOr } from './stockOr.js';
import { PANEL_COLUMNS } from './wasm/numbers.js';

const wordBytes = 4;
const panelLanes = 8;
/** Most rows of a tile of wasm/filterGradient.ts. */
const tileRows = 6;
/** Number of addresses that follow the sizes and operands in the words of wasm/filterJob.ts. */
const addressWords = 3;
/** Words of a row in the list of wasm/filterJob.ts. */
const rowWords = 2;
/** Number of words that wasm/filterJob.ts sets itself. */
const ownWords = 7;

/** Most pixels of dy in a chunk, of which a panel and as many packed values of x stay in the L1 cache. */
const CHUNK_PIXELS = 256;
/** Values of dy in a chunk of a depthwise convolution: together with those of x, half an L2 cache. */
const CHUNK_VALUES = 16 * 1024;
/** Least and most pixels of dy in a chunk of a depthwise convolution. */
const [FEWEST_PIXELS, MOST_PIXELS] = [64, 1024];
/** Rows of the gradient for which packing panels of dy is worth it. */
const ROWS = 24;

/** The fields of a shape in the order of wasm/filterJob.ts. */
const shapeFields = [
  ...(['batch', 'inHeight', 'inWidth', 'inChannels', 'outHeight', 'outWidth'] as const),
  ...(['outChannels', 'filterHeight', 'filterWidth', 'strideHeight', 'strideWidth'] as const),
  ...(['dilationHeight', 'dilationWidth', 'padTop', 'padLeft'] as const),
] as const satisfies readonly (keyof ConvShape)[];

type Sizes = Pick<ConvShape, (typeof shapeFields)[number]>;

/** Addresses of NHWC values and of the gradient. */
interface Operands {
  readonly x: number;
  readonly dy: number;
  readonly dw: number;
}

interface Inputs {
  readonly x: TensorInfo;
  readonly dy: TensorInfo;
}

type Heap = Pick<HeapArgs<unknown, unknown>, 'backend' | 'micro'>;

/**
 * Computes the gradient of a filter.
 * @param capacity number of pixels of dy in a chunk
 * @param columns number of values for each of them that the microkernel packs
 * @param workOf returns the work for the address of a thread's job and the bytes to the next one's
 */
function differentiate(
  { backend, micro }: Heap,
  sizes: Sizes,
  { x, dy, dw }: Operands,
  { capacity, columns }: { capacity: number; columns: number },
  workOf: (job: number, step: number) => Omit<SharedWork, 'blocks'>,
): void {
  const fields = [...shapeFields.map((field) => sizes[field]), x, dy, dw, capacity];
  const rowsAt = wordBytes * (fields.length + addressWords + ownWords);
  const packedAt = rowsAt + wordBytes * rowWords * capacity;
  const panelsAt = packedAt + (columns > 0 ? wordBytes * tileRows * capacity : 0);
  const fill = (job: number) => {
    const addresses = [rowsAt, packedAt, panelsAt].map((at) => job + at);
    writeWords(backend, job, [...fields, ...addresses]);
  };
  const bytes = panelsAt + wordBytes * columns * capacity;
  withThreadBlocks(backend, bytes, fill, (job, step) =>
    backend.stepInParts(micro, { ...workOf(job, step), blocks: [job, dw] }),
  );
}

/** Computes the gradient [taps * inChannels, outChannels], shared by its columns or its rows. */
function differentiateDense(heap: Heap, s: ConvShape, operands: Operands): void {
  const sizes = asOneRow(s) ?? s;
  const { threadCount } = heap.backend.sharing;
  const { batch, outHeight, outWidth, outChannels } = s;
  const depth = s.filterHeight * s.filterWidth * s.inChannels;
  const panels = Math.ceil(outChannels / panelLanes);
  const all = batch * outHeight * outWidth * depth * outChannels;
  const columns = Math.min(panelLanes * panels, PANEL_COLUMNS);
  const capacity = Math.min(CHUNK_PIXELS, batch * outHeight * outWidth);
  differentiate(heap, sizes, operands, { capacity, columns }, (job, step) =>
    panels >= PARTS * threadCount
      ? {
          length: panels,
          grain: 1,
          effort: all / panels,
          call: (from, count, thread) => [
            ...(['filterGradient', job + thread * step, 0, depth] as const),
            ...[panelLanes * from, panelLanes * (from + count)],
          ],
        }
      : {
          length: depth,
          grain: Math.min(ROWS, depth),
          effort: all / depth,
          call: (from, count, thread) => [
            ...([
              'filterGradient',
              job + thread * step,
              from,
              from + count,
              0,
              outChannels,
            ] as const),
          ],
        },
  );
}

/** Returns the sizes with all pixels in one row, if each pixel of dy sees the pixel of x at its place. */
function asOneRow(s: ConvShape): Sizes | null {
  const { batch, inHeight, inWidth, outHeight, outWidth, padTop, padLeft } = s;
  const isOne = s.filterHeight * s.filterWidth === 1 && padTop === 0 && padLeft === 0;
  const isSame = inHeight === outHeight && inWidth === outWidth;
  if (!isOne || !isSame || s.strideHeight * s.strideWidth > 1) return null;
  const pixels = batch * outHeight * outWidth;
  return { ...s, batch: 1, inHeight: 1, inWidth: pixels, outHeight: 1, outWidth: pixels };
}

/** Computes the gradient [taps, outChannels]; x has each of its channels once for each multiplier. */
function differentiateDepthwise(heap: Heap, s: ConvShape, operands: Operands): void {
  const { batch, outHeight, outWidth, outChannels } = s;
  const length = s.filterHeight * s.filterWidth;
  const fitting = Math.floor(CHUNK_VALUES / outChannels);
  const capacity = Math.min(MOST_PIXELS, Math.max(FEWEST_PIXELS, fitting));
  differentiate(
    heap,
    { ...s, inChannels: outChannels },
    operands,
    { capacity, columns: 0 },
    (job, step) => ({
      length,
      grain: 1,
      effort: effort.tap * batch * outHeight * outWidth * outChannels,
      call: (from, count, thread) => [
        'depthwiseFilterGradient',
        ...[job + thread * step, from, from + count],
      ],
    }),
  );
}

const hasNoValues = (s: ConvShape) => s.inShape.includes(0) || s.outShape.includes(0);

const filterGradientKernel = (
  kernelName: string,
  kernel: ForwardKernel,
  write: (heap: Heap, s: ConvShape, operands: Operands) => void,
): CPUKernel =>
  stockOr<Inputs, FilterGradientAttrs>(
    kernelName,
    ({ inputs: { x, dy }, attrs, backend, micro }) => {
      if (!isFloat(x) || !isFloat(dy)) return null;
      const s = convShape(kernel, x.shape, attrs.filterShape, attrs);
      // tfjs also accepts a dy of another size; stock computes that.
      if (!util.arraysEqual(dy.shape, [...s.outShape]) || hasNoValues(s)) return null;
      const heap = { backend, micro };
      return onHeap(backend, attrs.filterShape, (dw) => {
        readChannelsLast(heap, s.dataFormat, backend.address(x), s.inShape, (xLast) =>
          readChannelsLast(heap, s.dataFormat, backend.address(dy), s.outShape, (dyLast) =>
            write(heap, s, { x: xLast, dy: dyLast, dw }),
          ),
        );
        backend.countVariant(kernelName, micro.build);
      });
    },
    (backend, inputs, attrs) => plainFilterGradient(kernel, backend, inputs, attrs),
  );

export const filterGradientKernels: readonly CPUKernel[] = [
  filterGradientKernel(Conv2DBackpropFilter, 'conv2d', differentiateDense),
  filterGradientKernel(
    DepthwiseConv2dNativeBackpropFilter,
    'depthwiseConv2d',
    (heap, s, operands) => {
      // With one input channel, a depthwise convolution is a dense one.
      if (s.inChannels === 1) differentiateDense(heap, s, operands);
      else {
        readRepeated(heap, s, operands.x, (x) =>
          differentiateDepthwise(heap, s, { ...operands, x }),
        );
      }
    },
  ),
];
