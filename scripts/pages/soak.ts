/** A soak of tiled-webgl, for `npm run soak`. Options: `minutes`, `seed`. */
import { netNamed } from '../models/nets.js';
import { describeDevice } from './lib/device.js';
import { postProgress } from './lib/post.js';
import { showResult } from './lib/showResult.js';
import { prepare, type Subject } from './soak/residents.js';
import { soak } from './soak/rotation.js';

const options = new URLSearchParams(location.search);
const minutes = Number(options.get('minutes') ?? 3);
const seed = Number(options.get('seed') ?? 1);

/** Small ones: plain and depthwise convolutions, fused and not, a layers and a graph model. */
const netNames = ['face-landmarks', 'mobilenet-v2-graph', 'esrgan-slim-64'];

function say(line: string): Promise<void> {
  document.body.textContent = line;
  return postProgress(line);
}

async function run() {
  const start = performance.now();
  const subjects: Subject[] = [];
  for (const name of netNames) {
    await say(`${name}: what the CPU answers`);
    subjects.push(await prepare(netNamed(name), seed));
  }
  const result = await soak(subjects, seed, start + minutes * 60_000, say);
  return { device: describeDevice(), nets: netNames, ms: performance.now() - start, ...result };
}

showResult(run);
