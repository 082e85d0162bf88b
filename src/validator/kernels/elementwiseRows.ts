/** Cases of element-wise kernels, choices and casts. */
import { binaryRows } from './binary.js';
import type { KernelCase } from './kernelCase.js';
import { unaryRows } from './unary.js';

export type KernelRows = Iterable<Omit<KernelCase, 'seed'>>;

/** Sizes with channels that leave no, one and three lanes of the last vector of four empty. */
const IMAGE = [1, 3, 5, 7] as const;
const BATCH = [2, 3, 2, 5] as const;

const ARGS: Readonly<Record<string, readonly number[]>> = {
  clipByValue: [-0.5, 0.25],
  leakyRelu: [0.3],
  step: [0.25],
};

/** Functions without a bound for large arguments. */
const PERIODIC = ['cos', 'sin', 'tan'];

/** Functions whose result for -0 differs from that for 0, or might be taken for it. */
const OF_ZERO = ['abs', 'neg', 'reciprocal', 'rsqrt', 'sign', 'sqrt', 'log', 'relu', 'step'];

/** Functions that are asked for what is not finite on the CPU as well. */
const OF_NAN = ['relu', 'relu6', 'leakyRelu', 'exp', 'isNaN'];

/** Functions that scale small numbers. */
const OF_SMALL = ['abs', 'neg', 'relu', 'sqrt', 'sigmoid', 'tanh', 'exp', 'leakyRelu'];

function* unary(): KernelRows {
  for (const kernel of Object.keys(unaryRows)) {
    const args = ARGS[kernel];
    const row = args === undefined ? { kernel } : { kernel, args };
    yield { ...row, in: IMAGE, from: 'conv' };
    if (kernel === 'logicalNot') {
      yield { ...row, in: BATCH };
      continue;
    }
    if (PERIODIC.includes(kernel)) yield { ...row, in: BATCH };
    else yield { ...row, in: BATCH, data: 'wide' };
    yield { ...row, in: IMAGE, data: 'inf', from: 'conv' };
    yield { ...row, in: [2, 4, 3, 6], data: 'nan', from: 'conv' };
    if (OF_NAN.includes(kernel)) {
      yield { ...row, in: IMAGE, data: 'inf' };
      yield { ...row, in: IMAGE, data: 'nan' };
    }
    if (OF_ZERO.includes(kernel)) yield { ...row, in: [5, 9], data: 'zero' };
    if (OF_SMALL.includes(kernel)) yield { ...row, in: [3, 11], data: 'denormal' };
  }
  for (const kernel of ['abs', 'relu', 'sigmoid', 'exp', 'floor']) {
    yield { kernel, in: [] };
    yield { kernel, in: [0, 3] };
    yield { kernel, in: [7], from: 'slice' };
    yield { kernel, in: [4, 6], from: 'conv' };
  }
  for (const kernel of ['ceil', 'floor', 'round', 'sign', 'square']) {
    yield { kernel, in: IMAGE, data: 'int', from: 'conv' };
  }
  for (const kernel of ['abs', 'neg', 'relu', 'square'])
    yield { kernel, in: [4, 5], type: 'int32' };
}

/** Pairs of shapes that broadcast, in every way that a kernel may tell apart. */
const PAIRS: readonly (readonly [readonly number[], readonly number[]])[] = [
  [IMAGE, IMAGE],
  [BATCH, []],
  [[], BATCH],
  [BATCH, [5]],
  [[5], BATCH],
  [BATCH, [1, 1, 1, 5]],
  [BATCH, [2, 1, 1, 5]],
  [BATCH, [2, 3, 2, 1]],
  [BATCH, [3, 1, 1]],
  [BATCH, [1, 3, 2, 1]],
  [
    [2, 1, 4, 1],
    [3, 1, 6],
  ],
  [
    [2, 3, 1, 1],
    [1, 1, 4, 5],
  ],
  [
    [3, 1],
    [1, 4],
  ],
  [[7], [7]],
  [[0, 3], [3]],
  [
    [2, 3, 4, 2, 3],
    [3, 4, 1, 1],
  ],
];

function* binary(): KernelRows {
  for (const [a, b] of PAIRS) {
    yield { kernel: 'add', in: a, b };
    if (![...a, ...b].includes(0)) yield { kernel: 'sub', in: a, b, from: 'conv' };
  }
  for (const kernel of Object.keys(binaryRows)) {
    yield { kernel, in: IMAGE, b: IMAGE, from: 'conv' };
    yield { kernel, in: BATCH, b: [5], from: 'conv' };
    if (kernel !== 'prelu') yield { kernel, in: [], b: BATCH };
    if (kernel.startsWith('logical')) {
      yield { kernel, in: [2, 1, 4, 1], b: [3, 1, 6] };
      continue;
    }
    yield { kernel, in: [6, 5], b: [6, 5], data: 'int', from: 'conv' };
    // tfjs defines no remainder and no whole quotient of Infinity.
    if (!['mod', 'floorDiv'].includes(kernel)) {
      yield { kernel, in: BATCH, b: BATCH, data: 'inf' };
    }
    // Its result is int32, which has no NaN.
    if (kernel !== 'floorDiv') {
      yield { kernel, in: BATCH, b: BATCH, data: 'nan', from: 'conv' };
    }
  }
  for (const kernel of [
    'add',
    'equal',
    'floorDiv',
    'less',
    'maximum',
    'minimum',
    'mod',
    'mul',
    'sub',
  ]) {
    yield { kernel, in: [4, 5], b: [5], type: 'int32' };
  }
  for (const kernel of ['add', 'mul', 'maximum']) {
    yield { kernel, in: [4, 5], b: [4, 5], data: 'huge' };
    yield { kernel, in: [4, 5], b: [4, 5], data: 'denormal' };
    yield { kernel, in: [7], b: [7], from: 'slice' };
  }
  for (const kernel of ['div', 'equal', 'maximum']) {
    yield { kernel, in: [4, 9], b: [4, 9], data: 'zero' };
    yield { kernel, in: [4, 9], b: [9], data: 'nan' };
  }
}

function* choices(): KernelRows {
  const shapes = [
    [IMAGE, IMAGE, IMAGE],
    [BATCH, [], BATCH],
    [[], [5], BATCH],
    [BATCH, BATCH, [2, 1, 1, 1]],
    [BATCH, BATCH, [3, 2, 1]],
    [[4, 3], [4, 3], []],
    [[7], [7], [7]],
  ] as const;
  for (const [a, b, condition] of shapes) {
    yield { kernel: 'where', in: a, b, condition };
    yield { kernel: 'where', in: a, b, condition, from: 'conv' };
  }
  for (const data of ['inf', 'nan'] as const) {
    yield { kernel: 'where', in: BATCH, b: BATCH, condition: BATCH, data, from: 'conv' };
  }
  yield { kernel: 'where', in: BATCH, b: BATCH, condition: BATCH, type: 'int32' };
}

function* casts(): KernelRows {
  for (const to of ['int32', 'bool', 'float32'] as const) {
    yield { kernel: 'cast', in: BATCH, to, data: 'wide', from: 'conv' };
    yield { kernel: 'cast', in: IMAGE, to, data: 'int' };
    yield { kernel: 'cast', in: [3, 7], to, type: 'int32' };
    yield { kernel: 'cast', in: [3, 7], to, type: 'bool', from: 'conv' };
  }
  yield { kernel: 'cast', in: IMAGE, to: 'bool', data: 'zero' };
}

export const elementwise: Readonly<Record<string, () => KernelRows>> = {
  unary,
  binary,
  choices,
  casts,
};
