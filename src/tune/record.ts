/** Tuning records as text, which exportTuning() returns and which are remembered between visits. */

import { chargeNames, type Measured } from '../../kernels/webgl/calibrated.js';
import { kernelOfKey } from '../../kernels/webgl/convKey.js';
import type { Variant } from '../../kernels/webgl/plan.js';
import type { Choices } from './order.js';

/**
 * Renderer and package version for which choices hold, because another device or another set of
 * programs needs another measurement.
 */
export interface Place {
  /** Renderer string of the WebGL context. */
  readonly renderer: string;
  /** Version of this package. */
  readonly version: string;
}

/** Everything that was measured on a device. */
export interface TuningRecord {
  readonly choices: Choices;
  /** Charges of the device; null if they were not measured. */
  readonly measured: Measured | null;
}

export function writeRecord(
  { version, renderer }: Place,
  { choices, measured }: TuningRecord,
): string {
  const charges = measured === null ? {} : { measured };
  return JSON.stringify({ version, renderer, choices: Object.fromEntries(choices), ...charges });
}

/**
 * Reads a record.
 * @throws Error in one line that names the field, its value and what would be right, if the text is
 *   not a record, is for another place, or names a variant that `variants` does not have
 */
export function readRecord(
  text: string,
  place: Place,
  variants: readonly Pick<Variant, 'name' | 'kernel'>[],
): TuningRecord {
  const record = parse(text);
  for (const field of ['version', 'renderer'] as const) {
    if (record[field] === place[field]) continue;
    throw new Error(
      `a tuning record of ${field} ${shown(record[field])}; this is ${shown(place[field])}`,
    );
  }
  const { choices } = record;
  if (!isObject(choices)) {
    throw new Error(`choices is ${shown(choices)}; it must be an object of key and variant`);
  }
  return {
    choices: new Map(
      Object.entries(choices).map(([key, name]) => [key, checked(key, name, variants)] as const),
    ),
    measured: record.measured === undefined ? null : charges(record.measured),
  };
}

function charges(measured: unknown): Measured {
  const found = isObject(measured) ? measured : {};
  const isCharge = (value: unknown) => typeof value === 'number' && value > 0;
  if (chargeNames.every((name) => isCharge(found[name]))) return found as unknown as Measured;
  const names = chargeNames.join(', ');
  throw new Error(`measured is ${shown(measured)}; it must have nanoseconds above 0 for ${names}`);
}

function checked(
  key: string,
  name: unknown,
  variants: readonly Pick<Variant, 'name' | 'kernel'>[],
): string {
  const kernel = kernelOfKey(key);
  if (kernel === null) throw new Error(`choices has ${shown(key)}, which names no convolution`);
  const variant = variants.find((row) => row.name === name && row.kernel === kernel);
  if (variant !== undefined) return variant.name;
  const names = variants.filter((row) => row.kernel === kernel).map((row) => row.name);
  throw new Error(`choices["${key}"] is ${shown(name)}; it must be one of ${names.join(', ')}`);
}

function parse(text: string): Record<string, unknown> {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch (error) {
    throw new Error(`a tuning record must be JSON: ${(error as Error).message}`);
  }
  if (isObject(value)) return value;
  throw new Error(`a tuning record must be an object; got ${shown(value)}`);
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

const SHOWN = 80;

/** Returns a value as short JSON. */
function shown(value: unknown): string {
  const text = JSON.stringify(value) ?? String(value);
  return text.length > SHOWN ? `${text.slice(0, SHOWN)}…` : text;
}
