/** What `npm run soak` prints. */
import type { SoakRequest } from './options.js';
import { faultsOf, type SoakResult } from './result.js';

const MIB = 2 ** 20;

const list = (counts: Readonly<Record<string, number>>): string =>
  Object.entries(counts)
    .filter(([, count]) => count > 0)
    .map(([name, count]) => `${name} ${count}`)
    .join(', ') || 'none';

const sum = (counts: Readonly<Record<string, number>>) =>
  Object.values(counts).reduce((a, b) => a + b, 0);

/** The outcome; the last line is the sum. */
export function soakText(result: SoakResult, { minutes, seed, browser }: SoakRequest): string {
  const { device, nets, heap, worst, peakGpuBytes, wrong, leaks, failures } = result;
  const faults = faultsOf(result, minutes);
  return [
    ...faults,
    `${device.renderer}`,
    `nets             ${nets.join(', ')}`,
    `predictions      ${result.predictions}, the worst ${worst.toExponential(1)} from the CPU's`,
    `contexts lost    ${sum(result.losses)} (${list(result.losses)}), survived ${result.survived}`,
    `refusals         ${list(result.refusals)}`,
    `memory           limit lowered ${result.squeezes} times, ${result.refusedTextures} textures refused, peak ${Math.round(peakGpuBytes / MIB)} MiB`,
    `models reloaded  ${result.reloads}`,
    `heap             ${heap === null ? 'unknown' : `${heap[0].toFixed(1)} MiB in the middle third, ${heap[1].toFixed(1)} in the last`}`,
    `soak of ${minutes} min (${browser}, seed ${seed}): ${result.predictions} predictions, ` +
      `${result.survived} losses survived, ${wrong.length} wrong, ${leaks.length} leaks, ` +
      `${failures.length} failures`,
  ].join('\n');
}
