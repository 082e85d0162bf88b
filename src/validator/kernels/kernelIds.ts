/** Fields of the ids of kernel cases, in the order in which they are written. */

import {
  type Codec,
  decimal,
  decimals,
  downAcross,
  equation,
  natural,
  naturals,
  oneOf,
  operand,
  padding,
  yes,
} from '../codecs.js';
import { activationNames } from '../convCase.js';
import { type KernelCase, kernelDataNames, kernelSourceNames, operandNames } from './kernelCase.js';
import type { KernelField, KernelRow } from './kernelRow.js';

/** Field of an id: the case's property, and the codec of its text. */
export interface IdField {
  readonly key: string;
  readonly required: boolean;
  readonly codec: Codec<unknown>;
}

type Written = {
  readonly [K in Exclude<keyof KernelCase, 'kernel'>]-?: readonly [string, unknown];
};

const types = oneOf('float32', 'int32', 'bool');

/** Names and codecs by property. */
const fields = {
  in: ['in', operand],
  b: ['b', operand],
  condition: ['cond', operand],
  window: ['f', downAcross],
  stride: ['stride', downAcross],
  pad: ['pad', padding],
  dilation: ['dil', downAcross],
  rounding: ['round', oneOf('floor', 'round', 'ceil')],
  axis: ['axis', natural],
  axes: ['axes', naturals],
  batchDims: ['batch', natural],
  keepDims: ['keep', yes],
  perm: ['perm', naturals],
  equation: ['eq', equation],
  transposeA: ['ta', yes],
  transposeB: ['tb', yes],
  bias: ['bias', operand],
  activation: ['act', oneOf(...activationNames)],
  prelu: ['prelu', operand],
  alpha: ['alpha', decimal],
  begin: ['begin', naturals],
  size: ['size', naturals],
  alignCorners: ['align', yes],
  halfPixelCenters: ['half', yes],
  pads: ['pads', naturals],
  value: ['value', decimal],
  mode: ['mode', oneOf('reflect', 'symmetric')],
  reps: ['reps', naturals],
  block: ['block', naturals],
  sizes: ['sizes', naturals],
  args: ['args', decimals],
  type: ['type', oneOf('int32', 'bool')],
  to: ['to', types],
  wrt: ['wrt', oneOf(...operandNames)],
  data: ['data', oneOf(...kernelDataNames)],
  from: ['from', oneOf(...kernelSourceNames)],
  seed: ['seed', natural],
} as const satisfies Written;

const ofAll = { in: true, data: false, from: false, seed: true } as const;

/** Returns the fields of a kernel's ids, by name. */
export function fieldsOfRow({ required = [], optional = [] }: KernelRow): Record<string, IdField> {
  const isRequired = new Map<string, boolean>([
    ...Object.entries(ofAll),
    ...optional.map((key): [KernelField, boolean] => [key, false]),
    ...required.map((key): [KernelField, boolean] => [key, true]),
  ]);
  return Object.fromEntries(
    Object.entries(fields).flatMap(([key, [name, codec]]) => {
      const needed = isRequired.get(key);
      return needed === undefined
        ? []
        : [[name, { key, required: needed, codec: codec as Codec<unknown> }]];
    }),
  ) as Record<string, IdField>;
}
