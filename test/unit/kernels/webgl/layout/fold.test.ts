import { expect } from 'chai';
import { fold } from '../../../../../kernels/webgl/layout/fold.js';

describe('the fold of images in a plane', () => {
  it('holds every image once, within the largest texture', () => {
    for (const [columns, rows, images] of [
      [1, 1, 1],
      [7, 4, 128],
      [56, 28, 33],
      [1, 1, 5000],
      [200, 3, 7],
    ]) {
      for (const size of [256, 1024, 8192]) {
        const found = fold(columns, rows, images, size);
        if (found === null) continue;
        const across = Math.min(images, 2 ** found.foldShift);
        expect(found.texWidth).to.equal(columns * across);
        expect(found.texHeight).to.equal(rows * Math.ceil(images / across));
        expect(Math.max(found.texWidth, found.texHeight)).to.be.at.most(size);
      }
    }
  });

  it('is null only when no texture is large enough', () => {
    expect(fold(256, 256, 1, 256)).to.include({ texWidth: 256, texHeight: 256 });
    expect(fold(257, 1, 1, 256)).to.equal(null);
    expect(fold(1, 257, 1, 256)).to.equal(null);
    expect(fold(256, 256, 2, 256)).to.equal(null);
    expect(fold(16, 16, 257, 256)).to.equal(null);
  });

  it('fills at least four bins of 64x64 texels, one for each thread', () => {
    for (const [columns, rows, images] of [
      [4, 7, 64],
      [7, 14, 32],
      [4, 4, 64],
    ]) {
      const { texWidth, texHeight } = fold(columns, rows, images, 8192)!;
      expect(Math.ceil(texWidth / 64) * Math.ceil(texHeight / 64)).to.be.at.least(4);
    }
  });

  it('leaves few texels unused in the 2x2 quads at its edges', () => {
    for (const [columns, rows, images] of [
      [4, 7, 64],
      [7, 14, 32],
      [3, 5, 256],
    ]) {
      const { texWidth, texHeight } = fold(columns, rows, images, 8192)!;
      const shaded = 4 * Math.ceil(texWidth / 2) * Math.ceil(texHeight / 2);
      expect(shaded / (columns * rows * images)).to.be.at.most(1.15);
    }
  });
});
