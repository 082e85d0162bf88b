import { tileName } from '../../../../../kernels/webgl/layout/tile.js';
import { programText } from '../../../../../kernels/webgl/programs/index.js';
import { overChannels } from '../../../../../kernels/webgl/programs/softmax.js';
import { sweptTile } from '../../../../../kernels/webgl/programs/sweep.js';
import { layoutUniforms } from '../../../../../src/webgl/context/operands.js';
import { runProgram, type Texture } from '../../../../support/glsl/glslRun.js';
import {
  asLayers,
  expectPlanes,
  expectTexture,
  planesOf,
  smallLayout,
  tiles,
} from '../../../../support/glsl/glslTensors.js';
import { named } from '../../../../support/named.js';
import { softmaxOfExact } from '../../../../support/rounding.js';
import { drawOne, extent, wholeNumbers } from './drawOne.js';
import { sweptGroups } from './someAxes.js';

const extents = [extent(1, 3, 7, 3), extent(2, 4, 5, 9), extent(3, 1, 1, 17)];

function layersOf(planes: readonly Texture[]): Texture[] {
  return planes.length > 1 ? [asLayers(planes)] : [...planes];
}

describe('programs of softmax, run in Node', () => {
  for (const tile of tiles) {
    it(`compute it over the channels of tiles ${tileName(tile)}`, () => {
      for (const from of extents) {
        const x = wholeNumbers(from, 'x', 0.01).map((v, i) =>
          i % 61 === 0 ? Number.POSITIVE_INFINITY : i % 19 === 0 ? Number.NEGATIVE_INFINITY : v / 4,
        );
        const terms = {
          extent: { ...from, channels: 2 },
          tile: sweptTile(tile, overChannels),
        };
        const spec = { family: 'softmaxTerms', in: tile } as const;
        const drawn = drawOne(spec, x, { extent: from, tile }, terms, {});
        const layout = smallLayout(from, tile);
        const uniforms = {
          ...named('x', layoutUniforms(layout)),
          ...named('out', layoutUniforms(layout)),
          ...named('terms', layoutUniforms(smallLayout(terms.extent, terms.tile))),
        };
        const size = { width: layout.texWidth, height: layout.texHeight };
        const last = { family: 'softmax', tile } as const;
        const planes = planesOf(x, layout);
        const result = runProgram(programText(last), [...planes, ...drawn], uniforms, size);
        const wanted = sweptGroups(x, from, overChannels).flatMap(softmaxOfExact);
        expectPlanes(
          result,
          wanted.map(({ value }) => value),
          layout,
          JSON.stringify(from),
          { bounds: wanted.map(({ bound }) => bound) },
        );
        const inLayers = [...layersOf(planes), ...layersOf(drawn)];
        const again = runProgram(programText(last, 'layers'), inLayers, uniforms, size);
        for (const [plane, texture] of result.entries()) {
          expectTexture(again[plane], texture, `from layers, plane ${plane}`);
        }
      }
    });
  }
});
