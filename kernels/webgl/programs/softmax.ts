/**
 * Programs for the softmax over the channels of each pixel, as in tfjs:
 *
 *     y(c) = exp(x(c) - max) / sum over k of exp(x(k) - max)
 *
 * The first one computes the maximum and the sum of each pixel, two channels of one slice. The second
 * one reads them as its operand `terms`.
 */
import { nanGlsl } from '../glsl/nan.js';
import { callOf, functionsOf } from '../glsl/stepFunctions.js';
import { type Axes, noAxes } from '../layout/axes.js';
import { planeNames } from '../layout/planeNames.js';
import { positionOf, type Tile } from '../layout/tile.js';
import { epilogue } from './epilogue.js';
import { reduceOps } from './reduce.js';
import { maskedStores, type ProgramSource, programSource, tileCoordinates } from './source.js';
import {
  acrossLanes,
  inPairs,
  insideOnly,
  sweep,
  sweepFlags,
  sweptTexels,
  sweptTile,
} from './sweep.js';
import { planeOf } from './window.js';

export const overChannels: Axes = { ...noAxes, channels: true };

/** Program of the maximum and the sum, in the tile of x with one slice. */
export interface SoftmaxTermsSpec {
  readonly family: 'softmaxTerms';
  readonly in: Tile;
}

export function softmaxTermsProgram({ in: input }: SoftmaxTermsSpec): ProgramSource {
  const { neutral, combined } = reduceOps.max;
  const out = sweptTile(input, overChannels);
  const texels = sweptTexels(input, overChannels);
  const ofEach = (text: (k: number) => string | string[]) => texels.flatMap((_, k) => text(k));
  const inside = (k: number, value: (fetch: string) => string, outside: string) =>
    texels[k].map((texel) => insideOnly(value(texel.fetch), texel, overChannels, outside));
  return programSource({
    samplers: [planeNames('x', input)],
    targets: texels.length,
    layouts: ['x', 'out'],
    chunks: [
      nanGlsl,
      combined,
      ...functionsOf(['exp']),
      'vec4 total(vec4 a, vec4 b) { return a + b; }',
    ],
    body: [
      tileCoordinates(out),
      ...ofEach((k) => `vec4 largest${k} = ${neutral};`),
      ...sweep(overChannels, {
        before: [],
        each: [
          ...sweepFlags(input, overChannels),
          ...ofEach((k) => {
            const values = inside(k, (fetch) => fetch, neutral);
            return `largest${k} = combined(largest${k}, ${inPairs('combined', values)});`;
          }),
        ],
        after: [],
      }),
      ...ofEach((k) => [...acrossLanes('combined', `largest${k}`), `vec4 sum${k} = vec4(0.0);`]),
      ...sweep(overChannels, {
        before: ofEach((k) => `vec4 part${k} = vec4(0.0);`),
        each: [
          ...sweepFlags(input, overChannels),
          ...ofEach((k) => {
            const powers = inside(
              k,
              (fetch) => callOf('exp', `${fetch} - largest${k}`),
              'vec4(0.0)',
            );
            return `part${k} += ${inPairs('total', powers)};`;
          }),
        ],
        after: ofEach((k) => `sum${k} += part${k};`),
      }),
      ...ofEach((k) => acrossLanes('total', `sum${k}`)),
      ...maskedStores(
        ofEach((k) => `vec4(largest${k}.x, sum${k}.x, 0.0, 0.0)`),
        out,
      ),
    ].join('\n'),
  });
}

/** Program of the result, in the tile of x. */
export interface SoftmaxSpec {
  readonly family: 'softmax';
  readonly tile: Tile;
}

export function softmaxProgram({ tile }: SoftmaxSpec): ProgramSource {
  const planes = planeNames('x', tile);
  const ofPixel = sweptTile(tile, overChannels);
  const terms = planeNames('terms', ofPixel);
  const end = epilogue([], tile);
  return programSource({
    samplers: [planes, terms],
    targets: planes.length,
    layouts: ['x', 'terms', 'out'],
    chunks: [...end.chunks, ...functionsOf(['exp'])],
    body: [
      tileCoordinates(tile),
      'vec2 at = gl_FragCoord.xy * xLayout.texel;',
      'vec2 termsAt = coordinates(termsLayout, imageStart(termsLayout, n, tile.x) + tile.xy);',
      ...terms.map((plane, k) => `vec4 pixel${k} = texture(${plane}, termsAt);`),
      ...planes.map((plane, index) => {
        const { px, py } = positionOf(tile, index);
        const pixel = `pixel${planeOf(ofPixel, px, py, 0)}`;
        const power = callOf('exp', `texture(${plane}, at) - ${pixel}.x`);
        return `vec4 sum${index} = ${power} / ${pixel}.y;`;
      }),
      end.body,
    ].join('\n'),
  });
}
