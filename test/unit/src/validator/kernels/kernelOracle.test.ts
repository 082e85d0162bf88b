/** Tests of the kernels' definitions, on examples that are worked out by hand. */
import { expect } from 'chai';
import {
  compare,
  type KernelCase,
  type Numbers,
  parseCaseId,
  reference,
} from '../../../../../src/validator/index.js';
import { erf } from '../../../../../src/validator/kernels/functions.js';

const numbers = (shape: readonly number[], values: readonly number[]): Numbers => ({
  shape,
  values: Float32Array.from(values),
});

/** Returns the oracle's result for the operands' values, in the order of the id's operands. */
function resultOf(id: string, operands: Readonly<Record<string, Numbers>>) {
  return reference(parseCaseId(id) as KernelCase, operands);
}

const nine = numbers([1, 3, 3, 1], [1, 2, 3, 4, 5, 6, 7, 8, 9]);
const six = numbers([2, 3], [1, 2, 3, 4, 5, 6]);
const square = numbers([1, 2, 2, 1], [0, 10, 20, 30]);
const { NaN: NONE, POSITIVE_INFINITY: INF } = Number;

const examples: readonly [
  id: string,
  operands: Readonly<Record<string, Numbers>>,
  shape: readonly number[],
  values: readonly number[],
][] = [
  ['maxPool:in=1x3x3x1;f=2;stride=1;pad=valid;seed=1', { x: nine }, [1, 2, 2, 1], [5, 6, 8, 9]],
  [
    'maxPool:in=1x3x3x1;f=2;stride=2;pad=same;seed=1',
    { x: { ...nine, values: nine.values.map((v) => -v) } },
    [1, 2, 2, 1],
    [-1, -3, -7, -9],
  ],
  ['avgPool:in=1x3x3x1;f=2;stride=2;pad=same;seed=1', { x: nine }, [1, 2, 2, 1], [3, 4.5, 7.5, 9]],
  ['maxPool:in=1x3x3x1;f=2;stride=1;pad=valid;dil=2;seed=1', { x: nine }, [1, 1, 1, 1], [9]],
  [
    'resizeBilinear:in=1x2x2x1;size=4,2;seed=1',
    { x: square },
    [1, 4, 2, 1],
    [0, 10, 10, 20, 20, 30, 20, 30],
  ],
  [
    'resizeBilinear:in=1x2x2x1;size=3,3;align=yes;seed=1',
    { x: square },
    [1, 3, 3, 1],
    [0, 5, 10, 10, 15, 20, 20, 25, 30],
  ],
  [
    'resizeBilinear:in=1x2x2x1;size=4,1;half=yes;seed=1',
    { x: square },
    [1, 4, 1, 1],
    [5, 10, 20, 25],
  ],
  [
    'resizeNearestNeighbor:in=1x2x2x1;size=3,4;align=yes;seed=1',
    { x: square },
    [1, 3, 4, 1],
    [0, 0, 10, 10, 20, 20, 30, 30, 20, 20, 30, 30],
  ],
  ['matMul:in=2x3;b=2x3;tb=yes;seed=1', { a: six, b: six }, [2, 2], [14, 32, 32, 77]],
  [
    'matMul:in=2x3;b=2x3;ta=yes;seed=1',
    { a: six, b: six },
    [3, 3],
    [17, 22, 27, 22, 29, 36, 27, 36, 45],
  ],
  [
    'fusedMatMul:in=2x3;b=3x1;bias=1;act=relu6;seed=1',
    { a: six, b: numbers([3, 1], [1, 1, -1]), bias: numbers([1], [-1]) },
    [2, 1],
    [0, 2],
  ],
  [
    'matMul:in=2x1x1x1;b=3x1x1;seed=1',
    { a: numbers([2, 1, 1, 1], [2, 3]), b: numbers([3, 1, 1], [1, 10, 100]) },
    [2, 3, 1, 1],
    [2, 20, 200, 3, 30, 300],
  ],
  ['softmax:in=2;seed=1', { x: numbers([2], [0, Math.log(3)]) }, [2], [0.25, 0.75]],
  ['softmax:in=2;seed=1', { x: numbers([2], [-INF, 1]) }, [2], [0, 1]],
  ['logSoftmax:in=2;seed=1', { x: numbers([2], [5, 5]) }, [2], [-Math.LN2, -Math.LN2]],
  ['sum:in=2x3;axes=0;seed=1', { x: six }, [3], [5, 7, 9]],
  ['mean:in=2x3;axes=1;keep=yes;seed=1', { x: six }, [2, 1], [2, 5]],
  ['prod:in=2x3;seed=1', { x: six }, [], [720]],
  ['max:in=2x3;axes=1;seed=1', { x: numbers([2, 3], [1, NONE, 3, -INF, 2, 0]) }, [2], [NONE, 2]],
  ['argMax:in=5;axis=0;seed=1', { x: numbers([5], [1, 3, 2, 3, 0]) }, [], [1]],
  ['argMin:in=2x3;axis=0;seed=1', { x: six }, [3], [0, 0, 0]],
  ['all:in=2x3;axes=1;seed=1', { x: numbers([2, 3], [1, 1, 1, 1, 0, 1]) }, [2], [1, 0]],
  ['any:in=2x3;axes=1;seed=1', { x: numbers([2, 3], [0, 0, 0, 1, 0, 1]) }, [2], [0, 1]],
  ['transpose:in=2x3;perm=1,0;seed=1', { x: six }, [3, 2], [1, 4, 2, 5, 3, 6]],
  [
    'gather:in=2x3;b=2x2;axis=1;seed=1',
    { x: six, indices: numbers([2, 2], [2, 0, 1, 1]) },
    [2, 2, 2],
    [3, 1, 2, 2, 6, 4, 5, 5],
  ],
  [
    'gather:in=2x3;b=2x2;axis=1;batch=1;seed=1',
    { x: six, indices: numbers([2, 2], [2, 0, 1, 1]) },
    [2, 2],
    [3, 1, 5, 5],
  ],
  [
    'pad:in=2x3;pads=0,1,1,0;value=7;seed=1',
    { x: six },
    [3, 4],
    [7, 1, 2, 3, 7, 4, 5, 6, 7, 7, 7, 7],
  ],
  [
    'mirrorPad:in=2x3;pads=0,0,2,1;mode=reflect;seed=1',
    { x: six },
    [2, 6],
    [3, 2, 1, 2, 3, 2, 6, 5, 4, 5, 6, 5],
  ],
  [
    'mirrorPad:in=2x3;pads=0,0,2,1;mode=symmetric;seed=1',
    { x: six },
    [2, 6],
    [2, 1, 1, 2, 3, 3, 5, 4, 4, 5, 6, 6],
  ],
  ['slice:in=2x3;begin=0,1;size=2,2;seed=1', { x: six }, [2, 2], [2, 3, 5, 6]],
  ['tile:in=2x3;reps=1,2;seed=1', { x: six }, [2, 6], [1, 2, 3, 1, 2, 3, 4, 5, 6, 4, 5, 6]],
  ['reverse:in=2x3;axes=1;seed=1', { x: six }, [2, 3], [3, 2, 1, 6, 5, 4]],
  [
    'spaceToBatchND:in=1x2x2x1;block=2,2;pads=0,0,0,0;seed=1',
    { x: square },
    [4, 1, 1, 1],
    [0, 10, 20, 30],
  ],
  [
    'spaceToBatchND:in=1x2x2x1;block=2;pads=1,1;seed=1',
    { x: square },
    [2, 2, 2, 1],
    [0, 0, 20, 30, 0, 10, 0, 0],
  ],
  [
    'batchToSpaceND:in=4x1x1x1;block=2,2;pads=0,0,1,0;seed=1',
    { x: numbers([4, 1, 1, 1], [0, 10, 20, 30]) },
    [1, 2, 1, 1],
    [10, 30],
  ],
  [
    'depthToSpace:in=1x1x1x8;block=2;seed=1',
    { x: numbers([1, 1, 1, 8], [1, 2, 3, 4, 5, 6, 7, 8]) },
    [1, 2, 2, 2],
    [1, 2, 3, 4, 5, 6, 7, 8],
  ],
  [
    'concat:in=2x1;axis=1;sizes=1,2;seed=1',
    { x0: numbers([2, 1], [1, 2]), x1: numbers([2, 2], [3, 4, 5, 6]) },
    [2, 3],
    [1, 3, 4, 2, 5, 6],
  ],
  [
    'where:in=2;b=scalar;cond=2x1;seed=1',
    { a: numbers([2], [1, NONE]), b: numbers([], [9]), condition: numbers([2, 1], [0, 1]) },
    [2, 2],
    [9, 9, 1, NONE],
  ],
  ['cast:in=4;to=int32;seed=1', { x: numbers([4], [1.9, -1.9, 0.5, 3]) }, [4], [1, -1, 0, 3]],
  ['cast:in=3;to=bool;seed=1', { x: numbers([3], [-2, -0, 0.1]) }, [3], [1, 0, 1]],
  ['round:in=4;seed=1', { x: numbers([4], [0.5, 1.5, -2.5, -0.6]) }, [4], [0, 2, -2, -1]],
  ['sign:in=3;seed=1', { x: numbers([3], [-INF, NONE, 2]) }, [3], [-1, 0, 1]],
  ['step:in=3;args=0.25;seed=1', { x: numbers([3], [-1, NONE, 2]) }, [3], [0.25, NONE, 1]],
  [
    'mod:in=4;b=4;seed=1',
    { a: numbers([4], [7, -7, 7, -7]), b: numbers([4], [4, 4, -4, -4]) },
    [4],
    [3, 1, -1, -3],
  ],
  [
    'floorDiv:in=2;b=scalar;seed=1',
    { a: numbers([2], [7, -7]), b: numbers([], [2]) },
    [2],
    [3, -4],
  ],
  [
    'prelu:in=2;b=2;seed=1',
    { a: numbers([2], [-3, 4]), b: numbers([2], [0.5, 0.5]) },
    [2],
    [-1.5, 4],
  ],
  [
    'pow:in=3;b=3;seed=1',
    { a: numbers([3], [-2, 2, 3]), b: numbers([3], [3, -1, 0]) },
    [3],
    [-8, 0.5, 1],
  ],
];

describe('definitions of kernels', () => {
  for (const [id, operands, shape, values] of examples) {
    it(`${id} is [${values}]`, () => {
      const { shape: own, values: found } = resultOf(id, operands);
      expect(own).to.deep.equal(shape);
      expect(found.length).to.equal(values.length);
      for (const [i, value] of found.entries()) {
        // The inputs are float32, as ln 3 is not.
        if (Number.isFinite(values[i])) expect(value).to.be.closeTo(values[i], 1e-6);
        else expect(value).to.deep.equal(values[i]);
      }
    });
  }

  it('of erf agree with tables', () => {
    expect(erf(0.5)).to.be.closeTo(0.5204998778, 1e-10);
    expect(erf(2)).to.be.closeTo(0.995322265, 1e-10);
    expect(erf(-3.5)).to.be.closeTo(-0.9999992569, 1e-10);
    expect([erf(INF), erf(-INF), erf(0), erf(NONE)]).to.deep.equal([1, -1, 0, NONE]);
    // Both formulas agree where they meet.
    expect(erf(2.9999999)).to.be.closeTo(erf(3), 1e-10);
  });

  it('name the type of the result', () => {
    const x = numbers([2], [1, 2]);
    const types = {
      'argMax:in=2;axis=0;seed=1': 'int32',
      'isNaN:in=2;seed=1': 'bool',
      'exp:in=2;seed=1': 'float32',
      'cast:in=2;to=bool;seed=1': 'bool',
    };
    for (const [id, dtype] of Object.entries(types)) {
      const truth = resultOf(id, { x });
      expect(truth.dtype).to.equal(dtype);
      const answer = { shape: truth.shape, values: truth.values };
      const other = dtype === 'int32' ? 'bool' : 'int32';
      expect(compare({ ...answer, dtype: other }, truth).shape).to.equal(
        `type ${other} instead of ${dtype}`,
      );
    }
  });
});
