/**
 * Page that fuzzes one tiled backend, for `npm run fuzz`. Options: `backend`, `runs`, `seed`,
 * `precision` ('half': store half floats), `path`.
 */
import '@tensorflow/tfjs-core/dist/register_all_gradients.js';
import { env } from '@tensorflow/tfjs-core';
import { useBackend } from '../../../scripts/lib/inPage/backends.js';
import { toElement } from '../../../scripts/lib/inPage/element.js';
import { postResult } from '../../../scripts/lib/inPage/post.js';
import { openRelay } from '../../../scripts/lib/inPage/relay.js';
import { h } from '../../../scripts/report/html.js';
import type { PageError } from '../../../scripts/report/page.js';
import { PRECISION } from '../../../src/engine/flags.js';
import { writeJson } from '../../../src/validator/index.js';
import { startEngine } from '../engine.js';
import { fuzz } from '../fuzz.js';
import type { FuzzMessage } from '../inBrowser.js';
import { stockOf } from '../stock.js';

const options = new URLSearchParams(location.search);
const backend = (options.get('backend') ?? 'tiled-webgl') as keyof typeof stockOf;

const precision = options.get('precision') === 'half' ? 'half' : 'float32';

async function run(): Promise<string> {
  env().set(PRECISION, precision);
  await useBackend(backend);
  const relay = await openRelay('progress');
  const tell = (message: FuzzMessage) => relay.send(JSON.stringify(message));
  try {
    const report = await fuzz({
      backend,
      stock: stockOf[backend],
      precision,
      engine: await startEngine(backend),
      runs: Number(options.get('runs') ?? 1000),
      seed: Number(options.get('seed') ?? 1),
      path: options.get('path') ?? undefined,
      onCase: (_c, at) => tell({ at }),
      onProgress: (done) => {
        document.body.textContent = `${done} cases`;
        tell({ done });
      },
    });
    return writeJson(report, 1);
  } finally {
    await relay.close();
  }
}

run().then(
  (json) => {
    document.body.replaceChildren(toElement(h('pre', {}, json)));
    return postResult({ json });
  },
  (error: Error) => {
    console.error(error);
    document.body.textContent = String(error);
    return postResult({ error: error.stack ?? String(error) } satisfies PageError);
  },
);
