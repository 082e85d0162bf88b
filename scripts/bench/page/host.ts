/**
 * Page that measures the calling thread's work in a prediction, for `npm run bench -- --suite host`.
 * Options: `net`; `backends` (comma-separated, the reference first); `rounds`; `count=1`, which counts
 * WebGL calls instead of taking times.
 */

import { describeDevice } from '../../lib/inPage/device.js';
import { postProgress } from '../../lib/inPage/post.js';
import { showResult } from '../../lib/inPage/showResult.js';
import { netOf } from '../../models/suites.js';
import type { HostPageResult, HostSample } from '../report/host.js';
import { callMeter, timeMeter } from './host/meters.js';
import { openHost } from './host/prediction.js';
import { inputOf } from './models/input.js';

const options = new URLSearchParams(location.search);
const net = netOf(options.get('net') ?? 'mobilenet-v2-graph');
const backends = (options.get('backends') ?? 'webgl,tiled-webgl').split(',');
const rounds = Number(options.get('rounds') ?? 7);
const isCounting = options.get('count') === '1';

/** Predictions before the first that counts: the second one learns which results are shared. */
const WARM_UPS = 3;

function say(line: string, done: number | null = null): Promise<void> {
  document.body.textContent = line;
  return postProgress(line, done);
}

async function measure(): Promise<HostPageResult> {
  const meter = isCounting ? callMeter() : timeMeter();
  const input = await inputOf(net);
  const sides = [];
  for (const backend of backends) {
    await say(`${net.name} on ${backend}: first predictions`);
    const host = await openHost(backend, net, input);
    for (let i = 0; i < WARM_UPS; i++) await host.predict(meter);
    sides.push({ backend, host, samples: [] as HostSample[] });
  }
  for (let round = 1; round <= rounds; round++) {
    await say(`${net.name}: round ${round} of ${rounds}`, round / (rounds + 1));
    for (const { host, samples } of sides) {
      await host.predict(meter);
      samples.push(meter.sample());
    }
  }
  for (const { host } of sides) await host.dispose();
  return {
    device: describeDevice(),
    sides: sides.map(({ backend, samples }) => ({ backend, samples })),
  };
}

showResult(measure);
