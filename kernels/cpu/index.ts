import { boxKernels } from '../boxes/kernels.js';
import { compose } from '../composed/compose.js';
import { conv3d } from '../composed/conv3d.js';
import { einsum } from '../composed/einsum.js';
import { addNKernel } from './AddN.js';
import { binaryKernels } from './binary.js';
import { castKernel } from './Cast.js';
import { conv2DKernel } from './Conv2D.js';
import { conv2DBackpropInputKernel } from './Conv2DBackpropInput.js';
import { cropAndResizeKernel } from './CropAndResize.js';
import { concatKernels } from './concat.js';
import { depthwiseConv2dNativeKernel } from './DepthwiseConv2dNative.js';
import { depthwiseConv2dNativeBackpropInputKernel } from './DepthwiseConv2dNativeBackpropInput.js';
import { drawKernel } from './Draw.js';
import { fusedBatchNormKernel } from './FusedBatchNorm.js';
import { fusedConv2DKernel } from './FusedConv2D.js';
import { fusedDepthwiseConv2DKernel } from './FusedDepthwiseConv2D.js';
import { filterGradientKernels } from './filterGradient.js';
import { gatherKernels } from './gather.js';
import type { CPUKernel } from './kernel.js';
import { lrnKernel } from './LRN.js';
import { matMulKernels } from './matMul.js';
import { padKernels } from './pad.js';
import { poolKernels } from './pool.js';
import { poolGradientKernels } from './poolGradient.js';
import { resizeBilinearKernel } from './ResizeBilinear.js';
import { resizeNearestNeighborKernel } from './ResizeNearestNeighbor.js';
import { rearrangeKernels } from './rearrange.js';
import { reduceKernels } from './reduce.js';
import { resizeGradientKernels } from './resizeGradient.js';
import { selectKernel } from './Select.js';
import { softmaxKernel } from './Softmax.js';
import { sliceKernels } from './slice.js';
import { callStock } from './stockOr.js';
import { topKKernel } from './TopK.js';
import { unaryKernels } from './unary.js';

export type { CPUKernel } from './kernel.js';

const onHeap: readonly CPUKernel[] = [
  conv2DKernel,
  fusedConv2DKernel,
  depthwiseConv2dNativeKernel,
  fusedDepthwiseConv2DKernel,
  conv2DBackpropInputKernel,
  depthwiseConv2dNativeBackpropInputKernel,
  ...filterGradientKernels,
  cropAndResizeKernel,
  drawKernel,
  ...unaryKernels,
  ...binaryKernels,
  addNKernel,
  castKernel,
  selectKernel,
  fusedBatchNormKernel,
  ...concatKernels,
  ...gatherKernels,
  lrnKernel,
  ...matMulKernels,
  ...padKernels,
  ...poolKernels,
  ...poolGradientKernels,
  ...rearrangeKernels,
  ...reduceKernels,
  resizeBilinearKernel,
  resizeNearestNeighborKernel,
  ...resizeGradientKernels,
  ...sliceKernels,
  softmaxKernel,
  topKKernel,
];

/** The kernels of `tiled-cpu` that replace stock kernels; all others are inherited from 'cpu'. */
export const cpuKernels: readonly CPUKernel[] = [
  ...onHeap,
  ...boxKernels,
  ...[einsum, conv3d].map((kernel) => compose(kernel, onHeap, callStock)),
];
