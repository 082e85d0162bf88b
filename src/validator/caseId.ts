/**
 * Ids of cases. An id is a text that holds the whole case:
 * `conv2d:in=1x7x9x3;f=3x2x3x8;stride=3x2;pad=same;dil=1;fmt=NHWC;act=relu;seed=1` or
 * `maxPool:in=1x7x9x3;f=3x2;stride=2;pad=same;from=conv;seed=1`.
 * The same id names the case in every test, and any test can rerun the case from it.
 */
import { type Case, isConvCase } from './cases.js';
import {
  type Codec,
  decimal,
  downAcross,
  natural,
  oneOf,
  operand,
  padding,
  sizes,
} from './codecs.js';
import { activationNames, type ConvCase, dataNames, kernelNames, sourceNames } from './convCase.js';
import { convContradiction } from './convContradiction.js';
import { kernelContradiction } from './kernels/kernelContradiction.js';
import { fieldsOfRow, type IdField } from './kernels/kernelIds.js';
import { kernelTable, rowOf } from './kernels/kernelTable.js';

type Fields = Readonly<Record<string, IdField>>;

const needed = <T>(key: keyof ConvCase, codec: Codec<T>): IdField => ({
  ...{ key, codec: codec as Codec<unknown>, required: true },
});
const optional = <T>(key: keyof ConvCase, codec: Codec<T>): IdField => ({
  ...needed(key, codec),
  required: false,
});

/** Fields of a convolution's id, in the order in which they are written. */
const convFields: Fields = {
  in: needed('in', sizes),
  f: needed('filter', sizes),
  stride: needed('stride', downAcross),
  pad: needed('pad', padding),
  dil: needed('dilation', downAcross),
  fmt: needed('format', oneOf('NHWC', 'NCHW')),
  round: optional('rounding', oneOf('floor', 'round', 'ceil')),
  bias: optional('bias', operand),
  act: optional('activation', oneOf(...activationNames)),
  prelu: optional('prelu', operand),
  alpha: optional('alpha', decimal),
  data: optional('data', oneOf(...dataNames)),
  from: optional('from', oneOf(...sourceNames)),
  seed: needed('seed', natural),
};

/** Returns the fields of the ids of a kernel of the table, or those of convolutions. */
function fieldsOf(kernel: string): Fields {
  const row = rowOf(kernel);
  return row === undefined ? convFields : fieldsOfRow(row);
}

/** Returns the id of a case. `parseCaseId` turns it back into the same case. */
export function caseId(c: Case): string {
  const values = c as unknown as Readonly<Record<string, unknown>>;
  const written = Object.entries(fieldsOf(c.kernel))
    .filter(([, { key }]) => values[key] !== undefined)
    .map(([name, { key, codec }]) => `${name}=${codec.write(values[key])}`);
  return `${c.kernel}:${written.join(';')}`;
}

/** The id of a convolution that is written out in a program. */
type ConvId = `${ConvCase['kernel']}:${string}`;

const kernels = oneOf(...kernelNames, ...Object.keys(kernelTable));

/**
 * Parses the case from an id, whose fields may be in any order.
 * @throws Error that names the id, the field, its value, and the values that would be right.
 */
export function parseCaseId(id: ConvId): ConvCase;
export function parseCaseId(id: string): Case;
export function parseCaseId(id: string): Case {
  const fail = (what: string): never => {
    throw new Error(`Case id ${JSON.stringify(id)}: ${what}`);
  };
  const [name, ...rest] = id.split(':');
  const kernel = kernels.read(name) ?? fail(`kernel "${name}" must be ${kernels.expected}`);
  const fields = fieldsOf(kernel);
  const found: Record<string, unknown> = { kernel };
  for (const part of rest.join(':').split(';')) {
    const [field, ...value] = part.split('=');
    if (!Object.hasOwn(fields, field)) {
      return fail(`unknown field "${part}"; fields are ${Object.keys(fields).join(', ')}`);
    }
    const { key, codec } = fields[field];
    if (key in found) fail(`${field} is given twice`);
    const text = value.join('=');
    found[key] = codec.read(text) ?? fail(`${field}=${text} must be ${codec.expected}`);
  }
  for (const [field, { key, required, codec }] of Object.entries(fields)) {
    if (required && !(key in found)) fail(`${field} is missing; it must be ${codec.expected}`);
  }
  const c = found as unknown as Case;
  const contradiction = contradictionIn(c);
  return contradiction == null ? c : fail(contradiction);
}

/** Returns the reason why a case is meaningless for every backend, or null. */
export function contradictionIn(c: Case): string | null {
  return isConvCase(c) ? convContradiction(c) : kernelContradiction(c);
}
