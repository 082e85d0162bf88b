import { type Extent, tileName } from '../../../../../kernels/webgl/layout/tile.js';
import { programText } from '../../../../../kernels/webgl/programs/index.js';
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

/** Matrices of `rows` rows; `b` is where the rows of its matrices are. */
interface Product {
  readonly a: Extent;
  readonly rows: number;
  readonly b: Extent;
  readonly transposed: boolean;
  /** True if all matrices of a have the same factor. */
  readonly shared?: true;
}

const products: readonly Product[] = [
  { a: extent(2, 3, 5, 6), rows: 5, b: extent(2, 3, 7, 6), transposed: true },
  { a: extent(2, 3, 5, 6), rows: 5, b: extent(2, 3, 6, 9), transposed: false },
  { a: extent(2, 3, 3, 5), rows: 9, b: extent(2, 2, 7, 5), transposed: true },
  { a: extent(2, 3, 3, 6), rows: 9, b: extent(1, 2, 3, 5), transposed: false, shared: true },
];

function rowsOf({ height, width, batch }: Extent, matrices: number): number {
  return (batch * height * width) / matrices;
}

function expected({ a, rows, b, transposed, shared }: Product, x: Float32Array, y: Float32Array) {
  const matrices = rowsOf(a, 1) / rows;
  const depth = a.channels;
  const ofB = rowsOf(b, shared ? 1 : matrices);
  const columns = transposed ? ofB : b.channels;
  return Array.from({ length: matrices * rows * columns }, (_, index) => {
    const row = Math.floor(index / columns);
    const column = index % columns;
    const first = shared ? 0 : Math.floor(row / rows) * ofB;
    let sum = 0;
    for (let k = 0; k < depth; k++) {
      const place = transposed ? (first + column) * depth + k : (first + k) * columns + column;
      sum += x[row * depth + k] * y[place];
    }
    return sum;
  });
}

function layersOf(planes: readonly Texture[]): Texture[] {
  return planes.length > 1 ? [asLayers(planes)] : [...planes];
}

describe('programs of products of two tensors, run in Node', () => {
  for (const [i, tile] of tiles.entries()) {
    const other = tiles[(i + 3) % tiles.length];
    it(`multiply tiles ${tileName(tile)} by tiles ${tileName(other)}`, () => {
      for (const product of products) {
        const { a, rows, b, transposed, shared } = product;
        const [x, y] = [wholeNumbers(a, 'a'), wholeNumbers(b, 'b')];
        const matrices = rowsOf(a, 1) / rows;
        const ofB = rowsOf(b, shared ? 1 : matrices);
        const out = smallLayout({ ...a, channels: transposed ? ofB : b.channels }, tile);
        const [left, right] = [smallLayout(a, tile), smallLayout(b, other)];
        const byLine = rows === a.width && tile.h > 1;
        const spec = { family: 'matMul', tile, b: other, transposed, byLine } as const;
        const uniforms = {
          ...named('a', layoutUniforms(left)),
          ...named('b', layoutUniforms(right)),
          ...named('out', layoutUniforms(out)),
          rows: [rows, ofB, shared ? 0 : 1],
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
