/**
 * Depthwise conv2d with channel multiplier 1: one fragment sums a tile of
 * `out.w x out.h` pixels by `out.c` slices, each from its own input slice.
 *
 *     y(n, oy, ox, c) = sum over fy, fx of
 *       x(n, oy*strideHeight + fy*dilationHeight - padTop,
 *            ox*strideWidth  + fx*dilationWidth  - padLeft, c) * w(fy, fx, c)
 *
 * The filter [filterHeight, filterWidth, channels, 1] is read as a tensor with batch size 1 in
 * tiles of 1x1x1, or from uniform blocks. The pixels of a tile share input texels as in conv2d, and the conditions on tiles
 * and padding are the same; `in.c` = `out.c`.
 */

import { filterBlockGlsl } from '../layout/filterBlock.glsl.js';
import { planeNames } from '../layout/planeNames.js';
import { epilogue } from './epilogue.js';
import { type ProgramSource, programSource, range, tileCoordinates } from './source.js';
import type { Stepped } from './steps.js';
import {
  insideMasks,
  insideTexel,
  planeOf,
  sumDeclarations,
  turnStart,
  type Window,
  WindowFetches,
  windowGlsl,
} from './window.js';

export interface DepthwiseSpec extends Window, Stepped {
  readonly family: 'depthwise';
  /** Bytes of the uniform block from which the program reads weights; without it, they come from a texture. */
  readonly block?: number;
}

export function depthwiseProgram(spec: DepthwiseSpec): ProgramSource {
  const end = epilogue(spec.steps, spec.out, spec.whole);
  const { block } = spec;
  const isBlock = block !== undefined;
  return programSource({
    samplers: [planeNames('x', spec.in), ...(isBlock ? [] : ['weights']), ...end.samplers],
    targets: spec.out.w * spec.out.h * spec.out.c,
    layouts: ['x', ...(isBlock ? [] : ['weights']), 'out'],
    chunks: [
      windowGlsl,
      ...(isBlock ? [filterBlockGlsl(block, depthwiseTexelsOfATurn(spec)), maskGlsl] : []),
      ...end.chunks,
    ],
    body: [
      tileCoordinates(spec.out),
      '  ivec2 inputStart = imageStart(xLayout, tile.z);',
      sumDeclarations(spec.out),
      turnStart(spec),
      insideMasks(spec),
      inputPlace,
      ...range(spec.out.c).map((q) => oneSlice(spec, q)),
      '  }',
      end.body,
    ].join('\n'),
  });
}

const inputPlace = '    vec2 at = coordinates(xLayout, inputStart + origin);';

const maskGlsl = 'uniform int weightsMask;  // of the place of a slice among those of the block';

/** Returns the number of weight texels that a turn reads for one slice. */
export function depthwiseTexelsOfATurn({
  filterRows,
  filterWidth,
}: Pick<Window, 'filterRows' | 'filterWidth'>): number {
  return filterRows * filterWidth;
}

function oneSlice(spec: DepthwiseSpec, q: number): string {
  const { out, filterRows, filterWidth } = spec;
  const fetches = new WindowFetches(spec, (offset) => insideTexel(spec.in, q, offset));
  const isBlock = spec.block !== undefined;
  const start = `imageStart(weightsLayout, outSlice + ${q}) + ivec2(0, turn * ${filterRows})`;
  const lines = [
    isBlock
      ? `int w = ((outSlice + ${q}) & weightsMask) * rowTurns.x + turn;`
      : `vec2 w = coordinates(weightsLayout, ${start});`,
  ];
  for (const fy of range(filterRows)) {
    for (const fx of range(filterWidth)) {
      lines.push(...fetches.linesOf(fy, fx), '{');
      const tap = isBlock
        ? `weightTurns[w].texels[${fy * filterWidth + fx}]`
        : `texture(weights, w + vec2(${fx}, ${fy}) * weightsLayout.texel)`;
      lines.push(`  vec4 tap = ${tap};`);
      for (const j of range(out.h)) {
        for (const i of range(out.w)) {
          lines.push(`  sum${planeOf(out, i, j, q)} += ${fetches.value(fy, fx, i, j)} * tap;`);
        }
      }
      lines.push('}');
    }
  }
  return ['    {', ...lines.map((line) => `      ${line}`), '    }'].join('\n');
}
