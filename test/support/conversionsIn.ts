/** Counts of conversions, which only move values. */
import { type Conversion, tiledInfo } from '../../src/index.js';

/** Returns the conversions that `work` adds to the counts. */
export function conversionsIn(work: () => void, backend = 'tiled-webgl'): Conversion[] {
  const find = (all: readonly Conversion[], { kind, kernel }: Conversion) =>
    all.find((other) => other.kind === kind && other.kernel === kernel);
  const before = tiledInfo(backend).conversions;
  work();
  return tiledInfo(backend)
    .conversions.map((now) => {
      const { count = 0, texels = 0 } = find(before, now) ?? {};
      return { ...now, count: now.count - count, texels: now.texels - texels };
    })
    .filter(({ count }) => count > 0);
}
