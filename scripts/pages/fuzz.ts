/**
 * The fuzz on a backend, for `npm run fuzz`. Options: `backend`, `stock`, `runs`, `seed`, `path`.
 */
import { writeJson } from '../../src/validator/index.js';
import { fuzz } from '../fuzz/fuzz.js';
import type { FuzzMessage } from '../fuzz/inBrowser.js';
import type { PageError } from '../reporting/results.js';
import { useBackend } from './lib/backends.js';
import { postResult } from './lib/post.js';
import { openRelay } from './lib/relay.js';

const options = new URLSearchParams(location.search);
const backend = options.get('backend') ?? 'tiled-webgl';

async function run(): Promise<string> {
  await useBackend(backend);
  const relay = await openRelay('progress');
  const tell = (message: FuzzMessage) => relay.send(JSON.stringify(message));
  try {
    const report = await fuzz({
      backend,
      stock: (options.get('stock') ?? 'cpu').split(','),
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
    document.body.innerHTML = '<pre></pre>';
    (document.body.firstChild as Element).textContent = json;
    return postResult({ json });
  },
  (error: Error) => {
    console.error(error);
    document.body.textContent = String(error);
    return postResult({ error: error.stack ?? String(error) } satisfies PageError);
  },
);
