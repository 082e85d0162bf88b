/** Layers of nets: their convolutions, each shape once, under a name that tells the net and the place. */

import type { ForwardKernel } from '../../kernels/shape/convShape.js';
import { type ConvAttrs, type ConvShape, convShape } from '../../kernels/shape/convShape.js';

/** Call of a convolution in one prediction of a net. */
export interface ConvCall {
  readonly kernel: ForwardKernel;
  readonly x: readonly number[];
  readonly filter: readonly number[];
  readonly attrs: ConvAttrs;
}

/** Convolutions of one prediction, in order. */
export interface NetCalls {
  readonly net: string;
  readonly calls: readonly ConvCall[];
}

export interface NetLayer {
  /** Net, place among its convolutions from 1 on, and shape: `NET/3-conv1x1-56x56x24-144`. */
  readonly id: string;
  readonly shape: ConvShape;
}

/** Layers of a net's convolutions in order, by id. */
export interface NetIndex {
  readonly net: string;
  readonly layers: readonly string[];
}

const both = (a: number, b: number) => (a === b ? `${a}` : `${a}x${b}`);

/** Returns the padding as a suffix; none for 'same', also if it was given in another way. */
function padName(shape: ConvShape, { x, filter, attrs }: ConvCall): string {
  const { padTop, padBottom, padLeft, padRight } = shape;
  const same = convShape(shape.kernel as ForwardKernel, x, filter, {
    ...attrs,
    pad: 'same',
    dimRoundingMode: null,
  });
  const isSame = (['outHeight', 'outWidth', 'padTop', 'padLeft'] as const).every(
    (name) => shape[name] === same[name],
  );
  if (isSame) return '';
  const pads = [padTop, padBottom, padLeft, padRight];
  return pads.every((pad) => pad === 0) ? '-valid' : `-p${pads.join('.')}`;
}

/** Returns what the id of a layer of the suite would be, and more where the suite has one way only. */
export function shapeName(shape: ConvShape, call: ConvCall): string {
  const { batch, inHeight, inWidth, inChannels, outChannels, filterHeight, filterWidth } = shape;
  const isDepthwise = shape.kernel === 'depthwiseConv2d';
  const stride = both(shape.strideHeight, shape.strideWidth);
  const dilation = both(shape.dilationHeight, shape.dilationWidth);
  return [
    `${isDepthwise ? 'depthwise' : 'conv'}${filterHeight}x${filterWidth}`,
    `-${inHeight}x${inWidth}x${inChannels}`,
    isDepthwise && outChannels === inChannels ? '' : `-${outChannels}`,
    stride === '1' ? '' : `-s${stride}`,
    dilation === '1' ? '' : `-d${dilation}`,
    padName(shape, call),
    batch === 1 ? '' : `-n${batch}`,
    shape.dataFormat === 'NCHW' ? '-nchw' : '',
  ].join('');
}

/**
 * Returns each shape of the nets' convolutions once, named after its first place, and which layers
 * the nets consist of.
 * @param known ids of layers of the suite, which the nets may share
 */
export function netLayersOf(
  nets: readonly NetCalls[],
  known: readonly string[],
): { layers: NetLayer[]; index: NetIndex[] } {
  const ids = new Map(known.map((id) => [id, id]));
  const layers: NetLayer[] = [];
  const index = nets.map(({ net, calls }): NetIndex => {
    const ofNet = calls.map((call, i) => {
      const shape = convShape(call.kernel, call.x, call.filter, call.attrs);
      const name = shapeName(shape, call);
      const id = ids.get(name) ?? `${net}/${i + 1}-${name}`;
      if (!ids.has(name)) layers.push({ id, shape });
      ids.set(name, id);
      return id;
    });
    return { net, layers: ofNet };
  });
  return { layers, index };
}
