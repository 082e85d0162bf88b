/** Tests of placements of results: the extent, the tile, and what is left to stock. */
import { expect } from 'chai';
import type { DataFormat } from '../../../../../kernels/shape/convShape.js';
import {
  extentFor,
  fittingTile,
  placementFor,
} from '../../../../../kernels/webgl/layout/placing.js';
import { type Placement, tileLayout } from '../../../../../kernels/webgl/layout/tile.js';
import { tile } from '../../../../support/glsl/glslTensors.js';

const limits = { maxTextureSize: 64 };

function place(format: DataFormat): Placement {
  const extent = { batch: 2, height: 6, width: 10, channels: 16 };
  return { layout: tileLayout(extent, tile(2, 2, 2), 4096)!, format };
}

const sizes = (shape: readonly number[], format: DataFormat) => {
  const { batch, height, width, channels } = extentFor(shape, place(format));
  return [batch, height, width, channels];
};

describe('extents of results', () => {
  it('are the axes of the format, and images again where there are as many pixels', () => {
    expect(sizes([3, 4, 5, 6], 'NHWC')).to.deep.equal([3, 4, 5, 6]);
    expect(sizes([3, 4, 5, 6], 'NCHW')).to.deep.equal([3, 5, 6, 4]);
    expect(sizes([2, 60, 8], 'NHWC')).to.deep.equal([2, 6, 10, 8]);
    expect(sizes([2, 8, 60], 'NCHW')).to.deep.equal([2, 6, 10, 8]);
    expect(sizes([2, 7, 8], 'NHWC')).to.deep.equal([2, 1, 7, 8]);
    expect(sizes([2, 3, 4, 5, 6], 'NHWC')).to.deep.equal([2, 3, 4, 30]);
    expect(sizes([2, 3, 4, 5, 6], 'NCHW')).to.deep.equal([2, 5, 6, 12]);
    expect(sizes([8], 'NHWC')).to.deep.equal([1, 1, 1, 8]);
    expect(sizes([], 'NHWC')).to.deep.equal([1, 1, 1, 1]);
  });
});

describe('tiles of results', () => {
  const extent = (height: number, width: number, channels: number) => ({
    batch: 1,
    height,
    width,
    channels,
  });

  it('are those of the input, unless they would be mostly empty', () => {
    expect(fittingTile(extent(7, 9, 24), tile(4, 2, 1))).to.deep.equal(tile(4, 2, 1));
    expect(fittingTile(extent(8, 8, 4), tile(2, 2, 2))).to.deep.equal(tile(4, 2, 1));
    expect(fittingTile(extent(1, 1, 64), tile(4, 2, 1))).to.deep.equal(tile(1, 1, 8));
  });

  it('are none where the result is empty, large, or has few channels', () => {
    expect(placementFor([1, 0, 8, 8], place('NHWC'), limits)).to.equal(null);
    expect(placementFor([1, 64, 4096, 8], place('NHWC'), limits)).to.equal(null);
    expect(placementFor([1, 60, 60, 1], place('NHWC'), limits)).to.equal(null);
    expect(placementFor([1, 60, 60, 3], place('NHWC'), limits)).to.not.equal(null);
  });

  it('are one pixel of a long column', () => {
    for (const shape of [
      [1, 900, 1],
      [900, 1],
    ]) {
      const { layout, format } = placementFor(shape, place('NHWC'), limits)!;
      expect([layout.height, layout.width, layout.channels, format]).to.deep.equal([
        1,
        1,
        900,
        'NHWC',
      ]);
      expect(layout.tile).to.deep.equal(tile(1, 1, 1));
    }
    expect(placementFor([1, 450, 4], place('NHWC'), limits)!.layout.width).to.equal(450);
  });
});
