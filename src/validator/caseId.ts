/**
 * A convolution case is plain data, and its id is a text that says all of it:
 * `conv2d:in=1x7x9x3;f=3x2x3x8;stride=3x2;pad=same;dil=1;fmt=NHWC;act=relu;seed=1`.
 * The same id names the case in every test, and reruns it.
 */
export interface ConvCase {
  readonly kernel: 'conv2d' | 'depthwiseConv2d';
  /** Batch, height, width, channels, whatever the format. */
  readonly in: readonly [number, number, number, number];
  /** Height, width, input channels, and output channels or depthwise multiplier. */
  readonly filter: readonly [number, number, number, number];
  /** Down, across. */
  readonly stride: readonly [number, number];
  /** Explicit sides are top, bottom, left, right. */
  readonly pad: 'same' | 'valid' | number | readonly [number, number, number, number];
  /** Down, across. */
  readonly dilation: readonly [number, number];
  readonly format: 'NHWC' | 'NCHW';
  /** tfjs truncates when no mode is given. */
  readonly rounding?: 'floor' | 'round' | 'ceil';
  /** The shape of the bias, in the order of the format; a fused case alone has one. */
  readonly bias?: readonly number[];
  /** A case with an activation, be it 'linear', is run as the fused op. */
  readonly activation?: (typeof activationNames)[number];
  /** The shape of the prelu weights, with 'prelu'. */
  readonly prelu?: readonly number[];
  /** The slope of 'leakyrelu'. */
  readonly alpha?: number;
  /** Small whole numbers, all sums of which are exact in float32; else fractions in [-1, 1). */
  readonly data?: 'int';
  readonly seed: number;
}

export const activationNames = [
  'linear',
  'relu',
  'relu6',
  'elu',
  'prelu',
  'leakyrelu',
  'sigmoid',
] as const;

/** How a value is written; `read` gives undefined for a text that is none. */
interface Codec<T> {
  readonly expected: string;
  write(value: T): string;
  read(text: string): T | undefined;
}

const WHOLE = /^\d+$/;

function whole(text: string): number | undefined {
  return WHOLE.test(text) ? Number(text) : undefined;
}

function wholes(text: string, separator: string): number[] | undefined {
  const parts = text.split(separator);
  return parts.every((part) => WHOLE.test(part)) ? parts.map(Number) : undefined;
}

function oneOf<T extends string>(...names: readonly T[]): Codec<T> {
  return {
    expected: names.join(' or '),
    write: (value) => value,
    read: (text) => names.find((name) => name === text),
  };
}

const seed: Codec<number> = { expected: 'a whole number', write: String, read: whole };

const decimal: Codec<number> = {
  expected: 'a number such as 0.25',
  write: String,
  read: (text) => (text !== '' && Number.isFinite(Number(text)) ? Number(text) : undefined),
};

const sizes: Codec<readonly [number, number, number, number]> = {
  expected: 'four sizes such as 1x7x9x3',
  write: (value) => value.join('x'),
  read: (text) => {
    const [a, b, c, d, ...more] = wholes(text, 'x') ?? [];
    return d == null || more.length > 0 ? undefined : [a, b, c, d];
  },
};

const downAcross: Codec<readonly [number, number]> = {
  expected: 'a size such as 2, or down and across such as 3x2',
  write: ([down, across]) => (down === across ? `${down}` : `${down}x${across}`),
  read: (text) => {
    const [down, across = down, ...more] = wholes(text, 'x') ?? [];
    return down == null || more.length > 0 ? undefined : [down, across];
  },
};

const padding: Codec<ConvCase['pad']> = {
  expected: 'same, valid, a number, or top,bottom,left,right such as 1,2,0,3',
  write: String,
  read: (text) => {
    if (text === 'same' || text === 'valid') return text;
    const [top, bottom, left, right, ...more] = wholes(text, ',') ?? [];
    if (bottom == null) return top;
    return right == null || more.length > 0 ? undefined : [top, bottom, left, right];
  },
};

const operand: Codec<readonly number[]> = {
  expected: 'scalar, or a shape such as 8 or 1x1x8',
  write: (shape) => (shape.length === 0 ? 'scalar' : shape.join('x')),
  read: (text) => (text === 'scalar' ? [] : wholes(text, 'x')),
};

/** The fields of an id, in the order in which they are written. */
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
  data: { key: 'data', required: false, codec: oneOf('int') },
  seed: { key: 'seed', required: true, codec: seed },
} as const;

const fieldList = Object.entries(fields) as [
  string,
  { key: keyof ConvCase; required: boolean; codec: Codec<unknown> },
][];

/** The id of a case. `parseCaseId` gives the same case back. */
export function caseId(c: ConvCase): string {
  const written = fieldList
    .filter(([, { key }]) => c[key] !== undefined)
    .map(([name, { key, codec }]) => `${name}=${codec.write(c[key])}`);
  return `${c.kernel}:${written.join(';')}`;
}

/**
 * The case of an id; fields may stand in any order.
 * @throws Error that names the id, the field, its value, and what would be right.
 */
export function parseCaseId(id: string): ConvCase {
  const fail = (what: string): never => {
    throw new Error(`Case id "${id}": ${what}`);
  };
  const [name, ...rest] = id.split(':');
  const kernels = oneOf('conv2d', 'depthwiseConv2d');
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

/** What makes a case meaningless, whatever computes it, or null. */
export function contradictionIn(c: ConvCase): string | null {
  const rules: readonly [boolean, string][] = [
    [c.filter[2] !== c.in[3], `f is for ${c.filter[2]} input channels, but in has ${c.in[3]}`],
    [[...c.stride, ...c.dilation].includes(0), 'stride and dil must be at least 1'],
    [
      c.kernel === 'depthwiseConv2d' && c.format === 'NCHW',
      'depthwiseConv2d must have fmt=NHWC, the one format tfjs supports for it',
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
  return rules.find(([broken]) => broken)?.[1] ?? null;
}
