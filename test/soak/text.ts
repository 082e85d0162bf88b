/** Texts that `npm run soak` prints. */
import type { SoakRequest } from './options.js';
import { faultsOf, type HeapTrend, type SoakResult } from './result.js';

const MIB = 2 ** 20;

const list = (counts: Readonly<Record<string, number>>): string =>
  Object.entries(counts)
    .filter(([, count]) => count > 0)
    .map(([name, count]) => `${name} ${count}`)
    .join(', ') || 'none';

function heapText(heap: HeapTrend | null): string {
  if (heap === null) return 'too few turns to say';
  const [middle, last] = [heap.middle, heap.last].map((mib) => mib.toFixed(1));
  return `${middle} MiB in the middle third, ${last} in the last: ${heap.perLoss.toFixed(3)} a loss`;
}

function capturesText({ refused, dropped, ...captures }: SoakResult['captures']): string[] {
  const { made, recorded, atEnd, replays, eager } = captures;
  return [
    `captures         ${made}, ${recorded} recorded at first, ${atEnd} at the end of the turn; ` +
      `${replays} replays, ${eager} eager predictions`,
    `captures refused ${list(refused)}`,
    `recordings lost  ${list(dropped)}`,
  ];
}

/** Returns the outcome as text; the last line is the summary. */
export function soakText(result: SoakResult, { minutes, seed, browser }: SoakRequest): string {
  const { device, nets, turns, predictions, worst, losses, survived, struck } = result;
  const { captures, refusals, heap, peakGpuBytes, wrong, leaks, failures, events } = result;
  const faults = faultsOf(result, minutes);
  return [
    ...(faults.length > 0 ? ['the last turns:', ...events.map((event) => `  ${event}`)] : []),
    ...faults,
    `${device.renderer}`,
    `nets             ${nets.join(', ')}`,
    `predictions      ${predictions}, the worst ${worst.toExponential(1)} from the reference`,
    `contexts lost    ${losses}, survived ${survived}`,
    `turns            ${turns} (${list(struck)})`,
    ...capturesText(captures),
    `refusals         ${list(refusals)}`,
    `GPU memory       peak ${Math.round(peakGpuBytes / MIB)} MiB`,
    `heap             ${heapText(heap)}`,
    `soak of ${minutes} min (${browser}, seed ${seed}): ${predictions} predictions, ` +
      `${survived} losses survived, ${wrong.length} wrong, ${leaks.length} leaks, ` +
      `${failures.length} failures`,
  ].join('\n');
}
