/** Tests of every row of the table of element-wise kernels of two tensors, on tiled-cpu. */
import { binaryTests } from '../../../support/elementwise/binaryTests.js';

// The plain build has stock's kernels.
binaryTests('simd');
