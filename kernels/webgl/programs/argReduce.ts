/**
 * Program that finds the place of the largest or smallest value along one axis of a layout, the first
 * of several. As in stock cpu, NaN never wins, unless it is the first value, which nothing beats.
 */
import type { Axes } from '../layout/axes.js';
import { planeNames } from '../layout/planeNames.js';
import type { Tile } from '../layout/tile.js';
import { epilogue } from './epilogue.js';
import { type ProgramSource, programSource, tileCoordinates } from './source.js';
import {
  firstOf,
  insideOnly,
  type SweptTexel,
  sweep,
  sweepFlags,
  sweptTexels,
  sweptTile,
} from './sweep.js';

export interface ArgReduceSpec {
  readonly family: 'argReduce';
  readonly op: 'max' | 'min';
  readonly in: Tile;
  /** The axis. */
  readonly over: Axes;
}

const ops = {
  max: { worst: 'vec4(uintBitsToFloat(0xff800000u))', beats: 'greaterThan' },
  min: { worst: 'vec4(uintBitsToFloat(0x7f800000u))', beats: 'lessThan' },
} as const;

export function argReduceProgram({ op, in: input, over }: ArgReduceSpec): ProgramSource {
  const { worst, beats } = ops[op];
  const out = sweptTile(input, over);
  const end = epilogue([], out);
  const texels = sweptTexels(input, over);
  const ofEach = (text: (k: number) => string | string[]) => texels.flatMap((_, k) => text(k));
  const firstPlace = over.channels ? 'vec4(0.0, 1.0, 2.0, 3.0)' : 'vec4(0.0)';
  const value = (texel: SweptTexel) => insideOnly(`candidate(${texel.fetch})`, texel, over, worst);
  return programSource({
    samplers: [planeNames('x', input)],
    targets: texels.length,
    layouts: ['x', 'out'],
    chunks: [...end.chunks, `vec4 candidate(vec4 v) { return mix(v, ${worst}, isNaN4(v)); }`],
    body: [
      tileCoordinates(out),
      // Per lane, `best` is the best value so far, and `sum` its place, the result.
      ...ofEach((k) => [`vec4 best${k} = ${worst};`, `vec4 sum${k} = ${firstPlace};`]),
      ...sweep(over, {
        before: [],
        each: [
          ...sweepFlags(input, over),
          ...ofEach((k) =>
            texels[k].flatMap((texel) => [
              '{',
              `vec4 value = ${value(texel)};`,
              `bvec4 isBetter = ${beats}(value, best${k});`,
              `best${k} = mix(best${k}, value, isBetter);`,
              `sum${k} = mix(sum${k}, ${placeOf(texel, input, over)}, isBetter);`,
              '}',
            ]),
          ),
        ],
        after: [],
      }),
      ...(over.channels ? ofEach((k) => bestOfLanes(k, op, beats)) : []),
      ...firstOf(over),
      ...ofEach((k) => {
        const first = texels[k][0].fetch;
        const lanes = over.channels ? `${first}.xxxx` : first;
        return `sum${k} = mix(sum${k}, vec4(0.0), isNaN4(${lanes}));`;
      }),
      end.body,
    ].join('\n'),
  });
}

/** Returns GLSL for the places along the axis of the four values of a texel. */
function placeOf({ px, py, pc }: SweptTexel, { w, h, c }: Tile, over: Axes): string {
  if (over.channels) return `vec4(4 * (group * ${c} + ${pc})) + vec4(0.0, 1.0, 2.0, 3.0)`;
  if (over.height) return `vec4(row * ${h} + ${py})`;
  return over.width ? `vec4(column * ${w} + ${px})` : 'vec4(element)';
}

/** Returns GLSL for the best of the lanes, and of equal ones the one whose place comes first. */
function bestOfLanes(k: number, op: 'max' | 'min', beats: string): string[] {
  return ['zwxy', 'yxwz'].flatMap((lanes) => [
    '{',
    `vec4 other = best${k}.${lanes};`,
    `vec4 place = sum${k}.${lanes};`,
    `vec4 chosen = mix(sum${k}, place, ${beats}(other, best${k}));`,
    `sum${k} = mix(chosen, min(sum${k}, place), equal(other, best${k}));`,
    `best${k} = ${op}(best${k}, other);`,
    '}',
  ]);
}
