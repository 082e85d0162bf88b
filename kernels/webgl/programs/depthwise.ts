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

import { type DepthwisePacking, depthwiseTurnTexels } from '../layout/filter.js';
import { filterBlockGlsl } from '../layout/filterBlock.glsl.js';
import { planeNames } from '../layout/planeNames.js';
import { positionOf } from '../layout/tile.js';
import { epilogue } from './epilogue.js';
import { type ProgramSource, programSource, range, tileCoordinates } from './source.js';
import type { Stepped } from './steps.js';
import { insideMasks, planeOf, turnStart, type Window, windowGlsl } from './window.js';
import { inputPlace, insideTexel, WindowFetches } from './windowFetches.js';

export interface DepthwiseSpec extends Window, Stepped {
  readonly family: 'depthwise';
  /** Bytes of the uniform block from which the program reads weights; without it, they come from a texture. */
  readonly block?: number;
  /** True if the block has a bias for each slice, with which its sums begin. */
  readonly biased?: true;
}

export function depthwiseProgram(spec: DepthwiseSpec): ProgramSource {
  const end = epilogue(spec.steps, spec.out, spec.whole, true);
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
      '  ivec2 inputStart = imageStart(xLayout, tile.z, tile.x);',
      spec.biased ? biasedSums(spec) : end.sums,
      turnStart(spec),
      insideMasks(spec, true),
      `    ${inputPlace}`,
      ...range(spec.out.c).map((q) => oneSlice(spec, q)),
      '  }',
      end.body,
    ].join('\n'),
  });
}

const maskGlsl = 'uniform int weightsMask;  // of the place of a slice among those of the block';

/** Returns the number of texels of the block that belong to one slice and turn. */
export function depthwiseTexelsOfATurn({
  filterRows,
  filterWidth,
  biased,
}: Pick<DepthwiseSpec, 'filterRows' | 'filterWidth' | 'biased'>): number {
  return depthwiseTurnTexels(filterRows * filterWidth, biased === true);
}

/** Returns the packing of the weights of a program; null if they are in a texture. */
export function depthwisePacking(spec: DepthwiseSpec): DepthwisePacking | null {
  const { block, out, filterRows, biased } = spec;
  if (block === undefined) return null;
  return { block, outTileSlices: out.c, filterRows, biased: biased === true };
}

/** Returns GLSL that declares the sums of a tile, each with the bias of its slice. */
function biasedSums({ out, filterRows, filterWidth }: DepthwiseSpec): string {
  const biases = range(out.c).map(
    (q) => `  vec4 bias${q} = weightTurns[${turnsAt(q)}].texels[${filterRows * filterWidth}];`,
  );
  const sums = range(out.w * out.h * out.c).map(
    (plane) => `  vec4 sum${plane} = bias${positionOf(out, plane).pc};`,
  );
  return [...biases, ...sums].join('\n');
}

/** Returns GLSL for the place of the first turn of slice q of the tile. */
function turnsAt(q: number): string {
  return `((outSlice + ${q}) & weightsMask) * rowTurns.x`;
}

function oneSlice(spec: DepthwiseSpec, q: number): string {
  const { out, filterRows, filterWidth } = spec;
  const fetches = new WindowFetches(spec, (offset) => insideTexel(spec.in, q, offset));
  const isBlock = spec.block !== undefined;
  const turnStep = spec.loopsAcross ? `turn * ${filterWidth}, 0` : `0, turn * ${filterRows}`;
  const start = `imageStart(weightsLayout, outSlice + ${q}, 0) + ivec2(${turnStep})`;
  const lines = [
    isBlock ? `int w = ${turnsAt(q)} + turn;` : `vec2 w = coordinates(weightsLayout, ${start});`,
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
