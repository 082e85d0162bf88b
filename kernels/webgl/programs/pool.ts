/**
 * Programs for pooling: the maximum or the mean of the input pixels that a window covers, or the
 * position of the maximum.
 *
 *     y(n, oy, ox, c) = op over fy, fx of
 *       x(n, oy*strideHeight + fy - padTop, ox*strideWidth + fx - padLeft, c)
 *
 * Pixels outside the tensor do not count: a maximum tests for each row and column if it is inside
 * the tensor, and a mean divides the sum, in which outside pixels are zero, by the number of inside
 * pixels. As in tfjs, a maximum ignores NaN, and is -Infinity if a window covers nothing.
 *
 * The position of a maximum is fy*filterWidth + fx of the first of the largest pixels; -1 if none is
 * greater than -Infinity.
 */

import { planeNames } from '../layout/planeNames.js';
import type { Tile } from '../layout/tile.js';
import { tileAccess } from '../layout/tileAccess.glsl.js';
import { epilogue } from './epilogue.js';
import { type ProgramSource, programSource, range, tileCoordinates } from './source.js';
import {
  insideMasks,
  label,
  offsetName,
  offsetOf,
  offsets,
  planeOf,
  steps,
  turnStart,
  type Window,
  windowGlsl,
} from './window.js';
import { inputPlace, insideTexel, texelAt } from './windowFetches.js';

export type PoolOp = 'max' | 'avg' | 'position';

/** Window whose planes are known, so that the pixels of a tile share texels. `in.c` = `out.c`. */
export interface PoolSpec extends Window {
  readonly family: 'pool';
  readonly op: PoolOp;
}

/** GLSL uniforms of the windows along both axes. */
export const geometry = /* glsl */ `
uniform ivec3 rowGeometry;     // filterHeight, strideHeight, padTop
uniform ivec3 columnGeometry;  // filterWidth, strideWidth, padLeft
`;

const lowest = /* glsl */ `
vec4 lowest() { return vec4(uintBitsToFloat(0xff800000u)); }
// What a texel adds to a maximum.
vec4 candidate(vec4 v, bool inside) {
  return mix(mix(lowest(), v, bvec4(inside)), lowest(), isNaN4(v));
}
`;

const largerTap = /* glsl */ `
// The tap where v is larger than the largest value so far, and else the position so far.
vec4 largerTap(vec4 position, vec4 largest, vec4 v, int tap) {
  return mix(position, vec4(float(tap)), greaterThan(v, largest));
}
`;

const chunks: Record<PoolOp, readonly string[]> = {
  max: [lowest],
  avg: [],
  position: [lowest, largerTap],
};

const first: Record<PoolOp, string> = { max: 'lowest()', avg: 'vec4(0.0)', position: 'vec4(-1.0)' };

export function poolProgram(spec: PoolSpec): ProgramSource {
  const { op, out } = spec;
  const end = epilogue([], out);
  const planes = range(out.w * out.h * out.c);
  return programSource({
    samplers: [planeNames('x', spec.in)],
    targets: planes.length,
    layouts: ['x', 'out'],
    chunks: [windowGlsl, ...end.chunks, ...chunks[op], op === 'avg' ? geometry : ''],
    body: [
      tileCoordinates(out),
      '  ivec2 inputStart = imageStart(xLayout, tile.z, tile.x);',
      ...planes.map((plane) => `  vec4 sum${plane} = ${first[op]};`),
      ...(op === 'position' ? planes.map((plane) => `  vec4 largest${plane} = lowest();`) : []),
      turnStart(spec),
      op === 'avg' ? insideMasks(spec) : pixelFlags(spec),
      `    ${inputPlace}`,
      ...range(out.c).map((q) => oneSlice(spec, q)),
      '  }',
      op === 'avg' ? divisions(out) : '',
      end.body,
    ].join('\n'),
  });
}

/** Returns GLSL flags for the columns and rows of the window that are inside the tensor. */
function pixelFlags(spec: PoolSpec): string {
  const all = offsets(spec);
  const flag = (name: string, first: string, step: number, size: string) =>
    `    bool ${name}${label(step)} = ${first} + ${step} >= 0 && ${first} + ${step} < ${size};`;
  return [
    `    ivec2 corner = origin * ivec2(${spec.in.w}, ${spec.in.h});`,
    ...steps(all.map(({ x }) => x)).map((x) => flag('column', 'corner.x', x, 'xLayout.extent.z')),
    ...steps(all.map(({ y }) => y)).map((y) => flag('row', 'corner.y', y, 'xLayout.extent.y')),
  ].join('\n');
}

function oneSlice(spec: PoolSpec, q: number): string {
  const { op, out, filterRows, filterWidth } = spec;
  const tap = (fy: number, fx: number) =>
    `turn * ${filterRows * filterWidth} + ${fy * filterWidth + fx}`;
  const lines: string[] = [];
  const known = new Set<string>();
  for (const fy of range(filterRows)) {
    for (const fx of range(filterWidth)) {
      for (const j of range(out.h)) {
        for (const i of range(out.w)) {
          const offset = offsetOf(spec, fy, fx, i, j);
          const value = offsetName(offset);
          if (!known.has(value)) {
            const { x, y } = offset;
            const texel =
              op === 'avg'
                ? insideTexel(spec.in, q, offset)
                : `candidate(${texelAt(spec.in, q, offset)}, column${label(x)} && row${label(y)})`;
            lines.push(`vec4 ${value} = ${texel};`);
            known.add(value);
          }
          const plane = planeOf(out, i, j, q);
          const [sum, largest] = [`sum${plane}`, `largest${plane}`];
          const added: Record<PoolOp, string> = {
            max: `${sum} = max(${sum}, ${value});`,
            avg: `${sum} += ${value};`,
            position: [
              `${sum} = largerTap(${sum}, ${largest}, ${value}, ${tap(fy, fx)});`,
              `${largest} = max(${largest}, ${value});`,
            ].join(' '),
          };
          lines.push(added[op]);
        }
      }
    }
  }
  return ['    {', ...lines.map((line) => `      ${line}`), '    }'].join('\n');
}

/** Returns GLSL that divides each sum by the number of its pixels. */
function divisions(out: Tile): string {
  const count = (name: string, pixel: string, g: string, size: string) => [
    `  int ${name}First = (${pixel}) * ${g}.y - ${g}.z;`,
    `  int ${name} = max(0, min(${name}First + ${g}.x, ${size}) - max(${name}First, 0));`,
  ];
  return [
    ...range(out.w).flatMap((i) =>
      count(`across${i}`, `tile.x * ${out.w} + ${i}`, 'columnGeometry', 'xLayout.extent.z'),
    ),
    ...range(out.h).flatMap((j) =>
      count(`down${j}`, `tile.y * ${out.h} + ${j}`, 'rowGeometry', 'xLayout.extent.y'),
    ),
    ...range(out.c).flatMap((q) =>
      range(out.h).flatMap((j) =>
        range(out.w).map(
          (i) => `  sum${planeOf(out, i, j, q)} /= float(max(1, across${i} * down${j}));`,
        ),
      ),
    ),
  ].join('\n');
}

/**
 * Filter of any size: a loop runs over the pixels of a window, separately for each output pixel.
 */
export interface GeneralPoolSpec {
  readonly family: 'generalPool';
  readonly op: PoolOp;
  readonly tile: Tile;
}

export function generalPoolProgram({ op, tile }: GeneralPoolSpec): ProgramSource {
  const end = epilogue([], tile);
  const sums = range(tile.c).flatMap((q) =>
    range(tile.h).flatMap((j) =>
      range(tile.w).map((i) => {
        const pixel = `tile.y * ${tile.h} + ${j}, tile.x * ${tile.w} + ${i}`;
        return `  vec4 sum${planeOf(tile, i, j, q)} = pooled(n, outSlice + ${q}, ${pixel});`;
      }),
    ),
  );
  return programSource({
    samplers: [planeNames('x', tile)],
    targets: sums.length,
    layouts: ['x', 'out'],
    chunks: [geometry, tileAccess('x', tile), ...end.chunks, ...chunks[op], pooled[op]],
    body: [tileCoordinates(tile), ...sums, end.body].join('\n'),
  });
}

const insideRange = /* glsl */ `
  int top = oy * rowGeometry.y - rowGeometry.z;
  int left = ox * columnGeometry.y - columnGeometry.z;
  int bottom = min(top + rowGeometry.x, xLayout.extent.y);
  int right = min(left + columnGeometry.x, xLayout.extent.z);
  top = max(top, 0);
  left = max(left, 0);`;

const pooled: Record<PoolOp, string> = {
  max: /* glsl */ `
vec4 pooled(int n, int slice, int oy, int ox) {${insideRange}
  vec4 largest = lowest();
  for (int y = top; y < bottom; ++y) {
    for (int x = left; x < right; ++x) {
      largest = max(largest, candidate(xAt(n, slice, y, x), true));
    }
  }
  return largest;
}
`,
  position: /* glsl */ `
vec4 pooled(int n, int slice, int oy, int ox) {${insideRange}
  ivec2 first = ivec2(oy, ox) * ivec2(rowGeometry.y, columnGeometry.y) - ivec2(rowGeometry.z, columnGeometry.z);
  vec4 position = vec4(-1.0);
  vec4 largest = lowest();
  for (int y = top; y < bottom; ++y) {
    for (int x = left; x < right; ++x) {
      int tap = (y - first.x) * columnGeometry.x + x - first.y;
      vec4 v = candidate(xAt(n, slice, y, x), true);
      position = largerTap(position, largest, v, tap);
      largest = max(largest, v);
    }
  }
  return position;
}
`,
  avg: /* glsl */ `
vec4 pooled(int n, int slice, int oy, int ox) {${insideRange}
  vec4 sum = vec4(0.0);
  for (int y = top; y < bottom; ++y) {
    for (int x = left; x < right; ++x) sum += xAt(n, slice, y, x);
  }
  return sum / float(max(1, max(0, bottom - top) * max(0, right - left)));
}
`,
};
