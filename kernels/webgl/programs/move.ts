/**
 * Program that moves values between planes: each value of the result is the value of x at the index
 * that an index map (indexMap.ts) gives, or `fill`. Each step is spelt out once for every place of a
 * tile that its value depends on, so that what depends on the row alone is computed once a row.
 */

import { fourChannelsGlsl } from '../glsl/fourChannels.js';
import { type Fetch, type IndexStep, type Source, type ValueId, ZERO } from '../layout/indexMap.js';
import { planeNames } from '../layout/planeNames.js';
import { positionOf, type Tile } from '../layout/tile.js';
import { tileAccess } from '../layout/tileAccess.glsl.js';
import { epilogue } from './epilogue.js';
import { type ProgramSource, programSource, range, tileCoordinates } from './source.js';
import type { Stepped } from './steps.js';

export interface MoveSpec extends Stepped {
  readonly family: 'move';
  readonly in: Tile;
  readonly out: Tile;
  readonly map: readonly IndexStep[];
  readonly source: Source;
  readonly fetch: Fetch;
  /** Second input, which has the values that the bounds exclude, in place of a fill. */
  readonly joined?: Joined;
}

/** Second input of a draw that writes some tiles of a concatenation. */
export interface Joined {
  readonly in: Tile;
  readonly source: Source;
  /** Axis of planes (0 to 3: batch, height, width, channels) whose `window` begins tiles of the draw. */
  readonly along: number;
}

/** Tile of the vector of indices, which are its channels. */
export const indicesTile: Tile = { w: 1, h: 1, c: 1 };

/** Returns the uniforms of the numbers of a map, and of the fill. */
export function moveUniforms(numbers: readonly number[], fill = 0) {
  return Object.fromEntries([
    ['fill', fill],
    ...numbers.map((number, i) => [`number${i}`, number]),
  ]);
}

export function moveProgram(spec: MoveSpec): ProgramSource {
  const { in: from, out, map, steps, fetch, joined } = spec;
  const has = (op: IndexStep['op']) => map.some((step) => step.op === op);
  const lines = new MapLines(spec);
  const numbers = map.flatMap(numbersOf).length;
  const end = epilogue(steps, out);
  const inputs: [string, Tile][] = [['x', from]];
  if (joined !== undefined) inputs.push(['next', joined.in]);
  if (has('looked')) inputs.push(['indices', indicesTile]);
  return programSource({
    samplers: [...inputs.map(([name, tile]) => planeNames(name, tile)), ...end.samplers],
    targets: out.w * out.h * out.c,
    layouts: [...inputs.map(([name]) => name), 'out'],
    chunks: [
      ...range(numbers).map((i) => `uniform int number${i};`),
      joined === undefined
        ? 'uniform float fill;'
        : 'uniform ivec2 window;  // first place, place after it',
      ...inputs.map(([name, tile]) => tileAccess(name, tile)),
      ...(has('looked') ? [indexOf] : []),
      ...(has('mirrored') ? [mirrored] : []),
      ...(fetch === 'run' ? [fourChannelsGlsl] : []),
      ...end.chunks,
    ],
    body: [
      tileCoordinates(out),
      ...(joined === undefined ? [] : [skipOthers(out, joined.along)]),
      ...range(out.h).map((py) => `  int py${py} = tile.y * ${out.h} + ${py};`),
      ...range(out.w).map((px) => `  int px${px} = tile.x * ${out.w} + ${px};`),
      ...lines.outside,
      ...range(out.c).flatMap((pc) =>
        fetch === 'lanes' ? lanes(lines, out, pc) : slice(lines, out, pc),
      ),
      end.body,
    ].join('\n'),
  });
}

function skipOthers({ w, h }: Tile, along: number): string {
  const first = ['n', `tile.y * ${h}`, `tile.x * ${w}`, '4 * outSlice'][along];
  return `  if (${first} < window.x || ${first} >= window.y) discard;`;
}

const mirrored = /* glsl */ `
// Places outside the result mirror to anything in range.
int mirrored(int place, int size, int repeated) {
  int back = place < 0 ? -place - repeated : place;
  int inside = back < size ? back : 2 * (size - 1) - back + repeated;
  return min(max(inside, 0), size - 1);
}
`;

const indexOf = /* glsl */ `
// Places outside the result have any index.
int indexOf(int place) {
  int inside = min(place, indicesLayout.extent.w - 1);
  return int(indicesAt(0, inside >> 2, 0, 0)[inside & 3]);
}
`;

/** Returns GLSL that fetches slice `pc` of every pixel of the tile. */
function slice(lines: MapLines, tile: Tile, pc: number): string[] {
  return [
    `  int pc${pc} = 4 * (outSlice + ${pc});`,
    ...lines.ofSlice(pc),
    ...planesOfSlice(tile, pc).map(
      (plane) => `  vec4 sum${plane} = ${lines.fetched(positionOf(tile, plane))};`,
    ),
  ];
}

/** Returns GLSL that fetches slice `pc` of every pixel of the tile lane by lane. */
function lanes(lines: MapLines, tile: Tile, pc: number): string[] {
  const planes = planesOfSlice(tile, pc);
  return [
    ...planes.map((plane) => `  vec4 sum${plane} = vec4(0.0);`),
    // No compiler knows how often, so that none spells the loop out: what they make is compiled slowly.
    `  int lanes${pc}Count = min(4, outLayout.extent.w - 4 * (outSlice + ${pc}));`,
    `  for (int lane = 0; lane < lanes${pc}Count; ++lane) {`,
    `  int pc${pc} = 4 * (outSlice + ${pc}) + lane;`,
    ...lines.ofSlice(pc),
    ...planes.map((plane) => `  sum${plane}[lane] = ${lines.fetched(positionOf(tile, plane))};`),
    '  }',
  ];
}

function planesOfSlice({ w, h }: Tile, pc: number): number[] {
  return range(w * h).map((pixel) => pc * w * h + pixel);
}

/** Place inside a tile. */
type Position = ReturnType<typeof positionOf>;

const coordinates = ['px', 'py', 'pc'] as const;

/** GLSL of the steps of a map, whose names say for which places of the tile they hold. */
class MapLines {
  /** Lines of the steps that do not depend on the channel. */
  readonly outside: string[];
  /** Coordinates that each value depends on; the first four are those of the result. */
  private readonly dependencies: (readonly (keyof Position)[])[] = [[], ['py'], ['px'], ['pc']];
  private readonly bounds: { readonly name: string; readonly on: readonly (keyof Position)[] }[] =
    [];
  private readonly inside: string[][];

  constructor(private readonly spec: MoveSpec) {
    const { map, out } = spec;
    this.outside = [];
    this.inside = range(out.c).map(() => []);
    let number = 0;
    for (const [index, step] of map.entries()) {
      const first = this.dependencies.length;
      const on = coordinates.filter((at) => step.of.some((id) => this.dependsOn(id, at)));
      const uniforms = numbersOf(step).map((_, i) => `number${number + i}`);
      number += uniforms.length;
      if (step.op === 'bounded') this.bounds.push({ name: `bound${index}`, on });
      this.dependencies.push(...(step.op === 'split' ? [on, on] : [on]));
      for (const position of positions(out, on)) {
        const lines = linesOf(
          step,
          index,
          first,
          uniforms,
          (id) => this.name(id, position),
          suffix(on, position),
        );
        if (on.includes('pc')) this.inside[position.pc].push(...lines);
        else this.outside.push(...lines);
      }
    }
  }

  /** Returns the lines of the steps that depend on slice `pc`. */
  ofSlice(pc: number): readonly string[] {
    return this.inside[pc];
  }

  /** Returns the texel at a place of the tile; of one lane, the number. */
  fetched(position: Position): string {
    const { source, fetch, joined } = this.spec;
    const value = this.valueAt('x', source, position);
    const inside = this.bounds.map(({ name, on }) => name + suffix(on, position));
    if (inside.length === 0) return value;
    const fill = fetch === 'lanes' ? 'fill' : 'vec4(fill)';
    const other = joined === undefined ? fill : this.valueAt('next', joined.source, position);
    return `${inside.join(' && ')} ? ${value} : ${other}`;
  }

  private valueAt(input: string, source: Source, position: Position): string {
    const [n, y, x, c] = source.map((id) => this.name(id, position));
    const at = (slice: string) => `${input}At(${n}, ${slice}, ${y}, ${x})`;
    const texel = at(`${c} >> 2`);
    switch (this.spec.fetch) {
      case 'texel':
        return texel;
      case 'lanes':
        return `${texel}[${c} & 3]`;
      case 'run': {
        const next = `(${c} & 3) == 0 ? vec4(0.0) : ${at(`(${c} >> 2) + 1`)}`;
        return `fourChannels(${texel}, ${next}, ${c} & 3)`;
      }
    }
  }

  private dependsOn(id: ValueId, at: keyof Position): boolean {
    return id !== ZERO && this.dependencies[id].includes(at);
  }

  private name(id: ValueId, position: Position): string {
    if (id === ZERO) return '0';
    if (id === 0) return 'n';
    const on = suffix(this.dependencies[id], position);
    return id < 4 ? on.slice(1) : `value${id}${on}`;
  }
}

function linesOf(
  { op, of }: IndexStep,
  index: number,
  first: ValueId,
  numbers: readonly string[],
  name: (id: ValueId) => string,
  at: string,
): string[] {
  const [a] = of.map(name);
  const result = `  int value${first}${at} =`;
  switch (op) {
    case 'split':
      return [
        `${result} quotient(${a}, ${numbers[0]});`,
        `  int value${first + 1}${at} = ${a} - value${first}${at} * ${numbers[0]};`,
      ];
    case 'sum': {
      const terms = of.map((id, i) => `${name(id)} * ${numbers[i + 1]}`);
      return [`${result} ${[numbers[0], ...terms].join(' + ')};`];
    }
    case 'clamped':
      return [`${result} min(max(${a}, 0), ${numbers[0]} - 1);`];
    case 'bounded':
      return [
        `  bool bound${index}${at} = ${a} >= 0 && ${a} < ${numbers[0]};`,
        `${result} min(max(${a}, 0), ${numbers[0]} - 1);`,
      ];
    case 'mirrored':
      return [`${result} mirrored(${a}, ${numbers.join(', ')});`];
    case 'looked':
      return [`${result} indexOf(${a});`];
  }
}

/** Returns one entry for each number of a step. */
function numbersOf({ op, of }: IndexStep): readonly unknown[] {
  const counts = { split: 1, sum: 1 + of.length, clamped: 1, bounded: 1, mirrored: 2, looked: 0 };
  return range(counts[op]);
}

/** Returns the places of a tile that differ in these coordinates. */
function positions({ w, h, c }: Tile, on: readonly (keyof Position)[]): Position[] {
  const along = (at: keyof Position, size: number) => (on.includes(at) ? range(size) : [0]);
  return along('pc', c).flatMap((pc) =>
    along('py', h).flatMap((py) => along('px', w).map((px) => ({ px, py, pc }))),
  );
}

function suffix(on: readonly (keyof Position)[], position: Position): string {
  return on.map((at) => `_${at}${position[at]}`).join('');
}
