/**
 * Direct conv2d: one fragment sums a tile of `out.w x out.h` pixels by `out.c` slices.
 *
 *     y(n, oy, ox, oc) = sum over fy, fx, ic of
 *       x(n, oy*strideHeight + fy*dilationHeight - padTop,
 *            ox*strideWidth  + fx*dilationWidth  - padLeft, ic) * w(fy, fx, ic, oc)
 *
 * Filter columns, pixels and lanes are unrolled, and as many filter rows as the input tile requires
 * (window.ts), so that each texel of the input is fetched once for all the output pixels that use
 * it. GLSL loops run over input slices and the other filter rows.
 */

import { filterAccessGlsl } from '../layout/filterAccess.glsl.js';
import { planeNames } from '../layout/planeNames.js';
import { epilogue, type Stepped } from './epilogue.js';
import { type ProgramSource, programSource, range, tileCoordinates } from './source.js';
import {
  insideMasks,
  planeOf,
  sumDeclarations,
  turnStart,
  type Window,
  WindowFetches,
  windowGlsl,
} from './window.js';

export interface Conv2DSpec extends Window, Stepped {
  readonly family: 'conv2d';
  /** Number of channels per slice that are not always zero: 4, or the channels of a picture. */
  readonly lanes: number;
}

export function conv2dProgram(spec: Conv2DSpec): ProgramSource {
  const end = epilogue(spec.steps, spec.out);
  const slices = range(spec.in.c).map((pc) => oneSlice(spec, pc));
  return programSource({
    samplers: [planeNames('x', spec.in), 'weights', ...end.samplers],
    targets: spec.out.w * spec.out.h * spec.out.c,
    layouts: ['x', 'out'],
    chunks: [windowGlsl, filterAccessGlsl, ...end.chunks],
    body: [
      tileCoordinates(spec.out),
      sumDeclarations(spec.out),
      turnStart(spec),
      insideMasks(spec),
      groupLoop(spec).replace('SLICES', slices.join('\n')),
      '  }',
      end.body,
    ].join('\n'),
  });
}

function groupLoop({ in: input, filterRows, filterWidth, out }: Conv2DSpec): string {
  return /* glsl */ `
    for (int group = 0; group < xLayout.grid.z; ++group) {
      vec2 at = coordinates(xLayout, imageStart(xLayout, n * xLayout.grid.z + group) + origin);
      int s = group * ${input.c};
      float turnStart = float(turn * ${filterRows * filterWidth * out.c * 4}) * weightsLayout.texel.x;
SLICES
    }`;
}

/** Returns GLSL for one input slice: fetches its window, then the weights tap by tap, and adds. */
function oneSlice(spec: Conv2DSpec, pc: number): string {
  const { out, filterRows, filterWidth, lanes } = spec;
  const fetches = new WindowFetches(spec, pc);
  const lines = [`vec2 w = weightsAt(outGroup, s + ${pc}) + vec2(turnStart, 0.0);`];
  for (const fy of range(filterRows)) {
    for (const fx of range(filterWidth)) {
      lines.push(...fetches.linesOf(fy, fx));
      for (const q of range(out.c)) {
        const first = ((fy * filterWidth + fx) * out.c + q) * 4;
        lines.push('{');
        for (const lane of range(lanes)) {
          const at = `w + vec2(${first + lane}.0 * weightsLayout.texel.x, 0.0)`;
          lines.push(`  vec4 w${lane} = texture(weights, ${at});`);
        }
        for (const j of range(out.h)) {
          for (const i of range(out.w)) {
            const x = fetches.value(fy, fx, i, j);
            // Added one by one, because some drivers miscompile sums of swizzled products.
            for (const lane of range(lanes)) {
              lines.push(`  sum${planeOf(out, i, j, q)} += ${x}.${'xyzw'[lane]} * w${lane};`);
            }
          }
        }
        lines.push('}');
      }
    }
  }
  return ['      {', ...lines.map((line) => `        ${line}`), '      }'].join('\n');
}
