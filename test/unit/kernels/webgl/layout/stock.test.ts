import { expect } from 'chai';
import {
  locateFlat,
  packedRowsColumns,
  type StockLayout,
} from '../../../../../kernels/webgl/layout/stock.js';
import { stockAccess } from '../../../../../kernels/webgl/layout/stockAccess.glsl.js';
import { chunkShader, setUniforms } from '../../../../support/glsl/glslRun.js';

describe('the stock layouts', () => {
  const shapes = [[7], [3, 5], [2, 3, 5], [2, 3, 5, 3], [2, 1, 4, 6], [1, 1]];
  for (const form of ['unpacked', 'packed'] as const) {
    it(`give every value its own place, the same in GLSL: ${form}`, () => {
      for (const shape of shapes) {
        for (const texWidth of [1, 4, 7]) {
          for (const offset of form === 'packed' ? [0] : [0, 1, 6]) {
            compareStock(shape, { form, texWidth, offset, ...rowsAndColumns(shape) });
          }
        }
      }
    });
  }

  it('put 2 rows and 2 columns in a packed texel', () => {
    const layout = { form: 'packed', texWidth: 2, rows: 3, columns: 3, offset: 0 } as const;
    const at = (row: number, column: number) => locateFlat(layout, row * 3 + column);
    expect(at(1, 0)).to.deep.equal({ texX: 0, texY: 0, lane: 2 });
    expect(at(0, 2)).to.deep.equal({ texX: 1, texY: 0, lane: 0 });
    expect(at(5, 2)).to.deep.equal({ texX: 1, texY: 3, lane: 0 });
  });
});

function rowsAndColumns(shape: readonly number[]) {
  const [rows, columns] = packedRowsColumns(shape);
  return { rows, columns };
}

function compareStock(shape: readonly number[], layout: StockLayout): void {
  const { form, texWidth, rows, columns, offset } = layout;
  const shader = chunkShader({ samplers: ['stock'], layouts: [], chunks: [stockAccess(form)] });
  setUniforms(shader, { stockLayout: [texWidth, rows, columns, offset] });
  shader.fetch = (_sampler, x, y) => [0, 1, 2, 3].map((lane) => (y * texWidth + x) * 4 + lane);
  const seen = new Set<number>();
  for (let flat = 0; flat < shape.reduce((a, b) => a * b); flat++) {
    const { texX, texY, lane } = locateFlat(layout, flat);
    const place = (texY * texWidth + texX) * 4 + lane;
    expect(texX).to.be.within(0, texWidth - 1);
    expect(shader.run('stockAt', flat), `[${shape}] ${JSON.stringify(layout)}`).to.equal(place);
    seen.add(place);
  }
  expect(seen.size).to.equal(shape.reduce((a, b) => a * b));
}
