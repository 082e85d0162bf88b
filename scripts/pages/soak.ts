/** Page that soaks tiled-webgl, for `npm run soak`. Options: `minutes`, `seed`. */
import { netNamed } from '../models/nets.js';
import type { Subject } from '../soak/product.js';
import { soak } from '../soak/soak.js';
import { useBackend } from './lib/backends.js';
import { describeDevice } from './lib/device.js';
import { postProgress } from './lib/post.js';
import { showResult } from './lib/showResult.js';
import { watchContexts } from './soak/contexts.js';
import { subjectOf } from './soak/nets.js';
import { tiledProduct } from './soak/tiled.js';

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
