/**
 * Ids of cases. An id is a text that holds the whole case:
 * `conv2d:in=1x7x9x3;f=3x2x3x8;stride=3x2;pad=same;dil=1;fmt=NHWC;act=relu;seed=1`.
 * The same id names the case in every test, and any test can rerun the case from it.
 */
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
import { outputOf } from './oracle.js';

/** Fields of an id, in the order in which they are written. */
const fields = {
  in: { key: 'in', required: true, codec: sizes },
  f: { key: 'filter', required: true, codec: sizes },
  stride: { key: 'stride', required: true, codec: downAcross },
  pad: { key: 'pad', required: true, codec: padding },
  dil: { key: 'dilation', required: true, codec: downAcross },
  fmt: { key: 'format', required: true, codec: oneOf('NHWC', 'NCHW') },
  round: { key: 'rounding', required: false, codec: oneOf('floor', 'round', 'ceil') },
  bias: { key: 'bias', required: false, codec: operand },
  act: { key: 'activation', required: false, codec: oneOf(...activationNames) },
  prelu: { key: 'prelu', required: false, codec: operand },
  alpha: { key: 'alpha', required: false, codec: decimal },
  data: { key: 'data', required: false, codec: oneOf(...dataNames) },
  from: { key: 'from', required: false, codec: oneOf(...sourceNames) },
  seed: { key: 'seed', required: true, codec: natural },
} as const;

const fieldList = Object.entries(fields) as [
  string,
  { key: keyof ConvCase; required: boolean; codec: Codec<unknown> },
][];

/** Returns the id of a case. `parseCaseId` turns it back into the same case. */
export function caseId(c: ConvCase): string {
  const written = fieldList
    .filter(([, { key }]) => c[key] !== undefined)
    .map(([name, { key, codec }]) => `${name}=${codec.write(c[key])}`);
  return `${c.kernel}:${written.join(';')}`;
}

/**
 * Parses the case from an id, whose fields may be in any order.
 * @throws Error that names the id, the field, its value, and the values that would be right.
 */
export function parseCaseId(id: string): ConvCase {
  const fail = (what: string): never => {
    throw new Error(`Case id ${JSON.stringify(id)}: ${what}`);
  };
  const [name, ...rest] = id.split(':');
  const kernels = oneOf(...kernelNames);
  const kernel = kernels.read(name) ?? fail(`kernel "${name}" must be ${kernels.expected}`);
  const found: Record<string, unknown> = { kernel };
  for (const part of rest.join(':').split(';')) {
    const [field, ...value] = part.split('=');
    const known = fieldList.find(([fieldName]) => fieldName === field)?.[1];
    if (known == null) {
      return fail(`unknown field "${part}"; fields are ${Object.keys(fields).join(', ')}`);
    }
    if (known.key in found) fail(`${field} is given twice`);
    const text = value.join('=');
    found[known.key] =
      known.codec.read(text) ?? fail(`${field}=${text} must be ${known.codec.expected}`);
  }
  for (const [field, { key, required, codec }] of fieldList) {
    if (required && !(key in found)) fail(`${field} is missing; it must be ${codec.expected}`);
  }
  const c = found as unknown as ConvCase;
  const contradiction = contradictionIn(c);
  return contradiction == null ? c : fail(contradiction);
}

/**
 * Maximum number of values in a tensor; no JavaScript engine holds as many in one float32 array.
 */
const MOST_VALUES = 2 ** 32;

const sizeOf = (shape: readonly number[]) => shape.reduce((a, b) => a * b, 1);

/** Returns the reason why a case is meaningless for every backend, or null. */
export function contradictionIn(c: ConvCase): string | null {
  const isConvolution = c.kernel === 'conv2d' || c.kernel === 'depthwiseConv2d';
  const rules: readonly [boolean, string][] = [
    [c.filter[2] !== c.in[3], `f is for ${c.filter[2]} input channels, but in has ${c.in[3]}`],
    [[...c.in, ...c.filter].includes(0), 'the sizes of in and f must be at least 1'],
    [[...c.stride, ...c.dilation].includes(0), 'stride and dil must be at least 1'],
    [
      c.format === 'NCHW' && (c.kernel === 'depthwiseConv2d' || c.kernel === 'conv2dTranspose'),
      `${c.kernel} must have fmt=NHWC, the one format tfjs supports for it`,
    ],
    [
      !isConvolution && Math.max(...c.dilation) > 1,
      `${c.kernel} must have dil=1, the one dilation tfjs supports for it`,
    ],
    [
      !isConvolution && c.activation !== undefined,
      `${c.kernel} has no act, as tfjs has no fused op for it`,
    ],
    [
      c.rounding !== undefined && typeof c.pad === 'string',
      `round=${c.rounding} needs a pad in numbers, not pad=${c.pad}`,
    ],
    [
      c.bias !== undefined && c.activation === undefined,
      'bias needs the fused op: add act=linear or another activation',
    ],
    [(c.prelu !== undefined) !== (c.activation === 'prelu'), 'act=prelu and prelu go together'],
    [
      (c.alpha !== undefined) !== (c.activation === 'leakyrelu'),
      'act=leakyrelu and alpha go together',
    ],
  ];
  const broken = rules.find(([isBroken]) => isBroken)?.[1];
  if (broken !== undefined) return broken;
  const { rows, cols } = outputOf(c);
  if (rows < 1 || cols < 1) {
    return `the output would be ${rows}x${cols}: the dilated filter is larger than the padded input`;
  }
  const depth = c.kernel === 'depthwiseConv2d' ? c.filter[2] * c.filter[3] : c.filter[3];
  const tensors = { in: c.in, f: c.filter, 'the output': [c.in[0], rows, cols, depth] };
  const large = Object.entries(tensors).find(([, shape]) => sizeOf(shape) > MOST_VALUES);
  return large === undefined
    ? null
    : `${large[0]} would have ${sizeOf(large[1])} values, and an array has at most ${MOST_VALUES}`;
}
