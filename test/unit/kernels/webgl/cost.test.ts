import { expect } from 'chai';
import {
  type ConvShape,
  convShape,
  type ForwardKernel,
} from '../../../../kernels/shape/convShape.js';
import {
  convertCost,
  departCost,
  tiledConvCost,
  winogradCost,
} from '../../../../kernels/webgl/cost.js';
import { profileNamed } from '../../../../kernels/webgl/devices.js';
import type { Tile } from '../../../../kernels/webgl/layout/tile.js';
import { winogradLayout } from '../../../../kernels/webgl/layout/winograd.js';
import { windowOf, windowTexels } from '../../../../kernels/webgl/programs/window.js';

const device = profileNamed('swiftshader');
const tile = (w: number, c: number): Tile => ({ w, h: 1, c });

interface Sizes {
  readonly kernel?: ForwardKernel;
  readonly batch?: number;
  readonly width?: number;
  readonly inChannels?: number;
  readonly outChannels?: number;
  readonly filter?: number;
  readonly stride?: number;
}

function shapeOf({
  kernel = 'conv2d',
  batch = 1,
  width = 16,
  inChannels = 16,
  outChannels = 16,
  filter = 3,
  stride = 1,
}: Sizes): ConvShape {
  const last = kernel === 'conv2d' ? outChannels : 1;
  return convShape(kernel, [batch, 8, width, inChannels], [filter, filter, inChannels, last], {
    strides: [1, stride],
    pad: 'same',
  });
}

function costOf(shape: ConvShape, input: Tile, out: Tile): number {
  const window = windowOf(shape, input, out)!;
  return tiledConvCost(device, shape, window, windowTexels(window));
}

const cost = (sizes: Sizes, own: Tile) => costOf(shapeOf(sizes), own, own);

describe('the cost estimate', () => {
  for (const kernel of ['conv2d', 'depthwiseConv2d'] as const) {
    it(`counts whole tiles: ${kernel}`, () => {
      const wide = tile(8, 1);
      expect(cost({ kernel, width: 9 }, wide)).to.equal(cost({ kernel, width: 16 }, wide));
      expect(cost({ kernel, width: 17 }, wide)).to.equal(1.5 * cost({ kernel, width: 16 }, wide));
      const deep = tile(2, 4);
      const channels = (n: number) => ({ kernel, inChannels: n, outChannels: n });
      expect(cost(channels(3), deep)).to.equal(cost(channels(16), deep));
      expect(cost(channels(17), deep)).to.be.above(cost(channels(16), deep));
    });

    it(`grows with the batch in proportion: ${kernel}`, () => {
      const one = cost({ kernel }, tile(4, 2));
      expect(cost({ kernel, batch: 3 }, tile(4, 2))).to.be.closeTo(3 * one, 1e-6 * one);
    });

    it(`is lower where pixels share the columns they read: ${kernel}`, () => {
      const apart = cost({ kernel, width: 48, stride: 3 }, tile(8, 1));
      expect(cost({ kernel, width: 16, stride: 1 }, tile(8, 1))).to.be.below(apart);
    });
  }

  it('is lower for input tiles of more slices, which take fewer turns of the loop', () => {
    const shape = shapeOf({});
    const out = tile(8, 1);
    expect(costOf(shape, tile(2, 4), out)).to.be.below(costOf(shape, out, out));
  });

  it('is lower for the wider of two tiles only on wide maps', () => {
    const wins = (width: number) => cost({ width }, tile(8, 1)) < cost({ width }, tile(4, 1));
    expect([4, 8, 56].map(wins)).to.deep.equal([false, true, true]);
  });

  it('counts the texels of the input for its conversion, and of the output for converting it back', () => {
    const shapeOfMany = (inChannels: number) =>
      shapeOf({ inChannels, outChannels: 5, width: 10, stride: 2 });
    const shape = shapeOfMany(9);
    const texel = (convertCost(device, shapeOfMany(13)) - convertCost(device, shape)) / (8 * 10);
    expect(texel).to.be.above(0);
    const change = convertCost(device, shape) - texel * 8 * 10 * 3;
    expect(change).to.be.above(1000 * texel);
    expect(departCost(device, shape)).to.be.closeTo(change + texel * 8 * 5 * 2, 1e-6 * change);
  });

  it('of a Winograd convolution counts whole patches, and grows with channels as its products do', () => {
    const winograd = (sizes: Sizes) => {
      const shape = shapeOf(sizes);
      return winogradCost(device, shape, winogradLayout(shape, { w: 4, h: 2, c: 1 }, 4096)!);
    };
    const batches = winograd({ batch: 3 }) / winograd({});
    expect(batches).to.be.closeTo(3, 1e-6);
    const channels = (n: number) => winograd({ inChannels: n, outChannels: n });
    expect(channels(29)).to.equal(channels(32));
    expect(channels(512) / channels(256)).to.be.within(3, 4);
  });
});
