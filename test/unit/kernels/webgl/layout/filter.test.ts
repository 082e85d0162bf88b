import { expect } from 'chai';
import {
  blockSizes,
  depthwiseBlockLayout,
  type FilterLayout,
  filterBlockLayout,
  filterLayout,
  groupBytes,
  locateWeight,
} from '../../../../../kernels/webgl/layout/filter.js';
import {
  blockTurns,
  filterBlockGlsl,
} from '../../../../../kernels/webgl/layout/filterBlock.glsl.js';
import { depthwiseValues, filterValues } from '../../../../../kernels/webgl/layout/pack.js';
import { type ProgramSpec, programText } from '../../../../../kernels/webgl/programs/index.js';
import { filterUniforms } from '../../../../../src/webgl/context/operands.js';
import { textureSide } from '../../../../../src/webgl/device/planeSets.js';
import { Shader } from '../../../../support/glsl/glsl.js';
import { setUniforms } from '../../../../support/glsl/glslRun.js';
import { smallFilterLayout, tile } from '../../../../support/glsl/glslTensors.js';
import { named } from '../../../../support/named.js';

type FilterShape = [filterHeight: number, filterWidth: number, inChannels: number, out: number];

const shapes: readonly FilterShape[] = [
  [1, 1, 1, 1],
  [3, 3, 3, 8],
  [1, 2, 17, 5],
  [2, 4, 40, 13],
];

describe('the layout of a depthwise filter in uniform blocks', () => {
  const packing = (outTileSlices: number, block: number, filterRows: number, biased = false) => ({
    outTileSlices,
    block,
    filterRows,
    biased,
  });

  it('has all slices in one part where a block has room', () => {
    const layout = depthwiseBlockLayout([3, 3, 30], packing(2, 4096, 3))!;
    expect(layout).to.deep.include({ taps: 9, slices: 8, partSlices: 8, parts: 1, mask: -1 });
    expect(layout.stride).to.equal(8 * 9 * 16);
  });

  it('else has a power of two, and a mask that finds a slice in its part', () => {
    const layout = depthwiseBlockLayout([3, 3, 133], packing(1, 4096, 3))!;
    expect(layout).to.deep.include({ slices: 34, partSlices: 16, parts: 3, mask: 15 });
    expect(layout.stride).to.equal(16 * 9 * 16);
    expect(depthwiseBlockLayout([5, 5, 672], packing(1, 65536, 5))).to.include({
      partSlices: 128,
      parts: 2,
    });
  });

  it('is none where a part would have few slices', () => {
    expect(depthwiseBlockLayout([5, 5, 100], packing(1, 4096, 5))).to.equal(null);
    expect(depthwiseBlockLayout([17, 17, 4], packing(1, 4096, 17))).to.equal(null);
    expect(depthwiseBlockLayout([16, 16, 4], packing(1, 4096, 16))).to.include({
      parts: 1,
      stride: 4096,
    });
  });

  it('gives every weight its own place, slice by slice and tap by tap', () => {
    const [height, width, channels] = [2, 3, 10];
    const layout = depthwiseBlockLayout([height, width, channels], packing(2, 4096, 1))!;
    const values = Float32Array.from({ length: height * width * channels }, (_, i) => i + 1);
    const texels = depthwiseValues(values, layout);
    expect(texels).to.have.length(4 * 4 * 6);
    for (let tap = 0; tap < 6; tap++) {
      for (let channel = 0; channel < 16; channel++) {
        const slice = Math.floor(channel / 4);
        const weight = channel < channels ? values[tap * channels + channel] : 0;
        expect(texels[(slice * 6 + tap) * 4 + (channel % 4)]).to.equal(weight);
      }
    }
  });

  it('has the bias of a slice after the weights of its first turn, and no negative zero', () => {
    const [height, width, channels] = [4, 3, 6];
    for (const [filterRows, texels] of [
      [4, 13],
      [2, 14],
      [1, 16],
    ]) {
      const layout = depthwiseBlockLayout(
        [height, width, channels],
        packing(1, 4096, filterRows, true),
      )!;
      expect(layout).to.include({ slices: 2, stride: 2 * texels * 16 });
      const weights = Float32Array.from({ length: height * width * channels }, (_, i) => i + 1);
      const bias = [-1, -2, -0, -4, -5, Number.NaN];
      const packed = depthwiseValues(weights, layout, bias);
      for (let channel = 0; channel < channels; channel++) {
        const at = (texel: number) => packed[((channel >> 2) * texels + texel) * 4 + (channel & 3)];
        const taps = Array.from(
          { length: height * width },
          (_, tap) => weights[tap * channels + channel],
        );
        const turns = Array.from({ length: height / filterRows }, (_, turn) =>
          taps.slice(turn * filterRows * width, (turn + 1) * filterRows * width),
        );
        const found = Array.from({ length: texels }, (_, texel) => at(texel));
        const expected = turns.flatMap((of, turn) => [...of, turn === 0 ? bias[channel] + 0 : 0]);
        expect(found).to.deep.equal(expected);
      }
    }
  });
});

describe('the filter layout', () => {
  it('gives every weight its own place, the same in GLSL, in one block and in several', () => {
    const shader = new Shader(programText(conv).fragment);
    let blocks = 0;
    for (const shape of shapes) {
      for (const [inSlices, outSlices] of [
        [1, 1],
        [4, 1],
        [1, 2],
        [2, 8],
      ]) {
        for (const layout of [
          filterLayout(shape, inSlices, outSlices, 4096)!,
          smallFilterLayout(shape, inSlices, outSlices),
        ]) {
          blocks = Math.max(blocks, layout.blocks);
          compareFilter(shader, layout);
        }
      }
    }
    expect(blocks).to.be.above(3);
  });

  it('is null when no texture is large enough', () => {
    expect(filterLayout([3, 3, 4, 4], 1, 1, 36)).to.include({ texWidth: 36, texHeight: 1 });
    expect(filterLayout([3, 3, 4, 4], 1, 1, 35)).to.equal(null);
    expect(filterLayout([1, 1, 64, 64], 1, 1, 15)).to.equal(null);
    expect(filterLayout([1, 1, 64, 64], 1, 1, 32)).to.include({ texWidth: 32, texHeight: 32 });
  });
});

/** Yields layouts in blocks of filters, programs and devices of several kinds. */
function* blockLayouts() {
  for (const shape of [...shapes, [3, 1, 20, 33] as FilterShape]) {
    for (const [inSlices, outSlices] of [
      [1, 1],
      [2, 1],
      [1, 4],
      [4, 2],
      [1, 8],
    ]) {
      for (const alignment of [16, 32, 256]) {
        const layout = filterBlockLayout(shape, inSlices, outSlices, alignment);
        const bytes = groupBytes(shape, inSlices, outSlices);
        yield { shape, inSlices, outSlices, alignment, layout, bytes };
      }
    }
  }
}

describe('the layout of a filter in uniform blocks', () => {
  it('begins each group of output slices at a multiple of the alignment, the next that has room', () => {
    let wasted = 0;
    for (const { shape, outSlices, alignment, layout, bytes } of blockLayouts()) {
      const stride = 16 * layout.texWidth;
      expect(stride % alignment).to.equal(0);
      expect(stride - bytes).to.be.within(0, alignment - 1);
      wasted += stride - bytes;
      expect(layout.texHeight).to.equal(Math.ceil(shape[3] / (4 * outSlices)));
    }
    expect(wasted).to.be.above(0);
  });

  it('has all weights of a group in its bytes, with the slices that fill up an input tile', () => {
    expect(groupBytes([3, 3, 16, 8], 1, 1)).to.equal(4 * 9 * 4 * 16);
    expect(groupBytes([3, 3, 16, 8], 1, 2)).to.equal(2 * 4 * 9 * 4 * 16);
    expect(groupBytes([3, 3, 17, 8], 4, 1)).to.equal(8 * 9 * 4 * 16);
    for (const { shape, inSlices, outSlices, layout, bytes } of blockLayouts()) {
      const [filterHeight, filterWidth, inChannels, outChannels] = shape;
      for (let ic = 0; ic < inChannels; ic++) {
        for (let oc = 0; oc < outChannels; oc++) {
          const last = locateWeight(layout, filterHeight - 1, filterWidth - 1, ic, oc);
          const group = Math.floor(oc / 4 / outSlices);
          if (16 * (last.texX + 1) <= bytes && last.texY === group) continue;
          expect.fail(`weight ${ic}, ${oc} of [${shape}] is at ${last.texX}, ${last.texY}`);
        }
      }
      // Programs read the weights of all slices of a tile, also of those past the last channel.
      const slices = Math.ceil(inChannels / 4 / inSlices) * inSlices;
      const end = locateWeight(
        { ...layout, shift: 16 },
        filterHeight - 1,
        filterWidth - 1,
        4 * slices - 1,
        4 * outSlices - 1,
      );
      expect(16 * (end.texX + 1)).to.equal(bytes);
    }
  });

  it('is filled weight by weight where it locates them, with zeros everywhere else', () => {
    for (const { shape, layout } of blockLayouts()) {
      const [filterHeight, filterWidth, inChannels, outChannels] = shape;
      const size = filterHeight * filterWidth * inChannels * outChannels;
      const values = Float32Array.from({ length: size }, (_, i) => i + 1);
      const wanted = new Float32Array(4 * layout.texWidth * layout.texHeight);
      const rotated = wanted.slice();
      for (let flat = 0; flat < size; flat++) {
        const oc = flat % outChannels;
        const ic = Math.floor(flat / outChannels) % inChannels;
        const tap = Math.floor(flat / outChannels / inChannels);
        const [fy, fx] = [Math.floor(tap / filterWidth), tap % filterWidth];
        const { texX, texY, lane } = locateWeight(layout, fy, fx, ic, oc);
        const at = 4 * (texY * layout.texWidth + texX) + lane;
        wanted[at] = values[flat];
        const opposite = filterHeight * filterWidth - 1 - tap;
        rotated[at] = values[(opposite * outChannels + oc) * inChannels + ic];
      }
      expect(filterValues(values, layout, false)).to.deep.equal(wanted);
      expect(filterValues(values, layout, true)).to.deep.equal(rotated);
    }
  });

  it('has the weights of a turn in the order in which programs number them', () => {
    for (const { shape, layout, outSlices } of blockLayouts()) {
      const [filterHeight, filterWidth, inChannels, outChannels] = shape;
      for (const rows of [1, filterHeight]) {
        const turns = filterHeight / rows;
        const texels = rows * filterWidth * outSlices * 4;
        for (let ic = 0; ic < inChannels; ic += 3) {
          for (let fy = 0; fy < filterHeight; fy++) {
            const { texX } = locateWeight(layout, fy, filterWidth - 1, ic, outChannels - 1);
            const turn = Math.floor(ic / 4) * turns + Math.floor(fy / rows);
            const tap = (fy % rows) * filterWidth + filterWidth - 1;
            const q = Math.floor((outChannels - 1) / 4) % outSlices;
            expect(texX).to.equal(turn * texels + (tap * outSlices + q) * 4 + (ic % 4));
          }
        }
      }
    }
  });

  it('is declared in no more bytes than the block has', () => {
    for (const bytes of blockSizes) {
      for (const texels of [4, 12, 36, 288]) {
        const declared = /texels\[(\d+)\].*weightTurns\[(\d+)\]/s.exec(
          filterBlockGlsl(bytes, texels),
        )!;
        const [ofATurn, turns] = declared.slice(1).map(Number);
        expect([ofATurn, turns]).to.deep.equal([texels, blockTurns(bytes, texels)]);
        expect(bytes - 16 * ofATurn * turns).to.be.within(0, 16 * texels - 1);
      }
    }
  });
});

/** Spec whose text has the function `weightsAt`, which no uniform of the tensors changes. */
const conv: ProgramSpec = {
  family: 'conv2d',
  lanes: 4,
  in: tile(1, 1, 1),
  out: tile(1, 1, 1),
  filterWidth: 1,
  filterRows: 1,
  loop: false,
  strideWidth: 1,
  strideHeight: 1,
  dilationWidth: 1,
  dilationHeight: 1,
  padPhaseX: 0,
  padPhaseY: 0,
  steps: [],
};

function compareFilter(shader: Shader, layout: FilterLayout): void {
  const { filterHeight, filterWidth, inChannels, outChannels, outTileSlices } = layout;
  const { texWidth, texHeight } = layout;
  setUniforms(shader, {
    ...named('weights', filterUniforms(layout)),
    tileStep: [1, 1],
    padTiles: [0, 0],
    rowTurns: [1, 0, 0],
    ...Object.fromEntries(
      ['x', 'out'].flatMap((name) => [
        [`${name}Layout.extent`, [1, 1, 1, 1]],
        [`${name}Layout.grid`, [1, 1, 1, 0]],
        [`${name}Layout.texel`, [1, 1]],
        [`${name}Layout.inverse`, [1, 1]],
      ]),
    ),
  });
  const seen = new Set<string>();
  for (let fy = 0; fy < filterHeight; fy++) {
    for (let fx = 0; fx < filterWidth; fx++) {
      for (let ic = 0; ic < inChannels; ic++) {
        for (let oc = 0; oc < outChannels; oc++) {
          const { texX, texY, lane } = locateWeight(layout, fy, fx, ic, oc);
          const outGroup = Math.floor(oc / 4 / outTileSlices);
          const [u, v] = shader.run('weightsAt', outGroup, Math.floor(ic / 4)) as readonly number[];
          // A program continues from here in the order of taps, output slices and lanes.
          const q = Math.floor(oc / 4) % outTileSlices;
          const later = ((fy * filterWidth + fx) * outTileSlices + q) * 4 + (ic % 4);
          expect(u * textureSide(texWidth) - 0.5 + later).to.be.closeTo(texX, 0.01);
          expect(v * textureSide(texHeight) - 0.5).to.be.closeTo(texY, 0.01);
          expect(texX).to.be.within(0, texWidth - 1);
          expect(texY).to.be.within(0, texHeight - 1);
          seen.add(`${texX} ${texY} ${lane}`);
        }
      }
    }
  }
  expect(seen.size).to.equal(filterHeight * filterWidth * inChannels * outChannels);
}
