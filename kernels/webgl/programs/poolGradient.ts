/**
 * Program for the gradient of pooling, which reads dy in any tile. An input pixel gathers from the windows
 * that cover it:
 *
 *     dx(n, y, x, c) = sum over i, j of part(n, i, j, c), 0 <= y - first(i) < filterHeight, and x alike
 *       where first(i) = i*strideHeight - padTop, and part is, of a mean, dy / the number of pixels of the
 *       input that the window covers; of a maximum, dy if (y, x) is its position, and else 0
 *
 * A loop runs over the windows of a whole tile. A window that does not cover a pixel does not count in its
 * sum, whatever its value.
 */
import type { PoolGradientOp } from '../../shape/poolGradient.js';
import { planeNames } from '../layout/planeNames.js';
import { positionOf, type Tile } from '../layout/tile.js';
import { tileAccess } from '../layout/tileAccess.glsl.js';
import { geometry } from './pool.js';
import {
  maskedStores,
  type ProgramSource,
  programSource,
  range,
  tileCoordinates,
} from './source.js';

export interface PoolGradientSpec {
  readonly family: 'poolGradient';
  readonly op: PoolGradientOp;
  /** Tile of dy. */
  readonly in: Tile;
  /** Tile of the positions of the maxima, which `op` max reads. */
  readonly positions?: Tile;
  readonly out: Tile;
}

export function poolGradientProgram(spec: PoolGradientSpec): ProgramSource {
  const { op, in: input, positions = input, out } = spec;
  const planes = range(out.w * out.h * out.c);
  const operands = op === 'max' ? ['dy', 'position'] : ['dy'];
  const tiles: Record<string, Tile> = { dy: input, position: positions };
  return programSource({
    samplers: operands.map((name) => planeNames(name, tiles[name])),
    targets: planes.length,
    layouts: [...operands, 'out'],
    chunks: [
      geometry,
      windows,
      parts[op],
      ...operands.map((name) => tileAccess(name, tiles[name])),
    ],
    body: [
      tileCoordinates(out),
      `  int top = tile.y * ${out.h} + rowGeometry.z;`,
      `  int left = tile.x * ${out.w} + columnGeometry.z;`,
      `  ivec2 rows = windowsOf(top, ${out.h}, rowGeometry, dyLayout.extent.y);`,
      `  ivec2 columns = windowsOf(left, ${out.w}, columnGeometry, dyLayout.extent.z);`,
      ...planes.map((plane) => `  vec4 sum${plane} = vec4(0.0);`),
      '  for (int i = rows.x; i <= rows.y; ++i) {',
      '    int down = top - i * rowGeometry.y;',
      '    for (int j = columns.x; j <= columns.y; ++j) {',
      '      int across = left - j * columnGeometry.y;',
      ...range(out.c).map((pc) => fetches[op].replaceAll('PC', String(pc))),
      ...planes.map((plane) => {
        const { px, py, pc } = positionOf(out, plane);
        const value = op === 'max' ? `value${pc}, position${pc}` : `value${pc}`;
        return `      sum${plane} += part(down + ${py}, across + ${px}, ${value});`;
      }),
      '    }',
      '  }',
      ...maskedStores(
        planes.map((plane) => `sum${plane}`),
        out,
      ),
    ].join('\n'),
  });
}

const fetches: Record<PoolGradientOp, string> = {
  max: `      vec4 valuePC = dyAt(n, outSlice + PC, i, j);
      vec4 positionPC = positionAt(n, outSlice + PC, i, j);`,
  avg: '      vec4 valuePC = dyAt(n, outSlice + PC, i, j) / covered(i, j);',
};

const windows = /* glsl */ `
// The first and the last window that may cover one of \`count\` positions from p on, counted from the
// beginning of the padding.
ivec2 windowsOf(int p, int count, ivec3 g, int windows) {
  int first = max(0, p - g.x + g.y);
  return ivec2(quotient(first, g.y), min(windows - 1, quotient(p + count - 1, g.y)));
}

bool isTap(int row, int column) {
  return row >= 0 && row < rowGeometry.x && column >= 0 && column < columnGeometry.x;
}
`;

const parts: Record<PoolGradientOp, string> = {
  max: /* glsl */ `
vec4 part(int row, int column, vec4 value, vec4 position) {
  float tap = isTap(row, column) ? float(row * columnGeometry.x + column) : -2.0;
  return mix(vec4(0.0), value, equal(position, vec4(tap)));
}
`,
  avg: /* glsl */ `
// The number of pixels of the input that window (i, j) covers.
float covered(int i, int j) {
  ivec2 first = ivec2(i, j) * ivec2(rowGeometry.y, columnGeometry.y) - ivec2(rowGeometry.z, columnGeometry.z);
  ivec2 end = min(first + ivec2(rowGeometry.x, columnGeometry.x), outLayout.extent.yz);
  ivec2 size = max(end - max(first, ivec2(0)), ivec2(0));
  return float(max(1, size.x * size.y));
}

vec4 part(int row, int column, vec4 value) {
  return masked(value, uvec4(maskOf(isTap(row, column))));
}
`,
};
