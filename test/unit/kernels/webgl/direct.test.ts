import { expect } from 'chai';
import { convShape } from '../../../../kernels/shape/convShape.js';
import { profileNamed } from '../../../../kernels/webgl/devices.js';
import { blockSizes } from '../../../../kernels/webgl/layout/filter.js';
import type { Conv2DSpec } from '../../../../kernels/webgl/programs/conv2d.js';
import type { DepthwiseSpec } from '../../../../kernels/webgl/programs/depthwise.js';
import { programText } from '../../../../kernels/webgl/programs/index.js';
import { convPlans } from '../../../../kernels/webgl/variants.js';
import { layers } from '../../../../scripts/bench/layers.js';
import { deviceLimits } from '../../../../scripts/shaders/limits.js';
import { tile } from '../../../support/glsl/glslTensors.js';

const plain = { activation: 'linear', bias: false } as const;
/** Devices of 8 and 4 targets, with few registers and with many, and one without layers. */
const devices = ['intel-gen9', 'mali-valhall', 'nvidia', 'swiftshader'].map(profileNamed);
const convolutions = layers.filter(({ kernel }) => kernel === 'conv2d');

/** Yields the plans with weights in blocks for the suite, on devices with blocks of all sizes. */
function* allBlockPlans() {
  for (const device of devices) {
    for (const maxBlockBytes of [0, 4095, 4096, 65_535, 1 << 20]) {
      const limits = { ...deviceLimits(device), maxBlockBytes };
      for (const layer of convolutions) {
        const { height, width, inChannels, outChannels, filterHeight, filterWidth } = layer;
        const filter = [filterHeight, filterWidth, inChannels, outChannels];
        const { stride: strides, dilation: dilations } = layer;
        const shape = convShape('conv2d', [1, height, width, inChannels], filter, {
          strides,
          pad: 'same',
          dilations,
        });
        for (const resident of [null, tile(2, 2, 2)]) {
          for (const plan of convPlans(shape, plain, limits, resident)) {
            if (plan.spec.family !== 'conv2d' || plan.spec.block === undefined) continue;
            const { spec, uniforms, variant } = plan;
            const what = `${layer.id}, ${variant} from ${spec.in.w}x${spec.in.h}x${spec.in.c}`;
            const storage = limits.sharesTextures ? 'layers' : 'textures';
            yield { what, shape, spec, block: plan.spec.block, uniforms, maxBlockBytes, storage };
          }
        }
      }
    }
  }
}

type BlockPlan = ReturnType<typeof allBlockPlans> extends Generator<infer P> ? P : never;
let known: readonly BlockPlan[] | undefined;

function blockPlans(): readonly BlockPlan[] {
  known ??= [...allBlockPlans()];
  return known;
}

/** Returns the number of turns whose weights a program reads, as its loops number them. */
function turnsRead({ in: input, filterRows }: Conv2DSpec, inChannels: number, rows: number) {
  return Math.ceil(inChannels / 4 / input.c) * input.c * (rows / filterRows);
}

describe('a plan of a depthwise convolution', () => {
  const shape = convShape('depthwiseConv2d', [1, 16, 16, 16], [3, 3, 16, 1], {
    strides: 1,
    pad: 'same',
    dilations: 1,
  });
  const planOf = (device: string, variant: string, bias: boolean) =>
    convPlans(shape, { ...plain, bias }, deviceLimits(profileNamed(device)), null).find(
      (plan) => plan.variant === variant,
    )!;

  it('has no loop over filter rows on a GPU, but on a rasteriser', () => {
    for (const [device, loop] of [
      ['mali-bifrost', false],
      ['nvidia', false],
      ['swiftshader', true],
    ] as const) {
      expect(planOf(device, 'depthwise-4x1x1', true).spec, device).to.include({ loop });
    }
  });

  it('has its bias in the block of weights, and no step for it', () => {
    for (const bias of [true, false]) {
      const block = planOf('nvidia', 'depthwise-block-4x2x1', bias).spec as DepthwiseSpec;
      expect([block.biased === true, block.steps.length]).to.deep.equal([bias, 0]);
      const texture = planOf('nvidia', 'depthwise-4x2x1', bias).spec as DepthwiseSpec;
      expect(texture.biased).to.equal(undefined);
      expect(texture.steps).to.have.length(bias ? 1 : 0);
    }
  });

  it('with loads from a block is never a choice where they are fetches', () => {
    for (const device of ['swiftshader', 'amd-rdna', 'intel-gen9']) {
      const { cost } = planOf(device, 'depthwise-block-4x2x1', true);
      expect(cost, device).to.equal(Number.POSITIVE_INFINITY);
    }
  });
});

describe('a plan with weights in uniform blocks', () => {
  it('has a block of a known size that the device allows', () => {
    const seen = new Set<number>();
    for (const { what, block, maxBlockBytes } of blockPlans()) {
      expect(block, what).to.be.at.most(maxBlockBytes);
      expect(blockSizes, what).to.include(block);
      seen.add(block);
    }
    expect([...seen].sort((a, b) => a - b)).to.deep.equal(blockSizes);
  });

  it('declares as many turns as its loops read, in the smallest block that has room for them', () => {
    const checked = new Set<string>();
    for (const { what, shape, spec, block, uniforms, storage } of blockPlans()) {
      const key = `${what} ${block} ${storage}`;
      if (checked.has(key)) continue;
      checked.add(key);
      const { fragment } = programText(spec, storage as 'layers' | 'textures');
      const found = /texels\[(\d+)\];.*weightTurns\[(\d+)\];/s.exec(fragment)!;
      const [texels, declared] = found.slice(1).map(Number);
      const turns = turnsRead(spec, shape.inChannels, shape.filterHeight);
      expect(declared, what).to.be.at.least(turns);
      expect(16 * texels * declared, what).to.be.at.most(block);
      expect((uniforms.rowTurns as number[])[0], what).to.equal(
        shape.filterHeight / spec.filterRows,
      );
      for (const smaller of blockSizes.filter((bytes) => bytes < block)) {
        expect(16 * texels * turns, what).to.be.above(smaller);
      }
    }
    expect(checked.size).to.be.above(200);
  });

  it('does not exist where no block has room', () => {
    const most = new Map<number, number>();
    for (const { shape, maxBlockBytes } of blockPlans()) {
      const weights = shape.filterHeight * shape.filterWidth * shape.inChannels;
      most.set(maxBlockBytes, Math.max(most.get(maxBlockBytes) ?? 0, 16 * weights));
    }
    expect([...most.keys()].sort((a, b) => a - b)).to.deep.equal([4096, 65_535, 1_048_576]);
    for (const [bytes, needed] of most) expect(needed).to.be.at.most(bytes);
  });
});
