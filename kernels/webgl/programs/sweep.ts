/**
 * Loops over all tiles of an operand `x` that one output tile depends on, along some axes of its
 * layout. Along the other axes, an output tile depends on the tile of x in the same place.
 */
import type { Axes, Axis } from '../layout/axes.js';
import { planeNames } from '../layout/planeNames.js';
import { positionOf, type Tile } from '../layout/tile.js';
import { range } from './source.js';
import { planeOf } from './window.js';

/** Tile of the result of a sweep: one pixel or slice along an axis that is swept. */
export function sweptTile({ w, h, c }: Tile, { height, width, channels }: Axes): Tile {
  return { w: width ? 1 : w, h: height ? 1 : h, c: channels ? 1 : c };
}

/** Variable for the place along an axis, the number of places, and the place of the output tile. */
const places: Record<Axis, readonly [name: string, count: string, own: string]> = {
  batch: ['element', 'xLayout.extent.x', 'n'],
  channels: ['group', 'xLayout.grid.z', 'outGroup'],
  height: ['row', 'xLayout.grid.y', 'tile.y'],
  width: ['column', 'xLayout.grid.x', 'tile.x'],
};

/** Axes from the outermost loop to the innermost. */
const order: readonly Axis[] = ['batch', 'channels', 'height', 'width'];

/** Statements before the loop over columns that declare the image of the tiles in a place. */
const imageAt = [
  'int image = element * xLayout.grid.z + group;',
  'ivec2 start = imageStart(xLayout, image, tile.x);',
];
/** Statement that declares the texture coordinates `at` of the tiles in a place. */
function texelAt(over: Axes): string {
  const start = over.width ? 'startFor(xLayout, start, image, column)' : 'start';
  return `vec2 at = coordinates(xLayout, ${start} + ivec2(column, row));`;
}

/** Number of turns of the innermost loop in which a part of the result is computed. */
const TURNS = 64;

export interface SweepText {
  /** Starts a part of the result. */
  readonly before: readonly string[];
  /** Adds the tiles at `at` to the part. */
  readonly each: readonly string[];
  /** Adds the part to the result. */
  readonly after: readonly string[];
}

/**
 * Returns GLSL that runs over the tiles of x: a block with the variables `element`, `group`, `row`
 * and `column`. The innermost loop is cut into parts, so that a sum of many numbers is a sum of
 * sums, and its error does not grow with all of them.
 * @param over axes to sweep, at least one
 */
export function sweep(over: Axes, { before, each, after }: SweepText): string[] {
  const swept = order.filter((axis) => over[axis]);
  const open: string[] = ['{'];
  for (const axis of order) {
    const [name, count, own] = places[axis];
    if (!over[axis]) open.push(`int ${name} = ${own};`);
    else if (axis !== swept.at(-1)) open.push(loop(name, '0', count));
    else {
      open.push(
        `for (int first = 0; first < ${count}; first += ${TURNS}) {`,
        ...before,
        `int end = min(first + ${TURNS}, ${count});`,
        loop(name, 'first', 'end'),
      );
    }
    if (axis === 'channels') open.push(...imageAt);
  }
  const outer = swept.slice(1).map(() => '}');
  return [...open, texelAt(over), ...each, '}', ...after, '}', ...outer, '}'];
}

function loop(name: string, from: string, to: string): string {
  return `for (int ${name} = ${from}; ${name} < ${to}; ++${name}) {`;
}

/** Returns GLSL that declares `at` for the first tiles of the sweep. */
export function firstOf(over: Axes): string[] {
  const variables = order.map((axis) => {
    const [name, , own] = places[axis];
    return `int ${name} = ${over[axis] ? '0' : own};`;
  });
  return [...variables, ...imageAt, texelAt(over)];
}

/** A texel of the tiles in a place. */
export interface SweptTexel {
  /** GLSL that fetches it. */
  readonly fetch: string;
  /** Place of its pixel and its slice inside the tile. */
  readonly px: number;
  readonly py: number;
  readonly pc: number;
}

/** Returns the texels that each plane of the result depends on, plane by plane. */
export function sweptTexels(input: Tile, over: Axes): SweptTexel[][] {
  const out = sweptTile(input, over);
  const texels: SweptTexel[][] = range(out.w * out.h * out.c).map(() => []);
  for (const [index, plane] of planeNames('x', input).entries()) {
    const { px, py, pc } = positionOf(input, index);
    const to = planeOf(out, over.width ? 0 : px, over.height ? 0 : py, over.channels ? 0 : pc);
    texels[to].push({ fetch: `texture(${plane}, at)`, px, py, pc });
  }
  return texels;
}

/**
 * Returns GLSL flags for `insideOnly`: which rows, columns and lanes of the tiles in a place are
 * inside x. Only axes that are swept have them, because what is outside along the others is outside
 * the result.
 */
export function sweepFlags(input: Tile, over: Axes): string[] {
  const line = (axis: Axis, length: number, size: string) =>
    range(over[axis] ? length : 0).map((p) => {
      const [name] = places[axis];
      return `bool ${name}Inside${p} = ${name} * ${length} + ${p} < ${size};`;
    });
  const lanes = range(over.channels ? input.c : 0).map(
    (q) => `bvec4 lanes${q} = channelLanes(xLayout, group * ${input.c} + ${q});`,
  );
  return [
    ...line('height', input.h, 'xLayout.extent.y'),
    ...line('width', input.w, 'xLayout.extent.z'),
    ...lanes,
  ];
}

/** Returns GLSL for a value that is `outside` where its texel is outside x along a swept axis. */
export function insideOnly(
  value: string,
  { px, py, pc }: Omit<SweptTexel, 'fetch'>,
  over: Axes,
  outside: string,
): string {
  const pixel = [
    ...(over.height ? [`rowInside${py}`] : []),
    ...(over.width ? [`columnInside${px}`] : []),
  ].join(' && ');
  const inLanes = over.channels ? `mix(${outside}, ${value}, lanes${pc})` : value;
  return pixel === '' ? inLanes : `mix(${outside}, ${inLanes}, bvec4(${pixel}))`;
}

/** Returns GLSL for the result of a function of two values on many, in pairs. */
export function inPairs(name: string, values: readonly string[]): string {
  if (values.length === 1) return values[0];
  const half = Math.ceil(values.length / 2);
  return `${name}(${inPairs(name, values.slice(0, half))}, ${inPairs(name, values.slice(half))})`;
}

/** Returns GLSL that makes each lane of a variable the result of a function on all four. */
export function acrossLanes(name: string, variable: string): string[] {
  return ['zwxy', 'yxwz'].map(
    (lanes) => `${variable} = ${name}(${variable}, ${variable}.${lanes});`,
  );
}
