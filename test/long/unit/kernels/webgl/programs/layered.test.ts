import { expect } from 'chai';
import type { ForwardKernel } from '../../../../../../kernels/shape/convShape.js';
import { profileNamed } from '../../../../../../kernels/webgl/devices.js';
import type { PlaneStorage } from '../../../../../../kernels/webgl/layout/planeNames.js';
import { tileLayout, tileName } from '../../../../../../kernels/webgl/layout/tile.js';
import {
  type Conv2DSpec,
  loopsOverSlices,
} from '../../../../../../kernels/webgl/programs/conv2d.js';
import type { DepthwiseSpec } from '../../../../../../kernels/webgl/programs/depthwise.js';
import { type ProgramSpec, programText } from '../../../../../../kernels/webgl/programs/index.js';
import { layered } from '../../../../../../kernels/webgl/programs/layered.js';
import { retilePlan } from '../../../../../../kernels/webgl/programs/movePlan.js';
import { windowOf } from '../../../../../../kernels/webgl/programs/window.js';
import { variants } from '../../../../../../kernels/webgl/variants.js';
import { layoutUniforms } from '../../../../../../src/webgl/context/operands.js';
import { runProgram } from '../../../../../support/glsl/glslRun.js';
import { asLayers, planesOf, tile, tiles } from '../../../../../support/glsl/glslTensors.js';
import { named } from '../../../../../support/named.js';
import { agrees } from '../../../../../unit/kernels/webgl/programs/agrees.js';
import { type Case, shapeOf } from '../../../../../unit/kernels/webgl/programs/caseShape.js';
import { wholeNumbers } from '../../../../../unit/kernels/webgl/programs/drawOne.js';
import {
  casesOf,
  isSummed,
  limitsOf,
} from '../../../../../unit/kernels/webgl/programs/randomCases.js';

const extent = { batch: 2, height: 5, width: 7, channels: 9 };

const specs: Record<string, ProgramSpec> = {
  'element by element': {
    family: 'elementwise',
    tile: tile(4, 2, 1),
    steps: [{ op: 'add', operand: 'same', swapped: false }],
  },
  'with planes chosen at run time': retilePlan(tile(4, 2, 1), tile(2, 2, 2)).spec,
};

describe('programs that read array textures', () => {
  for (const [what, spec] of Object.entries(specs)) {
    it(`compute what those do that read a texture a plane: ${what}`, () => {
      const planes = programText(spec);
      const layers = layered(planes);
      const from = tileLayout(extent, tile(4, 2, 1), 64)!;
      const to = 'out' in spec ? tileLayout(extent, tile(2, 2, 2), 64)! : from;
      const operands = planes.operands.map((_, i) => planesOf(wholeNumbers(extent, `${i}`), from));
      const uniforms = {
        ...named('x', layoutUniforms(from)),
        ...named('step0', layoutUniforms(from)),
        ...named('out', layoutUniforms(to)),
        noBits: 0,
        fill: 0,
      };
      const size = { width: to.texWidth, height: to.texHeight };
      const drawn = runProgram(layers, operands.map(asLayers), uniforms, size);
      expect(drawn).to.deep.equal(runProgram(planes, operands.flat(), uniforms, size));
      expect(layers.samplers).to.have.length(operands.length);
    });
  }

  it('are the same where every operand is one texture', () => {
    const source = programText({ family: 'packFilter', from: 'packed', flipped: false });
    expect(layered(source).fragment).to.equal(source.fragment);
  });
});

describe('convolution programs that read array textures', () => {
  const limits = limitsOf(profileNamed('nvidia'));
  const residents = [null, ...tiles];

  for (const variant of variants.filter(isSummed)) {
    it(`equal the oracle beside images of NaN and Infinity: ${variant.name}`, () => {
      let reaching = 0;
      for (const resident of residents) {
        for (const [c, plan] of casesOf(variant, resident, limits, 2)) {
          for (let alone = 0; alone < c.in[0]; alone++)
            agrees(c, plan, { storage: 'layers', alone });
          if (programText(plan.spec, 'layers').fragment.includes('+ outside')) reaching++;
        }
      }
      expect(reaching > 0).to.equal(variant.method === 'direct');
    });
  }

  /** Returns a convolution of two images with bias and relu6. */
  const caseOf = (
    kernel: ForwardKernel,
    sizes: readonly number[],
    filter: readonly number[],
    last: number,
  ): Case => ({
    kernel,
    in: [2, sizes[0], sizes[1], sizes[2]],
    filter: [filter[0], filter[1], sizes[2], last],
    stride: [1, 1],
    pad: 'same',
    dilation: [1, 1],
    format: 'NHWC',
    activation: 'relu6',
    bias: [kernel === 'conv2d' ? last : sizes[2]],
    data: 'int',
    seed: 1,
  });
  const fusion = { activation: 'relu6', bias: true } as const;
  const variantOf = (name: string) => variants.find((variant) => variant.name === name)!;

  // The loop over filter rows goes round three times on tiles of one row, and once on others.
  for (const [name, resident, turns] of [
    ['direct-4x2x1', tile(2, 2, 2), 1],
    ['direct-4x2x1', tile(2, 1, 4), 3],
    ['direct-2x2x2', tile(2, 2, 2), 1],
    ['block-4x2x1', tile(2, 2, 2), 1],
    ['block-4x2x1', tile(2, 1, 4), 3],
    ['block-2x2x2', tile(2, 2, 2), 1],
  ] as const) {
    it(`loop over the ${resident.c} slices of input in ${tileName(resident)}: ${name}`, () => {
      // The last of 5 slices has one channel, and leaves slices of its tile empty.
      for (const channels of [17, 16, 5]) {
        const c = caseOf('conv2d', [5, 7, channels], [3, 3], 13);
        const plan = variantOf(name).plan(shapeOf(c), fusion, limits, resident)!;
        const spec = plan.spec as Conv2DSpec;
        expect(plan.inTile).to.equal(resident);
        expect(loopsOverSlices(spec, 'layers')).to.equal(true);
        expect(loopsOverSlices(spec, 'textures')).to.equal(false);
        expect(spec.block !== undefined).to.equal(name.startsWith('block'));
        expect((plan.uniforms.rowTurns as number[])[0]).to.equal(turns);
        for (const alone of [0, 1]) agrees(c, plan, { storage: 'layers', alone });
        agrees(c, plan);
      }
    });
  }

  for (const [channels, parts] of [
    [20, 1],
    [70, 1],
    [130, 3],
  ]) {
    it(`read ${channels} channels of depthwise weights from ${parts} uniform blocks`, () => {
      const c = caseOf('depthwiseConv2d', [5, 6, channels], [3, 3], 1);
      for (const name of ['depthwise-block-4x2x1', 'depthwise-block-2x1x2']) {
        const plan = variantOf(name).plan(
          shapeOf(c),
          fusion,
          { ...limits, maxBlockBytes: 4096 },
          null,
        )!;
        expect(plan.spec).to.include({ family: 'depthwise', block: 4096 });
        for (const storage of ['layers', 'textures'] as const) agrees(c, plan, { storage });
      }
    });
  }

  it('fetch a window once however many slices an input tile has, in a loop over them', () => {
    const c = caseOf('conv2d', [5, 7, 17], [3, 3], 13);
    const plan = variantOf('direct-2x2x2').plan(shapeOf(c), fusion, limits, tile(2, 2, 2))!;
    const fetchesOf = (storage: PlaneStorage, sampler: RegExp) =>
      programText(plan.spec, storage).fragment.match(sampler)!.length;
    expect(fetchesOf('layers', /texture\(xPlanes, /g)).to.equal(16);
    expect(fetchesOf('textures', /texture\(x\d+, /g)).to.equal(2 * 16);
  });

  it('spell out the slices of an input tile where they have few texels together', () => {
    for (const [filter, input, loops] of [
      [1, tile(2, 2, 2), false],
      [1, tile(1, 1, 4), false],
      [1, tile(1, 1, 8), true],
      [3, tile(2, 2, 1), false],
      [3, tile(2, 2, 2), true],
    ] as const) {
      const c = caseOf('conv2d', [5, 7, 17], [filter, filter], 13);
      const window = windowOf(shapeOf(c), input, tile(2, 2, 2))!;
      expect(loopsOverSlices(window, 'layers'), `${filter} ${tileName(input)}`).to.equal(loops);
    }
  });

  it('spell out the weights of one slice where a tile has many slices in textures of their own', () => {
    for (const [input, isStaged] of [
      [tile(1, 1, 8), true],
      [tile(1, 1, 4), true],
      [tile(1, 1, 2), false],
    ] as const) {
      const c = caseOf('conv2d', [5, 7, 17], [1, 1], 13);
      const plan = variantOf('direct-1x1x8').plan(shapeOf(c), fusion, limits, input)!;
      const weightsOf = (storage: PlaneStorage) =>
        programText(plan.spec, storage).fragment.match(/texture\(weights, /g)!.length;
      expect(weightsOf('textures'), tileName(input)).to.equal((isStaged ? 1 : input.c) * 32);
      expect(weightsOf('layers'), tileName(input)).to.equal(input.c * 32);
    }
  });

  for (const variant of variants.filter(isSummed)) {
    if (variant.kernel !== 'depthwiseConv2d' || variant.method !== 'direct') continue;
    it(`write whole tiles without tests for the edge: ${variant.name}`, () => {
      for (const [sizes, whole] of [
        [[6, 8, 16], 'tiles'],
        [[6, 7, 16], 'channels'],
        [[6, 8, 15], undefined],
      ] as const) {
        const c = caseOf('depthwiseConv2d', sizes, [3, 3], 1);
        const plan = variant.plan(shapeOf(c), fusion, limits, null)!;
        expect((plan.spec as DepthwiseSpec).whole).to.equal(whole);
        for (const storage of ['layers', 'textures'] as const) {
          const { fragment } = programText(plan.spec, storage);
          expect(fragment.includes('channelLanes(outLayout')).to.equal(whole === undefined);
          expect(fragment.includes('outLayout.extent.z')).to.equal(whole !== 'tiles');
          for (const alone of [0, 1]) agrees(c, plan, { storage, alone });
        }
      }
    });
  }
});
