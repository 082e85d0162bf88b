import { planeNames } from './planeNames.js';
import type { Position, Tile } from './tile.js';

/** Place inside a tile, along the axes for which a program knows it. */
export type KnownPlace = Partial<Position>;

/** Returns the name of the function of tileAccess(). */
export function accessName(name: string, known: KnownPlace = {}): string {
  const places = Object.entries(known).map(([axis, place]) => `_${axis}${place}`);
  return `${name}At${places.sort().join('')}`;
}

/**
 * Returns the GLSL function `vec4 NAMEAt(int n, int slice, int y, int x)`, which returns the texel
 * of any in-range coordinate of the tensor in `NAMELayout`, whatever its tile. It chooses the plane
 * at run time; programs that know their offsets name the plane instead. Rasterisers on the CPU fetch from
 * every plane that there is to choose from, so what is known of the place leaves planes out.
 */
export function tileAccess(name: string, tile: Tile, known: KnownPlace = {}): string {
  const { w, h, c } = tile;
  const axes = [
    { at: 'slice', size: c, place: known.pc },
    { at: 'y', size: h, place: known.py },
    { at: 'x', size: w, place: known.px },
  ];
  const planes = axes.reduce<number[]>(
    (found, { size, place }) =>
      found.flatMap((plane) =>
        (place === undefined ? Array.from({ length: size }, (_, i) => i) : [place]).map(
          (i) => plane * size + i,
        ),
      ),
    [0],
  );
  const names = planeNames(name, tile);
  const [ofSlice, ofRow, ofColumn] = axes.map(({ at, size, place }) => place ?? restText(at, size));
  const number = `(${ofSlice} * ${h} + ${ofRow}) * ${w} + ${ofColumn}`;
  return /* glsl */ `
vec4 ${accessName(name, known)}(int n, int slice, int y, int x) {
  int column = ${quotientText('x', w)};
  ivec2 start = imageStart(${name}Layout, n * ${name}Layout.grid.z + ${quotientText('slice', c)}, column);
  vec2 at = coordinates(${name}Layout, start + ivec2(column, ${quotientText('y', h)}));
${
  planes.length === 1
    ? `  return texture(${names[planes[0]]}, at);`
    : [
        `  switch (${number}) {`,
        ...planes.map((plane) => `    case ${plane}: return texture(${names[plane]}, at);`),
        '  }',
        '  return vec4(0.0);',
      ].join('\n')
}
}
`;
}

/**
 * Returns GLSL of the quotient of a value that is not negative. Compilers of rasterisers divide number by
 * number, so that a shift is much faster.
 */
export function quotientText(value: string, size: number): string {
  if (size === 1) return value;
  const shift = Math.log2(size);
  return Number.isInteger(shift) ? `(${value} >> ${shift})` : `(${value} / ${size})`;
}

/** Returns GLSL of the rest of the same division. */
export function restText(value: string, size: number): string {
  if (size === 1) return '0';
  return Number.isInteger(Math.log2(size)) ? `(${value} & ${size - 1})` : `(${value} % ${size})`;
}
