/** The benchmark of the host's cost as text for a terminal. */
import { ms, textTable } from '../../report/table.js';
import type { HostBenchResult, HostRow, HostSummary } from '../results.js';

const parts = (value: number | null) => value?.toFixed(2) ?? '-';

export const hostColumns: readonly (readonly [string, (row: HostRow) => string])[] = [
  ['net', (row) => row.net],
  ['backend', (row) => row.backend],
  ['host ms', (row) => ms(row.ms)],
  ['least', (row) => ms(row.leastMs)],
  ['of ref', (row) => parts(row.msToReference)],
  ['calls', (row) => String(row.calls)],
  ['of ref', (row) => parts(row.callsToReference)],
  ['draws', (row) => String(row.draws)],
  ['calls a draw', (row) => (row.draws === 0 ? '-' : (row.calls / row.draws).toFixed(1))],
  ['whole ms', (row) => ms(row.wholeMs)],
  ['of eager', (row) => parts(row.wholeToEager)],
  ['heap kB', (row) => (row.allocated === null ? '-' : (row.allocated / 1000).toFixed(0))],
  ['of ref', (row) => parts(row.allocatedToReference)],
];

export function hostSummaryText(name: string, reference: string, summary: HostSummary): string {
  const { count, worstMs, worstNet, calls, allocated, whole, worstWhole } = summary;
  if (worstNet === null) return `${name} against ${reference}: no net`;
  const found = [
    `${name} against ${reference}: host time ${parts(summary.ms)} (geometric mean)`,
    `worst ${parts(worstMs)} (${worstNet})`,
    `WebGL calls ${parts(calls)}`,
    `heap ${parts(allocated)}`,
    ...(whole === null ? [] : [`whole time ${parts(whole)} of eager, worst ${parts(worstWhole)}`]),
  ];
  return `${found.join(', ')}; nets: ${count}`;
}

export function hostText(result: HostBenchResult): string {
  const { rows, device, reference, rounds, summary, failures } = result;
  return [
    textTable(
      hostColumns.map(([name]) => name),
      rows.map((row) => hostColumns.map(([, text]) => text(row))),
      2,
    ),
    '',
    `host ms: the calling thread's time in a prediction until its last read, without the time inside of`,
    `reads, median of ${rounds} rounds. of ref: in parts of ${reference}'s. calls: WebGL calls in that time,`,
    'counted on another page. whole ms: with the reads; of eager: median over the rounds. heap: bytes of JavaScript heap allocated in it.',
    `On ${device.renderer}`,
    ...Object.entries(summary).map(([name, ofOne]) => hostSummaryText(name, reference, ofOne)),
    ...failures.map(({ net, backend, reason }) => `FAILED ${net} on ${backend}: ${reason}`),
  ].join('\n');
}
