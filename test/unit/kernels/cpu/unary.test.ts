/** Tests of every row of the table of element-wise kernels of one tensor, on tiled-cpu. */
import { unaryTests } from '../../../support/elementwise/unaryTests.js';

// The plain build has stock's kernels.
unaryTests('simd');
