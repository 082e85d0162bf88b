/** Runs the nets of the suite of peers: a page for the first prediction of each contestant, and one for all. */
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { Failure } from '../../lib/errors.js';
import { type BrowserName, runPage } from '../../lib/page.js';
import { root } from '../../lib/root.js';
import type { PageError } from '../../report/page.js';
import { endProgress, showProgress } from '../../report/progress.js';
import { onnxOf } from '../onnx/translate.js';
import {
  MOST_DIFFERENCE,
  type PeerFirst,
  type PeerPageResult,
  peerRows,
  peerSummaries,
} from '../report/peers.js';
import type { NetFailure, PeerBenchResult } from '../results.js';
import { capturedSide, LITERT, ONNX_RUNTIME } from '../sides.js';
import { readTflite } from '../tflite/tflite.js';
import { downloads } from './download.js';

const timeoutMs = 20 * 60_000;

/** Files of the nets in npm packages. */
const nets: readonly (readonly [folder: string, file: string])[] = [
  ['selfie_segmentation', 'selfie_segmentation'],
  ['selfie_segmentation', 'selfie_segmentation_landscape'],
  ['face_detection', 'face_detection_short_range'],
  ['face_detection', 'face_detection_full_range'],
  ['face_detection', 'face_detection_full_range_sparse'],
];

/** Files of the peers in npm packages, by their folder on the server; the page loads some of them. */
const peerFiles = {
  '/litert/': {
    folder: '@litertjs/core/wasm',
    names: ['compat_internal', 'internal', 'threaded_internal'].flatMap((build) => [
      `litert_wasm_${build}.js`,
      `litert_wasm_${build}.wasm`,
    ]),
  },
  '/onnxruntime/': {
    folder: 'onnxruntime-web/dist',
    names: ['ort.wasm.min.mjs', 'ort-wasm-simd-threaded.mjs', 'ort-wasm-simd-threaded.wasm'],
  },
};

/** Flag of Chromium with which a page learns its use of memory at once, not at the next garbage collection. */
const eagerMemory = '--enable-blink-features=ForceEagerMeasureMemory';

export interface PeerBench {
  readonly backend: string;
  readonly browser: BrowserName | 'firefox';
  readonly rounds: number;
  readonly threads: number;
}

type Files = Record<string, Uint8Array>;

export async function runPeers(bench: PeerBench): Promise<PeerBenchResult> {
  const { backend, rounds, threads } = bench;
  const files = await filesOfPeers();
  const pages = join(root, 'dist/pages');
  const sizeOf = downloads(async (path) => files[path] ?? (await readFile(join(pages, path))));
  const result: PeerBenchResult = {
    ...{ suite: 'peers', device: null as never, backend, rounds, threads },
    ...{ rows: [], failures: [], summary: {}, onnxSummary: {} },
  };
  for (const [folder, net] of nets) {
    const path = join(root, 'node_modules/@mediapipe', folder, `${net}.tflite`);
    const run = new NetRun(net, await readFile(path), files, bench);
    const firsts = await run.firsts(sizeOf);
    const page = firsts.has(LITERT) ? await run.visit([...firsts.keys()], rounds) : null;
    result.failures.push(...run.failures);
    if (page === null) continue;
    result.device = page.device;
    result.rows.push(...peerRows(net, page, firsts));
    for (const { name, difference } of page.sides) {
      if (difference <= MOST_DIFFERENCE) continue;
      const reason = `outputs differ from LiteRT's by ${difference} of their largest value`;
      result.failures.push({ net, backend: name, reason });
    }
  }
  endProgress();
  if (result.rows.length === 0) throw new Failure(result.failures[0].reason);
  return {
    ...result,
    summary: peerSummaries(result.rows, LITERT),
    onnxSummary: peerSummaries(result.rows, ONNX_RUNTIME),
  };
}

/** Visits of pages with one net. */
class NetRun {
  readonly failures: NetFailure[] = [];
  private readonly shape: readonly number[];
  private readonly onnx: Uint8Array | null;

  constructor(
    private readonly net: string,
    private readonly tflite: Uint8Array,
    private readonly files: Files,
    private readonly bench: PeerBench,
  ) {
    const read = readTflite(tflite);
    this.shape = read.tensors[read.inputs[0]].shape;
    this.onnx = this.attempt(ONNX_RUNTIME, () => onnxOf(read));
  }

  /** Returns the first prediction of each contestant that has one. */
  async firsts(sizeOf: ReturnType<typeof downloads>): Promise<Map<string, PeerFirst>> {
    const { backend } = this.bench;
    const peers = this.onnx === null ? [LITERT] : [LITERT, ONNX_RUNTIME];
    const firsts = new Map<string, PeerFirst>();
    for (const name of [...peers, backend, capturedSide(backend)]) {
      const served: string[] = [];
      const page = await this.visit([name], 0, (path) => served.push(path));
      if (page === null) continue;
      const own = served.filter((path) => !this.isShared(path));
      const [{ firstMs }] = page.sides;
      firsts.set(name, { firstMs, memoryBytes: page.memoryBytes, ...(await sizeOf(own)) });
    }
    return firsts;
  }

  /** Returns what a page says of some contestants; null, and a failure, if it ends by an error. */
  async visit(
    names: readonly string[],
    rounds: number,
    onServe?: (path: string) => void,
  ): Promise<PeerPageResult | null> {
    const { browser, threads } = this.bench;
    const page = (await runPage({
      page: 'peers.html',
      query: {
        ...{ names: names.join(), tflite: this.at('tflite'), onnx: this.at('onnx') },
        ...{ shape: this.shape.join(), litert: '/litert/', onnxruntime: '/onnxruntime/' },
        ...{ threads: String(threads), rounds: String(rounds) },
      },
      browser,
      flags: [eagerMemory],
      files: {
        ...this.files,
        [this.at('tflite')]: this.tflite,
        ...(this.onnx === null ? {} : { [this.at('onnx')]: this.onnx }),
      },
      timeoutMs,
      onServe,
      onProgress: showProgress,
    })) as PeerPageResult | PageError;
    if (!('error' in page)) return page;
    this.fail(names.length === 1 ? names[0] : this.bench.backend, page.error);
    return null;
  }

  /** Returns the place of the net on the server. */
  private at(format: 'tflite' | 'onnx'): string {
    return `/${this.net}.${format}`;
  }

  /** True for the page itself, its picture and the net, which are no part of an engine. */
  private isShared(path: string): boolean {
    const page = ['/peers.html', '/peers.js', '/models/face.jpg'];
    return [...page, this.at('tflite'), this.at('onnx')].includes(path);
  }

  private attempt<T>(name: string, make: () => T): T | null {
    try {
      return make();
    } catch (error) {
      this.fail(name, (error as Error).message);
      return null;
    }
  }

  private fail(name: string, reason: string): void {
    const [line] = reason.split('\n');
    this.failures.push({ net: this.net, backend: name, reason: line });
  }
}

async function filesOfPeers(): Promise<Files> {
  const all = Object.entries(peerFiles).flatMap(([at, { folder, names }]) =>
    names.map(async (name) => {
      return [at + name, await readFile(join(root, 'node_modules', folder, name))] as const;
    }),
  );
  return Object.fromEntries(await Promise.all(all));
}
