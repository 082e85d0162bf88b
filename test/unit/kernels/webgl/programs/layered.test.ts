import { expect } from 'chai';
import { tileLayout } from '../../../../../kernels/webgl/layout/tile.js';
import { type ProgramSpec, programText } from '../../../../../kernels/webgl/programs/index.js';
import { layered } from '../../../../../kernels/webgl/programs/layered.js';
import { layoutUniforms } from '../../../../../src/webgl/context/operands.js';
import { runProgram, type Texture } from '../../../../support/glsl/glslRun.js';
import { planesOf, tile } from '../../../../support/glsl/glslTensors.js';
import { named } from '../../../../support/named.js';
import { wholeNumbers } from './drawOne.js';

const extent = { batch: 2, height: 5, width: 7, channels: 9 };

const specs: Record<string, ProgramSpec> = {
  'element by element': {
    family: 'elementwise',
    tile: tile(4, 2, 1),
    steps: [{ op: 'add', operand: 'same', swapped: false }],
  },
  'with planes chosen at run time': { family: 'retile', in: tile(4, 2, 1), out: tile(2, 2, 2) },
};

/** Returns one texture with the planes as its layers. */
function asLayers(planes: readonly Texture[]): Texture {
  const [{ width, height, data }] = planes;
  const all = new Float32Array(planes.length * data.length);
  for (const [layer, plane] of planes.entries()) all.set(plane.data, layer * data.length);
  return { width, height, data: all };
}

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
