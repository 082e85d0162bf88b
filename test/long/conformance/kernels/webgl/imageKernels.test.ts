/** Tests of pooling and resizing in planes of many shapes; stock compiles programs for each. */
import {
  boundOf,
  equalsStock,
  type Kernel,
  pools,
  resizes,
  shapes,
} from '../../../../conformance/kernels/webgl/imageKernels.js';
import { tf } from '../../../../support/setup.js';

describe('pooling in planes of other shapes', () => {
  for (const shape of shapes.slice(1)) {
    for (const [name, kernel] of Object.entries(pools)) {
      it(`equals stock: ${name} of [${shape}]`, () =>
        equalsStock(kernel, shape, 'cpu', boundOf(name)));
    }
  }
});

describe('resizing in planes of other shapes', () => {
  for (const shape of shapes.slice(1)) {
    for (const [name, kernel] of Object.entries(resizes)) {
      it(`equals stock: ${name} of [${shape}]`, () => equalsStock(kernel, shape, 'webgl'));
    }
  }

  // On the edge between two pixels float32 rounding decides, as it does in stock webgl.
  for (const pixels of [3, 6, 7, 11, 14, 21, 29, 49]) {
    it(`takes the same nearest pixels as stock webgl, ${pixels} across`, async () => {
      for (const [align, half] of [
        [false, false],
        [true, false],
        [false, true],
      ]) {
        const kernel: Kernel = (x) =>
          tf.image.resizeNearestNeighbor(x, [pixels, pixels], align, half);
        await equalsStock(kernel, [1, 21, 9, 4], 'webgl');
      }
    });
  }
});
