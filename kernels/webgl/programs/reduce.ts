/**
 * Program for sums and maxima over the pixels of an image. A fragment reduces `rowsOfAStep` rows of
 * tiles, so that two passes, over each row and over the results, distribute a large map to many
 * fragments. The result is in tiles of 1 x 1 x in.c.
 *
 *     y(n, step, 0, c) = op over the pixels of the step's rows of tiles of x(n, y, x, c)
 *
 * A sum is divided by `divisor`, which makes it a mean. As in tfjs, a maximum of NaN is NaN.
 */

import { planeNames } from '../layout/planeNames.js';
import { positionOf, type Tile } from '../layout/tile.js';
import { epilogue } from './epilogue.js';
import { type ProgramSource, programSource, range, tileCoordinates } from './source.js';

export type ReduceOp = 'sum' | 'max';

export interface ReduceSpec {
  readonly family: 'reduce';
  readonly op: ReduceOp;
  readonly in: Tile;
}

export function reduceProgram({ op, in: input }: ReduceSpec): ProgramSource {
  const planes = planeNames('x', input);
  const out = { w: 1, h: 1, c: input.c };
  const end = epilogue([], out);
  const max = op === 'max';
  const start = max ? 'vec4(uintBitsToFloat(0xff800000u))' : 'vec4(0.0)';
  const steps = planes.map((plane, index) => {
    const { px, py, pc } = positionOf(input, index);
    const texel = `texture(${plane}, at)`;
    return max
      ? `      sum${pc} = larger(sum${pc}, ${texel}, columnInside${px} && rowInside${py});`
      : `      sum${pc} += ${texel};`;
  });
  return programSource({
    samplers: [planes],
    targets: input.c,
    layouts: ['x', 'out'],
    chunks: ['uniform int rowsOfAStep;', ...end.chunks, max ? larger : divisor],
    body: [
      tileCoordinates(out),
      '  ivec2 inputStart = imageStart(xLayout, tile.z);',
      '  int first = tile.y * rowsOfAStep;',
      '  int end = min(first + rowsOfAStep, xLayout.grid.y);',
      ...range(input.c).map((q) => `  vec4 sum${q} = ${start};`),
      '  for (int row = first; row < end; ++row) {',
      ...(max ? flags('row', input.h, 'xLayout.extent.y') : []),
      '    for (int column = 0; column < xLayout.grid.x; ++column) {',
      '      vec2 at = coordinates(xLayout, inputStart + ivec2(column, row));',
      ...(max ? flags('column', input.w, 'xLayout.extent.z') : []),
      ...steps,
      '    }',
      '  }',
      ...(max ? [] : range(input.c).map((q) => `  sum${q} /= divisor;`)),
      end.body,
    ].join('\n'),
  });
}

const divisor = 'uniform float divisor;';

const larger = /* glsl */ `
vec4 larger(vec4 a, vec4 b, bool inside) {
  return mix(a, mix(mix(max(a, b), b, isNaN4(b)), a, isNaN4(a)), bvec4(inside));
}
`;

/** Returns GLSL flags for the rows or columns of a tile that are inside the tensor. */
function flags(name: string, length: number, size: string): string[] {
  return range(length).map(
    (p) => `      bool ${name}Inside${p} = ${name} * ${length} + ${p} < ${size};`,
  );
}
