/**
 * Runs the nets: a fresh browser for each first prediction, then one browser that times all
 * backends.
 */
import { Failure } from '../../lib/errors.js';
import { webgpuFlags } from '../../lib/flags.js';
import { type BrowserName, flagsQuery, PageFailure, runPage } from '../../lib/page.js';
import type { NetSuite } from '../../models/suites.js';
import type { PageError } from '../../report/page.js';
import { endProgress, showProgress } from '../../report/progress.js';
import { type NetPageResult, type NetTimes, netRows, netSummaries } from '../report/nets.js';
import type { NetBenchResult, NetFailure, NetRow } from '../results.js';

const timeoutMs = 60 * 60_000;

/** Message of tfjs if a backend lacks a kernel. */
const lacksKernel = /Kernel '\w+' not registered for backend/;

/** Backend to compare with where the reference lacks a kernel: it has all kernels. */
const instead = 'cpu';

export interface NetBench {
  suite: NetSuite;
  nets: readonly string[];
  /** The timed backend, and in `vs` the backends to compare it with. */
  backend: string;
  vs: readonly string[];
  browser: BrowserName | 'firefox';
  /** True if the browser may use a GPU. */
  mayHaveGpu: boolean;
  rounds: number;
  /** Minimum total number of predictions on each backend except the reference. */
  predictions: number;
  /** Flags of tf.env() as text, `NAME:value,...`. */
  flags: string;
  /** True if warmUp() runs before the first prediction on a tiled backend. */
  isWarm: boolean;
  /** True if tiled backends predict from recordings in the timed rounds. */
  isCaptured: boolean;
}

export async function runNets(bench: NetBench): Promise<NetBenchResult> {
  const { backend, vs, browser, rounds } = bench;
  const reference = vs.includes('webgl') ? 'webgl' : vs[0];
  const backends = [reference, backend, ...vs.filter((name) => name !== reference)];
  const rows: NetRow[] = [];
  const failures: NetFailure[] = [];
  const absent: NetFailure[] = [];
  let device: NetPageResult['device'] | undefined;

  async function visit(net: string, names: readonly string[], count: number) {
    const result = (await runPage({
      page: 'models.html',
      query: {
        net,
        backends: names.join(','),
        rounds: String(count),
        predictions: String(bench.predictions),
        warm: bench.isWarm ? '1' : '',
        captured: bench.isCaptured ? '1' : '',
        ...flagsQuery(bench.flags),
      },
      browser,
      flags: names.includes('webgpu') ? webgpuFlags(bench.mayHaveGpu) : [],
      timeoutMs,
      onProgress: showProgress,
    })) as NetPageResult | PageError;
    if ('error' in result) throw new Failure(result.error);
    device = result.device;
    return result;
  }

  /**
   * Makes the first predictions; that of the backend to compare with comes first.
   * @throws Error if that backend fails
   */
  async function firstsOf(net: string): Promise<NetTimes[]> {
    const firsts: NetTimes[] = [];
    for (const name of backends) {
      try {
        firsts.push(...(await visit(net, [name], 0)).rows);
      } catch (error) {
        const reason = reasonOf(error);
        if (name !== backend && lacksKernel.test(reason)) {
          absent.push({ net, backend: name, reason });
        } else if (name === reference) throw error;
        else failures.push({ net, backend: name, reason });
      }
    }
    if (firsts[0]?.backend === reference) return firsts;
    const known = firsts.filter((row) => row.backend === instead);
    const others = firsts.filter((row) => row.backend !== instead);
    return [...(known.length > 0 ? known : (await visit(net, [instead], 0)).rows), ...others];
  }

  for (const net of bench.nets) {
    try {
      const firsts = await firstsOf(net);
      const started = firsts.map((row) => row.backend);
      const timed = await visit(net, started, rounds);
      rows.push(...netRows(net, firsts, timed.rows));
      failures.push(...timed.failures);
    } catch (error) {
      failures.push({ net, backend: reference, reason: reasonOf(error) });
    }
  }
  endProgress();
  if (device === undefined) throw new Failure(failures[0]?.reason ?? 'no net was run');
  return {
    suite: bench.suite,
    device,
    backend,
    reference,
    rounds,
    isCaptured: bench.isCaptured,
    rows,
    failures,
    absent,
    summary: netSummaries(rows, reference),
  };
}

function reasonOf(error: unknown): string {
  const text = error instanceof PageFailure ? error.reason : (error as Error).message;
  return text.split('\n')[0].replace(/^Error: /, '');
}
