/** Settings of a comparison, and the URL parameters that share them. */
import { capturedSide } from '../bench/sides.js';

/** Every side that the page compares, the reference first. */
export const sideNames: readonly string[] = [
  'cpu',
  'wasm',
  'webgl',
  'webgpu',
  'tiled-cpu',
  capturedSide('tiled-cpu'),
  'tiled-webgl',
  capturedSide('tiled-webgl'),
];

/** Ranges of an input's values: the least, and the largest. */
export const ranges = {
  '0..1': [0, 1],
  '-1..1': [-1, 1],
  '0..255': [0, 255],
} as const;

export type RangeName = keyof typeof ranges;
export const rangeNames = Object.keys(ranges) as RangeName[];

export const MOST_ROUNDS = 100;

export interface Settings {
  /** Address of the model; empty for files. */
  readonly model: string;
  /** Shapes as the user wrote them, by the name of their input; an input without one gets a guess. */
  readonly shapes: Readonly<Record<string, string>>;
  readonly range: RangeName;
  readonly sides: readonly string[];
  /** Steady predictions of each side. */
  readonly rounds: number;
  /** True to time the kernels one by one in the end. */
  readonly kernels: boolean;
}

export const initialSettings: Settings = {
  model: '',
  shapes: {},
  range: '0..1',
  // Browsers have WebGPU more and more, but its kernels are compiled for every shape, which takes long.
  sides: sideNames.filter((name) => name !== 'webgpu'),
  rounds: 7,
  kernels: true,
};

/** Beginning of the parameters of shapes: `shape.NAME=1x224x224x3`. */
const shapePrefix = 'shape.';

const refused = (name: string, value: string, right: string) =>
  new Error(`The parameter ${name} of this address is "${value}"; it must be ${right}.`);

/**
 * Reads the settings of an address, whose missing parameters have their first values.
 * @param search part of the address from the question mark on
 * @throws Error that names the parameter, its value and what would be right
 */
export function readSettings(search: string): Settings {
  const given = new URLSearchParams(search);
  const shapes = [...given].filter(([name]) => name.startsWith(shapePrefix));
  const range = given.get('range') ?? initialSettings.range;
  if (!Object.hasOwn(ranges, range)) {
    throw refused('range', range, `one of ${rangeNames.join(', ')}`);
  }
  const sides = given.get('backends')?.split(',') ?? initialSettings.sides;
  for (const side of sides) {
    if (!sideNames.includes(side)) {
      throw refused('backends', side, `some of ${sideNames.join(', ')}, with commas between`);
    }
  }
  const rounds = given.get('rounds') ?? `${initialSettings.rounds}`;
  if (!/^\d+$/.test(rounds) || Number(rounds) < 1 || Number(rounds) > MOST_ROUNDS) {
    throw refused('rounds', rounds, `a whole number from 1 to ${MOST_ROUNDS}`);
  }
  return {
    model: given.get('model') ?? initialSettings.model,
    shapes: Object.fromEntries(
      shapes.map(([name, text]) => [name.slice(shapePrefix.length), text]),
    ),
    range: range as RangeName,
    sides: sideNames.filter((name) => sides.includes(name)),
    rounds: Number(rounds),
    kernels: given.get('kernels') !== '0',
  };
}

/** Returns the parameters that give these settings: `?model=...&rounds=9`; those with first values are left out. */
export function addressOf(settings: Settings): string {
  const { model, shapes, range, sides, rounds, kernels } = settings;
  const all: Record<string, string> = {
    model,
    ...Object.fromEntries(
      Object.entries(shapes).map(([name, text]) => [`${shapePrefix}${name}`, text]),
    ),
    range,
    backends: sides.join(),
    rounds: `${rounds}`,
    kernels: kernels ? '' : '0',
  };
  const first: Record<string, string> = {
    range: initialSettings.range,
    backends: initialSettings.sides.join(),
    rounds: `${initialSettings.rounds}`,
  };
  const said = Object.entries(all).filter(([name, text]) => text !== (first[name] ?? ''));
  return `?${new URLSearchParams(said)}`;
}
