/** Lines of GLSL of a program that moves values: the steps of its index map, and its fetches. */
import { type Fetch, type IndexStep, type Source, type ValueId, ZERO } from '../layout/indexMap.js';
import type { Position, Tile } from '../layout/tile.js';
import { accessName, type KnownPlace } from '../layout/tileAccess.glsl.js';
import type { TileAxis, ValueText } from './planeLoop.js';
import { range } from './source.js';
import type { Stepped } from './steps.js';

/** Tensor in planes whose values are moved. */
export interface MovedInput {
  readonly in: Tile;
  readonly source: Source;
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

/** Axes of a tile, with their size, the entry of a source, and the identifier of the result's own index. */
const tileAxes = [
  { axis: 'px', size: 'w', entry: 2, own: 2 },
  { axis: 'py', size: 'h', entry: 1, own: 1 },
  { axis: 'pc', size: 'c', entry: 3, own: 3 },
] as const;

/** Returns the inputs of a move with the names of their planes. */
export function inputsOf(spec: MoveSpec): readonly (readonly [name: string, input: MovedInput])[] {
  const { joined } = spec;
  return [['x', spec], ...(joined === undefined ? [] : [['next', joined] as const])];
}

/** Returns the axes along which the place in a tile of the result tells the place in a tile of every input. */
export function speltAxes(spec: MoveSpec): TileAxis[] {
  const inputs = inputsOf(spec).map(([, input]) => input);
  const tells = (input: MovedInput, { size, entry, own }: (typeof tileAxes)[number]) =>
    input.source[entry] === own && spec.out[size] % input.in[size] === 0;
  return tileAxes
    .filter((at) => inputs.every((input) => tells(input, at) || input.in[at.size] === 1))
    .filter((at) => inputs.some((input) => input.in[at.size] > 1))
    .map(({ axis }) => axis);
}

/** Returns what is known of the place in an input's tile, where `known` is of the place in the result's. */
export function knownIn({ in: tile, source }: MovedInput, known: KnownPlace): KnownPlace {
  const found: { -readonly [K in keyof Position]?: number } = {};
  for (const { axis, size, entry } of tileAxes) {
    const place = known[axis];
    if (tile[size] === 1) continue;
    if (source[entry] === ZERO) found[axis] = 0;
    else if (place !== undefined) found[axis] = place % tile[size];
  }
  return found;
}

/** Returns GLSL of the value at a place of the result, from `px`, `py` and `slice` of it. */
export function movedValue(spec: MoveSpec, known: KnownPlace): ValueText {
  const { fetch } = spec;
  const steps = stepLines(spec.map);
  if (fetch === 'lanes') {
    const lines = [
      '  vec4 moved = vec4(0.0);',
      // No compiler knows how often, so that none spells the loop out: what they make is compiled slowly.
      '  int laneCount = min(4, outLayout.extent.w - 4 * slice);',
      '  for (int lane = 0; lane < laneCount; ++lane) {',
      '  int pc = 4 * slice + lane;',
      ...steps,
      `  moved[lane] = ${bounded(spec, known)};`,
      '  }',
    ];
    return { lines, value: 'moved' };
  }
  const lines = ['  int pc = 4 * slice;', ...steps];
  if (typeof fetch !== 'string') {
    const channels = `  ivec4 channels = ${name(spec.source[3])} + lanes;`;
    const texels = [...new Set(fetch)].map((lane) => {
      return `  vec4 from${lane} = ${texelAt('x', spec, known, `channels[${lane}] >> 2`)};`;
    });
    lines.push(channels, ...texels);
  }
  return { lines, value: bounded(spec, known) };
}

/** Returns the value, or where a bound excludes it, the fill or the value of the second input. */
function bounded(spec: MoveSpec, known: KnownPlace): string {
  const { map, fetch, joined } = spec;
  const value = fetched('x', spec, fetch, known);
  const inside = map.flatMap(({ op }, index) => (op === 'bounded' ? [`bound${index}`] : []));
  if (inside.length === 0) return value;
  const fill = fetch === 'lanes' ? 'fill' : 'vec4(fill)';
  const other = joined === undefined ? fill : fetched('next', joined, fetch, known);
  return `${inside.join(' && ')} ? ${value} : ${other}`;
}

function fetched(input: string, from: MovedInput, fetch: Fetch, known: KnownPlace): string {
  const c = name(from.source[3]);
  if (typeof fetch !== 'string') {
    const values = fetch.map((first, lane) => `from${first}[channels[${lane}] & 3]`);
    return `vec4(${values.join(', ')})`;
  }
  const texel = texelAt(input, from, known, `${c} >> 2`);
  switch (fetch) {
    case 'texel':
      return texel;
    case 'lanes':
      return `${texel}[${c} & 3]`;
    case 'run': {
      const next = texelAt(input, from, known, `(${c} >> 2) + 1`);
      return `fourChannels(${texel}, (${c} & 3) == 0 ? vec4(0.0) : ${next}, ${c} & 3)`;
    }
  }
}

function texelAt(input: string, from: MovedInput, known: KnownPlace, slice: string): string {
  const [n, y, x] = from.source.map(name);
  return `${accessName(input, knownIn(from, known))}(${n}, ${slice}, ${y}, ${x})`;
}

function stepLines(map: readonly IndexStep[]): string[] {
  const lines: string[] = [];
  let [next, number] = [4, 0];
  for (const [index, step] of map.entries()) {
    const numbers = numbersOf(step).map((_, i) => `number${number + i}`);
    lines.push(...linesOf(step, index, next, numbers));
    number += numbers.length;
    next += step.op === 'split' ? 2 : 1;
  }
  return lines;
}

function name(id: ValueId): string {
  if (id === ZERO) return '0';
  return ['n', 'py', 'px', 'pc'][id] ?? `value${id}`;
}

function linesOf(
  { op, of }: IndexStep,
  index: number,
  first: ValueId,
  numbers: readonly string[],
): string[] {
  const [a] = of.map(name);
  const result = `  int value${first} =`;
  switch (op) {
    case 'split':
      return [
        `${result} quotient(${a}, ${numbers[0]});`,
        `  int value${first + 1} = ${a} - value${first} * ${numbers[0]};`,
      ];
    case 'sum': {
      const terms = of.map((id, i) => `${name(id)} * ${numbers[i + 1]}`);
      return [`${result} ${[numbers[0], ...terms].join(' + ')};`];
    }
    case 'clamped':
      return [`${result} min(max(${a}, 0), ${numbers[0]} - 1);`];
    case 'bounded':
      return [
        `  bool bound${index} = ${a} >= 0 && ${a} < ${numbers[0]};`,
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
