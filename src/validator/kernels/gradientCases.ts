/** Cases of gradients of kernels. Batches of several pictures are where indices go wrong. */
import type { KernelRows } from './elementwiseRows.js';
import { operandNames } from './kernelCase.js';
import { windows } from './shapedRows.js';

const IMAGE = [2, 6, 8, 3] as const;
const SMALL = [3, 3, 4, 2] as const;

function* pools(): KernelRows {
  const kernels = ['maxPoolGrad', 'avgPoolGrad'] as const;
  yield* windows([{ in: IMAGE }, { in: IMAGE, from: 'conv' as const }], kernels);
  for (const kernel of kernels) {
    const row = { kernel, in: [1, 7, 5, 6], window: [3, 3], stride: [2, 2] } as const;
    yield { ...row, pad: [1, 2, 0, 3] };
    yield { ...row, pad: 1, rounding: 'ceil', window: [2, 2] };
    yield { ...row, in: [4, 8, 8, 1], window: [8, 8], pad: 'valid', from: 'conv' };
    yield { ...row, in: [2, 1, 1, 4], window: [1, 1], pad: 'same' };
  }
}

function* resizes(): KernelRows {
  for (const kernel of ['resizeBilinearGrad', 'resizeNearestNeighborGrad']) {
    for (const size of [
      [6, 8],
      [5, 7],
      [2, 3],
      [1, 1],
      [3, 4],
      [9, 2],
    ]) {
      const row = { kernel, in: SMALL, size };
      yield row;
      yield { ...row, alignCorners: true, from: 'conv' };
      yield { ...row, halfPixelCenters: true };
    }
    // Equal sides, where height and width in each other's place go unnoticed.
    yield { kernel, in: [1, 4, 4, 3], size: [8, 8], from: 'conv' };
    yield { kernel, in: [2, 4, 4, 3], size: [8, 8] };
    yield { kernel, in: [2, 8, 8, 1], size: [4, 4] };
  }
}

function* products(): KernelRows {
  for (const wrt of ['a', 'b'] as const) {
    const row = { kernel: 'matMulGrad', wrt } as const;
    yield { ...row, in: [3, 7], b: [7, 5] };
    yield { ...row, in: [3, 7], b: [7, 5], from: 'conv' };
    yield { ...row, in: [7, 3], b: [7, 5], transposeA: true };
    yield { ...row, in: [3, 7], b: [5, 7], transposeB: true, from: 'conv' };
    yield { ...row, in: [7, 3], b: [5, 7], transposeA: true, transposeB: true };
    yield { ...row, in: [2, 3, 5], b: [2, 5, 4] };
    yield { ...row, in: [1, 9], b: [9, 6], data: 'int' };
  }
}

function* norms(): KernelRows {
  for (const wrt of operandNames) {
    if (wrt === 'a' || wrt === 'b') continue;
    const row = { kernel: 'batchNormGrad', in: [2, 4, 5, 3], wrt } as const;
    yield row;
    yield { ...row, from: 'conv' };
    yield { ...row, in: [1, 3, 3, 8] };
  }
}

function* moves(): KernelRows {
  const row = { kernel: 'depthToSpaceGrad', in: [2, 2, 3, 8], block: [2] } as const;
  yield row;
  yield { ...row, from: 'conv' };
  yield { ...row, in: [1, 3, 2, 9], block: [3] };
}

export const gradientCases: Readonly<Record<string, () => KernelRows>> = {
  poolGradients: pools,
  resizeGradients: resizes,
  productGradients: products,
  normGradients: norms,
  moveGradients: moves,
};
