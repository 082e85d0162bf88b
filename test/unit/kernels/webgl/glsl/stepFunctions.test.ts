import { expect } from 'chai';
import {
  type BinaryOp,
  type BinaryRow,
  binaryRows,
} from '../../../../../kernels/elementwise/binary.js';
import {
  type UnaryOp,
  type UnaryRow,
  unaryRows,
} from '../../../../../kernels/elementwise/unary.js';
import { nanGlsl } from '../../../../../kernels/webgl/glsl/nan.js';
import { type FunctionOp, functionsOf } from '../../../../../kernels/webgl/glsl/stepFunctions.js';
import { TINY } from '../../../../../src/validator/index.js';
import type { Shader } from '../../../../support/glsl/glsl.js';
import { chunkShader } from '../../../../support/glsl/glslRun.js';

const special = [
  NaN,
  Infinity,
  -Infinity,
  0,
  -0,
  1,
  -1,
  0.5,
  -0.5,
  1.5,
  -1.5,
  2.5,
  3e38,
  -3e38,
  1e-30,
];

/** Magnitudes from tiny to huge, with both signs. */
const wide = Array.from({ length: 400 }, (_, i) => (i % 2 ? -1 : 1) * 2 ** ((i - 200) / 8) * 1.37);

/** Numbers of everyday size, dense. */
const usual = Array.from({ length: 400 }, (_, i) => (i - 200) / 16 + 1 / 512);

/** Numbers past which an exponential overflows. */
const large = [88, 88.7, 88.73, 89.2, 89.41, 89.5, 90, 104, -87, -88, -104, -150, 1000];

const numbers = [...special, ...wide, ...usual, ...large].map(Math.fround);

/** Numbers of which every pair is tried. */
const few = [...special, 2, -2, 3, -3, 0.1, -0.7, 7.3, -41.5, 40, 129, 1e6].map(Math.fround);

/** Relative error in units of 2^-24, by op: nothing rounds in the others, or only once. */
const units: Partial<Record<FunctionOp, number>> = {
  acos: 4,
  acosh: 6,
  asin: 4,
  asinh: 6,
  atan: 4,
  atan2: 6,
  atanh: 6,
  cos: 4,
  cosh: 6,
  elu: 4,
  exp: 4,
  expm1: 4,
  log: 4,
  log1p: 4,
  rsqrt: 2,
  selu: 6,
  sigmoid: 4,
  sin: 4,
  sinh: 8,
  softplus: 8,
  squaredDifference: 4,
  tan: 8,
  tanh: 6,
};

/** Absolute error, where the result may be small although what it is computed from is not. */
function absolute(op: FunctionOp, x: number): number {
  if (op === 'erf') return 2 ** -21;
  // The distance from a multiple of pi / 2 has the digits that the angle has past it.
  return op === 'sin' || op === 'cos' ? Math.abs(x) * 2 ** -40 : 0;
}

/** Relative error in units of 2^-24. */
function unitsOf(op: FunctionOp, wanted: number, [x, y]: readonly number[]): number {
  const own = 1 + (units[op] ?? 0);
  if (op === 'pow') return 6 + 3 * Math.abs(y);
  if (op !== 'tan' || wanted === 0) return own;
  return own + (2 ** -16 * Math.abs(x) * (1 + wanted ** 2)) / Math.abs(wanted);
}

/** True if nothing is promised: of large angles and quotients, or where float64 rounds as well. */
function isFree(op: FunctionOp, [x, y]: readonly number[]): boolean {
  const ratio = Math.abs(x / y);
  if (op === 'mod')
    return (x * y < 0 && ratio < 2 ** -50) || (y !== 0 && ratio > 2 ** 127 && ratio < Infinity);
  return ['sin', 'cos', 'tan'].includes(op) && Math.abs(x) > 12000 && Number.isFinite(x);
}

const shaders = new Map<FunctionOp, Shader>();

function shaderOf(op: FunctionOp): Shader {
  const known = shaders.get(op);
  if (known !== undefined) return known;
  const chunks = [nanGlsl, ...functionsOf([op])];
  const shader = chunkShader({ samplers: [], layouts: [], chunks });
  shaders.set(op, shader);
  return shader;
}

function expectNear(op: FunctionOp, inputs: readonly number[], wanted: number): void {
  if (isFree(op, inputs)) return;
  const [first, ...others] = inputs;
  const isBinary = op in binaryRows;
  const vectors = (isBinary ? inputs : [first]).map((x) => [x, x, x, x]);
  const attributes = isBinary ? [] : others;
  const [got] = shaderOf(op).run(`${op}Step`, ...vectors, ...attributes) as readonly number[];
  const rounded = Math.fround(wanted);
  if (Object.is(got, rounded) || (got === 0 && rounded === 0)) return;
  const off = Math.abs(got - wanted);
  const bound = unitsOf(op, wanted, inputs) * 2 ** -24 * Math.abs(wanted) + absolute(op, first);
  // The largest numbers may overflow.
  const isNear = off <= bound + TINY || Math.abs(Math.abs(wanted) - 2 ** 128) <= bound;
  expect(isNear, `${op}(${inputs.join(', ')}) is ${got}, not ${wanted}`).to.equal(true);
}

const attributeSets: Partial<Record<UnaryOp, readonly (readonly number[])[]>> = {
  clip: [
    [-2, 2],
    [1, 3],
  ],
  leakyrelu: [[0.25], [-1]],
  step: [[0], [-0.5]],
};

describe('GLSL of element-wise kernels', () => {
  for (const op of Object.keys(unaryRows) as UnaryOp[]) {
    it(`computes ${op} as its reference says`, () => {
      const { reference, takes }: UnaryRow = unaryRows[op];
      const given = takes === 'bool' ? [0, 1] : numbers;
      for (const attributes of attributeSets[op] ?? [[]]) {
        for (const x of given) {
          expectNear(op, [x, ...attributes], reference(x, ...attributes));
        }
      }
    });
  }

  for (const op of Object.keys(binaryRows) as BinaryOp[]) {
    it(`computes ${op} as its reference says`, () => {
      const { reference, takes }: BinaryRow = binaryRows[op];
      const given = takes === 'bool' ? [0, 1] : few;
      for (const a of given) {
        for (const b of given) {
          expectNear(op, [a, b], reference(a, b));
        }
      }
    });
  }

  it('casts to the next whole number towards zero, and NaN to 0', () => {
    const shader = shaderOf('truncate');
    const v = [2.75, -2.75, Number.NaN, -0.5];
    expect((shader.run('truncateStep', v) as readonly number[]).map((x) => x + 0)).to.deep.equal([
      2, -2, 0, 0,
    ]);
  });
});
