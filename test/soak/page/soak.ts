/** Page that soaks tiled-webgl, for `npm run soak`. Options: `minutes`, `seed`. */

import { useBackend } from '../../../scripts/lib/inPage/backends.js';
import { describeDevice } from '../../../scripts/lib/inPage/device.js';
import { postProgress } from '../../../scripts/lib/inPage/post.js';
import { showResult } from '../../../scripts/lib/inPage/showResult.js';
import { netNamed } from '../../../scripts/models/nets.js';
import type { Subject } from '../product.js';
import { soak } from '../soak.js';
import { watchContexts } from './contexts.js';
import { subjectOf } from './nets.js';
import { tiledProduct } from './tiled.js';

const options = new URLSearchParams(location.search);
const minutes = Number(options.get('minutes') ?? 3);
const seed = Number(options.get('seed') ?? 1);

/**
 * Small nets. Together they cover plain and depthwise convolutions, fused and unfused, a layers
 * model and a graph model.
 */
const netNames = ['face-landmarks', 'mobilenet-v2-graph', 'esrgan-slim-64'];

const HANG_MS = 120_000;

function say(line: string): Promise<void> {
  document.body.textContent = line;
  return postProgress(line);
}

async function run() {
  const start = performance.now();
  const device = describeDevice();
  const contexts = watchContexts();
  const subjects: Subject[] = [];
  for (const name of netNames) {
    await say(`${name}: what stock tfjs answers on the CPU`);
    subjects.push(await subjectOf(netNamed(name), seed));
  }
  await useBackend('tiled-webgl');
  const msLeft = () => start + minutes * 60_000 - performance.now();
  const result = await soak(tiledProduct(contexts), subjects, {
    seed,
    msLeft,
    say,
    hangMs: HANG_MS,
  });
  return { device, nets: netNames, ms: performance.now() - start, ...result };
}

showResult(run);
