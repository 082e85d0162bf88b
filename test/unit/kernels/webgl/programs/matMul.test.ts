import { type Extent, tileName } from '../../../../../kernels/webgl/layout/tile.js';
import { programText } from '../../../../../kernels/webgl/programs/index.js';
import { factorTile } from '../../../../../kernels/webgl/programs/matMul.js';
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
import { extent, wholeNumbers } from './drawOne.js';

/** Matrices of `rows` rows; those of b are batch elements of one line. */
interface Product {
  readonly a: Extent;
  readonly rows: number;
  readonly b: Extent;
  /** Matrices of b for each batch element and each line of a. */
  readonly matrices: readonly [number, number];
}

const products: readonly Product[] = [
  { a: extent(2, 3, 5, 6), rows: 5, b: extent(6, 1, 6, 9), matrices: [3, 1] },
  { a: extent(2, 3, 3, 10), rows: 9, b: extent(2, 1, 10, 5), matrices: [1, 0] },
  { a: extent(2, 3, 3, 5), rows: 9, b: extent(1, 1, 5, 7), matrices: [0, 0] },
];

function expected({ a, rows, b }: Product, x: Float32Array, y: Float32Array) {
  const depth = a.channels;
  const columns = b.channels;
  return Array.from({ length: a.batch * a.height * a.width * columns }, (_, index) => {
    const row = Math.floor(index / columns);
    const matrix = b.batch === 1 ? 0 : Math.floor(row / rows);
    let sum = 0;
    for (let k = 0; k < depth; k++) {
      sum += x[row * depth + k] * y[(matrix * depth + k) * columns + (index % columns)];
    }
    return sum;
  });
}

function layersOf(planes: readonly Texture[]): Texture[] {
  return planes.length > 1 ? [asLayers(planes)] : [...planes];
}

describe('programs of products of two tensors, run in Node', () => {
  for (const tile of tiles) {
    it(`multiply tiles ${tileName(tile)}`, () => {
      for (const product of products) {
        const { a, b, matrices } = product;
        const [x, y] = [wholeNumbers(a, 'a'), wholeNumbers(b, 'b')];
        const out = smallLayout({ ...a, channels: b.channels }, tile);
        const [left, right] = [smallLayout(a, tile), smallLayout(b, factorTile)];
        const byLine = matrices[1] > 0 && tile.h > 1;
        const spec = { family: 'matMul', tile, byLine, steps: [] } as const;
        const uniforms = {
          ...named('a', layoutUniforms(left)),
          ...named('b', layoutUniforms(right)),
          ...named('out', layoutUniforms(out)),
          matrices,
        };
        const size = { width: out.texWidth, height: out.texHeight };
        const operands = [planesOf(x, left), planesOf(y, right)];
        const drawn = runProgram(programText(spec), operands.flat(), uniforms, size);
        expectPlanes(drawn, expected(product, x, y), out, JSON.stringify(product));
        const text = programText(spec, 'layers');
        const again = runProgram(text, operands.flatMap(layersOf), uniforms, size);
        for (const [plane, texture] of drawn.entries()) {
          expectTexture(again[plane], texture, `from layers, plane ${plane}`);
        }
      }
    });
  }
});
