import type { BinaryOp, UnaryOp } from '../../../../../kernels/webgl/glsl/stepFunctions.js';
import { type Extent, tileName } from '../../../../../kernels/webgl/layout/tile.js';
import {
  type Broadcast,
  type Step,
  stepName,
  stepOperands,
} from '../../../../../kernels/webgl/programs/epilogue.js';
import { type ProgramSpec, programText } from '../../../../../kernels/webgl/programs/index.js';
import { integers, stream } from '../../../../../src/validator/index.js';
import { layoutUniforms } from '../../../../../src/webgl/context/operands.js';
import { runProgram, type Texture, type Uniforms } from '../../../../support/glsl/glslRun.js';
import {
  expectPlanes,
  places,
  planesOf,
  sizeOf,
  smallLayout,
  tile,
  tiles,
} from '../../../../support/glsl/glslTensors.js';
import { named } from '../../../../support/named.js';

const extents: readonly Extent[] = [
  [1, 3, 7, 3],
  [2, 5, 5, 9],
].map(([batch, height, width, channels]) => ({ batch, height, width, channels }));

const onePixel = tile(1, 1, 1);
/** Relative error allowed for exp and for a quotient: a few float32 steps. */
const RELATIVE = 4 * 2 ** -23;

const unaryOps: Record<UnaryOp, (v: number) => number> = {
  relu: (v) => (v < 0 ? 0 : v),
  relu6: (v) => (v < 0 ? 0 : v > 6 ? 6 : v),
  elu: (v) => (v < 0 ? Math.expm1(v) : v),
  sigmoid: (v) => 1 / (1 + Math.exp(-v)),
  tanh: Math.tanh,
  leakyrelu: (v) => (v < 0 ? 0.25 * v : v),
  clip: (v) => (v < 2 ? 2 : v > 5 ? 5 : v),
};

/**
 * Binary operations; in tfjs maximum and minimum return NaN operands, as Math.max and Math.min do.
 */
const binaryOps: Record<BinaryOp, (a: number, b: number) => number> = {
  add: (a, b) => a + b,
  sub: (a, b) => a - b,
  multiply: (a, b) => a * b,
  divide: (a, b) => a / b,
  maximum: Math.max,
  minimum: Math.min,
  prelu: (a, b) => (a < 0 ? a * b : a),
};

/** Returns whole numbers, and some NaN. */
function values(extent: Extent, name: string): Float32Array {
  const next = stream(sizeOf(extent), name);
  return integers(next, sizeOf(extent), 9).map((v) => (next() < 0.05 ? Number.NaN : v));
}

/** Epilogue step with its inputs, and its value in numbers. */
interface Given {
  readonly step: Step;
  /** Values of the step's operands, in their order. */
  readonly operands: readonly Float32Array[];
  /** Uniforms, named without the step's name. */
  readonly parameters?: Uniforms;
  value(before: readonly number[], operands: readonly number[]): number;
  /** Absolute error allowed beyond a few roundings. */
  readonly absolute?: number;
}

const kinds: readonly Broadcast[] = ['same', 'channel', 'batchChannel', 'scalar'];
const parameters = { Alpha: 0.25, Range: [2, 5], Epsilon: 2 ** -7, Value: 3 };

describe('element-wise programs, run in Node', () => {
  for (const op of Object.keys(unaryOps) as UnaryOp[]) {
    it(`compute ${op} in every tile`, () => everywhere(() => [unaryStep(op)]));
  }

  for (const kind of kinds) {
    for (const swapped of [false, true]) {
      it(`compute every binary function, with an operand of kind ${kind}${swapped ? ' first' : ' second'}`, () => {
        for (const op of Object.keys(binaryOps) as BinaryOp[]) {
          everywhere((extent) => [binaryStep(op, kind, swapped, extent)]);
        }
      });
    }
  }

  for (const swapped of [false, true]) {
    it(`compute every binary function, with a uniform ${swapped ? 'first' : 'second'}`, () => {
      for (const op of Object.keys(binaryOps) as BinaryOp[]) {
        everywhere(() => [uniformStep(op, swapped)]);
      }
    });
  }

  for (const offset of [false, true]) {
    for (const scale of [false, true]) {
      const given = [offset ? 'with offset' : '', scale ? 'with scale' : ''].join(' ').trim();
      it(`compute batch norm ${given || 'with neither offset nor scale'}`, () => {
        everywhere((extent) => [batchNormStep(offset, scale, extent)]);
      });
    }
  }

  it('compute steps one after another, each with operands of its own', () => {
    for (const join of [(given: Given) => given, joined]) {
      everywhere((extent) => [
        batchNormStep(true, true, extent),
        unaryStep('clip'),
        join(binaryStep('multiply', 'channel', false, extent)),
        join(binaryStep('sub', 'same', true, extent)),
        unaryStep('leakyrelu'),
      ]);
    }
  });

  it('compute a joined step at once', () => {
    everywhere((extent) => [joined(binaryStep('add', 'channel', false, extent))]);
  });

  it('compute with a value from before an earlier step, as in x * sigmoid(x)', () => {
    everywhere((extent) => [
      binaryStep('add', 'scalar', false, extent),
      unaryStep('sigmoid'),
      earlierStep('multiply', 1, false),
      earlierStep('sub', 0, true),
    ]);
  });
});

function joined(given: Given): Given {
  return { ...given, step: { ...given.step, joined: true } };
}

function unaryStep(op: UnaryOp): Given {
  const absolute = op === 'elu' ? 2 ** -24 : 0;
  const value = (before: readonly number[]) => unaryOps[op](before.at(-1) as number);
  return { step: { op }, operands: [], parameters, value, absolute };
}

function binaryStep(op: BinaryOp, operand: Broadcast, swapped: boolean, extent: Extent): Given {
  return {
    step: { op, operand, swapped },
    operands: [values(extentOfOperand(operand, extent), 'operand')],
    value: (before, [other]) => {
      const value = before.at(-1) as number;
      return swapped ? binaryOps[op](other, value) : binaryOps[op](value, other);
    },
  };
}

function uniformStep(op: BinaryOp, swapped: boolean): Given {
  const value = (before: readonly number[]) => {
    const v = before.at(-1) as number;
    return swapped ? binaryOps[op](3, v) : binaryOps[op](v, 3);
  };
  return { step: { op, operand: 'uniform', swapped }, operands: [], parameters, value };
}

function earlierStep(op: BinaryOp, operand: number, swapped: boolean): Given {
  return {
    step: { op, operand, swapped },
    operands: [],
    value: (before) => {
      const value = before.at(-1) as number;
      return swapped
        ? binaryOps[op](before[operand], value)
        : binaryOps[op](value, before[operand]);
    },
  };
}

function batchNormStep(offset: boolean, scale: boolean, extent: Extent): Given {
  const one = extentOfOperand('channel', extent);
  const step = { op: 'batchNorm', offset, scale } as const;
  return {
    step,
    operands: stepOperands(step).map(({ part }) =>
      part === 'Variance' ? values(one, part).map(Math.abs) : values(one, part),
    ),
    parameters,
    value: (before, [mean, variance, ...rest]) => {
      const factor = (scale ? (rest.at(-1) as number) : 1) / Math.sqrt(variance + 2 ** -7);
      return ((before.at(-1) as number) - mean) * factor + (offset ? rest[0] : 0);
    },
    // The sum may be small although its terms are not: they reach 18 * 9 / sqrt(epsilon) and 9.
    absolute: 18 * 9 * 12 * RELATIVE,
  };
}

function extentOfOperand(broadcast: Broadcast, { batch, height, width, channels }: Extent): Extent {
  if (broadcast === 'same') return { batch, height, width, channels };
  const own = broadcast === 'scalar' ? 1 : channels;
  return { batch: broadcast === 'batchChannel' ? batch : 1, height: 1, width: 1, channels: own };
}

/** Draws the steps in every tile and extent, and compares every texel. */
function everywhere(make: (extent: Extent) => readonly Given[]): void {
  for (const inTile of tiles) {
    for (const extent of extents) {
      const given = make(extent);
      const x = values(extent, 'x');
      const layout = smallLayout(extent, inTile);
      const textures: Texture[] = planesOf(x, layout);
      const uniforms: Record<string, Uniforms[string]> = {
        ...named('x', layoutUniforms(layout)),
        ...named('out', layoutUniforms(layout)),
        noBits: 0,
      };
      for (const [index, { step, operands, parameters: own = {} }] of given.entries()) {
        for (const [name, value] of Object.entries(own)) uniforms[stepName(index, name)] = value;
        for (const [i, { part, broadcast }] of stepOperands(step).entries()) {
          const operandLayout =
            broadcast === 'same'
              ? layout
              : smallLayout(extentOfOperand(broadcast, extent), onePixel);
          Object.assign(uniforms, named(stepName(index, part), layoutUniforms(operandLayout)));
          textures.push(...planesOf(operands[i], operandLayout));
        }
      }
      const steps = given.map(({ step }) => step);
      const spec: ProgramSpec = { family: 'elementwise', tile: inTile, steps };
      const size = { width: layout.texWidth, height: layout.texHeight };
      const drawn = runProgram(programText(spec), textures, uniforms, size);
      const wanted = [...places(extent)].map((at) => valueOfSteps(given, x[at.flat], extent, at));
      const absolute = given.reduce((sum, step) => sum + (step.absolute ?? 0), 0);
      // Intermediate values may be larger than the result, and later factors multiply their errors.
      const [scale, floor] = given.length > 1 ? [9 * given.length, RELATIVE] : [1, 0];
      const bounds = wanted.map((v) =>
        Number.isFinite(v) ? scale * (RELATIVE * Math.abs(v) + floor + absolute) : 0,
      );
      const what = `${steps.map(({ op }) => op).join(', ')} in ${tileName(inTile)}`;
      expectPlanes(drawn, wanted, layout, what, { bounds });
    }
  }
}

function valueOfSteps(
  given: readonly Given[],
  x: number,
  { channels }: Extent,
  { n, channel, flat }: { n: number; channel: number; flat: number },
): number {
  const before = [x];
  for (const { step, operands, value } of given) {
    const taken = stepOperands(step).map(({ broadcast }, i) => {
      if (broadcast === 'same') return operands[i][flat];
      if (broadcast === 'scalar') return operands[i][0];
      return operands[i][broadcast === 'batchChannel' ? n * channels + channel : channel];
    });
    before.push(value(before, taken));
  }
  return before.at(-1) as number;
}
