import type { Source } from '../shape/resize.js';
import type { CPURunner } from './kernel.js';
import { wordsAt } from './onHeap.js';

/** Words of a source in wasm/resize.ts. */
export const sourceWords = 3;

/** Marks of positions that have no source, by their numbers in wasm/resize.ts. */
const marks = { outside: -1, unknown: -2 } as const;

/** The source of an output position, or the reason why it has none: it is outside, or is not a number. */
export type MaybeSource = Source | keyof typeof marks;

/** Writes sources to a block; `bytes` are those from one input position to the next. */
export function writeSources(
  backend: CPURunner,
  address: number,
  sources: readonly MaybeSource[],
  bytes: number,
): void {
  const floats = backend.view(address, sourceWords * sources.length);
  const ints = wordsAt(backend, address, floats.length);
  for (const [i, source] of sources.entries()) {
    const at = sourceWords * i;
    if (typeof source === 'string') {
      ints[at] = marks[source];
    } else {
      ints[at] = source.first * bytes;
      ints[at + 1] = source.second * bytes;
      floats[at + 2] = source.share;
    }
  }
}
