/**
 * Loop over the planes of a tile, for programs that choose at run time what they fetch for each. Every
 * fetch of such a program has as many texts as planes to choose from, which compilers take long for, so
 * that a text for each plane as well would be slow.
 */

import type { Position, Tile } from '../layout/tile.js';
import { type KnownPlace, quotientText, restText } from '../layout/tileAccess.glsl.js';
import { range } from './source.js';
import { planeOf } from './window.js';

export type TileAxis = keyof Position;

const tileAxes = ['px', 'py', 'pc'] as const;

/** GLSL that computes a value. */
export interface ValueText {
  readonly lines: readonly string[];
  readonly value: string;
}

/**
 * Returns GLSL that declares `sum{plane}` for each plane of a tile and computes it. It expects `tile` (the
 * output tile) and `outSlice` (the tile's first slice) of the program.
 * @param spelt axes whose places are spelt out, so that fetches can name planes by them; the others' are
 *   counted
 * @param text returns the value at a place that is known along the axes that are spelt out; it may read
 *   the coordinates `px`, `py` and `slice` of the result
 */
export function planeLoop(
  out: Tile,
  spelt: readonly TileAxis[],
  text: (known: KnownPlace) => ValueText,
): string {
  const sizes: Position = { px: out.w, py: out.h, pc: out.c };
  const isSpelt = (axis: TileAxis) => spelt.includes(axis) && sizes[axis] > 1;
  const counted = placesOf(sizes, (axis) => !isSpelt(axis));
  const named = placesOf(sizes, isSpelt);
  const turns = counted.length;
  const blocks = named.flatMap((known) => {
    const at = (axis: TileAxis) =>
      isSpelt(axis) ? String(known[axis]) : countedPlace(axis, sizes, isSpelt);
    const { lines, value } = text(pick(known, isSpelt));
    return [
      '  {',
      `  int px = tile.x * ${out.w} + ${at('px')};`,
      `  int py = tile.y * ${out.h} + ${at('py')};`,
      `  int slice = outSlice + ${at('pc')};`,
      ...lines,
      `  vec4 value = ${value};`,
      ...counted.map((place, turn) => {
        const sum = `sum${planeAt(out, sumOf(known, place))}`;
        return turns === 1 ? `  ${sum} = value;` : `  ${sum} = turn == ${turn} ? value : ${sum};`;
      }),
      '  }',
    ];
  });
  const sums = range(out.w * out.h * out.c).map((plane) => `  vec4 sum${plane} = vec4(0.0);`);
  if (turns === 1) return [...sums, ...blocks].join('\n');
  return [
    ...sums,
    // No compiler knows how often, so that none spells the loop out.
    `  int turns = ${turns} * min(1, outLayout.extent.w);`,
    '  for (int turn = 0; turn < turns; ++turn) {',
    ...blocks,
    '  }',
  ].join('\n');
}

/** Returns all places along the axes that are taken, and 0 along the others. */
function placesOf(sizes: Position, isTaken: (axis: TileAxis) => boolean): Position[] {
  const along = (axis: TileAxis) => range(isTaken(axis) ? sizes[axis] : 1);
  return along('pc').flatMap((pc) =>
    along('py').flatMap((py) => along('px').map((px) => ({ px, py, pc }))),
  );
}

/** Returns GLSL of the place along an axis that is counted, in the order of placesOf(). */
function countedPlace(
  axis: TileAxis,
  sizes: Position,
  isSpelt: (axis: TileAxis) => boolean,
): string {
  if (sizes[axis] === 1) return '0';
  const before = tileAxes.slice(0, tileAxes.indexOf(axis)).filter((other) => !isSpelt(other));
  const size = before.reduce((product, other) => product * sizes[other], 1);
  return restText(quotientText('turn', size), sizes[axis]);
}

function pick(place: Position, isTaken: (axis: TileAxis) => boolean): KnownPlace {
  return Object.fromEntries(tileAxes.filter(isTaken).map((axis) => [axis, place[axis]]));
}

const sumOf = (a: Position, b: Position): Position => ({
  px: a.px + b.px,
  py: a.py + b.py,
  pc: a.pc + b.pc,
});

const planeAt = (tile: Tile, { px, py, pc }: Position) => planeOf(tile, px, py, pc);
