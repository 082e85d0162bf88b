/** Parts that all program families share: the type of a source and the frame of its text. */
import { positionOf, type Tile } from '../layout/tile.js';
import { tileLayoutGlsl } from '../layout/tileLayout.glsl.js';

/** Samplers of one operand: a name, or the names of its planes in the order of its layout. */
export type Samplers = string | readonly string[];

/** Fragment shader, and the samplers and targets that must be bound to run it. */
export interface ProgramSource {
  readonly fragment: string;
  /** Samplers in the order in which textures are given. */
  readonly samplers: readonly string[];
  /** The same samplers, by operand. */
  readonly operands: readonly Samplers[];
  /** Number of render targets. */
  readonly targets: number;
}

export interface Frame {
  readonly samplers: readonly Samplers[];
  /** Names of the samplers that read array textures. */
  readonly arrays?: readonly string[];
  readonly targets: number;
  /** Names of operands whose `NAMELayout` the program reads. */
  readonly layouts: readonly string[];
  /** GLSL before main: uniforms and functions. */
  readonly chunks: readonly string[];
  /** GLSL of main, which assigns target0, target1, ... */
  readonly body: string;
}

/** Returns the whole text of a program, around its chunks and its main. */
export function programSource(frame: Frame): ProgramSource {
  const { samplers: operands, arrays = [], targets, layouts, chunks, body } = frame;
  const samplers = operands.flat();
  const declared = [...layouts.map((name) => `uniform TileLayout ${name}Layout;`), ...chunks];
  const { structs, uniforms, rest } = sortedChunks([tileLayoutGlsl, ...declared].join('\n'));
  const fragment = [
    '#version 300 es',
    'precision highp float;',
    'precision highp int;',
    'precision highp sampler2D;',
    ...(arrays.length > 0 ? ['precision highp sampler2DArray;'] : []),
    ...samplers.map((name) => `uniform sampler2D${arrays.includes(name) ? 'Array' : ''} ${name};`),
    ...range(targets).map((i) => `layout(location = ${i}) out highp vec4 target${i};`),
    ...structs,
    // A block, whose values lie in a buffer, so that a draw needs one call to have them all.
    `layout(std140) uniform ${PARAMETERS} {\n${uniforms.join('\n')}\n};`,
    rest,
    'void main() {',
    body,
    '}',
  ].join('\n');
  return { fragment, samplers, operands, targets };
}

/** Name of the uniform block of all uniforms that are not samplers. */
export const PARAMETERS = 'Parameters';

/** Returns the structs, the members of the uniform block, each once, and the other lines of GLSL. */
function sortedChunks(text: string) {
  const structs: string[] = [];
  const uniforms = new Set<string>();
  const rest = text
    .replace(/^struct \w+ \{[^}]*\};$/gm, (struct) => {
      structs.push(struct);
      return '';
    })
    .replace(/^ *uniform (\w+ \w+;.*)$/gm, (_, member) => {
      uniforms.add(`  ${member}`);
      return '';
    });
  return { structs, uniforms: [...uniforms], rest };
}

/**
 * Returns GLSL for the output tile of a fragment, its batch element `n`, its group of slices and
 * the first slice of the group.
 */
export function tileCoordinates({ c }: Tile): string {
  return /* glsl */ `
  ivec3 tile = tileOf(outLayout, ivec2(gl_FragCoord.xy));
  int n = quotient(tile.z, outLayout.grid.z);
  int outGroup = tile.z - n * outLayout.grid.z;
  int outSlice = outGroup * ${c};`;
}

/**
 * Returns GLSL that stores a value for each plane of a tile, with zeros outside the tensor. It
 * expects `tile` (the output tile) and `outSlice` (the tile's first slice).
 */
export function maskedStores(values: readonly string[], out: Tile): string[] {
  const { w, h, c } = out;
  const within = (name: string, axis: string, step: string, size: string) =>
    `  uint ${name} = maskOf(tile.${axis} * ${step} < outLayout.extent.${size});`;
  return [
    ...range(c).map(
      (q) => `  uvec4 lanes${q} = maskOf4(channelLanes(outLayout, outSlice + ${q}));`,
    ),
    ...range(w).map((px) => within(`insideColumn${px}`, 'x', `${w} + ${px}`, 'z')),
    ...range(h).map((py) => within(`insideRow${py}`, 'y', `${h} + ${py}`, 'y')),
    ...values.map((value, plane) => {
      const { px, py, pc } = positionOf(out, plane);
      return `  target${plane} = masked(${value}, lanes${pc} & (insideColumn${px} & insideRow${py}));`;
    }),
  ];
}

export function range(length: number): number[] {
  return Array.from({ length }, (_, i) => i);
}

/** Returns the remainder that is never negative. */
export function modulo(a: number, n: number): number {
  return ((a % n) + n) % n;
}
