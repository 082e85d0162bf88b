import { expect } from 'chai';
import { type ProgramSpec, programText } from '../../kernels/webgl/programs/index.js';
import { type FilterLayout, filterLayout, locateWeight } from '../../src/layout/filter.js';
import { Shader } from './glsl.js';
import { setUniforms } from './glslRun.js';
import { smallFilterLayout, tile } from './glslTensors.js';

describe('the filter layout', () => {
  const shapes: [number, number, number, number][] = [
    [1, 1, 1, 1],
    [3, 3, 3, 8],
    [1, 2, 17, 5],
    [2, 4, 40, 13],
  ];

  it('gives every weight a place of its own, the same in GLSL, in one block and in more', () => {
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

  it('is null where no texture is large enough', () => {
    expect(filterLayout([3, 3, 4, 4], 1, 1, 12)).to.include({ texWidth: 12, texHeight: 3 });
    expect(filterLayout([3, 3, 4, 4], 1, 1, 11)).to.equal(null);
    expect(filterLayout([1, 1, 64, 64], 1, 1, 15)).to.equal(null);
    expect(filterLayout([1, 1, 64, 64], 1, 1, 32)).to.include({ texWidth: 32, texHeight: 32 });
  });
});

/** Its text has the function `weightsAt`, which no uniform of the tensors changes. */
const conv: ProgramSpec = {
  family: 'conv2d',
  in: tile(1, 1, 1),
  out: tile(1, 1, 1),
  filterWidth: 1,
  strideWidth: 1,
  dilationWidth: 1,
  padPhase: 0,
  activation: 'linear',
  bias: false,
};

function compareFilter(shader: Shader, layout: FilterLayout): void {
  const { filterHeight, filterWidth, inChannels, outChannels, texWidth, texHeight } = layout;
  setUniforms(shader, {
    weightsLayout: [layout.shift, layout.blocks],
    rowGeometry: [filterHeight, 1, 1, 0],
    padColumns: 0,
    ...Object.fromEntries(
      ['x', 'out'].flatMap((name) => [
        [`${name}Layout.extent`, [1, 1, 1, 1]],
        [`${name}Layout.grid`, [1, 1, 1, 0]],
      ]),
    ),
  });
  const seen = new Set<string>();
  for (let fy = 0; fy < filterHeight; fy++) {
    for (let fx = 0; fx < filterWidth; fx++) {
      for (let ic = 0; ic < inChannels; ic++) {
        for (let oc = 0; oc < outChannels; oc++) {
          const { texX, texY, lane } = locateWeight(layout, fy, fx, ic, oc);
          const args = [Math.floor(oc / 4), fy, Math.floor(ic / 4), filterWidth];
          // A program goes on from here by 4 texels a column and one a lane of the input.
          const [x, y] = shader.run('weightsAt', ...args) as readonly number[];
          expect([x + 4 * fx + (ic % 4), y]).to.deep.equal([texX, texY]);
          expect(texX).to.be.within(0, texWidth - 1);
          expect(texY).to.be.within(0, texHeight - 1);
          seen.add(`${texX} ${texY} ${lane}`);
        }
      }
    }
  }
  expect(seen.size).to.equal(filterHeight * filterWidth * inChannels * outChannels);
}
