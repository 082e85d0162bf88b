/**
 * Epilogue of a program that computes tiles: element-wise steps on its values, and zeros outside
 * the tensor. Bias and activation of a convolution are epilogue steps, and so is every element-wise
 * kernel.
 */

import { nanGlsl } from '../glsl/nan.js';
import { functionsOf } from '../glsl/stepFunctions.js';
import { positionOf, type Tile } from '../layout/tile.js';
import { maskedStores, type ProgramSource, range } from './source.js';
import { broadcastsOf, type Step } from './steps.js';
import { type StepText, stepText } from './stepText.js';
import type { Window } from './window.js';
import { sumDeclarations } from './windowFetches.js';

/**
 * Returns GLSL that turns `sum{plane}` into the targets. It expects `tile` (the output tile) and
 * `outSlice` (the tile's first slice) of the program.
 * @param whole 'tiles' if no value outside the tensor has to be made zero, because there is none, or all
 *   are zero already and stay zero; 'channels' if no slice has lanes that are no channels
 * @param biasFirst true if the program declares its sums by `sums`, which may begin with the bias
 */
export function epilogue(
  steps: readonly Step[],
  out: Tile,
  whole?: Window['whole'],
  biasFirst = false,
) {
  const parts = steps.map((step, index) => stepText(step, index, out));
  const first = biasFirst && beginsWithBias(steps) ? 1 : 0;
  const lines = [...new Set(parts.slice(first).flatMap(({ before }) => before))];
  const planes = range(out.w * out.h * out.c);
  const joined = (k: number) => steps[k]?.joined === true;
  const valueAt = (plane: number, k: number) =>
    k === first && !joined(first) ? `sum${plane}` : `value${plane}_${k}`;
  for (const plane of planes) {
    const { pc } = positionOf(out, plane);
    if (joined(first)) lines.push(`  vec4 ${valueAt(plane, first)} = asStored(sum${plane});`);
    for (const [k, { value }] of parts.entries()) {
      if (k < first) continue;
      const text = value((step) => valueAt(plane, step), plane, pc);
      lines.push(
        `  vec4 ${valueAt(plane, k + 1)} = ${joined(k + 1) ? `asStored(${text})` : text};`,
      );
    }
  }
  const values = planes.map((plane) => valueAt(plane, steps.length));
  const stores =
    whole === 'tiles'
      ? values.map((value, plane) => `  target${plane} = ${value};`)
      : maskedStores(values, out, whole === 'channels');
  return {
    samplers: parts.flatMap(({ samplers }) => samplers),
    chunks: [
      nanGlsl,
      ...(steps.some((step) => step.joined) ? [asStored] : []),
      ...new Set(parts.flatMap(({ chunks }) => chunks)),
      ...functionsOf(parts.flatMap(({ ops }) => ops)),
    ],
    body: [...lines, ...stores].join('\n'),
    /** GLSL that declares the sums, as sumDeclarations() does or with the bias in them. */
    sums: first === 0 ? sumDeclarations(out) : biasedSums(parts[0], out),
  };
}

/**
 * True if the first step adds a bias to a value that no other step reads, and that was never stored:
 * sums may begin with it, which saves an addition for each.
 */
function beginsWithBias(steps: readonly Step[]): boolean {
  const [step] = steps;
  if (step?.op !== 'add' || step.operand !== 'channel' || step.joined) return false;
  return !steps.some((later) => later.of === 0 || broadcastsOf(later).includes(0));
}

/** Returns the sums after a first step, which is applied to zero: so no sum begins with a negative zero. */
function biasedSums({ before, value }: StepText, out: Tile): string {
  const sums = range(out.w * out.h * out.c).map((plane) => {
    const text = value(() => 'vec4(0.0)', plane, positionOf(out, plane).pc);
    return `  vec4 sum${plane} = ${text};`;
  });
  return [...before, ...sums].join('\n');
}

const STORED = 'uintBitsToFloat(floatBitsToUint(v) ^ uint(noBits))';
// One number at a time, because SwiftShader lets a NaN change bits of the number that it is packed with.
const laneAsHalf = (v: string) => `unpackHalf2x16(packHalf2x16(vec2(${v}, 0.0)) ^ uint(noBits)).x`;
const STORED_AS_HALF = `vec4(${['v.x', 'v.y', 'v.z', 'v.w'].map(laneAsHalf)})`;

/**
 * GLSL that makes a step return the same bits in a fused program as in a separate one. Compilers
 * contract and reorder arithmetic if they see both ends of it, but cannot see through a uniform.
 */
const asStored = /* glsl */ `
uniform int noBits;
vec4 asStored(vec4 v) { return ${STORED}; }`;

/** Returns a program whose values on the way are rounded as if they had been stored in half floats. */
export function storedAsHalf(source: ProgramSource): ProgramSource {
  return { ...source, fragment: source.fragment.replace(STORED, STORED_AS_HALF) };
}
