/**
 * Program that reduces a tensor along some axes of its layout. A fragment computes one tile of the
 * result from all tiles of x along these axes:
 *
 *     y(n, y, x, c) = op over the places along the axes of x(n, y, x, c)
 *
 * A sum is divided by `divisor`, which makes it a mean. As in tfjs, a maximum or minimum of NaN is
 * NaN.
 */
import type { Axes } from '../layout/axes.js';
import { planeNames } from '../layout/planeNames.js';
import type { Tile } from '../layout/tile.js';
import { epilogue } from './epilogue.js';
import { type ProgramSource, programSource, tileCoordinates } from './source.js';
import {
  acrossLanes,
  inPairs,
  insideOnly,
  sweep,
  sweepFlags,
  sweptTexels,
  sweptTile,
} from './sweep.js';

export type ReduceOp = 'sum' | 'prod' | 'max' | 'min';

export interface ReduceSpec {
  readonly family: 'reduce';
  readonly op: ReduceOp;
  readonly in: Tile;
  readonly over: Axes;
}

interface OpText {
  /** Value that changes no other. */
  readonly neutral: string;
  /** GLSL function of two values. */
  readonly combined: string;
}

const LARGER = 'mix(mix(max(a, b), b, isNaN4(b)), a, isNaN4(a))';

export const reduceOps: Readonly<Record<ReduceOp, OpText>> = {
  sum: { neutral: 'vec4(0.0)', combined: functionOf('a + b') },
  prod: { neutral: 'vec4(1.0)', combined: functionOf('a * b') },
  max: { neutral: 'vec4(uintBitsToFloat(0xff800000u))', combined: functionOf(LARGER) },
  min: {
    neutral: 'vec4(uintBitsToFloat(0x7f800000u))',
    combined: functionOf(LARGER.replace('max', 'min')),
  },
};

function functionOf(value: string): string {
  return `vec4 combined(vec4 a, vec4 b) { return ${value}; }`;
}

export function reduceProgram({ op, in: input, over }: ReduceSpec): ProgramSource {
  const { neutral, combined } = reduceOps[op];
  const out = sweptTile(input, over);
  const end = epilogue([], out);
  // Outside x there are zeros, which change no sum.
  const isMasked = op !== 'sum';
  const texels = sweptTexels(input, over);
  const ofEach = (text: (k: number) => string | string[]) => texels.flatMap((_, k) => text(k));
  return programSource({
    samplers: [planeNames('x', input)],
    targets: texels.length,
    layouts: ['x', 'out'],
    chunks: [...end.chunks, combined, ...(isMasked ? [] : ['uniform float divisor;'])],
    body: [
      tileCoordinates(out),
      ...ofEach((k) => `vec4 sum${k} = ${neutral};`),
      ...sweep(over, {
        before: ofEach((k) => `vec4 part${k} = ${neutral};`),
        each: [
          ...(isMasked ? sweepFlags(input, over) : []),
          ...ofEach((k) => {
            const values = texels[k].map((texel) =>
              isMasked ? insideOnly(texel.fetch, texel, over, neutral) : texel.fetch,
            );
            return `part${k} = combined(part${k}, ${inPairs('combined', values)});`;
          }),
        ],
        after: ofEach((k) => `sum${k} = combined(sum${k}, part${k});`),
      }),
      ...(over.channels ? ofEach((k) => acrossLanes('combined', `sum${k}`)) : []),
      ...(isMasked ? [] : ofEach((k) => `sum${k} /= divisor;`)),
      end.body,
    ].join('\n'),
  });
}
