/**
 * Laws that hold for convolutions of any size. Cases are drawn at random. A case that breaks a law
 * is shrunk to the smallest one, and named by its id. The laws know nothing of the oracle.
 */
import * as tf from '@tensorflow/tfjs-core';
import { expect } from 'chai';
import fc from 'fast-check';
import '../../../src/index.js';
import {
  type CaseInputs,
  type ConvCase,
  caseId,
  caseInputs,
  contradictionIn,
  type Numbers,
  runCase,
} from '../../../src/validator/index.js';
import { plant, uproot } from '../../support/plantedBackend.js';
import { bugs } from '../../support/plantedBugs.js';

type Run = (c: ConvCase, inputs: CaseInputs) => Promise<Numbers>;

/** Computes two answers that must be equal, value by value. */
type Law = (c: ConvCase, inputs: CaseInputs, run: Run) => Promise<[Numbers, Numbers]>;

const upTo = (max: number) => fc.integer({ min: 1, max });

/** Any case in NHWC in whole numbers, so that the order of a sum does not matter. */
const anyCase: fc.Arbitrary<ConvCase> = fc
  .record({
    kernel: fc.constantFrom('conv2d' as const, 'depthwiseConv2d' as const),
    batch: upTo(3),
    size: fc.tuple(upTo(9), upTo(9)),
    window: fc.tuple(upTo(4), upTo(4)),
    depth: upTo(9),
    last: upTo(9),
    stride: fc.tuple(upTo(3), upTo(3)),
    dilates: fc.boolean(),
    pad: fc.constantFrom<ConvCase['pad']>('valid', 'same', [1, 2, 0, 3]),
    seed: upTo(1000),
  })
  .map(({ batch, size, window, depth, last, stride, dilates, ...rest }): ConvCase => {
    return {
      ...rest,
      in: [batch, ...size, depth],
      filter: [...window, depth, last],
      stride: dilates ? [1, 1] : stride,
      dilation: dilates ? stride : [1, 1],
      format: 'NHWC',
      data: 'int',
    };
  })
  .filter((c) => contradictionIn(c) === null);

const withValues = ({ shape }: Numbers, f: (i: number) => number): Numbers => {
  const size = shape.reduce((a, b) => a * b, 1);
  return { shape, values: Float32Array.from({ length: size }, (_, i) => f(i)) };
};

/** Returns the elements of a rank-4 array whose index along an axis is in `keep`, in that order. */
function taken({ shape, values }: Numbers, axis: number, keep: readonly number[]): Numbers {
  const inner = shape.slice(axis + 1).reduce((a, b) => a * b, 1);
  const own = shape.map((size, a) => (a === axis ? keep.length : size));
  return withValues({ shape: own, values }, (i) => {
    const outer = Math.floor(i / (inner * keep.length));
    const at = keep[Math.floor(i / inner) % keep.length];
    return values[(outer * shape[axis] + at) * inner + (i % inner)];
  });
}

/** Returns the case with one column less. */
function narrower(c: ConvCase): ConvCase {
  const [batch, height, width, depth] = c.in;
  return { ...c, in: [batch, height, width - 1, depth] };
}

const range = (count: number) => Array.from({ length: count }, (_, i) => i);

const laws: Record<string, { law: Law; applies?: (c: ConvCase) => boolean }> = {
  'is linear in its input': {
    law: async (c, inputs, run) => {
      const other = caseInputs({ ...c, seed: c.seed + 1 });
      const sum = withValues(inputs.x, (i) => inputs.x.values[i] + 2 * other.x.values[i]);
      const [a, b] = [await run(c, inputs), await run(c, { ...inputs, x: other.x })];
      const y = await run(c, { ...inputs, x: sum });
      return [y, withValues(a, (i) => a.values[i] + 2 * b.values[i])];
    },
  },
  'moves with its input': {
    applies: (c) => c.pad === 'valid' && c.stride[1] === 1 && contradictionIn(narrower(c)) === null,
    law: async (c, inputs, run) => {
      const y = await run(c, inputs);
      const cols = range(c.in[2]).slice(1);
      const right = await run(narrower(c), { ...inputs, x: taken(inputs.x, 2, cols) });
      return [right, taken(y, 2, range(y.shape[2]).slice(1))];
    },
  },
  'does not care for the order of input channels': {
    applies: (c) => c.kernel === 'conv2d',
    law: async (c, inputs, run) => {
      const order = range(c.in[3]).reverse();
      const turned = {
        ...inputs,
        x: taken(inputs.x, 3, order),
        filter: taken(inputs.filter, 2, order),
      };
      return [await run(c, turned), await run(c, inputs)];
    },
  },
  'gives output channels in the order of the filter': {
    applies: (c) => c.kernel === 'conv2d',
    law: async (c, inputs, run) => {
      const order = range(c.filter[3]).reverse();
      const turned = { ...inputs, filter: taken(inputs.filter, 3, order) };
      return [await run(c, turned), taken(await run(c, inputs), 3, order)];
    },
  },
  'of a batch is that of each image': {
    law: async (c, inputs, run) => {
      const y = await run(c, inputs);
      const last = c.in[0] - 1;
      const single = { ...c, in: [1, c.in[1], c.in[2], c.in[3]] } as const;
      const alone = await run(single, { ...inputs, x: taken(inputs.x, 0, [last]) });
      return [alone, taken(y, 0, [last])];
    },
  },
  'by a 1x1 filter is a matrix product': {
    applies: (c) =>
      c.kernel === 'conv2d' &&
      c.filter[0] * c.filter[1] === 1 &&
      Math.max(...c.stride) === 1 &&
      typeof c.pad === 'string',
    law: async (c, { x, filter, ...rest }, run) => {
      const y = await run(c, { x, filter, ...rest });
      const [, , depth, last] = c.filter;
      const product = tf.tidy(() =>
        tf
          .matMul(
            tf.tensor(x.values, [y.values.length / last, depth]),
            tf.tensor(filter.values, [depth, last]),
          )
          .dataSync(),
      );
      return [y, withValues(y, (i) => product[i])];
    },
  },
  'with strides is every so manieth of that without': {
    applies: (c) => c.pad !== 'same' && Math.max(...c.stride) > 1,
    law: async (c, inputs, run) => {
      const y = await run(c, inputs);
      const dense = await run({ ...c, stride: [1, 1] }, inputs);
      const rows = range(y.shape[1]).map((r) => r * c.stride[0]);
      const cols = range(y.shape[2]).map((col) => col * c.stride[1]);
      return [y, taken(taken(dense, 1, rows), 2, cols)];
    },
  },
};

/** Checks a law on a backend; a failure names the smallest case that breaks the law. */
async function check(name: string, backend: string, numRuns: number): Promise<void> {
  const { law, applies = () => true } = laws[name];
  const run: Run = (c, inputs) => runCase(c, backend, inputs);
  const holds = async (c: ConvCase) => {
    const [actual, expected] = await law(c, caseInputs(c), run);
    expect(actual.shape).to.deep.equal(expected.shape);
    // 0 and -0 are equal here.
    const plus = ({ values }: Numbers) => Array.from(values, (value) => value + 0);
    expect(plus(actual)).to.deep.equal(plus(expected));
  };
  const property = fc.asyncProperty(anyCase.filter(applies), holds);
  const result = await fc.check(property, { numRuns, seed: 1 });
  if (!result.failed) return;
  const [smallest] = result.counterexample ?? [];
  const id = smallest ? caseId(smallest) : 'no case';
  throw new Error(`convolution ${name}: broken by ${id}: ${result.errorInstance}`);
}

describe('on tiled-cpu convolution', () => {
  for (const name of Object.keys(laws)) {
    it(name, () => check(name, 'tiled-cpu', 60));
  }
});

describe('a law', () => {
  const planted = 'lawless';
  afterEach(async () => {
    await tf.setBackend('cpu');
    uproot(planted);
  });

  const broken: Record<string, string> = {
    'is linear in its input': 'one unit in the last place off',
    'moves with its input': 'one column too few',
    'does not care for the order of input channels':
      'input channels beyond a multiple of 4 dropped',
    'gives output channels in the order of the filter':
      'output channels beyond a multiple of 4 dropped',
    'of a batch is that of each image': 'every image is the first',
    'by a 1x1 filter is a matrix product': 'output channels beyond a multiple of 4 dropped',
    'with strides is every so manieth of that without': 'stride of a 1x1 filter ignored',
  };
  for (const [name, bug] of Object.entries(broken)) {
    it(`"${name}" is broken by "${bug}", and the smallest case is named`, async () => {
      plant(planted, bugs[bug]);
      const error = await check(name, planted, 200).then(
        () => null,
        (e: Error) => e,
      );
      expect(error?.message).to.match(/broken by (conv2d|depthwiseConv2d):in=\S+;seed=\d+: /);
    });
  }
});
