import { backend_util } from '@tensorflow/tfjs-core';
import { expect } from 'chai';
import {
  type ConvKernel,
  type ConvShape,
  convShape,
  type ForwardKernel,
} from '../../../../kernels/shape/convShape.js';
import { fusedActivations } from '../../../../kernels/shape/fused.js';
import { inputGradientShape } from '../../../../kernels/shape/inputGradient.js';
import { profileNamed, profiles } from '../../../../kernels/webgl/devices.js';
import { type Tile, tileName } from '../../../../kernels/webgl/layout/tile.js';
import type { Plan } from '../../../../kernels/webgl/plan.js';
import { programText } from '../../../../kernels/webgl/programs/index.js';
import type { Limits } from '../../../../kernels/webgl/runner.js';
import { convPlans, variants } from '../../../../kernels/webgl/variants.js';
import { type Layer, layers } from '../../../../scripts/bench/layers.js';
import { deviceLimits } from '../../../../scripts/shaders/limits.js';
import { stream } from '../../../../src/validator/index.js';
import { tile, tiles } from '../../../support/glsl/glslTensors.js';

const rasteriser = profileNamed('swiftshader');

const kernels: readonly ForwardKernel[] = ['conv2d', 'depthwiseConv2d'];
const allKernels: readonly ConvKernel[] = [...kernels, 'conv2dTranspose'];
const plain = { activation: 'linear', bias: false } as const;
const usual: Limits = {
  maxTextureSize: 8192,
  maxTargets: 8,
  maxSamplers: 16,
  sharesTextures: false,
  maxBlockBytes: 65536,
  device: rasteriser,
  precision: 'float32' as const,
};
/** Limits of devices: the usual ones, the least that a WebGL2 device has, and less. */
const devices: readonly Limits[] = [
  usual,
  {
    maxTextureSize: 2048,
    maxTargets: 4,
    maxSamplers: 16,
    sharesTextures: false,
    maxBlockBytes: 65536,
    device: rasteriser,
    precision: 'float32' as const,
  },
  {
    maxTextureSize: 2048,
    maxTargets: 8,
    maxSamplers: 8,
    sharesTextures: false,
    maxBlockBytes: 65536,
    device: rasteriser,
    precision: 'float32' as const,
  },
];

function shapeOf(
  kernel: ConvKernel,
  x: readonly [height: number, width: number, channels: number],
  filter: readonly [height: number, width: number, outChannels: number],
  strides: number | [number, number] = 1,
): ConvShape {
  const [height, width, channels] = x;
  if (kernel === 'conv2dTranspose') return upsampled(x, filter, strides);
  const last = kernel === 'conv2d' ? filter[2] : filter[2] / channels;
  return convShape(kernel, [1, height, width, channels], [filter[0], filter[1], channels, last], {
    strides,
    pad: 'same',
  });
}

/** Returns the shape that makes a map larger by these strides. */
function upsampled(
  [height, width, channels]: readonly number[],
  [filterHeight, filterWidth, outChannels]: readonly number[],
  strides: number | [number, number],
): ConvShape {
  const [strideHeight, strideWidth] = typeof strides === 'number' ? [strides, strides] : strides;
  const info = backend_util.computeConv2DInfo(
    [1, height * strideHeight, width * strideWidth, outChannels],
    [filterHeight, filterWidth, outChannels, channels],
    strides,
    1,
    'same',
  );
  return inputGradientShape(info, 'NHWC');
}

/**
 * Yields every kernel, device, and tile that the device can write and read with a weight, a bias
 * and a slope, each with random shapes and fusions.
 */
function* situations() {
  const next = stream(1, 'situations');
  const upTo = (most: number) => 1 + Math.floor(next() * most);
  for (const kernel of allKernels) {
    for (const limits of devices) {
      const planes = Math.min(limits.maxTargets, limits.maxSamplers - 3);
      for (const resident of [null, ...tiles.filter(({ w, h, c }) => w * h * c <= planes)]) {
        for (let i = 0; i < 8; i++) {
          const channels = upTo(70);
          const multiplier = kernel === 'depthwiseConv2d' ? upTo(2) : 1;
          const out = kernel === 'depthwiseConv2d' ? channels * multiplier : upTo(70);
          const x = [upTo(40), upTo(40), channels] as const;
          const filter = [upTo(5), upTo(7), out] as const;
          // With strides of 1, a transposed convolution is a conv2d.
          const across = kernel === 'conv2dTranspose' ? 1 + upTo(3) : upTo(3);
          const shape = shapeOf(kernel, x, filter, [upTo(3), across]);
          const activation = fusedActivations[upTo(fusedActivations.length) - 1];
          const fusion = { activation, bias: next() < 0.5 };
          const plans = convPlans(shape, fusion, limits, resident);
          yield { kernel, limits, resident, shape, fusion, plans };
        }
      }
    }
  }
}

function named(plans: readonly Plan[], name: string): Plan {
  const found = plans.find(({ variant }) => variant === name);
  if (found === undefined) throw new Error(`${name} is not among the plans`);
  return found;
}

describe('the table of variants', () => {
  it('has a unique name for every row, which includes the tile', () => {
    expect(new Set(variants.map(({ name }) => name)).size).to.equal(variants.length);
    for (const { name, method, tile: own } of variants) {
      if (method !== 'general') expect(name).to.include(tileName(own));
    }
  });
});

describe('plans for a convolution', () => {
  it('stay within what the device reads and writes', () => {
    for (const { limits, plans } of situations()) {
      for (const { variant, spec } of plans) {
        const { samplers, targets } = programText(spec);
        expect(targets, variant).to.be.at.most(limits.maxTargets);
        expect(samplers.length, variant).to.be.at.most(limits.maxSamplers);
      }
    }
  });

  it('come in the order of their cost, each variant once, the general one last', () => {
    for (const { kernel, plans } of situations()) {
      const costs = plans.map(({ cost }) => cost);
      expect(costs).to.deep.equal([...costs].sort((a, b) => a - b));
      expect(costs.every((cost) => cost > 0)).to.equal(true);
      const never = plans.filter(({ cost }) => cost === Number.POSITIVE_INFINITY);
      // Loads from a block, where they are no faster than fetches.
      const others = never.slice(0, -1).map(({ variant }) => variant);
      expect(others.filter((name) => !name.startsWith('depthwise-block'))).to.deep.equal([]);
      const names = plans.map(({ variant }) => variant);
      expect(new Set(names).size).to.equal(names.length);
      const last = variants.find(({ name }) => name === names.at(-1))!;
      expect([last.kernel, last.method]).to.deep.equal([kernel, 'general']);
    }
  });

  it('come from rows of the same kernel, with programs that write the stated tile', () => {
    for (const { kernel, plans } of situations()) {
      for (const { variant, outTile, spec } of plans) {
        const row = variants.find(({ name }) => name === variant)!;
        expect([row.kernel, row.tile]).to.deep.equal([kernel, outTile]);
        expect(programText(spec).targets).to.equal(outTile.w * outTile.h * outTile.c);
      }
    }
  });

  it('read the resident tile, or the tile that their program is written for', () => {
    for (const { resident, plans } of situations()) {
      for (const { inTile, outTile, spec } of plans) {
        expect(spec).to.deep.include({ in: inTile });
        if (inTile === resident) continue;
        expect((outTile.w % inTile.w) + (outTile.h % inTile.h) + (outTile.c % inTile.c)).to.equal(
          0,
        );
      }
    }
  });

  it('are the general one alone for a depthwise multiplier above 1', () => {
    const doubled = [...situations()].filter(({ shape }) => shape.channelMultiplier > 1);
    expect(doubled).to.have.length.above(50);
    for (const { plans } of doubled) {
      expect(plans.map(({ variant }) => variant)).to.deep.equal(['depthwise-general']);
    }
  });

  it('include a tiled variant on 4 render targets', () => {
    for (const kernel of kernels) {
      const shape = shapeOf(kernel, [20, 20, 32], [3, 3, 32]);
      const fusion = { activation: 'prelu', bias: true } as const;
      const plans = convPlans(shape, fusion, devices[1], null);
      const tiled = plans.filter(({ outTile }) => outTile.w * outTile.h * outTile.c === 4);
      expect(tiled.map(({ outTile }) => tileName(outTile))[0], kernel).to.equal('2x2x1');
      expect(plans.every(({ outTile: { w, h, c } }) => w * h * c <= 4)).to.equal(true);
    }
  });

  it('are only the general one when a filter is too wide to unroll', () => {
    const shape = shapeOf('conv2d', [9, 300, 8], [3, 165, 8]);
    const plans = convPlans(shape, plain, usual, null);
    expect(plans.map(({ variant }) => variant)).to.deep.equal(['general']);
  });
});

describe('the resident tile', () => {
  const plansFrom = (
    kernel: ConvKernel,
    resident: Tile,
    strides: number | [number, number] = 1,
  ): readonly Plan[] =>
    convPlans(shapeOf(kernel, [28, 28, 32], [3, 3, 32], strides), plain, usual, resident);

  it('is read without conversion when output tiles start at whole input tiles', () => {
    const square = tile(2, 2, 2);
    const wide = tile(4, 2, 1);
    expect(named(plansFrom('conv2d', wide), 'direct-4x2x1').inTile).to.equal(wide);
    expect(named(plansFrom('conv2d', square), 'direct-4x2x1').inTile).to.equal(square);
    expect(named(plansFrom('conv2d', wide), 'direct-2x2x2').inTile).to.not.equal(wide);
    expect(named(plansFrom('conv2d', wide, [1, 2]), 'direct-2x2x2').inTile).to.equal(wide);
    const high = tile(2, 4, 1);
    expect(named(plansFrom('conv2d', high), 'direct-4x2x1').inTile).to.not.equal(high);
    expect(named(plansFrom('conv2d', high, [2, 1]), 'direct-4x2x1').inTile).to.equal(high);
  });

  it('is converted by a depthwise convolution that has other slices in a tile', () => {
    const resident = tile(2, 2, 2);
    const plans = plansFrom('depthwiseConv2d', resident);
    expect(named(plans, 'depthwise-2x2x2').inTile).to.equal(resident);
    expect(named(plans, 'depthwise-4x2x1').inTile).to.deep.equal(tile(4, 2, 1));
  });

  it('is read by the general variant, and by others only if it fits', () => {
    for (const kernel of kernels) {
      const resident = tile(3, 3, 1);
      const plans = plansFrom(kernel, resident);
      expect(plans.at(-1)!.inTile).to.equal(resident);
      expect(plans.length).to.be.above(1);
      for (const { inTile } of plans.slice(0, -1)) expect(inTile).to.not.equal(resident);
    }
  });

  it('is not converted when the first choice can read it', () => {
    for (const kernel of kernels) {
      for (const resident of [tile(4, 2, 1), tile(2, 2, 2)]) {
        expect(plansFrom(kernel, resident)[0].inTile, kernel).to.deep.equal(resident);
      }
      expect(plansFrom(kernel, tile(4, 2, 1))[0].outTile, kernel).to.deep.equal(tile(4, 2, 1));
    }
  });

  it('makes no plan more expensive when it needs no conversion', () => {
    const shape = shapeOf('conv2d', [28, 28, 32], [3, 3, 32]);
    const own = tile(4, 2, 1);
    const cost = (resident: Tile | null) =>
      named(convPlans(shape, plain, usual, resident), 'direct-4x2x1').cost;
    expect(cost(own)).to.be.below(cost(null));
    expect(cost(null)).to.be.at.most(cost(tile(3, 3, 1)));
  });
});

describe('the first choice', () => {
  const first = (shape: ConvShape) => convPlans(shape, plain, usual, null)[0].outTile;

  it('is narrow on narrow maps, so that at most half of a tile lies outside', () => {
    for (const kernel of kernels) {
      for (const filter of [1, 3]) {
        for (const width of [1, 2, 3, 4]) {
          const { w } = first(shapeOf(kernel, [width, width, 64], [filter, filter, 64]));
          expect(w, `${kernel} ${filter}x${filter} on ${width}`).to.be.at.most(2 * width);
        }
      }
    }
  });

  it('has many pixels on wide maps of a 3x3 filter, where they share input', () => {
    for (const kernel of kernels) {
      expect(first(shapeOf(kernel, [56, 56, 64], [3, 3, 64]))).to.deep.equal(tile(4, 2, 1));
    }
  });

  it('is never Winograd, which only tune() chooses', () => {
    for (const channels of [32, 128, 512, 1024]) {
      const shape = shapeOf('conv2d', [28, 28, channels], [3, 3, channels]);
      for (const resident of [null, tile(4, 2, 1), tile(2, 2, 2)]) {
        const plans = convPlans(shape, plain, usual, resident);
        expect(plans[0].variant).to.include('direct');
        expect(named(plans, 'winograd-4x2x1').cost).to.be.below(Number.POSITIVE_INFINITY);
      }
    }
  });

  it('is the largest tile on every upsampling that the device can write in tiles', () => {
    for (const strides of [2, [1, 2], [2, 1], [2, 4]] as (number | [number, number])[]) {
      for (const width of [1, 2, 3, 5, 28]) {
        for (const resident of [null, tile(4, 2, 1), tile(2, 2, 2), tile(2, 1, 1)]) {
          const shape = shapeOf('conv2dTranspose', [width, width, 24], [3, 3, 20], strides);
          const tiles = (limits: Limits) =>
            convPlans(shape, plain, limits, resident).map(({ outTile }) => tileName(outTile));
          const narrow = !Array.isArray(strides) || strides[1] < 4;
          const expected = narrow ? ['4x2x1', '2x2x1', '1x1x1'] : ['4x2x1', '1x1x1'];
          expect(tiles(usual)).to.deep.equal(expected);
          expect(tiles(devices[1])).to.deep.equal(expected.slice(1));
        }
      }
    }
  });

  it('has more slices for a 1x1 filter, where pixels share no input', () => {
    expect(first(shapeOf('conv2d', [56, 56, 64], [1, 1, 256])).c).to.be.above(1);
    expect(first(shapeOf('conv2d', [1, 1, 1280], [1, 1, 1000]))).to.deep.equal(tile(1, 1, 8));
  });
});

describe('the first choice on each device', () => {
  const fusion = { activation: 'relu6', bias: true } as const;
  const textures = (limits: Limits) => ({ ...limits, sharesTextures: false });
  const targetsOf = ({ outTile: { w, h, c } }: Plan) => w * h * c;

  /** Returns the first plan for each layer of the suite, alone and after a layer in 2x2x2. */
  const firsts = (limits: Limits): [Layer, Plan][] =>
    layers.flatMap((layer) => {
      const { kernel, height, width, inChannels, outChannels, stride } = layer;
      const shape = shapeOf(
        kernel === 'conv2d' ? kernel : 'depthwiseConv2d',
        [height, width, inChannels],
        [layer.filterHeight, layer.filterWidth, outChannels],
        stride,
      );
      return [null, tile(2, 2, 2), tile(4, 2, 1)].map((resident): [Layer, Plan] => [
        layer,
        convPlans(shape, fusion, limits, resident)[0],
      ]);
    });

  for (const profile of profiles) {
    const limits = deviceLimits(profile);
    const all = profile.software ? [limits] : [limits, textures(limits)];
    it(`keeps to the targets and samplers of ${profile.name}, and is no last resort`, () => {
      for (const of of all) {
        for (const [{ id }, plan] of firsts(of)) {
          const { samplers, targets } = programText(
            plan.spec,
            of.sharesTextures ? 'layers' : 'textures',
          );
          expect(targets, id).to.equal(targetsOf(plan));
          expect(targets, id).to.be.at.most(profile.maxTargets);
          expect(samplers.length, id).to.be.at.most(of.maxSamplers);
          expect(plan.variant, id).not.to.match(/general|winograd/);
        }
      }
    });
  }

  it('has at most 4 planes on a Mali, where more spill to memory', () => {
    for (const name of ['mali-bifrost', 'mali-valhall']) {
      const sizes = firsts(deviceLimits(profileNamed(name))).map(([, plan]) => targetsOf(plan));
      expect(Math.max(...sizes), name).to.equal(4);
    }
  });

  it('has 8 planes on other devices where that pays', () => {
    for (const profile of profiles.filter(({ name }) => !name.startsWith('mali'))) {
      const sizes = firsts(deviceLimits(profile)).map(([, plan]) => targetsOf(plan));
      expect(Math.max(...sizes), profile.name).to.equal(8);
    }
  });

  it('has neither weights in blocks nor a program for whole tiles on a rasteriser', () => {
    for (const name of ['swiftshader', 'llvmpipe']) {
      for (const [{ id }, { variant, spec }] of firsts(deviceLimits(profileNamed(name)))) {
        expect(variant, id).not.to.match(/^block/);
        expect(spec, id).not.to.have.any.keys('block', 'whole');
      }
    }
  });

  it('is a program for whole tiles for each depthwise layer of whole tiles on a GPU', () => {
    for (const profile of profiles.filter(({ software }) => !software)) {
      let whole = 0;
      for (const [layer, { spec, outTile }] of firsts(deviceLimits(profile))) {
        if (layer.kernel === 'conv2d') continue;
        const { w, h, c } = outTile;
        const [across, down] = [layer.width / layer.stride / w, layer.height / layer.stride / h];
        const isWhole = [across, down, layer.outChannels / 4 / c].every(Number.isInteger);
        expect('whole' in spec && spec.whole === 'tiles', layer.id).to.equal(isWhole);
        if (isWhole) whole++;
      }
      expect(whole, profile.name).to.be.above(0);
    }
  });

  it('has weights in blocks for some layers of a device that loads them at no charge', () => {
    const isBlock = ([, { variant }]: [Layer, Plan]) => variant.startsWith('block');
    for (const name of ['amd-gcn', 'intel-gen9']) {
      const limits = deviceLimits(profileNamed(name));
      expect(firsts(limits).some(isBlock), name).to.equal(true);
      expect(firsts({ ...limits, maxBlockBytes: 0 }).some(isBlock), name).to.equal(false);
    }
  });
});
