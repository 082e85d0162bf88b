/** Lines of GLSL of a program that moves values: the steps of its index map, and its fetches. */
import { type Fetch, type IndexStep, type Source, type ValueId, ZERO } from '../layout/indexMap.js';
import type { positionOf, Tile } from '../layout/tile.js';
import { range } from './source.js';
import type { Stepped } from './steps.js';

/** Tensor in planes whose values are moved. */
export interface MovedInput {
  readonly in: Tile;
  readonly source: Source;
  /** True if each pixel of the result comes from the same pixel of it, in tiles as wide and as high. */
  readonly keepsPixels?: true;
}

export interface MoveSpec extends MovedInput, Stepped {
  readonly family: 'move';
  readonly out: Tile;
  readonly map: readonly IndexStep[];
  readonly fetch: Fetch;
  /** Second input, which has the values that the bounds exclude, in place of a fill. */
  readonly joined?: Joined;
}

/** Second input of a draw that writes some tiles of a concatenation. */
export interface Joined extends MovedInput {
  /** Axis of planes (0 to 3: batch, height, width, channels) whose `window` begins tiles of the draw. */
  readonly along: number;
}

/** Place inside a tile. */
export type Position = ReturnType<typeof positionOf>;

const coordinates = ['px', 'py', 'pc'] as const;

/** GLSL of the steps of a map, whose names say for which places of the tile they hold. */
export class MapLines {
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
    const { fetch, joined } = this.spec;
    const value = this.valueAt('x', this.spec, position);
    const inside = this.bounds.map(({ name, on }) => name + suffix(on, position));
    if (inside.length === 0) return value;
    const fill = fetch === 'lanes' ? 'fill' : 'vec4(fill)';
    const other = joined === undefined ? fill : this.valueAt('next', joined, position);
    return `${inside.join(' && ')} ? ${value} : ${other}`;
  }

  /**
   * Returns the lines before fetched() at these places: where lanes share texels, the texels, and the
   * channels in them.
   */
  fetches(places: readonly Position[]): string[] {
    const { fetch, source } = this.spec;
    if (typeof fetch === 'string') return [];
    const channels = [...new Set(places.map((position) => this.name(source[3], position)))];
    return [
      ...channels.map((c) => `  ivec4 ${channelsName(places[0], c)} = ${c} + lanes;`),
      ...places.flatMap((position) => {
        const c = this.name(source[3], position);
        return [...new Set(fetch)].map((lane) => {
          const slice = `${channelsName(position, c)}[${lane}] >> 2`;
          const texel = this.texelAt('x', this.spec, position, slice);
          return `  vec4 ${texelName(position, lane)} = ${texel};`;
        });
      }),
    ];
  }

  private valueAt(input: string, from: MovedInput, position: Position): string {
    const { fetch } = this.spec;
    const c = this.name(from.source[3], position);
    if (typeof fetch !== 'string') {
      const values = fetch.map(
        (first, lane) => `${texelName(position, first)}[${channelsName(position, c)}[${lane}] & 3]`,
      );
      return `vec4(${values.join(', ')})`;
    }
    const at = (slice: string) => this.texelAt(input, from, position, slice);
    const texel = at(`${c} >> 2`);
    switch (fetch) {
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

  /** Returns the texel of a slice of the pixel from which a place of the tile gets its value. */
  private texelAt(
    input: string,
    { source, keepsPixels }: MovedInput,
    position: Position,
    slice: string,
  ): string {
    const [n, y, x] = source.map((id) => this.name(id, position));
    if (!keepsPixels) return `${input}At(${n}, ${slice}, ${y}, ${x})`;
    const pixel = position.py * this.spec.out.w + position.px;
    return `${input}Slice${pixel}(${n}, ${slice}, tile.xy)`;
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
export function numbersOf({ op, of }: IndexStep): readonly unknown[] {
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

function channelsName({ pc }: Position, channel: string): string {
  return `channels${pc}_${channel}`;
}

function texelName({ px, py, pc }: Position, lane: number): string {
  return `from_${px}_${py}_${pc}_${lane}`;
}

function suffix(on: readonly (keyof Position)[], position: Position): string {
  return on.map((at) => `_${at}${position[at]}`).join('');
}
