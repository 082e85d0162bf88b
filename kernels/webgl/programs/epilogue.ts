/**
 * Epilogue of a program that computes tiles: element-wise steps on its values, and zeros outside
 * the tensor. Bias and activation of a convolution are epilogue steps, and so is every element-wise
 * kernel.
 */

import type { Fusion } from '../../shape/fused.js';
import { nanGlsl } from '../glsl/nan.js';
import {
  type BinaryOp,
  binaryFunctions,
  type UnaryOp,
  unaryFunctions,
} from '../glsl/stepFunctions.js';
import { planeNames } from '../layout/planeNames.js';
import { positionOf, type Tile } from '../layout/tile.js';
import { maskedStores, type ProgramSource, range, type Samplers } from './source.js';

/**
 * Broadcast of a step's second operand:
 *
 * - `same`: the shape and layout of the values.
 * - `channel`, `batchChannel`: one value per channel, or per batch element and channel, in tiles of
 *   1x1x1.
 * - `scalar`, `uniform`: one value, in such a tile or in a uniform.
 * - a number k: the value before step k.
 */
export type Broadcast = 'same' | 'channel' | 'batchChannel' | 'scalar' | 'uniform' | number;

export interface UnaryStep {
  readonly op: UnaryOp;
}

/** Step that computes op(value, operand), or op(operand, value) if `swapped`. */
export interface BinaryStep {
  readonly op: BinaryOp;
  readonly operand: Broadcast;
  readonly swapped: boolean;
}

/**
 * Step that computes (value - mean) * scale / sqrt(variance + epsilon) + offset, as in tfjs-core's
 * batchNorm.
 */
export interface BatchNormStep {
  readonly op: 'batchNorm';
  readonly offset: boolean;
  readonly scale: boolean;
}

/**
 * Epilogue step. `joined` marks a step that is a separate kernel, fused with the kernel before it:
 * its input has the value that it would have had in a texture.
 */
export type Step = (UnaryStep | BinaryStep | BatchNormStep) & { readonly joined?: true };

/** Part of a spec that a later element-wise kernel can extend. */
export interface Stepped {
  readonly steps: readonly Step[];
}

/**
 * Returns the steps for bias and activation of a fused convolution; the slope of prelu has one
 * value per channel.
 */
export function fusionSteps({ bias, activation }: Fusion): Step[] {
  const steps: Step[] = bias ? [{ op: 'add', operand: 'channel', swapped: false }] : [];
  if (activation === 'prelu') steps.push({ op: 'prelu', operand: 'channel', swapped: false });
  else if (activation !== 'linear') steps.push({ op: activation });
  return steps;
}

/** Returns the name of a step's operand, which is also the prefix of its uniforms. */
export function stepName(index: number, part = ''): string {
  return `step${index}${part}`;
}

/**
 * Returns the operands of a step that are in textures, in the order of its samplers, each with its
 * broadcast.
 */
export function stepOperands(step: Step): readonly { part: string; broadcast: Broadcast }[] {
  if (step.op === 'batchNorm') {
    const parts = ['Mean', 'Variance', ...(step.offset ? ['Offset'] : [])];
    return [...parts, ...(step.scale ? ['Scale'] : [])].map((part) => ({
      part,
      broadcast: 'channel',
    }));
  }
  if (!('operand' in step)) return [];
  if (step.operand === 'uniform' || typeof step.operand === 'number') return [];
  return [{ part: '', broadcast: step.operand }];
}

/**
 * Returns GLSL that turns `sum{plane}` into the targets. It expects `tile` (the output tile) and
 * `outSlice` (the tile's first slice) of the program.
 * @param zeroOutside true if no value outside the tensor has to be made zero: there is none, or all are
 *   zero already and stay zero
 */
export function epilogue(steps: readonly Step[], out: Tile, zeroOutside = false) {
  const parts = steps.map((step, index) => stepText(step, index, out));
  const lines = [...new Set(parts.flatMap(({ before }) => before))];
  const planes = range(out.w * out.h * out.c);
  const joined = (k: number) => steps[k]?.joined === true;
  const valueAt = (plane: number, k: number) =>
    k === 0 && !joined(0) ? `sum${plane}` : `value${plane}_${k}`;
  for (const plane of planes) {
    const { pc } = positionOf(out, plane);
    if (joined(0)) lines.push(`  vec4 ${valueAt(plane, 0)} = asStored(sum${plane});`);
    for (const [k, { value }] of parts.entries()) {
      const text = value((step) => valueAt(plane, step), plane, pc);
      lines.push(
        `  vec4 ${valueAt(plane, k + 1)} = ${joined(k + 1) ? `asStored(${text})` : text};`,
      );
    }
  }
  const values = planes.map((plane) => valueAt(plane, steps.length));
  const stores = zeroOutside
    ? values.map((value, plane) => `  target${plane} = ${value};`)
    : maskedStores(values, out);
  return {
    samplers: parts.flatMap(({ samplers }) => samplers),
    chunks: [
      nanGlsl,
      ...(steps.some((step) => step.joined) ? [asStored] : []),
      ...new Set(parts.flatMap(({ chunks }) => chunks)),
    ],
    body: [...lines, ...stores].join('\n'),
  };
}

const STORED = 'uintBitsToFloat(floatBitsToUint(v) ^ uint(noBits))';
const STORED_AS_HALF =
  'vec4(unpackHalf2x16(packHalf2x16(v.xy) ^ uint(noBits)), unpackHalf2x16(packHalf2x16(v.zw)))';

/**
 * GLSL that makes a step return the same bits in a fused program as in a separate program.
 * Compilers contract and reorder arithmetic if they see both ends of it. They cannot see through a
 * uniform, which is 0 unless it is set.
 */
const asStored = /* glsl */ `
uniform int noBits;
vec4 asStored(vec4 v) { return ${STORED}; }`;

/** Returns a program whose values on the way are rounded as if they had been stored in half floats. */
export function storedAsHalf(source: ProgramSource): ProgramSource {
  return { ...source, fragment: source.fragment.replace(STORED, STORED_AS_HALF) };
}

/** True if a step maps zeros to zero. */
export function keepsZero(step: Step): boolean {
  if (step.op === 'batchNorm' || step.op === 'sigmoid' || step.op === 'clip') return false;
  if (!('operand' in step)) return true;
  return step.op !== 'divide' && (step.operand === 'same' || typeof step.operand === 'number');
}

interface StepText {
  readonly samplers: readonly Samplers[];
  /** GLSL before main. */
  readonly chunks: readonly string[];
  /** Lines of main that all planes share. */
  readonly before: readonly string[];
  /** GLSL of the value after the step; `earlier(k)` is the value before step k. */
  value(earlier: (k: number) => string, plane: number, slice: number): string;
}

function stepText(step: Step, index: number, out: Tile): StepText {
  const operands = stepOperands(step).map(({ part, broadcast }) =>
    operandText(stepName(index, part), broadcast, out),
  );
  const text = {
    samplers: operands.flatMap(({ samplers }) => samplers),
    before: operands.flatMap(({ before }) => before),
  };
  const layouts = operands.flatMap(({ chunks }) => chunks);
  if (step.op === 'batchNorm') return { ...text, ...batchNormText(step, index, out, layouts) };
  if (!('operand' in step)) {
    const { uniforms, call } = unaryText(step.op, stepName(index));
    return {
      ...text,
      chunks: [...uniforms, unaryFunctions[step.op]],
      value: (earlier) => call(earlier(index)),
    };
  }
  const { op, operand, swapped } = step;
  const uniform = stepName(index, 'Value');
  const declared = operand === 'uniform' ? [`uniform float ${uniform};`] : [];
  return {
    ...text,
    chunks: [...layouts, ...declared, binaryFunctions[op]],
    value: (earlier, plane, slice) => {
      let other = `vec4(${uniform})`;
      if (typeof operand === 'number') other = earlier(operand);
      else if (operand !== 'uniform') other = operands[0].value(plane, slice);
      const pair = [earlier(index), other];
      return `${op}(${(swapped ? pair.reverse() : pair).join(', ')})`;
    },
  };
}

function unaryText(op: UnaryOp, name: string) {
  if (op === 'leakyrelu') {
    return {
      uniforms: [`uniform float ${name}Alpha;`],
      call: (v: string) => `leakyrelu(${v}, ${name}Alpha)`,
    };
  }
  if (op === 'clip') {
    return {
      uniforms: [`uniform vec2 ${name}Range;`],
      call: (v: string) => `clip(${v}, ${name}Range)`,
    };
  }
  return { uniforms: [], call: (v: string) => `${op === 'tanh' ? 'tanhOf' : op}(${v})` };
}

function batchNormText(
  { offset, scale }: BatchNormStep,
  index: number,
  out: Tile,
  layouts: readonly string[],
) {
  const of = (part: string, slice: number) => `${stepName(index, part)}_${slice}`;
  const factor = (slice: number) => of('Factor', slice);
  const epsilon = stepName(index, 'Epsilon');
  return {
    chunks: [...layouts, `uniform float ${epsilon};`],
    before: [
      ...stepOperands({ op: 'batchNorm', offset, scale }).flatMap(
        ({ part }) => operandText(stepName(index, part), 'channel', out).before,
      ),
      ...range(out.c).map(
        (q) =>
          `  vec4 ${factor(q)} = ${scale ? of('Scale', q) : '1.0'} * inversesqrt(${of('Variance', q)} + ${epsilon});`,
      ),
    ],
    value: (earlier: (k: number) => string, _plane: number, slice: number) =>
      `(${earlier(index)} - ${of('Mean', slice)}) * ${factor(slice)}${offset ? ` + ${of('Offset', slice)}` : ''}`,
  };
}

interface OperandText {
  readonly samplers: readonly Samplers[];
  readonly chunks: readonly string[];
  readonly before: readonly string[];
  value(plane: number, slice: number): string;
}

/** Returns GLSL for an operand in textures, and for its value at a plane of the tile. */
function operandText(name: string, broadcast: Broadcast, out: Tile): OperandText {
  if (broadcast === 'same') {
    const samplers = planeNames(`${name}_`, out);
    return {
      samplers: [samplers],
      chunks: [`uniform TileLayout ${name}Layout;`],
      before: [`  vec2 ${name}At = gl_FragCoord.xy * ${name}Layout.texel;`],
      value: (plane: number, _slice: number) => `texture(${samplers[plane]}, ${name}At)`,
    };
  }
  if (broadcast === 'scalar') {
    return {
      samplers: [name],
      chunks: [],
      before: [`  vec4 ${name}_0 = texture(${name}, vec2(0.0)).xxxx;`],
      value: () => `${name}_0`,
    };
  }
  const batch = broadcast === 'batchChannel';
  const image = batch ? `quotient(tile.z, outLayout.grid.z) * ${name}Layout.grid.z + ` : '';
  return {
    samplers: [name],
    chunks: [`uniform TileLayout ${name}Layout;`],
    before: range(out.c).map(
      (q) =>
        `  vec4 ${name}_${q} = texture(${name}, coordinates(${name}Layout, imageStart(${name}Layout, ${image}outSlice + ${q})));`,
    ),
    value: (_plane: number, slice: number) => `${name}_${slice}`,
  };
}
