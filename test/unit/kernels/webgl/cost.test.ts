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
import type { DeviceProfile, Rates } from '../../../../kernels/webgl/deviceProfile.js';
import { profileNamed, profiles } from '../../../../kernels/webgl/devices.js';
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

/** Device that charges nothing but what is given. */
function charging(rates: Partial<Rates>, registers = Number.POSITIVE_INFINITY): DeviceProfile {
  const known = profileNamed('unknown');
  const free = Object.fromEntries(Object.keys(known.rates).map((name) => [name, 0]));
  return {
    ...known,
    registers,
    depthwiseRegisters: registers,
    rates: { ...(free as unknown as Rates), overlaps: true, ...rates },
  };
}

function costOn(of: DeviceProfile, shape: ConvShape, out: Tile, isBlock = false): number {
  const window = windowOf(shape, out, out)!;
  return tiledConvCost(of, shape, window, windowTexels(window), isBlock);
}

describe('the cost estimate on a device', () => {
  const gpus = profiles.filter(({ software }) => !software);
  // 64 tiles of 8x1x1, 12 turns for each: 10 texels, 12 weights and 96 multiply-adds.
  const shape = shapeOf({});
  const turnsOfAll = 64 * 12;
  const perTurn = (rates: Partial<Rates>, isBlock = false) =>
    costOn(charging(rates), shape, tile(8, 1), isBlock) / turnsOfAll;

  it('counts the slower of fetches and arithmetic on a GPU, and their sum on a rasteriser', () => {
    expect(perTurn({ weight: 1, multiplyAdd: 0.125 })).to.equal(10 + 12);
    expect(perTurn({ weight: 0.5, multiplyAdd: 0.125 })).to.equal(10 + 6);
    expect(perTurn({ weight: 1, multiplyAdd: 0.5 })).to.equal(48);
    expect(perTurn({ weight: 1, multiplyAdd: 0.5, turn: 3 })).to.equal(3 + 48);
    expect(perTurn({ weight: 1, multiplyAdd: 0.125, turn: 3 })).to.equal(10 + 12);
    const places = { multiplyAdd: 0.5, texelOps: 2, weightOps: 3 };
    expect(perTurn(places)).to.equal(0.5 * (96 + 2 * 10 + 3 * 12));
    expect(perTurn({ overlaps: false, weight: 1, multiplyAdd: 0.5, turn: 3 })).to.equal(
      3 + 10 + 12 + 48,
    );
  });

  it('counts loads of weights in a block beside the fetches, at a rate of their own', () => {
    expect(perTurn({ weight: 9, blockWeight: 0.5, multiplyAdd: 0.0625 }, true)).to.equal(10);
    expect(perTurn({ blockWeight: 2, multiplyAdd: 0.125 }, true)).to.equal(2 * 12);
    const places = { multiplyAdd: 0.5, texelOps: 2, weightOps: 3, blockWeightOps: 4 };
    expect(perTurn(places, true)).to.equal(0.5 * (96 + 2 * 10 + 4 * 12));
    const summed = { overlaps: false, weight: 9, blockWeight: 0.5, multiplyAdd: 0.5 };
    expect(perTurn(summed, true)).to.equal(10 + 6 + 48);
  });

  it('counts a draw for each group of slices after the first if weights are in a block', () => {
    for (const profile of gpus) {
      const { draw } = profile.rates;
      const free = { ...profile, rates: { ...profile.rates, draw: 0 } };
      for (const [outChannels, batch, draws] of [
        [4, 1, 1],
        [16, 1, 4],
        [17, 1, 5],
        [16, 3, 12],
      ]) {
        const drawn = shapeOf({ outChannels, batch });
        const extra = (isBlock: boolean) =>
          costOn(profile, drawn, tile(2, 1), isBlock) - costOn(free, drawn, tile(2, 1), isBlock);
        expect(extra(true), profile.name).to.be.closeTo((draws - 1) * draw, 1e-9 * draws * draw);
        expect(extra(false), profile.name).to.equal(0);
      }
    }
  });

  /** Returns what a fragment pays in a turn for the registers that it lacks. */
  const lacking = (of: ConvShape, out: Tile, registers: number, isBlock = false) => {
    const costAt = (spill: number) => costOn(charging({ spill }, registers), of, out, isBlock);
    const fragments = Math.ceil(of.outWidth / out.w) * 4 * Math.ceil(of.outChannels / 4 / out.c);
    const turns = of.kernel === 'conv2d' ? 4 / out.c : 1;
    return (costAt(1) - costAt(0)) / (fragments * turns);
  };
  const square = { w: 2, h: 2, c: 1 };

  it('counts each register that a fragment lacks, in each turn', () => {
    const dense = shapeOf({ filter: 1 });
    const deep = { w: 2, h: 2, c: 2 };
    // 4 sums and 4 texels, and 4 registers for weights from a texture.
    expect([11, 12].map((n) => lacking(dense, square, n))).to.deep.equal([1, 0]);
    expect([7, 8].map((n) => lacking(dense, square, n, true))).to.deep.equal([1, 0]);
    // Both slices of an input tile are read at once: 8 sums and 8 texels.
    expect([10, 20].map((n) => lacking(dense, deep, n))).to.deep.equal([10, 0]);
    // 16 texels of each slice are too many to read those of both slices at once.
    expect(lacking(shapeOf({}), deep, 20)).to.equal(8 + 16 + 4 - 20);
  });

  it('counts 3 registers for the edge of depthwise tiles that reach beyond the output', () => {
    // 4 sums, 3 of the 4 rows of 4 texels, and 4 registers for weights from a texture.
    const lacks = (sizes: Sizes, isBlock = false) =>
      [15, 16, 19, 20, 23].map((n) =>
        lacking(shapeOf({ kernel: 'depthwiseConv2d', ...sizes }), square, n, isBlock),
      );
    expect(lacks({})).to.deep.equal([5, 4, 1, 0, 0]);
    expect(lacks({}, true)).to.deep.equal([1, 0, 0, 0, 0]);
    expect(lacks({ width: 15 })).to.deep.equal([8, 7, 4, 3, 0]);
    expect(lacks({ inChannels: 15, outChannels: 15 })).to.deep.equal([8, 7, 4, 3, 0]);
  });

  it('counts a load of a weight at a computed place for depthwise weights in a block, and no draws', () => {
    const depthwise = shapeOf({ kernel: 'depthwiseConv2d' });
    const cost = (rates: Partial<Rates>) => costOn(charging(rates), depthwise, square, true);
    expect(cost({ draw: 1e6 })).to.equal(cost({}));
    const fragments = 8 * 4 * 4;
    expect(cost({ indexedWeight: 2 })).to.equal(fragments * Math.max(16, 2 * 9));
    expect(cost({ indexedWeight: 0.5, blockWeight: 9 })).to.equal(fragments * 16);
  });

  it('adds what comes before and after to a loop over depthwise rows, and overlaps it without one', () => {
    const depthwise = shapeOf({ kernel: 'depthwiseConv2d' });
    const row = { w: 4, h: 1, c: 1 };
    const cost = (write: number, rows: 'few' | 'all') => {
      const window = windowOf(depthwise, row, row, { rows })!;
      const texels = windowTexels(window);
      return tiledConvCost(charging({ write }), depthwise, window, texels) / (4 * 8 * 4);
    };
    // 3 turns of 6 texels, and 4 results.
    expect([2, 5].map((write) => cost(write, 'few'))).to.deep.equal([18 + 8, 18 + 20]);
    expect([2, 5].map((write) => cost(write, 'all'))).to.deep.equal([18, 20]);
  });

  it('counts one row of texels for depthwise tiles of one row, and no edge after a loop', () => {
    const row = { w: 4, h: 1, c: 1 };
    const lacks = (width: number, rows: 'few' | 'all') => {
      const shape = shapeOf({ kernel: 'depthwiseConv2d', width });
      const window = windowOf(shape, row, row, { rows })!;
      const of = (n: number) =>
        tiledConvCost(charging({ spill: 1 }, n), shape, window, windowTexels(window), true);
      const turns = rows === 'few' ? 3 : 1;
      return (of(0) - of(99)) / turns / (Math.ceil(width / 4) * 8 * 4);
    };
    expect([lacks(16, 'few'), lacks(15, 'few')]).to.deep.equal([4 + 6, 4 + 6]);
    expect([lacks(16, 'all'), lacks(15, 'all')]).to.deep.equal([4 + 6, 4 + 6 + 3]);
  });

  it('is higher on a Mali for tiles that lack registers there', () => {
    for (const name of ['mali-bifrost', 'mali-valhall']) {
      const mali = profileNamed(name);
      const roomy = { ...mali, registers: 99, depthwiseRegisters: 99 };
      for (const kernel of ['conv2d', 'depthwiseConv2d'] as const) {
        const wide = shapeOf({ kernel });
        expect(costOn(mali, wide, square), kernel).to.be.above(1.5 * costOn(roomy, wide, square));
      }
      const short = shapeOf({ filter: 1 });
      expect(costOn(mali, short, square)).to.equal(costOn(roomy, short, square));
    }
  });
});
