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
import { type Extent, type Tile, tileName } from '../../../../../kernels/webgl/layout/tile.js';
import { type ProgramSpec, programText } from '../../../../../kernels/webgl/programs/index.js';
import {
  attributeName,
  operandPlacement,
  type Step,
  stepName,
  stepOperands,
  type TextureBroadcast,
} from '../../../../../kernels/webgl/programs/steps.js';
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

const kinds: readonly TextureBroadcast[] = [
  'same',
  'channel',
  'batchChannel',
  'scalar',
  'b',
  'h',
  'w',
  'bh',
  'bw',
  'hw',
  'hc',
  'wc',
  'bhw',
  'bhc',
  'bwc',
  'hwc',
];
const parameters = {
  Alpha: 0.25,
  ClipValueMin: 2,
  ClipValueMax: 5,
  Epsilon: 2 ** -7,
  Value: 3,
};

/** Binary functions, of which each shows what the others might not. */
const telling = ['sub', 'maximum', 'prelu', 'equal'] as const satisfies readonly BinaryOp[];

describe('element-wise programs, run in Node', () => {
  for (const op of ['relu6', 'leakyrelu', 'clip', 'sigmoid', 'isNaN'] as const) {
    it(`compute ${op} in every tile`, () => everywhere(() => [unaryStep(op)]));
  }

  it('compute every unary function, and leave zeros outside the tensor', () => {
    for (const op of Object.keys(unaryRows) as UnaryOp[]) {
      everywhere(() => [unaryStep(op)], [tile(3, 2, 1)]);
    }
  });

  it('compute every binary function, and leave zeros outside the tensor', () => {
    for (const op of Object.keys(binaryRows) as BinaryOp[]) {
      everywhere((extent) => [binaryStep(op, 'same', false, extent)], [tile(3, 2, 1)]);
      everywhere((extent) => [binaryStep(op, 'wc', true, extent)], [tile(1, 2, 3)]);
    }
  });

  for (const kind of kinds) {
    for (const swapped of [false, true]) {
      it(`compute binary functions, with an operand of kind ${kind}${swapped ? ' first' : ' second'}`, () => {
        everywhere((extent) =>
          telling.map((op, i) => joined(binaryStep(op, kind, swapped !== (i === 1), extent))),
        );
      });
    }
  }

  for (const axes of ['c', 'bc'] as const) {
    it(`read one pixel (${axes}) in a tile of its own, of more slices, as many, or fewer`, () => {
      const manySlices = [{ batch: 2, height: 1, width: 3, channels: 41 }];
      for (const own of [tile(1, 1, 8), tile(2, 1, 2)]) {
        const inTiles = [tile(2, 1, 1), tile(2, 1, 2), tile(1, 1, 8)];
        const pixel = { axes, tile: own };
        const step = (extent: Extent) => [joined(binaryStep('sub', pixel, true, extent))];
        everywhere(step, inTiles, 'same', manySlices);
        everywhere(step, inTiles, pixel, manySlices);
      }
    });
  }

  for (const swapped of [false, true]) {
    it(`compute binary functions, with a uniform ${swapped ? 'first' : 'second'}`, () => {
      for (const op of telling) everywhere(() => [uniformStep(op, swapped)]);
    });
  }

  it('add and select among several inputs, whichever of them is the value', () => {
    for (const position of [0, 1, 2]) {
      everywhere((extent) => [
        manyStep('addN', position, ['same', 'hw'], extent),
        joined(manyStep('select', position, [0, 'channel'], extent)),
      ]);
    }
  });

  for (const kind of kinds) {
    if (kind === 'same') continue;
    it(`spread a tensor of kind ${kind} over the others`, () => {
      everywhere((extent) => [binaryStep('add', 'same', false, extent)], tiles, kind);
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
  const { reference, attributes = [] }: UnaryRow = unaryRows[op];
  const given = attributes.map((name) => {
    return parameters[attributeName(name) as keyof typeof parameters];
  });
  const value = (before: readonly number[]) => reference(before.at(-1) as number, ...given);
  return { step: { op }, operands: [], parameters, value, absolute: op === 'erf' ? 2 ** -20 : 0 };
}

function binaryStep(
  op: BinaryOp,
  operand: TextureBroadcast,
  swapped: boolean,
  extent: Extent,
): Given {
  const { reference }: BinaryRow = binaryRows[op];
  return {
    step: { op, operand, swapped },
    operands: [values(extentOfOperand(operand, extent), `${op} operand`)],
    value: (before, [other]) => {
      const value = before.at(-1) as number;
      return swapped ? reference(other, value) : reference(value, other);
    },
  };
}

function uniformStep(op: BinaryOp, swapped: boolean): Given {
  const { reference }: BinaryRow = binaryRows[op];
  const value = (before: readonly number[]) => {
    const v = before.at(-1) as number;
    return swapped ? reference(3, v) : reference(v, 3);
  };
  return { step: { op, operand: 'uniform', swapped }, operands: [], parameters, value };
}

function earlierStep(op: BinaryOp, operand: number, swapped: boolean): Given {
  const { reference }: BinaryRow = binaryRows[op];
  return {
    step: { op, operand, swapped },
    operands: [],
    value: (before) => {
      const value = before.at(-1) as number;
      return swapped ? reference(before[operand], value) : reference(value, before[operand]);
    },
  };
}

function manyStep(
  op: 'addN' | 'select',
  position: number,
  operands: readonly (TextureBroadcast | number)[],
  extent: Extent,
): Given {
  const inTextures = operands.filter((kind) => typeof kind !== 'number');
  return {
    step: { op, position, operands },
    operands: inTextures.map((kind, i) => values(extentOfOperand(kind, extent), `input ${i}`)),
    value: (before, taken) => {
      const left = [...taken];
      const others = operands.map((kind) =>
        typeof kind === 'number' ? before[kind] : (left.shift() as number),
      );
      const inputs = [
        ...others.slice(0, position),
        before.at(-1) as number,
        ...others.slice(position),
      ];
      if (op === 'addN') return inputs[0] + inputs[1] + inputs[2];
      return inputs[0] === 0 ? inputs[2] : inputs[1];
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

function extentOfOperand(broadcast: TextureBroadcast, extent: Extent): Extent {
  return operandPlacement(broadcast, extent, onePixel).extent;
}

/**
 * Draws the steps in every tile and extent, and compares every texel.
 * @param from broadcast of the tensor that the program reads
 */
function everywhere(
  make: (extent: Extent) => readonly Given[],
  inTiles: readonly Tile[] = tiles,
  from: TextureBroadcast = 'same',
  all: readonly Extent[] = extents,
): void {
  for (const inTile of inTiles) {
    for (const extent of all) {
      const given = make(extent);
      const layout = smallLayout(extent, inTile);
      const textures: Texture[] = [];
      const uniforms: Record<string, Uniforms[string]> = {
        ...named('out', layoutUniforms(layout)),
        noBits: 0,
      };
      /** Binds an operand, and returns its value at each place. */
      const bind = (name: string, broadcast: TextureBroadcast, of: Float32Array) => {
        const own = operandPlacement(broadcast, extent, inTile);
        const ownLayout = smallLayout(own.extent, own.tile);
        Object.assign(uniforms, named(name, layoutUniforms(ownLayout)));
        textures.push(...planesOf(of, ownLayout));
        return (at: Place) => of[flatIn(own.extent, at)];
      };
      const x = bind('x', from, values(extentOfOperand(from, extent), 'x'));
      const taken = given.map(({ step, operands, parameters: own = {} }, index) => {
        for (const [name, value] of Object.entries(own)) uniforms[stepName(index, name)] = value;
        return stepOperands(step).map(({ part, broadcast }, i) =>
          bind(stepName(index, part), broadcast, operands[i]),
        );
      });
      const steps = given.map(({ step }) => step);
      const spec: ProgramSpec = { family: 'elementwise', tile: inTile, steps };
      const size = { width: layout.texWidth, height: layout.texHeight };
      const text = programText(from === 'same' ? spec : { ...spec, from });
      const drawn = runProgram(text, textures, uniforms, size);
      const wanted = [...places(extent)].map((at) => {
        const before = [x(at)];
        for (const [index, { value }] of given.entries()) {
          before.push(
            value(
              before,
              taken[index].map((operand) => operand(at)),
            ),
          );
        }
        return before.at(-1) as number;
      });
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

type Place = Readonly<Record<'n' | 'y' | 'x' | 'channel', number>>;

/** Returns the index of a place in the flat data of an extent, which is 1 where it broadcasts. */
function flatIn({ batch, height, width, channels }: Extent, { n, y, x, channel }: Place): number {
  const row = Math.min(n, batch - 1) * height + Math.min(y, height - 1);
  return (row * width + Math.min(x, width - 1)) * channels + Math.min(channel, channels - 1);
}
