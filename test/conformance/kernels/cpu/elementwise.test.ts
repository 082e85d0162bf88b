/** Tests of the tables of element-wise kernels on the build of tiled-cpu that Node may not have. */
import { binaryTests } from '../../../support/elementwise/binaryTests.js';
import { unaryTests } from '../../../support/elementwise/unaryTests.js';

unaryTests('relaxed-simd');
binaryTests('relaxed-simd');
