/** Element-wise programs: operands in the layout of the result, one fetch a plane. */
import { positionOf, type Tile } from '../../../src/layout/tile.js';
import { type Activation, activationChunk } from '../glsl/activation.js';
import { nanGlsl } from '../glsl/nan.js';
import { planeNames } from '../glsl/planeNames.js';
import { type ProgramSource, programSource, range, tileCoordinates } from './source.js';

export interface UnarySpec {
  readonly family: 'unary';
  readonly op: Exclude<Activation, 'prelu'>;
  readonly tile: Tile;
}

/** y = op(x) */
export function unaryProgram({ op, tile }: UnarySpec): ProgramSource {
  const planes = planeNames('x', tile);
  const zeroStays = op !== 'sigmoid' && op !== 'clip';
  const values = planes.map((plane) => `activate(texture(${plane}, at))`);
  return programSource({
    samplers: planes,
    targets: planes.length,
    layouts: ['out'],
    chunks: [activationChunk(op)],
    body: [coordinates, ...assignments(values, tile, zeroStays)].join('\n'),
  });
}

/** Two-operand functions; NaN goes through as in tfjs-core's ops. */
const binaryFunctions = {
  add: 'vec4 apply(vec4 a, vec4 b) { return a + b; }',
  sub: 'vec4 apply(vec4 a, vec4 b) { return a - b; }',
  multiply: 'vec4 apply(vec4 a, vec4 b) { return a * b; }',
  divide: 'vec4 apply(vec4 a, vec4 b) { return a / b; }',
  maximum: /* glsl */ `
vec4 apply(vec4 a, vec4 b) { return mix(mix(max(a, b), b, isNaN4(b)), a, isNaN4(a)); }`,
  minimum: /* glsl */ `
vec4 apply(vec4 a, vec4 b) { return mix(mix(min(a, b), b, isNaN4(b)), a, isNaN4(a)); }`,
  prelu: 'vec4 apply(vec4 x, vec4 slope) { return mix(x, slope * x, lessThan(x, vec4(0.0))); }',
} as const;

export type BinaryOp = keyof typeof binaryFunctions;

/**
 * How an operand meets the result: `same` shape and layout; one value a `channel`
 * (and maybe batch element) in tiles of 1x1x1; or one `scalar` in such a tile.
 */
export type Broadcast = 'same' | 'channel' | 'scalar';

export interface BinarySpec {
  readonly family: 'binary';
  readonly op: BinaryOp;
  readonly tile: Tile;
  readonly a: Broadcast;
  readonly b: Broadcast;
}

/** y = op(a, b) */
export function binaryProgram({ op, tile, a, b }: BinarySpec): ProgramSource {
  const zeroStays = a === 'same' && b === 'same' && op !== 'divide';
  const left = operand('a', a, tile);
  const right = operand('b', b, tile);
  const values = range(tile.w * tile.h * tile.c).map(
    (plane) => `apply(${left.value(plane)}, ${right.value(plane)})`,
  );
  return programSource({
    samplers: [...left.samplers, ...right.samplers],
    targets: tile.w * tile.h * tile.c,
    layouts: ['out', ...left.layouts, ...right.layouts],
    chunks: [nanGlsl, binaryFunctions[op]],
    body: [
      coordinates,
      zeroStays ? '' : tileCoordinates,
      ...left.lines,
      ...right.lines,
      ...assignments(values, tile, zeroStays, true),
    ].join('\n'),
  });
}

export interface BatchNormSpec {
  readonly family: 'batchNorm';
  readonly tile: Tile;
  readonly offset: boolean;
  readonly scale: boolean;
}

/** y = (x - mean) * scale / sqrt(variance + epsilon) + offset, as in tfjs-core's batchNorm. */
export function batchNormProgram({ tile, offset, scale }: BatchNormSpec): ProgramSource {
  const names = ['mean', 'variance', ...(offset ? ['offset'] : []), ...(scale ? ['scale'] : [])];
  const operands = names.map((name) => operand(name, 'channel', tile));
  const planes = planeNames('x', tile);
  const values = planes.map((plane, index) => {
    const slice = Math.floor(index / (tile.w * tile.h));
    return `(texture(${plane}, at) - mean${slice}_) * factor${slice}${offset ? ` + offset${slice}_` : ''}`;
  });
  const factors = range(tile.c).map(
    (q) =>
      `  vec4 factor${q} = ${scale ? `scale${q}_` : '1.0'} * inversesqrt(variance${q}_ + epsilon);`,
  );
  return programSource({
    samplers: [...planes, ...names],
    targets: planes.length,
    layouts: ['out', ...names],
    chunks: ['uniform float epsilon;'],
    body: [
      coordinates,
      tileCoordinates,
      ...operands.flatMap((o) => o.lines),
      ...factors,
      ...assignments(values, tile, false, true),
    ].join('\n'),
  });
}

const coordinates = /* glsl */ `
  vec2 at = gl_FragCoord.xy * outLayout.texel;`;

function operand(name: string, broadcast: Broadcast, tile: Tile) {
  if (broadcast === 'same') {
    const planes = planeNames(name, tile);
    return {
      samplers: planes,
      layouts: [],
      lines: [],
      value: (plane: number) => `texture(${planes[plane]}, at)`,
    };
  }
  if (broadcast === 'scalar') {
    return {
      samplers: [name],
      layouts: [],
      lines: [`  vec4 ${name}_ = texture(${name}, vec2(0.0)).xxxx;`],
      value: () => `${name}_`,
    };
  }
  // A batch of one is shared by all: its row does not move with n.
  const row = `min(n, ${name}Layout.extent.x - 1) * ${name}Layout.grid.z`;
  return {
    samplers: [name],
    layouts: [name],
    lines: range(tile.c).map(
      (q) =>
        `  vec4 ${name}${q}_ = texture(${name}, coordinates(${name}Layout, imageStart(${name}Layout, ${row} + group * ${tile.c} + ${q})));`,
    ),
    value: (plane: number) => `${name}${positionOf(tile, plane).pc}_`,
  };
}

/**
 * GLSL that stores the values, with zeros outside the tensor unless zero maps to zero. With
 * `haveTile` it stands after tileCoordinates.
 */
export function assignments(
  values: readonly string[],
  tile: Tile,
  zeroStays: boolean,
  haveTile = false,
): string[] {
  if (zeroStays) return values.map((value, plane) => `  target${plane} = ${value};`);
  const lines = haveTile ? [] : [tileCoordinates];
  for (const [plane, value] of values.entries()) {
    const { px, py, pc } = positionOf(tile, plane);
    lines.push(
      `  bool inside${plane} = tile.x * ${tile.w} + ${px} < outLayout.extent.z && tile.y * ${tile.h} + ${py} < outLayout.extent.y;`,
      `  target${plane} = mix(vec4(0.0), ${value},`,
      `    bvec4(ivec4(channelLanes(outLayout, group * ${tile.c} + ${pc})) * int(inside${plane})));`,
    );
  }
  return lines;
}
