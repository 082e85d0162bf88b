/**
 * Page that profiles one net's kernels on a backend, for `npm run profile`. Options: `net`,
 * `backend`, `rounds`.
 */
import { MathBackendWebGL } from '@tensorflow/tfjs-backend-webgl';
import { backend as currentBackend } from '@tensorflow/tfjs-core';
import { openContestant } from '../../bench/page/models/contestant.js';
import { inputOf, tensorOf } from '../../bench/page/models/input.js';
import { makeKernelTimer } from '../../bench/page/models/kernelTimer.js';
import { record } from '../../bench/page/models/record.js';
import { useBackend } from '../../lib/inPage/backends.js';
import { describeDevice } from '../../lib/inPage/device.js';
import { postProgress } from '../../lib/inPage/post.js';
import { showResult } from '../../lib/inPage/showResult.js';
import { loadModel } from '../../models/load.js';
import { netOf } from '../../models/suites.js';
import { betweenConvolutions, conversionsOf, type KernelEvent } from '../../models/trace.js';
import { median } from '../../report/statistics.js';
import { profileRows } from '../profile.js';
import type { ProfileResult } from '../results.js';

const options = new URLSearchParams(location.search);
const net = netOf(options.get('net') ?? 'mobilenet-v2-graph');
const backend = options.get('backend') ?? 'tiled-webgl';
const rounds = Number(options.get('rounds') ?? 5);

function say(line: string): Promise<void> {
  document.body.textContent = line;
  return postProgress(line);
}

/** Number of warm-up predictions. Among later predictions, only the time still varies. */
const warming = 2;

async function profile(): Promise<ProfileResult> {
  const input = await inputOf(net);
  const contestant = await openContestant(
    backend,
    () => loadModel(net),
    () => tensorOf(input),
  );
  for (let i = 1; i <= warming; i++) {
    await say(`${net.name} on ${backend}: warming, ${i} of ${warming}`);
    await contestant.predict();
  }
  const steady: number[] = [];
  for (let round = 1; round <= rounds; round++) {
    await say(`${net.name} on ${backend}: untimed kernels, round ${round} of ${rounds}`);
    steady.push((await contestant.predict()).ms);
  }
  await useBackend(backend);
  const engine = currentBackend();
  const gl = engine instanceof MathBackendWebGL ? engine.gpgpu.gl : null;
  const timer = makeKernelTimer(gl as WebGL2RenderingContext | null);
  const predictions: KernelEvent[][] = [];
  for (let round = 1; round <= rounds; round++) {
    await say(`${net.name} on ${backend}: timed kernels, round ${round} of ${rounds}`);
    predictions.push(await record(() => contestant.predict(), timer));
  }
  const events = predictions[rounds - 1];
  const result: ProfileResult = {
    device: describeDevice(),
    net: net.name,
    backend,
    rounds,
    how: timer.how,
    steadyMs: median(steady),
    rows: profileRows(predictions),
    conversions: conversionsOf(events),
    conversionsBetween: conversionsOf(betweenConvolutions(events)),
    events,
  };
  await contestant.dispose();
  return result;
}

showResult(profile);
