/** Tests of gradients of filters, drawn in Node and compared with the sums that define them. */
import { backend_util } from '@tensorflow/tfjs-core';
import { expect } from 'chai';
import type { DataFormat } from '../../../../kernels/shape/convShape.js';
import { backpropFilterKernels } from '../../../../kernels/webgl/backpropFilter.js';
import {
  extentOf,
  type Tile,
  tileLayout,
  tileName,
} from '../../../../kernels/webgl/layout/tile.js';
import { integers, stream } from '../../../../src/validator/index.js';
import { tile, tiles } from '../../../support/glsl/glslTensors.js';
import { callKernel, expectValues, nodeTensor } from '../../../support/nodeRunner.js';

type Shape4 = [number, number, number, number];

interface Call {
  readonly x: Shape4;
  /** [filterHeight, filterWidth, inChannels, outChannels or multiplier] */
  readonly filterShape: Shape4;
  readonly strides: [number, number];
  readonly dilations: [number, number];
  readonly pad: 'same' | 'valid' | number;
  readonly isDepthwise: boolean;
}

/** Returns the convolution of NHWC tensors, whose sizes those of NCHW equal. */
function infoOf({ x, filterShape, strides, dilations, pad, isDepthwise }: Call) {
  return backend_util.computeConv2DInfo(
    x,
    filterShape,
    strides,
    dilations,
    pad,
    'floor',
    isDepthwise,
  );
}

/** Returns the sums in float64, of x and dy in NHWC; pixels outside x do not count, whatever dy is. */
function gradientOf(call: Call, x: Float32Array, dy: Float32Array): number[] {
  const { filterShape, strides, dilations, isDepthwise } = call;
  const [batch, height, width, channels] = call.x;
  const { outHeight, outWidth, outChannels, padInfo } = infoOf(call);
  const [filterHeight, filterWidth, inChannels, last] = filterShape;
  const sums: number[] = [];
  for (let fy = 0; fy < filterHeight; fy++) {
    for (let fx = 0; fx < filterWidth; fx++) {
      for (let ic = 0; ic < inChannels; ic++) {
        for (let q = 0; q < last; q++) {
          let sum = 0;
          const oc = isDepthwise ? ic * last + q : q;
          for (let row = 0; row < batch * outHeight; row++) {
            const iy = (row % outHeight) * strides[0] + fy * dilations[0] - padInfo.top;
            if (iy < 0 || iy >= height) continue;
            for (let column = 0; column < outWidth; column++) {
              const ix = column * strides[1] + fx * dilations[1] - padInfo.left;
              if (ix < 0 || ix >= width) continue;
              const pixel = (Math.floor(row / outHeight) * height + iy) * width + ix;
              sum += x[pixel * channels + ic] * dy[(row * outWidth + column) * outChannels + oc];
            }
          }
          sums.push(sum);
        }
      }
    }
  }
  return sums;
}

/** Returns NHWC values in another format. */
function inFormat(values: Float32Array, shape: Shape4, format: DataFormat): Float32Array {
  if (format === 'NHWC') return values;
  const [, height, width, channels] = shape;
  return values.map((_, i) => {
    const pixel = i % (height * width);
    const image = Math.floor(i / (height * width));
    const n = Math.floor(image / channels);
    return values[(n * height * width + pixel) * channels + (image % channels)];
  });
}

const shapeIn = ([n, h, w, c]: Shape4, format: DataFormat): Shape4 =>
  format === 'NHWC' ? [n, h, w, c] : [n, c, h, w];

/** Whole numbers, some of which are not finite. */
function values(shape: Shape4, name: string, special = 0): Float32Array {
  const size = shape.reduce((a, b) => a * b);
  const next = stream(1, name);
  return integers(next, size, 9).map((v) => (next() < special ? Number.POSITIVE_INFINITY : v));
}

/** Draws a gradient from tiles, and expects the sums and where they lie. */
function check(
  call: Call,
  [xTile, dyTile]: readonly Tile[],
  limits: { readonly maxTargets?: number; readonly sharesTextures: boolean },
  { format = 'NHWC', special = 0 }: { format?: DataFormat; special?: number } = {},
): void {
  const { isDepthwise, filterShape, strides, dilations, pad } = call;
  const dyShape = infoOf(call).outShape;
  const what = `${tileName(xTile)} ${tileName(dyTile)} ${JSON.stringify({ ...call, ...limits })}`;
  const x = values(call.x, `x ${what}`, special);
  const dy = values(dyShape, `dy ${what}`, special);
  const placed = (flat: Float32Array, shape: Shape4, inTile: Tile) => {
    const own = shapeIn(shape, format);
    const layout = tileLayout(extentOf(own, format), inTile, 2048)!;
    return nodeTensor(own, inFormat(flat, shape, format), { layout, format });
  };
  const inputs = { x: placed(x, call.x, xTile), dy: placed(dy, dyShape, dyTile) };
  const attrs = {
    filterShape,
    strides,
    dilations,
    pad,
    dataFormat: format,
    dimRoundingMode: 'floor',
  };
  const [dw] = callKernel(backpropFilterKernels[isDepthwise ? 1 : 0], inputs, attrs, limits)!;
  expect(dw.shape, what).to.deep.equal(filterShape);
  expectValues(dw, Float32Array.from(gradientOf(call, x, dy)), what);
}

const usual = { strides: [1, 1], dilations: [1, 1], pad: 'same', isDepthwise: false } as const;

/** Returns calls of all kinds, with sizes that end inside tiles and slices. */
function* calls(isDepthwise: boolean): Generator<Call> {
  const next = stream(1, `filter gradients ${isDepthwise}`);
  const upTo = (most: number) => 1 + Math.floor(next() * most);
  for (let i = 0; i < 12; i++) {
    const channels = upTo(9);
    const isDilated = isDepthwise && i % 4 === 3;
    const last = isDepthwise ? [1, 1, 2, 3, 4][i % 5] : upTo(13);
    yield {
      x: [upTo(3), 5 + upTo(5), 5 + upTo(6), channels],
      filterShape: [upTo(4), upTo(4), channels, last],
      strides: isDilated ? [1, 1] : [upTo(3), upTo(3)],
      dilations: isDilated ? [upTo(2), upTo(2)] : [1, 1],
      pad: (['same', 'valid', 1] as const)[i % 3],
      isDepthwise,
    };
  }
}

describe('gradients of filters, drawn in Node', () => {
  for (const isDepthwise of [false, true]) {
    const kernel = isDepthwise ? 'depthwiseConv2d' : 'conv2d';

    it(`equal the sums of ${kernel} from every tile, of textures and of layers`, () => {
      for (const [i, call] of [...calls(isDepthwise)].entries()) {
        const own = [tiles[i % tiles.length], tiles[(3 * i + 5) % tiles.length]];
        check(call, own, { sharesTextures: i % 3 !== 0, maxTargets: i % 5 === 0 ? 4 : 8 });
      }
    });

    it(`leave out what ${kernel} never read, and keep what is not finite elsewhere`, () => {
      for (const call of [...calls(isDepthwise)].slice(0, 4)) {
        check(call, [tile(4, 2, 1), tile(2, 2, 2)], { sharesTextures: true }, { special: 0.05 });
      }
    });
  }

  it('read NCHW', () => {
    for (const call of [...calls(false)].slice(0, 3)) {
      check(call, [tile(4, 2, 1), tile(2, 2, 2)], { sharesTextures: true }, { format: 'NCHW' });
    }
  });

  it('cover a filter as large as its input, and one pixel', () => {
    const sizes = { ...usual, pad: 'valid' } as const;
    const shares = { sharesTextures: true };
    check(
      { ...sizes, x: [2, 4, 5, 3], filterShape: [4, 5, 3, 2], strides: [1, 1], dilations: [1, 1] },
      [tile(2, 2, 2), tile(1, 1, 8)],
      shares,
    );
    check(
      { ...sizes, x: [3, 1, 1, 9], filterShape: [1, 1, 9, 17], strides: [1, 1], dilations: [1, 1] },
      [tile(1, 1, 8), tile(1, 1, 8)],
      shares,
    );
  });

  it('leave to stock what is of another type, empty, or does not fit', () => {
    const placement = null;
    const ones = (shape: Shape4, dtype?: 'int32') =>
      nodeTensor(shape, new Float32Array(shape.reduce((a, b) => a * b)).fill(1), placement, dtype);
    const attrs = { filterShape: [3, 3, 2, 4], strides: 1, dilations: 1, pad: 'same' };
    const [x, dy] = [ones([1, 5, 5, 2]), ones([1, 5, 5, 4])];
    const [conv2d] = backpropFilterKernels;
    expect(callKernel(conv2d, { x, dy }, attrs)).to.not.equal(null);
    expect(callKernel(conv2d, { x, dy: ones([1, 5, 5, 4], 'int32') }, attrs)).to.equal(null);
    expect(callKernel(conv2d, { x, dy: ones([1, 5, 4, 4]) }, attrs)).to.equal(null);
    const empty = { x: ones([0, 5, 5, 2]), dy: ones([0, 5, 5, 4]) };
    expect(callKernel(conv2d, empty, attrs)).to.equal(null);
  });
});
