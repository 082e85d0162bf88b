/** Runs the nets of the suite of peers, each on a page of its own. */
import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { Failure } from '../../lib/errors.js';
import { type BrowserName, runPage } from '../../lib/page.js';
import { root } from '../../lib/root.js';
import type { PageError } from '../../report/page.js';
import { endProgress, showProgress } from '../../report/progress.js';
import { MOST_DIFFERENCE, type PeerPageResult, peerRows, peerSummaries } from '../report/peers.js';
import type { PeerBenchResult } from '../results.js';

const timeoutMs = 20 * 60_000;

/** Files of the nets in npm packages. */
const nets: readonly (readonly [folder: string, file: string])[] = [
  ['selfie_segmentation', 'selfie_segmentation'],
  ['selfie_segmentation', 'selfie_segmentation_landscape'],
  ['face_detection', 'face_detection_short_range'],
  ['face_detection', 'face_detection_full_range'],
  ['face_detection', 'face_detection_full_range_sparse'],
];

export interface PeerBench {
  readonly backend: string;
  readonly browser: BrowserName | 'firefox';
  readonly rounds: number;
  readonly threads: number;
}

export async function runPeers(bench: PeerBench): Promise<PeerBenchResult> {
  const { backend, browser, rounds, threads } = bench;
  const wasm = await filesOf(join(root, 'node_modules/@litertjs/core/wasm'), '/litert/');
  const result: PeerBenchResult = {
    ...{ suite: 'peers', device: null as never, backend, rounds, threads },
    ...{ rows: [], failures: [], summary: {} },
  };
  for (const [folder, net] of nets) {
    const path = join(root, 'node_modules/@mediapipe', folder, `${net}.tflite`);
    const page = (await runPage({
      page: 'peers.html',
      query: {
        ...{ net: `/${net}.tflite`, litert: '/litert/', backend },
        ...{ threads: String(threads), rounds: String(rounds) },
      },
      browser,
      files: { ...wasm, [`/${net}.tflite`]: await readFile(path) },
      timeoutMs,
      onProgress: showProgress,
    })) as PeerPageResult | PageError;
    if ('error' in page) {
      result.failures.push({ net, backend, reason: page.error.split('\n')[0] });
      continue;
    }
    result.device = page.device;
    result.rows.push(...peerRows(net, page));
    if (!(page.difference <= MOST_DIFFERENCE)) {
      const reason = `outputs differ from LiteRT's by ${page.difference} of their largest value`;
      result.failures.push({ net, backend, reason });
    }
  }
  endProgress();
  if (result.rows.length === 0) throw new Failure(result.failures[0].reason);
  return { ...result, summary: peerSummaries(result.rows) };
}

async function filesOf(folder: string, at: string): Promise<Record<string, Uint8Array>> {
  const names = await readdir(folder);
  const all = names.map(async (name) => [at + name, await readFile(join(folder, name))] as const);
  return Object.fromEntries(await Promise.all(all));
}
