import { expect } from 'chai';
import type { DataFormat } from '../../../../../kernels/shape/convShape.js';
import type { FlatSource } from '../../../../../kernels/webgl/layout/flatAccess.glsl.js';
import {
  packedRowsColumns,
  type StockForm,
  type StockLayout,
} from '../../../../../kernels/webgl/layout/stock.js';
import {
  type Extent,
  extentOf,
  flatStrides,
  type Tile,
  tileName,
} from '../../../../../kernels/webgl/layout/tile.js';
import { programText } from '../../../../../kernels/webgl/programs/index.js';
import { moveUniforms } from '../../../../../kernels/webgl/programs/move.js';
import { retilePlan } from '../../../../../kernels/webgl/programs/movePlan.js';
import { fractions, stream } from '../../../../../src/validator/index.js';
import { layoutUniforms } from '../../../../../src/webgl/context/operands.js';
import { runProgram } from '../../../../support/glsl/glslRun.js';
import {
  expectPlanes,
  expectTexture,
  filterTexture,
  planesOf,
  sizeOf,
  smallFilterLayout,
  smallLayout,
  stockTexture,
  tiles,
} from '../../../../support/glsl/glslTensors.js';
import { named } from '../../../../support/named.js';

const forms: readonly StockForm[] = ['unpacked', 'packed'];
const formats: readonly DataFormat[] = ['NHWC', 'NCHW'];

const extents: readonly Extent[] = [
  [1, 3, 7, 3],
  [2, 1, 5, 9],
  [2, 5, 1, 4],
].map(([batch, height, width, channels]) => ({ batch, height, width, channels }));

function shapeOf({ batch, height, width, channels }: Extent, format: DataFormat): number[] {
  return format === 'NHWC' ? [batch, height, width, channels] : [batch, channels, height, width];
}

/** Returns the shapes that a tensor with this data may have when a stock kernel requests it. */
function reshaped(shape: readonly number[]): number[][] {
  const [a, b, c, d] = shape;
  return [[...shape], [a * b, c, d], [a * b * c, d], [a, b * c * d], [a * b * c * d]];
}

function stockLayout(form: StockForm, shape: readonly number[], offset = 0): StockLayout {
  const [rows, columns] = packedRowsColumns(shape);
  return { form, texWidth: 5, rows, columns, offset };
}

function values(size: number): Float32Array {
  return fractions(stream(size, 'values'), size);
}

function eachExtent(run: (extent: Extent, format: DataFormat, what: string) => void): void {
  for (const extent of extents) {
    for (const format of formats) run(extent, format, `${format} [${shapeOf(extent, format)}]`);
  }
}

describe('programs between stock textures and planes, run in Node', () => {
  for (const form of forms) {
    for (const tile of tiles) {
      it(`move every value: tile, ${form} to ${tileName(tile)}`, () => {
        eachExtent((extent, format, what) => {
          for (const offset of form === 'packed' ? [0] : [0, 3]) {
            checkTile(extent, format, form, offset, tile, `${what} from ${offset}`);
          }
        });
      });

      it(`move every value: untile, ${tileName(tile)} to ${form}`, () => {
        eachExtent((extent, format, what) => {
          for (const shape of reshaped(shapeOf(extent, format))) {
            checkUntile(extent, format, form, shape, tile, `${what} as [${shape}]`);
          }
        });
      });
    }
  }

  for (const from of tiles) {
    it(`move every value: retile, ${tileName(from)} to every tile`, () => {
      for (const to of tiles) {
        eachExtent((extent, format, what) => checkRetile(extent, format, from, to, what));
      }
    });
  }

  const sources: readonly FlatSource[] = [
    ...forms,
    ...formats.map((format) => ({ tile: { w: 4, h: 1, c: 2 }, format })),
  ];
  for (const from of sources) {
    const name = typeof from === 'string' ? from : `planes of ${from.format}`;
    it(`move every value: packFilter, ${name}`, () => {
      for (const shape of [
        [1, 1, 1, 1],
        [3, 2, 5, 7],
        [2, 3, 21, 9],
      ] as [number, number, number, number][]) {
        for (const [inSlices, outSlices] of [
          [1, 1],
          [4, 2],
          [2, 8],
        ]) {
          checkPackFilter(shape, from, inSlices, outSlices);
          checkPackFilter(shape, from, inSlices, outSlices, true);
        }
      }
    });
  }
});

describe('programs that read planes, run in Node', () => {
  for (const tile of tiles) {
    it(`untile ${tileName(tile)} into 4 consecutive values a texel`, () => {
      eachExtent((extent, format, what) => {
        const data = values(sizeOf(extent));
        const layout = smallLayout(extent, tile);
        const [width, height] = [3, Math.ceil(data.length / 12)];
        const [drawn] = runProgram(
          programText({ family: 'untile', tile, format, to: 'dense' }),
          planesOf(data, layout, format),
          { ...named('x', layoutUniforms(layout)), stockLayout: [width, 0, 0, data.length] },
          { width, height },
        );
        const wanted = new Float32Array(4 * width * height);
        wanted.set(data);
        expectTexture(drawn, { width, height, data: wanted }, what);
      });
    });
  }
});

function checkTile(
  extent: Extent,
  format: DataFormat,
  form: StockForm,
  offset: number,
  tile: Tile,
  what: string,
): void {
  const data = values(sizeOf(extent));
  const stock = stockLayout(form, shapeOf(extent, format), offset);
  const layout = smallLayout(extent, tile);
  const drawn = runProgram(
    programText({ family: 'tile', from: form, tile }),
    [stockTexture(data, stock)],
    {
      ...named('out', layoutUniforms(layout)),
      strides: flatStrides(extent, format),
      stockLayout: [stock.texWidth, stock.rows, stock.columns, offset],
    },
    { width: layout.texWidth, height: layout.texHeight },
  );
  expectPlanes(drawn, data, layout, what, { format });
}

function checkUntile(
  extent: Extent,
  format: DataFormat,
  form: StockForm,
  shape: readonly number[],
  tile: Tile,
  what: string,
): void {
  const data = values(sizeOf(extent));
  const layout = smallLayout(extent, tile);
  const stock = stockLayout(form, shape);
  const wanted = stockTexture(data, stock, 0);
  const [drawn] = runProgram(
    programText({ family: 'untile', tile, format, to: form }),
    planesOf(data, layout, format),
    {
      ...named('x', layoutUniforms(layout)),
      stockLayout: [stock.texWidth, stock.rows, stock.columns, data.length],
    },
    wanted,
  );
  expectTexture(drawn, wanted, what);
}

function checkRetile(extent: Extent, format: DataFormat, from: Tile, to: Tile, what: string): void {
  const data = values(sizeOf(extent));
  const layout = smallLayout(extent, from);
  const out = smallLayout(extent, to);
  const plan = retilePlan(from, to);
  const drawn = runProgram(
    programText(plan.spec),
    planesOf(data, layout, format),
    {
      ...named('x', layoutUniforms(layout)),
      ...named('out', layoutUniforms(out)),
      ...moveUniforms(plan),
    },
    { width: out.texWidth, height: out.texHeight },
  );
  expectPlanes(drawn, data, out, `${what} to ${tileName(to)}`, { format });
}

function checkPackFilter(
  shape: [number, number, number, number],
  from: FlatSource,
  inSlices: number,
  outSlices: number,
  flipped = false,
): void {
  const data = values(shape.reduce((a, b) => a * b));
  const packed = flipped ? backwards(data, shape) : { shape, data };
  const layout = smallFilterLayout(packed.shape, inSlices, outSlices);
  const wanted = filterTexture(packed.data, layout);
  const { textures, uniforms } = flatSource(data, shape, from);
  const [drawn] = runProgram(
    programText({ family: 'packFilter', from, flipped }),
    textures,
    {
      filterShape: packed.shape,
      packing: [layout.shift, layout.blocks, outSlices],
      ...uniforms,
    },
    wanted,
  );
  expectTexture(drawn, wanted, `[${shape}] in ${inSlices} and ${outSlices} slices`);
  expect(drawn.height).to.equal(layout.texHeight);
}

/** Returns the flat data of a filter in textures; those of planes in the layout of its gradient. */
function flatSource(
  data: Float32Array,
  shape: readonly [number, number, number, number],
  from: FlatSource,
) {
  if (typeof from === 'string') {
    const stock = stockLayout(from, shape, from === 'packed' ? 0 : 2);
    const { texWidth, rows, columns, offset } = stock;
    const uniforms = { stockLayout: [texWidth, rows, columns, offset] };
    return { textures: [stockTexture(data, stock)], uniforms };
  }
  const [filterHeight, filterWidth, inChannels, outChannels] = shape;
  const extent = extentOf([1, filterHeight * filterWidth, inChannels, outChannels], from.format);
  const layout = smallLayout(extent, from.tile);
  return {
    textures: planesOf(data, layout, from.format),
    uniforms: named('x', layoutUniforms(layout)),
  };
}

/** Returns a filter turned by 180 degrees, with its channel axes swapped. */
function backwards(
  data: ArrayLike<number>,
  [height, width, a, b]: readonly [number, number, number, number],
): { shape: [number, number, number, number]; data: number[] } {
  const taps = Array.from({ length: height * width }, (_, tap) => height * width - 1 - tap);
  const flipped = taps.flatMap((tap) =>
    Array.from({ length: b * a }, (_, i) => data[(tap * a + (i % a)) * b + Math.floor(i / a)]),
  );
  return { shape: [height, width, b, a], data: flipped };
}
