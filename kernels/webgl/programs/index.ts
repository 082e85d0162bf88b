/** All program families. The text of a program depends on its spec alone. */
import type { PlaneStorage } from '../layout/planeNames.js';
import type { Precision } from '../layout/precision.js';
import { type ArgReduceSpec, argReduceProgram } from './argReduce.js';
import { type ConcatSpec, concatProgram } from './concat.js';
import { type Conv2DSpec, conv2dProgram } from './conv2d.js';
import {
  type PackFilterSpec,
  packFilterProgram,
  type TileSpec,
  tileProgram,
  type UntileSpec,
  untileProgram,
} from './convert.js';
import { type DepthwiseSpec, depthwiseProgram } from './depthwise.js';
import {
  type DepthwiseTransposedSpec,
  depthwiseTransposedProgram,
  type GeneralDepthwiseTransposedSpec,
  generalDepthwiseTransposedProgram,
} from './depthwiseTransposed.js';
import { type ElementwiseSpec, elementwiseProgram } from './elementwise.js';
import { storedAsHalf } from './epilogue.js';
import { type FilterGradientSpec, filterGradientProgram } from './filterGradient.js';
import {
  type GeneralConv2DSpec,
  type GeneralDepthwiseSpec,
  generalConv2dProgram,
  generalDepthwiseProgram,
} from './general.js';
import { type InterleaveSpec, interleaveProgram } from './interleave.js';
import { layered } from './layered.js';
import { longRows } from './longRows.js';
import { type MatMulSpec, matMulProgram } from './matMul.js';
import { type MoveSpec, moveProgram } from './move.js';
import { type GeneralPoolSpec, generalPoolProgram, type PoolSpec, poolProgram } from './pool.js';
import { type PoolGradientSpec, poolGradientProgram } from './poolGradient.js';
import { type ProbeSpec, probeProgram } from './probe.js';
import { type ReduceSpec, reduceProgram } from './reduce.js';
import { type ResizeSpec, resizeProgram } from './resize.js';
import { type ResizeGradientSpec, resizeGradientProgram } from './resizeGradient.js';
import { type ShiftSpec, shiftProgram } from './shift.js';
import {
  type SoftmaxSpec,
  type SoftmaxTermsSpec,
  softmaxProgram,
  softmaxTermsProgram,
} from './softmax.js';
import type { ProgramSource } from './source.js';
import { type RankedSpec, type RankSpec, rankedProgram, rankProgram } from './topK.js';
import {
  type GeneralTransposedSpec,
  generalTransposedProgram,
  type TransposedSpec,
  transposedProgram,
} from './transposed.js';
import {
  type WinogradInputSpec,
  type WinogradProductsSpec,
  winogradInputProgram,
  winogradProductsProgram,
} from './winograd.js';
import { type WinogradFilterSpec, winogradFilterProgram } from './winogradFilter.js';
import { type WinogradOutputSpec, winogradOutputProgram } from './winogradOutput.js';

export type ConvSpec =
  | Conv2DSpec
  | GeneralConv2DSpec
  | DepthwiseSpec
  | GeneralDepthwiseSpec
  | TransposedSpec
  | GeneralTransposedSpec
  | WinogradOutputSpec;

/** Specs of programs whose epilogue can be extended by element-wise kernels. */
export type SteppedSpec =
  | ConvSpec
  | ElementwiseSpec
  | ShiftSpec
  | ConcatSpec
  | MatMulSpec
  | MoveSpec;

export type ProgramSpec =
  | SteppedSpec
  | InterleaveSpec
  | PoolSpec
  | GeneralPoolSpec
  | PoolGradientSpec
  | ReduceSpec
  | ArgReduceSpec
  | SoftmaxTermsSpec
  | SoftmaxSpec
  | RankSpec
  | RankedSpec
  | ResizeSpec
  | ResizeGradientSpec
  | FilterGradientSpec
  | DepthwiseTransposedSpec
  | GeneralDepthwiseTransposedSpec
  | TileSpec
  | UntileSpec
  | PackFilterSpec
  | WinogradFilterSpec
  | WinogradInputSpec
  | WinogradProductsSpec
  | ProbeSpec;

type Families = {
  [F in ProgramSpec['family']]: (
    spec: Extract<ProgramSpec, { family: F }>,
    storage: PlaneStorage,
  ) => ProgramSource;
};

const families: Families = {
  conv2d: conv2dProgram,
  generalConv2d: generalConv2dProgram,
  depthwise: depthwiseProgram,
  generalDepthwise: generalDepthwiseProgram,
  elementwise: elementwiseProgram,
  concat: concatProgram,
  interleave: interleaveProgram,
  shift: shiftProgram,
  move: moveProgram,
  pool: poolProgram,
  generalPool: generalPoolProgram,
  poolGradient: poolGradientProgram,
  matMul: matMulProgram,
  reduce: reduceProgram,
  argReduce: argReduceProgram,
  softmaxTerms: softmaxTermsProgram,
  softmax: softmaxProgram,
  rank: rankProgram,
  ranked: rankedProgram,
  resize: resizeProgram,
  resizeGradient: resizeGradientProgram,
  filterGradient: filterGradientProgram,
  depthwiseTransposed: depthwiseTransposedProgram,
  generalDepthwiseTransposed: generalDepthwiseTransposedProgram,
  transposed: transposedProgram,
  generalTransposed: generalTransposedProgram,
  tile: tileProgram,
  untile: untileProgram,
  packFilter: packFilterProgram,
  winogradFilter: winogradFilterProgram,
  winogradInput: winogradInputProgram,
  winogradProducts: winogradProductsProgram,
  winogradOutput: winogradOutputProgram,
  probe: probeProgram,
};

/** Rows of the operands and of the result of a program: all whole, or some in parts. */
export type Rows = 'whole' | 'long';

/** Returns the GLSL of a program that reads planes in this storage, of values of this precision. */
export function programText(
  spec: ProgramSpec,
  storage: PlaneStorage = 'textures',
  precision: Precision = 'float32',
  rows: Rows = 'whole',
): ProgramSource {
  const family = families[spec.family] as Family;
  const ofWhole = family(spec, storage);
  const source = rows === 'long' ? longRows(ofWhole) : ofWhole;
  const rounded = precision === 'half' ? storedAsHalf(source) : source;
  return storage === 'layers' ? layered(rounded) : rounded;
}

type Family = (spec: ProgramSpec, storage: PlaneStorage) => ProgramSource;

/**
 * Returns the canonical text of a spec, in any order of its fields: the key of the program cache.
 */
export function programKey(spec: ProgramSpec): string {
  return canonical(spec);
}

function canonical(value: unknown): string {
  if (typeof value !== 'object' || value === null) return String(value);
  const fields = Object.entries(value).sort(([a], [b]) => (a < b ? -1 : 1));
  return `{${fields.map(([name, field]) => `${name}:${canonical(field)}`).join()}}`;
}
