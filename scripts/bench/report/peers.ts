/** Rows and summaries of `npm run bench -- --suite peers`, from its pages' samples. */
import type { Device } from '../../report/page.js';
import { geometricMean, median } from '../../report/statistics.js';
import { textTable } from '../../report/table.js';
import type { PeerBenchResult, PeerRow } from '../results.js';

export interface PeerPageResult {
  readonly device: Device;
  /** Largest difference from LiteRT's output, in parts of its largest value. */
  readonly difference: number;
  /** Times of one prediction in milliseconds by contestant, LiteRT first. */
  readonly sides: readonly { readonly name: string; readonly times: readonly number[] }[];
}

/** Difference above which the outputs are not those of the same net. */
export const MOST_DIFFERENCE = 1e-3;

export function peerRows(net: string, { sides, difference }: PeerPageResult): PeerRow[] {
  const [peer] = sides;
  return sides.map(({ name, times }) => ({
    net,
    name,
    ms: median([...times]),
    leastMs: Math.min(...times),
    // Of the same rounds, so that a slow moment of the machine counts on both sides.
    speedup: median(peer.times.map((ms, i) => ms / times[i])),
    difference,
  }));
}

/** Returns the geometric mean and the worst of the speedups, by contestant without LiteRT. */
export function peerSummaries(rows: readonly PeerRow[]): PeerBenchResult['summary'] {
  const names = [...new Set(rows.map(({ name }) => name))].slice(1);
  const summaryOf = (name: string) => {
    const own = rows.filter((row) => row.name === name);
    const worst = own.reduce((a, b) => (b.speedup < a.speedup ? b : a));
    const mean = geometricMean(own.map(({ speedup }) => speedup));
    return { count: own.length, mean, worst: worst.speedup, worstNet: worst.net };
  };
  return Object.fromEntries(names.map((name) => [name, summaryOf(name)]));
}

export function peersText({ rows, failures, device, threads, ...result }: PeerBenchResult): string {
  const columns = ['net', 'contestant', 'ms', 'least', 'as fast as litert', 'difference'];
  const cells = rows.map(({ net, name, ms, leastMs, speedup, difference }) => [
    net,
    name,
    ms.toFixed(2),
    leastMs.toFixed(2),
    `${speedup.toFixed(2)}x`,
    difference.toExponential(0),
  ]);
  return [
    textTable(columns, cells, 2),
    '',
    `ms: one prediction with its input and outputs, median of ${result.rounds} rounds, ${threads} thread(s).`,
    "as fast as litert: median of LiteRT's time in parts of this one in the same round. difference: largest",
    "from LiteRT's outputs, in parts of the largest value.",
    `On ${device.userAgent}`,
    ...Object.entries(result.summary).map(
      ([name, { count, mean, worst, worstNet }]) =>
        `${name}: ${mean.toFixed(2)} times as fast as LiteRT.js (geometric mean of ${count} nets), ` +
        `worst ${worst.toFixed(2)} (${worstNet})`,
    ),
    ...failures.map(({ net, reason }) => `FAILED ${net}: ${reason}`),
  ].join('\n');
}
