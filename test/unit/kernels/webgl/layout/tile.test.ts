import { expect } from 'chai';
import { hasLongRows } from '../../../../../kernels/webgl/layout/rowParts.js';
import {
  areasOf,
  type Extent,
  extentOf,
  flatStrides,
  locate,
  type TileLayout,
  tileLayout,
  tileName,
} from '../../../../../kernels/webgl/layout/tile.js';
import { tileAccess } from '../../../../../kernels/webgl/layout/tileAccess.glsl.js';
import { stream } from '../../../../../src/validator/index.js';
import { layoutUniforms } from '../../../../../src/webgl/context/operands.js';
import { textureSide } from '../../../../../src/webgl/device/planeSets.js';
import type { Shader } from '../../../../support/glsl/glsl.js';
import { chunkShader, setUniforms } from '../../../../support/glsl/glslRun.js';
import {
  longLayout,
  places,
  sizeOf,
  smallLayout,
  tile,
  tiles,
} from '../../../../support/glsl/glslTensors.js';
import { named } from '../../../../support/named.js';

const extents: readonly Extent[] = [
  [1, 1, 1, 1],
  [1, 1, 17, 3],
  [2, 5, 7, 9],
  [3, 4, 8, 4],
  [1, 13, 2, 33],
  [2, 1, 1, 64],
].map(([batch, height, width, channels]) => ({ batch, height, width, channels }));

/** Returns the layouts of every extent and tile, in large textures and in the smallest ones. */
function layouts(): TileLayout[] {
  return tiles.flatMap((t) =>
    extents.flatMap((extent) => [
      tileLayout(extent, t, 4096)!,
      smallLayout(extent, t),
      longLayout(extent, t),
    ]),
  );
}

function describeLayout(l: TileLayout): string {
  const { batch, height, width, channels, texWidth, texHeight } = l;
  const extent = [batch, height, width, channels].join('x');
  return `${extent} in ${tileName(l.tile)} in ${texWidth}x${texHeight} texels`;
}

describe('the tile layout', () => {
  it('gives every value its own place inside the planes', () => {
    for (const layout of layouts()) {
      const seen = new Set<string>();
      for (const { n, y, x, channel } of places(layout)) {
        const { plane, texX, texY, lane } = locate(layout, n, y, x, channel);
        const what = `${describeLayout(layout)}: (${n}, ${y}, ${x}, ${channel})`;
        expect(plane, what).to.be.within(0, layout.planes - 1);
        expect(texX, what).to.be.within(0, layout.texWidth - 1);
        expect(texY, what).to.be.within(0, layout.texHeight - 1);
        expect(lane, what).to.equal(channel % 4);
        seen.add(`${plane} ${texX} ${texY} ${lane}`);
      }
      expect(seen.size, describeLayout(layout)).to.equal(sizeOf(layout));
    }
  });

  it('is tested with images side by side and below each other', () => {
    const across = layouts().filter(({ texWidth, columns }) => texWidth > columns);
    expect(across.length).to.be.above(layouts().length / 3);
    const down = layouts().filter(({ texHeight, rows }) => texHeight > rows);
    expect(down.length).to.be.above(layouts().length / 3);
  });

  it('has exact whole quotients in GLSL, even of numbers that float32 cannot hold', () => {
    const shader = accessShader(layouts()[0]);
    const most = 2 ** 30;
    for (const b of [1, 2, 3, 7, 48, 4093, 8191, 65_537]) {
      for (const near of [0, b, 5 * b, 2 ** 22, 2 ** 24, 16_777_217 * 3, most]) {
        for (const a of [near - 1, near, near + 1].filter((a) => a >= 0)) {
          expect(shader.run('quotient', a, b), `${a} / ${b}`).to.equal(Math.floor(a / b));
        }
      }
    }
  });

  it('is the same in GLSL: the texel of a value, and the tile of a texel', () => {
    for (const layout of layouts()) {
      const { tile: t, groups } = layout;
      const shader = accessShader(layout);
      const grid = shader.globals.get('xLayout')!.value!;
      for (const { n, y, x, channel } of sampled(layout)) {
        const what = `${describeLayout(layout)}: (${n}, ${y}, ${x}, ${channel})`;
        const { plane, texX, texY } = locate(layout, n, y, x, channel);
        const slice = Math.floor(channel / 4);
        expect(shader.run('xAt', n, slice, y, x), what).to.deep.equal([plane, texX, texY, 0]);
        const image = n * groups + Math.floor(slice / t.c);
        const [column, row] = [Math.floor(x / t.w), Math.floor(y / t.h)];
        expect(shader.run('tileOf', grid, [texX, texY]), what).to.deep.equal([column, row, image]);
        const start = shader.run('imageStart', grid, image, column);
        expect(start, what).to.deep.equal([texX - column, texY - row]);
      }
    }
  });

  it('knows in GLSL which lanes are channels', () => {
    const layout = tileLayout(extents[2], tile(1, 1, 1), 64)!;
    const shader = accessShader(layout);
    const lanes = [0, 1, 2, 3].map((slice) =>
      shader.run('channelLanes', shader.globals.get('xLayout')!.value!, slice),
    );
    expect(lanes).to.deep.equal([
      [1, 1, 1, 1],
      [1, 1, 1, 1],
      [1, 0, 0, 0],
      [0, 0, 0, 0],
    ]);
  });

  it('stays within the largest texture, and is null when it cannot', () => {
    const wide = { batch: 1, height: 300, width: 200, channels: 64 };
    for (const max of [512, 1024, 2048]) {
      const { texWidth, texHeight } = tileLayout(wide, tile(8, 1, 1), max)!;
      expect(Math.max(texWidth, texHeight)).to.be.at.most(max);
      expect(texWidth * texHeight).to.be.at.least(25 * 300 * 16);
    }
    expect(tileLayout(wide, tile(8, 1, 1), 256)).to.equal(null);
    expect(tileLayout(extents[1], tile(1, 1, 1), 16)).to.include({ texWidth: 11, texHeight: 2 });
    expect(tileLayout(extents[1], tile(1, 1, 1), 17)).to.include({ texWidth: 17, texHeight: 1 });
  });

  it('reads the axes of a shape in either order', () => {
    const extent = { batch: 2, height: 3, width: 5, channels: 7 };
    expect(extentOf([2, 3, 5, 7], 'NHWC')).to.deep.equal(extent);
    expect(extentOf([2, 7, 3, 5], 'NCHW')).to.deep.equal(extent);
    expect(flatStrides(extent, 'NHWC')).to.deep.equal([105, 35, 7, 1]);
    expect(flatStrides(extent, 'NCHW')).to.deep.equal([105, 5, 1, 15]);
    expect(() => extentOf([2, 3], 'NHWC')).to.throw('shape [2,3] has rank 2, not 4');
  });
});

describe('areas of images', () => {
  it('cover the texels of their images, each once, and no others', () => {
    const extent = { batch: 2, height: 3, width: 5, channels: 44 };
    const layout = { ...tileLayout(extent, tile(2, 2, 1), 4096)!, foldShift: 2 };
    const { columns, rows } = layout;
    for (let first = 0; first < 22; first++) {
      for (let count = 1; first + count <= 22; count++) {
        const found = new Map<string, number>();
        const areas = areasOf(layout, first, count);
        expect(areas.length).to.be.at.most(3);
        for (const { x, y, width, height } of areas) {
          for (let i = 0; i < width * height; i++) {
            const place = `${x + (i % width)} ${y + Math.floor(i / width)}`;
            found.set(place, (found.get(place) ?? 0) + 1);
          }
        }
        const wanted = new Map<string, number>();
        for (let image = first; image < first + count; image++) {
          for (let i = 0; i < columns * rows; i++) {
            const x = (image % 4) * columns + (i % columns);
            wanted.set(`${x} ${Math.floor(image / 4) * rows + Math.floor(i / columns)}`, 1);
          }
        }
        expect(new Set(found.keys()), `${count} from ${first} on`).to.deep.equal(
          new Set(wanted.keys()),
        );
        expect(Math.max(...found.values())).to.equal(1);
      }
    }
  });
});

/** Makes a shader with `xAt` of a layout, over textures whose texels are [plane, x, y, 0]. */
function accessShader(layout: TileLayout): Shader {
  const shader = chunkShader({
    samplers: Array.from({ length: layout.planes }, (_, plane) => `x${plane}`),
    layouts: ['x'],
    chunks: [tileAccess('x', layout.tile)],
    isLong: hasLongRows(layout),
  });
  setUniforms(shader, named('x', layoutUniforms(layout)));
  shader.sample = (sampler, u, v) => [
    Number(sampler.slice(1)),
    Math.floor(u * textureSide(layout.texWidth)),
    Math.floor(v * textureSide(layout.texHeight)),
    0,
  ];
  return shader;
}

/** Returns all places of a small tensor, some places of a large one. */
function sampled(extent: Extent) {
  const next = stream(1, JSON.stringify(extent));
  const share = 60 / sizeOf(extent);
  return [...places(extent)].filter(() => next() < share);
}
