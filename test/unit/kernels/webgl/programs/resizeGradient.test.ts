import { type Tile, tileName } from '../../../../../kernels/webgl/layout/tile.js';
import { resizeUniforms } from '../../../../../kernels/webgl/resize.js';
import { layoutUniforms } from '../../../../../src/webgl/context/operands.js';
import { expectPlanes, smallLayout, tile } from '../../../../support/glsl/glslTensors.js';
import { named } from '../../../../support/named.js';
import {
  describeResizing,
  type Resizing,
  resizeGradientOracle,
} from '../../../../support/resizeOracle.js';
import { drawOne, extent, wholeNumbers } from './drawOne.js';

/** Sizes: up, down, to and from one pixel, rounded past a pixel by float32, and unchanged. */
const sizes = [
  [3, 5, 6, 10],
  [5, 9, 3, 4],
  [4, 3, 1, 1],
  [1, 1, 3, 4],
  [1, 4, 5, 2],
  [2, 2, 1, 82],
  [3, 2, 3, 2],
].map(([height, width, outHeight, outWidth]) => ({
  from: [height, width] as const,
  to: [outHeight, outWidth] as const,
}));

function check(r: Resizing, inTiles: Tile): void {
  const from = extent(r.batch, ...r.to, r.channels);
  const to = extent(r.batch, ...r.from, r.channels);
  // A NaN goes to the pixel that its own pixel was made from, and nowhere else.
  const dy = wholeNumbers(from, 'dy', r.method === 'nearest' ? 0.05 : 0);
  const { ratio, roundBase } = resizeUniforms(r.from, r.to, r.alignCorners);
  const { method, halfPixelCenters } = r;
  const drawn = drawOne(
    { family: 'resizeGradient', method, halfPixelCenters, tile: inTiles },
    dy,
    { extent: from, tile: inTiles },
    { extent: to, tile: inTiles },
    {
      ratio: ratio.map(Math.fround),
      roundBase,
      ...named('dy', layoutUniforms(smallLayout(from, inTiles))),
    },
  );
  const { values, bounds } = resizeGradientOracle(r, dy, 'float32');
  const layout = smallLayout(to, inTiles);
  expectPlanes(drawn, values, layout, `${describeResizing(r)} in ${tileName(inTiles)}`, {
    // Sums of whole numbers are exact.
    bounds: r.method === 'nearest' ? undefined : bounds,
  });
}

describe('programs of the gradients of resized images, run in Node', () => {
  for (const method of ['bilinear', 'nearest'] as const) {
    for (const alignCorners of [false, true]) {
      for (const halfPixelCenters of [false, true]) {
        const how = [alignCorners ? 'aligned corners' : '', halfPixelCenters ? 'half pixels' : ''];
        it(`${method}, ${how.filter(Boolean).join(', ') || 'plain'}`, () => {
          for (const size of sizes) {
            const r = { method, batch: 2, channels: 6, ...size, alignCorners, halfPixelCenters };
            for (const inTiles of [tile(2, 2, 1), tile(4, 1, 2)]) check(r, inTiles);
          }
        });
      }
    }
  }
});
