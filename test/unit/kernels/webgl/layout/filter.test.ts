import { expect } from 'chai';
import {
  type FilterLayout,
  filterLayout,
  locateWeight,
} from '../../../../../kernels/webgl/layout/filter.js';
import { type ProgramSpec, programText } from '../../../../../kernels/webgl/programs/index.js';
import { filterUniforms } from '../../../../../src/webgl/context/operands.js';
import { textureSide } from '../../../../../src/webgl/device/planeSets.js';
import { Shader } from '../../../../support/glsl/glsl.js';
import { setUniforms } from '../../../../support/glsl/glslRun.js';
import { smallFilterLayout, tile } from '../../../../support/glsl/glslTensors.js';
import { named } from '../../../../support/named.js';

describe('the filter layout', () => {
  const shapes: [number, number, number, number][] = [
    [1, 1, 1, 1],
    [3, 3, 3, 8],
    [1, 2, 17, 5],
    [2, 4, 40, 13],
  ];

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
    rowTurns: [1, 0],
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
