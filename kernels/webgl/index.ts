/** Kernels of `tiled-webgl` that replace stock kernels; all others are inherited from 'webgl'. */

import { boxKernels } from '../boxes/kernels.js';
import { compose } from '../composed/compose.js';
import { conv3d } from '../composed/conv3d.js';
import { einsum } from '../composed/einsum.js';
import { addNKernel } from './AddN.js';
import { argReduceKernels } from './argReduce.js';
import { backpropFilterKernels } from './backpropFilter.js';
import { binaryKernels } from './binaryKernels.js';
import { castKernel } from './Cast.js';
import { concatKernel } from './Concat.js';
import { conv2DKernel } from './Conv2D.js';
import { conv2DBackpropInputKernel } from './Conv2DBackpropInput.js';
import { depthwiseConv2dNativeKernel } from './DepthwiseConv2dNative.js';
import { depthwiseConv2dNativeBackpropInputKernel } from './DepthwiseConv2dNativeBackpropInput.js';
import { eluGradKernel } from './EluGrad.js';
import { fusedBatchNormKernel } from './FusedBatchNorm.js';
import { fusedConv2DKernel } from './FusedConv2D.js';
import { fusedDepthwiseConv2DKernel } from './FusedDepthwiseConv2D.js';
import { stockKernel, tiledKernel } from './fallback.js';
import { fewValueKernels } from './fewValues.js';
import { gatherNdKernel } from './GatherNd.js';
import { gatherKernel } from './GatherV2.js';
import { matMulKernels } from './matMul.js';
import { packKernel } from './Pack.js';
import { padKernels } from './pad.js';
import { poolKernels } from './pool.js';
import { poolGradientKernels } from './poolGradient.js';
import { reverseKernel } from './Reverse.js';
import { reduceKernels } from './reduce.js';
import { resizeKernels } from './resize.js';
import { resizeGradientKernels } from './resizeGradient.js';
import { runnerOf, type TiledKernel } from './runner.js';
import { selectKernel } from './Select.js';
import { softmaxKernel } from './Softmax.js';
import { stridedSliceKernel } from './StridedSlice.js';
import { sliceKernels } from './slice.js';
import { spaceBatchKernels } from './spaceBatch.js';
import { tileKernel } from './Tile.js';
import { topKKernel } from './TopK.js';
import { transposeKernel } from './Transpose.js';
import { unpackKernel } from './Unpack.js';
import { unaryKernels } from './unaryKernels.js';

const inTiles: readonly TiledKernel[] = [
  conv2DKernel,
  fusedConv2DKernel,
  depthwiseConv2dNativeKernel,
  fusedDepthwiseConv2DKernel,
  fusedBatchNormKernel,
  ...unaryKernels,
  ...binaryKernels,
  addNKernel,
  eluGradKernel,
  selectKernel,
  castKernel,
  concatKernel,
  ...sliceKernels,
  ...padKernels,
  ...spaceBatchKernels,
  transposeKernel,
  stridedSliceKernel,
  reverseKernel,
  tileKernel,
  ...poolKernels,
  ...poolGradientKernels,
  ...reduceKernels,
  ...argReduceKernels,
  softmaxKernel,
  topKKernel,
  ...resizeKernels,
  ...resizeGradientKernels,
  conv2DBackpropInputKernel,
  depthwiseConv2dNativeBackpropInputKernel,
  ...backpropFilterKernels,
  ...matMulKernels,
  packKernel,
  unpackKernel,
  gatherKernel,
  gatherNdKernel,
];

/** Kernels that are made of those in tiles. */
const composed = [einsum, conv3d].map((kernel) =>
  compose(kernel, inTiles, (name, inputs, attrs, backend) =>
    stockKernel(runnerOf(backend), name, inputs, attrs),
  ),
);

const known = new Set(inTiles.map(({ kernelName }) => kernelName));

export const webglKernels: readonly TiledKernel[] = [
  ...inTiles,
  ...composed,
  ...boxKernels,
  ...fewValueKernels
    .filter((name) => !known.has(name))
    .map((name) => tiledKernel(name, () => null)),
];
