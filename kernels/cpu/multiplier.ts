/**
 * Depthwise convolutions with several output channels for each of the input. Of an input that has each of its
 * channels as many times, the filter [fh, fw, c, multiplier] is one of a filter for each channel.
 */
import type { ConvShape } from '../shape/convShape.js';
import { makeMoves, moveOf, type View } from './move.js';
import { type HeapArgs, sizeOf } from './stockOr.js';

const wordBytes = 4;

/** Shapes of convolutions of repeated inputs, one object for each shape, by which plans are kept. */
const repeated = new WeakMap<ConvShape, ConvShape>();

/** Returns the convolution of x with each channel repeated; `s` itself if that is x. */
export function withChannelsRepeated(s: ConvShape): ConvShape {
  const { outChannels, channelMultiplier } = s;
  // With one input channel, a depthwise convolution is a dense one.
  if (s.inChannels === 1 || channelMultiplier === 1) return s;
  let known = repeated.get(s);
  if (known === undefined) {
    known = { ...s, inChannels: outChannels, channelMultiplier: 1 };
    repeated.set(s, known);
  }
  return known;
}

/** Calls `use` with the address of x, NHWC, with each channel repeated once for each multiplier. */
export function readRepeated(
  { backend, micro }: Pick<HeapArgs<unknown, unknown>, 'backend' | 'micro'>,
  s: ConvShape,
  x: number,
  use: (address: number) => void,
): void {
  if (withChannelsRepeated(s) === s) use(x);
  else {
    const values = sizeOf(s.inShape);
    backend.withBlock(wordBytes * values * s.channelMultiplier, (each) => {
      const view: View = { sizes: [values, s.channelMultiplier], offset: 0, steps: [1, 0] };
      makeMoves(backend, micro, [moveOf(x, view, each)]);
      use(each);
    });
  }
}
