/** Tests of calls whose result cannot be a tensor, judged by their shapes and attributes alone. */
import '@tensorflow/tfjs-backend-cpu';
import { backend_util, getKernel } from '@tensorflow/tfjs-core';
import { expect } from 'chai';
import { checkCall, checkedKernels, type Shapes } from '../../../../kernels/shape/check.js';

type Call = readonly [kernel: string, shapes: Shapes, attrs: object];

const pool = { filterSize: 3, strides: 1, pad: 'valid' };
const slides = { strides: 1, pad: 'valid', dilations: 1 };
const image = [1, 4, 5, 2];
const volume = [1, 4, 4, 4, 2];

/** Makes calls with a window of this size over [1, 4, 5, 2], for each kernel that has a window. */
const windows = (size: number): Call[] => [
  ...['MaxPool', 'AvgPool', 'MaxPoolWithArgmax'].map(
    (name): Call => [name, { x: image }, { ...pool, filterSize: size }],
  ),
  ...['MaxPoolGrad', 'AvgPoolGrad'].map(
    (name): Call => [name, { input: image, dy: image }, { ...pool, filterSize: size }],
  ),
  ...['Dilation2D', 'Dilation2DBackpropInput', 'Dilation2DBackpropFilter'].map(
    (name): Call => [name, { x: image, filter: [size, size, 2] }, slides],
  ),
  ...['Conv2DBackpropInput', 'DepthwiseConv2dNativeBackpropInput'].map(
    (name): Call => [
      name,
      { filter: [size, size, 2, 3], dy: image },
      { ...slides, inputShape: image },
    ],
  ),
  ...['Conv2DBackpropFilter', 'DepthwiseConv2dNativeBackpropFilter'].map(
    (name): Call => [name, { x: image, dy: image }, { ...slides, filterShape: [size, size, 2, 3] }],
  ),
];

/** Makes 3D calls over [1, 4, 4, 4, 2]; tfjs computes sizes of 0 for windows that are too large. */
const windows3D = (size: number): Call[] => [
  ...['MaxPool3D', 'AvgPool3D'].map(
    (name): Call => [name, { x: volume }, { ...pool, filterSize: size }],
  ),
  ...['MaxPool3DGrad', 'AvgPool3DGrad'].map(
    (name): Call => [name, { input: volume, dy: volume }, { ...pool, filterSize: size }],
  ),
  ['Conv3D', { x: volume, filter: [size, size, size, 2, 3] }, slides],
  [
    'Conv3DBackpropInputV2',
    { filter: [size, size, size, 2, 3] },
    { ...slides, inputShape: volume },
  ],
  ['Conv3DBackpropFilterV2', { x: volume }, { ...slides, filterShape: [size, size, size, 2, 3] }],
];

const sizes: readonly (readonly [kernel: string, attribute: string])[] = [
  ['ResizeBilinear', 'size'],
  ['ResizeNearestNeighbor', 'size'],
  ['CropAndResize', 'cropSize'],
  ['Transform', 'outputShape'],
  ['Tile', 'reps'],
  ['Fill', 'shape'],
  ['ScatterNd', 'shape'],
  ['SparseToDense', 'outputShape'],
  ['OneHot', 'depth'],
  ['TopK', 'k'],
  ['LinSpace', 'num'],
  ['Multinomial', 'numSamples'],
  ['UnsortedSegmentSum', 'numSegments'],
  ['Bincount', 'size'],
  ['DenseBincount', 'size'],
];

const explicit = (top: number) => [
  [0, 0],
  [top, 0],
  [0, 0],
  [0, 0],
];

const refused: readonly (readonly [...Call, message: string])[] = [
  ...windows(6).map(([kernel, ...call]): [...Call, string] => [
    kernel,
    ...call,
    kernel.includes('Pool')
      ? `${kernel}: the window 6x6 is larger than the padded input 4x5; ` +
        'use a smaller window or more padding.'
      : `${kernel}: the dilated filter 6x6 (filter 6x6, dilation 1x1) is larger than the ` +
        'padded input 4x5; use a smaller dilation, a smaller filter or more padding.',
  ]),
  [
    'Dilation2D',
    { x: image, filter: [3, 3, 2] },
    { ...slides, dilations: [1, 3] },
    'Dilation2D: the dilated filter 3x7 (filter 3x3, dilation 1x3) is larger than',
  ],
  [
    'MaxPool',
    { x: image },
    { ...pool, filterSize: [9, 2], pad: explicit(2) },
    'MaxPool: the window 9x2 is larger than the padded input 6x5;',
  ],
  [
    'AvgPool',
    { x: [1, 8, 3, 2] },
    { ...pool, filterSize: [5, 1], pad: 0 },
    "AvgPool: the output would be 4x-1, because tfjs applies the window's height",
  ],
  [
    'MaxPool',
    { x: image },
    { ...pool, strides: [2, 0] },
    'MaxPool: strides must be whole numbers larger than 0. Got strides 2,0',
  ],
  [
    'MaxPool3D',
    { x: volume },
    { ...pool, strides: [1, 1] },
    'MaxPool3D: strides must be whole numbers larger than 0. Got strides 1,1',
  ],
  [
    'AvgPool',
    { x: image },
    { ...pool, filterSize: 1.5 },
    'AvgPool: window must be whole numbers larger than 0. Got window 1.5,1.5',
  ],
  [
    'AvgPool3D',
    { x: volume },
    { ...pool, filterSize: 0 },
    'AvgPool3D: window must be whole numbers larger than 0. Got window 0,0,0',
  ],
  [
    'MaxPool',
    { x: image },
    { ...pool, pad: 0.5 },
    'MaxPool: pad must be whole numbers. Got top, bottom, left, right 0.5, 0.5, 0.5, 0.5',
  ],
  [
    'Conv2DBackpropInput',
    { filter: [3, 3, 2, 3] },
    { ...slides, inputShape: [1, -4, -5, 2] },
    'Conv2DBackpropInput: inputShape must be whole numbers from 0 on. Got 1,-4,-5,2',
  ],
  [
    'Conv3DBackpropFilterV2',
    { x: volume },
    { ...slides, filterShape: [1.5, 1, 1, 2, 3] },
    'Conv3DBackpropFilterV2: filterShape must be whole numbers from 0 on. Got 1.5,1,1,2,3',
  ],
  ...sizes.flatMap(([kernel, attribute]): [...Call, string][] =>
    [-1, 2.5, Number.NaN, Number.POSITIVE_INFINITY].map((size) => [
      kernel,
      { x: image },
      { [attribute]: ['depth', 'k', 'num'].includes(attribute) ? size : [2, size] },
      `${kernel}: ${attribute} must be whole numbers from 0 on. Got`,
    ]),
  ),
  [
    'Slice',
    { x: [5] },
    { begin: [-2], size: [2] },
    'Slice: [5] has no slice [2] from [-2] on; begin and size must be whole numbers from 0 on',
  ],
  ['Slice', { x: [3] }, { begin: [5], size: [-1] }, '[3] has no slice [-2] from [5] on'],
  ['Slice', { x: [3, 4] }, { begin: 0.5, size: [1] }, '[3,4] has no slice [1,4] from [0.5,0] on'],
  // tfjs's own messages.
  ['Slice', { x: [3] }, { begin: [-1], size: [1] }, 'does not support negative begin indexing'],
  ['Slice', { x: [3] }, { begin: [0], size: [-2] }, 'Negative size values should be exactly -1'],
  [
    'SplitV',
    { x: [2, 5] },
    { numOrSizeSplits: [-2, 7], axis: 1 },
    'SplitV: the parts of [2,5] along axis 1 must be whole numbers from 0 on. Got -2,7',
  ],
  ['SplitV', { x: [5] }, { numOrSizeSplits: [7, -1], axis: 0 }, 'Got 7,-2'],
  ['SplitV', { x: [5] }, { numOrSizeSplits: [2.5, 2.5], axis: 0 }, 'Got 2.5,2.5'],
  ['SplitV', { x: [5] }, { numOrSizeSplits: -1, axis: 0 }, 'numOrSizeSplits must be whole'],
  ['SplitV', { x: [5] }, { numOrSizeSplits: [2, 2], axis: 0 }, 'The sum of sizes must match'],
  [
    'PadV2',
    { x: [2, 5] },
    {
      paddings: [
        [0, 0],
        [-3, -3],
      ],
    },
    'PadV2: [2,5] with paddings [0,0; -3,-3] would be [2,-1], and sizes must be whole numbers',
  ],
  [
    'PadV2',
    { x: [2, 5] },
    { paddings: [[1, 1]] },
    'PadV2: paddings must be two whole numbers for each axis of [2,5]. Got [1,1]',
  ],
  ['PadV2', { x: [5] }, { paddings: [[0.5, 0.5]] }, 'Got [0.5,0.5]'],
  [
    'MirrorPad',
    { x: [3] },
    { paddings: [[3, 0]], mode: 'reflect' },
    'MirrorPad: [3] cannot be mirrored into paddings [3,0]; they must be whole numbers from 0 ' +
      'on, and not larger than the size less 1.',
  ],
  ['MirrorPad', { x: [3] }, { paddings: [[4, 0]], mode: 'symmetric' }, 'larger than the size.'],
  ['MirrorPad', { x: [3] }, { paddings: [[-1, 0]], mode: 'symmetric' }, 'from 0 on'],
  [
    'Transpose',
    { x: [2, 3, 4] },
    { perm: [1, 1, 1] },
    'Transpose: perm must have each axis of [2,3,4] once. Got 1,1,1',
  ],
  ['Transpose', { x: [2, 3] }, { perm: [0, 1, 0] }, 'Got 0,1,0'],
  ['Transpose', { x: [2, 3] }, { perm: [0, 2] }, 'Got 0,2'],
  ...['Sum', 'Mean', 'Min', 'Prod', 'All', 'Any'].map((kernel): [...Call, string] => [
    kernel,
    { x: [2, 3] },
    { axis: [1, -1] },
    `${kernel}: an axis of [2,3] can be reduced once. Got 1,-1`,
  ]),
  ['Max', { x: [2, 3] }, { reductionIndices: [0, 0] }, 'Max: an axis of [2,3] can be reduced once'],
  // tfjs's own messages.
  ['Sum', { x: [2, 3] }, { axis: 2 }, 'must be in range [-2, 2) but got axis 2'],
  ['Cumsum', { x: [2, 3] }, { axis: 2 }, 'must be in range [-2, 2) but got axis 2'],
  ['Cumprod', { x: [2, 3] }, { axis: 0.5 }, 'must be integers but got axis 0.5'],
  [
    'ResizeBilinear',
    { images: image },
    { size: [6] },
    'ResizeBilinear: size must be 2 numbers. Got [6]',
  ],
  ['MirrorPad', { x: [3] }, { paddings: [[1]], mode: 'reflect' }, 'two whole numbers for each'],
  [
    'SpaceToBatchND',
    { x: [1, 4, 4, 1] },
    {
      blockShape: [2, 2],
      paddings: [
        [-3, -3],
        [0, 0],
      ],
    },
    'SpaceToBatchND: [1,4,4,1] with paddings [0,0; -3,-3; 0,0; 0,0] would be [1,-2,4,1]',
  ],
  [
    'BatchToSpaceND',
    { x: [4, 2, 2, 1] },
    {
      blockShape: [2, 2],
      crops: [
        [3, 2],
        [0, 0],
      ],
    },
    'BatchToSpaceND: height and width of [4,2,2,1] in blocks of [2,2] with crops [3,2; 0,0] ' +
      'would be [-1,4]',
  ],
  [
    'BatchToSpaceND',
    { x: [4, 2, 2, 1] },
    {
      blockShape: [2, 2],
      crops: [
        [-1, 2],
        [0, 0],
      ],
    },
    'BatchToSpaceND: crops must be whole numbers from 0 on. Got -1,2,0,0',
  ],
  [
    'DepthToSpace',
    { x: [1, 2, 2, 8] },
    { blockSize: 3, dataFormat: 'NHWC' },
    'DepthToSpace: [1,2,2,8] in blocks of 3 would be [1,6,6,0.88',
  ],
  ['DepthToSpace', { x: [1, 8, 2, 2] }, { blockSize: -2, dataFormat: 'NCHW' }, '[1,2,-4,-4]'],
];

const taken: readonly Call[] = [
  // The result has no pixel, as in stock.
  ...windows(5),
  ...windows3D(5),
  ...windows3D(9),
  ['MaxPool', { x: image }, { ...pool, pad: -1 }],
  ['MaxPool', { x: image }, { ...pool, pad: explicit(1), dimRoundingMode: 'ceil' }],
  ['MaxPool', { x: image }, { ...pool, filterSize: 9, pad: 'same' }],
  ['Conv2DBackpropInput', { filter: [5, 5, 2, 3] }, { ...slides, inputShape: [1, 0, 3, 2] }],
  [
    'Conv2DBackpropInput',
    { filter: [3, 3, 2, 3] },
    { ...slides, inputShape: [1, 2, 3, 3], dataFormat: 'NCHW' },
  ],
  // A rank that the kernel does not have is left for the kernel to report.
  ['MaxPool', { x: [4, 5, 2] }, { ...pool, filterSize: 9 }],
  ...sizes.map(([kernel, attribute]): Call => [kernel, { x: image }, { [attribute]: [0, 3] }]),
  ['Fill', {}, { shape: new Int32Array([2, 3]) }],
  ['Transform', { image }, { outputShape: null }],
  ['OneHot', { indices: [3] }, { depth: 0 }],
  ['Slice', { x: [3] }, { begin: [3], size: [-1] }],
  ['SplitV', { x: [5] }, { numOrSizeSplits: [0, -1], axis: 0 }],
  ['SplitV', { x: [6] }, { numOrSizeSplits: 3, axis: -1 }],
  [
    'PadV2',
    { x: [2, 5] },
    {
      paddings: [
        [-1, 2],
        [-2, -3],
      ],
    },
  ],
  ['MirrorPad', { x: [3] }, { paddings: [[2, 2]], mode: 'reflect' }],
  ['MirrorPad', { x: [3] }, { paddings: [[3, 3]], mode: 'symmetric' }],
  ['SpaceToBatchND', { x: [1, 4, 4] }, { blockShape: [2], paddings: [[0, 2]] }],
  [
    'BatchToSpaceND',
    { x: [4, 2, 2, 1] },
    {
      blockShape: [2, 2],
      crops: [
        [2, 2],
        [0, 0],
      ],
    },
  ],
  ['DepthToSpace', { x: [1, 2, 2, 8] }, { blockSize: 2, dataFormat: 'NHWC' }],
  ['Transpose', { x: [2, 3, 4] }, { perm: [2, 0, 1] }],
  ...['Sum', 'Mean', 'Min', 'Prod', 'All', 'Any'].map(
    (kernel): Call => [kernel, { x: [2, 3] }, { axis: [0, -1] }],
  ),
  ['Max', { x: [2, 3] }, { reductionIndices: 1 }],
  ['Cumsum', { x: [2, 3] }, { axis: -1 }],
  ['Cumprod', { x: [2, 3] }, { axis: 0 }],
  ['NoSuchKernel', {}, {}],
];

describe('the shape of a result', () => {
  for (const [kernel, shapes, attrs, message] of refused) {
    it(`is refused: ${kernel} ${JSON.stringify({ ...shapes, ...attrs })}`, () =>
      expect(() => checkCall(kernel, shapes, attrs)).to.throw(message));
  }

  for (const [kernel, shapes, attrs] of taken) {
    it(`is accepted: ${kernel} ${JSON.stringify({ ...shapes, ...attrs })}`, () => {
      checkCall(kernel, shapes, attrs);
    });
  }

  it('is checked for kernels that exist', () => {
    const missing = checkedKernels.filter((name) => getKernel(name, 'cpu') == null);
    expect(missing).to.deep.equal([]);
  });

  it('is checked by a right and a wrong case of each kernel', () => {
    const names = (calls: readonly (readonly [string, ...unknown[]])[]) =>
      new Set(calls.map(([kernel]) => kernel));
    const threeD = names(windows3D(1));
    for (const kernel of checkedKernels) {
      expect(names(taken).has(kernel), `${kernel} taken`).to.equal(true);
      expect(names(refused).has(kernel) || threeD.has(kernel), `${kernel} refused`).to.equal(true);
    }
  });

  it('is checked without writing to the list of parts that the caller gave', () => {
    const numOrSizeSplits = [2, -1];
    checkCall('SplitV', { x: [5] }, { numOrSizeSplits, axis: 0 });
    expect(numOrSizeSplits).to.deep.equal([2, -1]);
    backend_util.prepareSplitSize({ shape: [5] } as never, numOrSizeSplits, 0);
    expect(numOrSizeSplits).to.deep.equal([2, 3]);
  });
});
