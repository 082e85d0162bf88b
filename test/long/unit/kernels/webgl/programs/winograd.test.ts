import { expect } from 'chai';
import { type ConvAttrs, convShape } from '../../../../../../kernels/shape/convShape.js';
import { profileNamed } from '../../../../../../kernels/webgl/devices.js';
import { filterLayout } from '../../../../../../kernels/webgl/layout/filter.js';
import type { PlaneStorage } from '../../../../../../kernels/webgl/layout/planeNames.js';
import {
  type Tile,
  type TileLayout,
  tileName,
} from '../../../../../../kernels/webgl/layout/tile.js';
import {
  COMPONENTS,
  PRODUCT,
  TURN_SLICES,
} from '../../../../../../kernels/webgl/layout/winograd.js';
import type { Plan, Variant } from '../../../../../../kernels/webgl/plan.js';
import { programText } from '../../../../../../kernels/webgl/programs/index.js';
import { stepName } from '../../../../../../kernels/webgl/programs/steps.js';
import { variants } from '../../../../../../kernels/webgl/variants.js';
import {
  caseId,
  caseInputs,
  type Numbers,
  reference,
} from '../../../../../../src/validator/index.js';
import { filterUniforms, layoutUniforms } from '../../../../../../src/webgl/context/operands.js';
import { runProgram, type Texture, type Uniforms } from '../../../../../support/glsl/glslRun.js';
import {
  asLayers,
  expectPlanes,
  expectTexture,
  filterTexture,
  planesOf,
  smallFilterLayout,
  smallLayout,
  stockTexture,
  tile,
} from '../../../../../support/glsl/glslTensors.js';
import { named } from '../../../../../support/named.js';
import { type Case, shapeOf } from '../../../../../unit/kernels/webgl/programs/caseShape.js';
import { limitsOf } from '../../../../../unit/kernels/webgl/programs/randomCases.js';

const rasteriser = profileNamed('swiftshader');

const limits = { ...limitsOf(rasteriser), maxTextureSize: 1024 };
const rows = variants.filter(({ method }) => method === 'winograd');
const residents = [null, tile(4, 2, 1), tile(2, 2, 2)];

const plain: Omit<Case, 'in' | 'filter' | 'pad' | 'seed'> = {
  kernel: 'conv2d',
  stride: [1, 1],
  dilation: [1, 1],
  format: 'NHWC',
};

const whole = { ...plain, data: 'int' as const };
const sizes = { in: [1, 4, 5, 33], filter: [3, 3, 33, 5], pad: 'same' } as const;

/** Cases with odd sizes, several bands, every edge, a batch, and channels that fill no slice. */
const cases: readonly Case[] = [
  { ...whole, in: [1, 7, 9, 33], filter: [3, 3, 33, 9], pad: 'same', seed: 1 },
  { ...whole, in: [2, 5, 6, 36], filter: [3, 3, 36, 13], pad: 'valid', bias: [13], seed: 2 },
  { ...whole, in: [1, 3, 4, 40], filter: [3, 3, 40, 4], pad: [3, 2, 5, 1], seed: 3 },
  { ...whole, in: [1, 1, 1, 32], filter: [3, 3, 32, 3], pad: 'same', seed: 4 },
  { ...whole, ...sizes, bias: [5], activation: 'prelu', prelu: [5], seed: 5 },
  { ...whole, ...sizes, activation: 'relu6', seed: 6 },
  { ...plain, ...sizes, seed: 7 },
];

/** Cases with values that no transform leaves as they are. */
const special: readonly Case[] = (
  ['inf', 'nan', 'weightInf', 'weightNaN', 'zero', 'huge', 'denormal'] as const
).map((data, i) => ({
  ...plain,
  ...sizes,
  // More than one answer is right for a weight that is not finite and meets padding.
  ...(data.startsWith('weight') ? { pad: 'valid' } : {}),
  bias: [5],
  data,
  seed: 10 + i,
}));

describe('Winograd programs, run in Node', () => {
  for (const variant of rows) {
    for (const resident of residents) {
      const from = resident === null ? 'tiles made for it' : `tiles of ${tileName(resident)}`;
      it(`${variant.name} equals the oracle on input in ${from}`, () => {
        for (const c of cases) agrees(c, variant, resident);
      });
    }
    it(`${variant.name} does not spread NaN and infinities to other outputs`, () => {
      for (const c of special) agrees(c, variant, null);
    });
  }
});

describe('Winograd variants', () => {
  it('take 3x3 filters with strides and dilations of 1 and enough channels, and no others', () => {
    const takes = (filter: [number, number, number, number], attrs: ConvAttrs, devices = limits) =>
      rows.map((variant) => {
        const shape = convShape('conv2d', [1, 12, 12, filter[2]], filter, attrs);
        return variant.plan(shape, { activation: 'relu', bias: true }, devices, null) !== null;
      });
    const usual: ConvAttrs = { strides: 1, pad: 'same' };
    expect(takes([3, 3, 32, 8], usual)).to.deep.equal([true, true]);
    for (const [filter, attrs] of [
      [[3, 3, 31, 8], usual],
      [[3, 5, 32, 8], usual],
      [[1, 1, 32, 8], usual],
      [[3, 3, 32, 8], { strides: 2, pad: 'same' }],
      [[3, 3, 32, 8], { strides: 1, dilations: 2, pad: 'same' }],
    ] as const) {
      expect(takes([...filter], attrs), `${filter}`).to.deep.equal([false, false]);
    }
    for (const least of [
      { maxTargets: 4 },
      {
        maxSamplers: 8,
        sharesTextures: false,
        maxBlockBytes: 65536,
        device: rasteriser,
        precision: 'float32' as const,
      },
      { maxTextureSize: 16 },
    ]) {
      expect(takes([3, 3, 32, 8], usual, { ...limits, ...least })).to.deep.equal([false, false]);
    }
  });
});

/** Draws all programs of a plan on a case's inputs, and compares every texel of the output. */
function agrees(c: Case, variant: Variant, resident: Tile | null): void {
  const fromTextures = agreesIn('textures', c, variant, resident);
  const fromLayers = agreesIn('layers', c, variant, resident);
  // The output program repairs what is not finite, and would hide a wrong component.
  expectTexture(fromLayers, fromTextures, `${caseId(c)}: components`);
}

/** Returns the components of the input, after the comparison. */
function agreesIn(
  storage: PlaneStorage,
  c: Case,
  variant: Variant,
  resident: Tile | null,
): Texture {
  const inputs = caseInputs(c);
  const fusion = { activation: c.activation ?? 'linear', bias: c.bias !== undefined } as const;
  const plan = variant.plan(shapeOf(c), fusion, limits, resident);
  if (plan?.winograd === undefined) throw new Error(`${variant.name} does not take ${caseId(c)}`);
  const { layout, inputs: draws, products } = plan.winograd;
  const [n, h, w, d] = c.in;
  const xLayout = smallLayout({ batch: n, height: h, width: w, channels: d }, plan.inTile);
  const planes = planesOf(inputs.x.values, xLayout);
  const x = storage === 'layers' ? [asLayers(planes)] : planes;
  const ofX = named('x', layoutUniforms(xLayout));

  const v = stacked(
    draws.flatMap(({ spec, uniforms }) => {
      const all = { ...uniforms, ...ofX, ...named('out', layoutUniforms(layout.inputs)) };
      return runProgram(programText(spec, storage), x, all, sizeOf(layout.inputs));
    }),
  );
  const transformed = transform(c, inputs.filter);
  const m = stacked(
    runProgram(
      programText(products.spec),
      [v, transformed.texture],
      {
        ...products.uniforms,
        ...transformed.uniforms,
        ...named('v', layoutUniforms(layout.inputs)),
        ...named('out', layoutUniforms(layout.products)),
      },
      sizeOf(layout.products),
    ),
  );
  drawOutput(storage, c, plan, [m, ...x], {
    ...ofX,
    ...named('m', layoutUniforms(layout.products)),
  });
  return v;
}

function drawOutput(
  storage: PlaneStorage,
  c: Case,
  plan: Plan,
  textures: Texture[],
  known: Uniforms,
): void {
  const inputs = caseInputs(c);
  const uniforms: Record<string, Uniforms[string]> = { ...plan.uniforms, ...known };
  const direct = smallFilterLayout([...c.filter], plan.inTile.c, plan.outTile.c);
  textures.push(filterTexture(inputs.filter.values, direct));
  Object.assign(uniforms, named('weights', filterUniforms(direct)));
  for (const [index, operand] of [inputs.bias, inputs.prelu].filter((t) => t !== null).entries()) {
    const channels = { batch: 1, height: 1, width: 1, channels: operand.values.length };
    const layout = smallLayout(channels, tile(1, 1, 1));
    textures.push(...planesOf(operand.values, layout));
    Object.assign(uniforms, named(stepName(index), layoutUniforms(layout)));
  }
  const { shape, values, bounds, orNaN } = reference(c, inputs);
  expect(orNaN?.includes(1) ?? false, caseId(c)).to.equal(false);
  const [batch, height, width, channels] = shape;
  const layout = smallLayout({ batch, height, width, channels }, plan.outTile);
  Object.assign(uniforms, named('out', layoutUniforms(layout)));
  const drawn = runProgram(programText(plan.spec, storage), textures, uniforms, sizeOf(layout));
  expectPlanes(drawn, values, layout, caseId(c), { bounds });
}

/** Returns the filter as its program transforms it. */
function transform({ filter: [, , inChannels, outChannels] }: Case, { values }: Numbers) {
  const groups = Math.ceil(outChannels / 4 / PRODUCT.slices);
  const all = COMPONENTS * groups * PRODUCT.slices * 4;
  const layout = filterLayout([1, 1, inChannels, all], TURN_SLICES, PRODUCT.slices, 256)!;
  const stock = { form: 'unpacked', texWidth: 64, rows: 0, columns: 0, offset: 0 } as const;
  const [texture] = runProgram(
    programText({ family: 'winogradFilter', from: stock.form, flipped: false }),
    [stockTexture(values, stock)],
    {
      filterShape: [3, 3, inChannels, outChannels],
      packing: [layout.shift, layout.blocks, groups],
      stockLayout: [stock.texWidth, 0, 0, 0],
    },
    sizeOf(layout),
  );
  return { texture, uniforms: named('weights', filterUniforms(layout)) };
}

/** Stacks textures of one size as the layers of one texture. */
function stacked(layers: readonly Texture[]): Texture {
  const { width, height } = layers[0];
  const data = new Float32Array(layers.length * 4 * width * height);
  for (const [i, layer] of layers.entries()) data.set(layer.data, i * 4 * width * height);
  return { width, height, data };
}

function sizeOf({ texWidth, texHeight }: Pick<TileLayout, 'texWidth' | 'texHeight'>) {
  return { width: texWidth, height: texHeight };
}
