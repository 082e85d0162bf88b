import { type ConvCase, isDepthwise, isForward, outChannelsOf } from './convCase.js';
import { tooManyValues } from './mostValues.js';
import { outputOf } from './oracle.js';

/** Returns the reason why a convolution is meaningless for every backend, or null. */
export function convContradiction(c: ConvCase): string | null {
  const isConvolution = isForward(c.kernel);
  const rules: readonly [boolean, string][] = [
    [c.filter[2] !== c.in[3], `f is for ${c.filter[2]} input channels, but in has ${c.in[3]}`],
    [[...c.in, ...c.filter].includes(0), 'the sizes of in and f must be at least 1'],
    [[...c.stride, ...c.dilation].includes(0), 'stride and dil must be at least 1'],
    [
      c.format === 'NCHW' && (isDepthwise(c.kernel) || c.kernel === 'conv2dTranspose'),
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
  const tensors = { in: c.in, f: c.filter, 'the output': [c.in[0], rows, cols, outChannelsOf(c)] };
  return tooManyValues(tensors);
}
