/** All program families: a program's text is a function of its spec alone. */
import { type Conv2DSpec, conv2dProgram } from './conv2d.js';
import {
  type PackFilterSpec,
  packFilterProgram,
  type RetileSpec,
  retileProgram,
  type TileSpec,
  tileProgram,
  type UntileSpec,
  untileProgram,
} from './convert.js';
import { type DepthwiseSpec, depthwiseProgram } from './depthwise.js';
import {
  type BatchNormSpec,
  type BinarySpec,
  batchNormProgram,
  binaryProgram,
  type UnarySpec,
  unaryProgram,
} from './elementwise.js';
import {
  type GeneralConv2DSpec,
  type GeneralDepthwiseSpec,
  generalConv2dProgram,
  generalDepthwiseProgram,
} from './general.js';
import type { ProgramSource } from './source.js';

export type ProgramSpec =
  | Conv2DSpec
  | GeneralConv2DSpec
  | DepthwiseSpec
  | GeneralDepthwiseSpec
  | UnarySpec
  | BinarySpec
  | BatchNormSpec
  | TileSpec
  | UntileSpec
  | RetileSpec
  | PackFilterSpec;

type Families = {
  [F in ProgramSpec['family']]: (spec: Extract<ProgramSpec, { family: F }>) => ProgramSource;
};

const families: Families = {
  conv2d: conv2dProgram,
  generalConv2d: generalConv2dProgram,
  depthwise: depthwiseProgram,
  generalDepthwise: generalDepthwiseProgram,
  unary: unaryProgram,
  binary: binaryProgram,
  batchNorm: batchNormProgram,
  tile: tileProgram,
  untile: untileProgram,
  retile: retileProgram,
  packFilter: packFilterProgram,
};

/** The GLSL of a program. */
export function programText(spec: ProgramSpec): ProgramSource {
  return (families[spec.family] as (spec: ProgramSpec) => ProgramSource)(spec);
}

/** Canonical text of a spec, whatever the order of its fields: the key of the program cache. */
export function programKey(spec: ProgramSpec): string {
  return canonical(spec);
}

function canonical(value: unknown): string {
  if (typeof value !== 'object' || value === null) return String(value);
  const fields = Object.entries(value).sort(([a], [b]) => (a < b ? -1 : 1));
  return `{${fields.map(([name, field]) => `${name}:${canonical(field)}`).join()}}`;
}
