/** Rows and summaries of `npm run bench -- --suite peers`, from its pages' samples. */
import type { Device } from '../../report/page.js';
import { geometricMean, median } from '../../report/statistics.js';
import { textTable } from '../../report/table.js';
import type { PeerBenchResult, PeerRow, PeerSummary } from '../results.js';
import { LITERT, ONNX_RUNTIME } from '../sides.js';

export interface PeerPageResult {
  readonly device: Device;
  readonly sides: readonly PeerSide[];
  /** Bytes of memory after the first predictions; null if they were not asked for or the browser does not tell. */
  readonly memoryBytes: number | null;
}

interface PeerSide {
  readonly name: string;
  /** Milliseconds from no script to the first outputs. */
  readonly firstMs: number;
  /** Milliseconds of later predictions, round by round. */
  readonly times: readonly number[];
  /** Largest difference from the first side's outputs, in parts of their largest value. */
  readonly difference: number;
}

/** First prediction of a contestant on a page of its own. */
export interface PeerFirst {
  readonly firstMs: number;
  readonly memoryBytes: number | null;
  readonly bytes: number;
  readonly gzipBytes: number;
}

/** Difference above which the outputs are not those of the same net. */
export const MOST_DIFFERENCE = 1e-3;

/** @param firsts first predictions by contestant, of all that the page compares */
export function peerRows(
  net: string,
  { sides }: PeerPageResult,
  firsts: ReadonlyMap<string, PeerFirst>,
): PeerRow[] {
  const timesOf = (peer: string) => sides.find(({ name }) => name === peer)?.times;
  const [liteRt, onnxRuntime] = [timesOf(LITERT)!, timesOf(ONNX_RUNTIME)];
  return sides.map(({ name, times, difference }) => {
    const { firstMs, memoryBytes, bytes, gzipBytes } = firsts.get(name)!;
    return {
      net,
      name,
      ms: median([...times]),
      leastMs: Math.min(...times),
      speedup: speedup(liteRt, times),
      onnxSpeedup: onnxRuntime === undefined ? null : speedup(onnxRuntime, times),
      difference,
      ...{ firstMs, downloadBytes: bytes, gzipBytes, memoryBytes },
    };
  });
}

/** Compares times of the same rounds, so that a slow moment of the machine counts on both sides. */
function speedup(peer: readonly number[], own: readonly number[]): number {
  return median(peer.map((ms, i) => ms / own[i]));
}

/** Returns the geometric mean and the worst of the speedups over a peer, by contestant without the peer. */
export function peerSummaries(
  rows: readonly PeerRow[],
  peer: typeof LITERT | typeof ONNX_RUNTIME,
): Record<string, PeerSummary> {
  const speedups = rows.flatMap(({ net, name, ...row }) => {
    const ratio = peer === LITERT ? row.speedup : row.onnxSpeedup;
    return name === peer || ratio === null ? [] : [{ net, name, ratio }];
  });
  const names = [...new Set(speedups.map(({ name }) => name))];
  const summaryOf = (name: string): PeerSummary => {
    const own = speedups.filter((row) => row.name === name);
    const worst = own.reduce((a, b) => (b.ratio < a.ratio ? b : a));
    const mean = geometricMean(own.map(({ ratio }) => ratio));
    return { count: own.length, mean, worst: worst.ratio, worstNet: worst.net };
  };
  return Object.fromEntries(names.map((name) => [name, summaryOf(name)]));
}

const megabytes = (bytes: number | null) => (bytes === null ? '-' : (bytes / 1e6).toFixed(1));
const times = (ratio: number | null) => (ratio === null ? '-' : `${ratio.toFixed(2)}x`);

export function peersText({ rows, failures, device, threads, ...result }: PeerBenchResult): string {
  const columns = [
    ...['net', 'contestant', 'ms', 'least', 'as fast as litert', 'as fast as onnxruntime'],
    ...['difference', 'first ms', 'memory MB', 'download MB', 'by gzip'],
  ];
  const cells = rows.map((row) => [
    row.net,
    row.name,
    row.ms.toFixed(2),
    row.leastMs.toFixed(2),
    times(row.speedup),
    times(row.onnxSpeedup),
    row.difference.toExponential(0),
    row.firstMs.toFixed(0),
    megabytes(row.memoryBytes),
    megabytes(row.downloadBytes),
    megabytes(row.gzipBytes),
  ]);
  return [
    textTable(columns, cells, 2),
    '',
    `ms: one prediction with its input and outputs, median of ${result.rounds} rounds, ${threads} thread(s).`,
    "as fast as: median of the other's time in parts of this one in the same round. difference: largest from",
    "LiteRT's outputs, in parts of the largest value. first ms: from no script to the first outputs, on a page",
    'of its own in a fresh browser, with its memory then and what it downloads without the net.',
    `On ${device.userAgent}`,
    ...summaryLines('LiteRT.js', result.summary),
    ...summaryLines('ONNX Runtime Web', result.onnxSummary),
    ...failures.map(({ net, backend, reason }) => `FAILED ${net} (${backend}): ${reason}`),
  ].join('\n');
}

function summaryLines(peer: string, summary: PeerBenchResult['summary']): string[] {
  return Object.entries(summary).map(
    ([name, { count, mean, worst, worstNet }]) =>
      `${name}: ${mean.toFixed(2)} times as fast as ${peer} (geometric mean of ${count} nets), ` +
      `worst ${worst.toFixed(2)} (${worstNet})`,
  );
}
