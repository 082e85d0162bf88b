/** Runs the nets twice: on a page that takes times, and on one that counts WebGL calls. */
import { Failure } from '../../lib/errors.js';
import { flagsQuery, runPage } from '../../lib/page.js';
import type { PageError } from '../../report/page.js';
import { endProgress, showProgress } from '../../report/progress.js';
import { type HostPageResult, hostRows, hostSummaries } from '../report/host.js';
import type { HostBenchResult, HostRow, NetFailure } from '../results.js';
import { capturedSide } from '../sides.js';
import type { NetBench } from './runNets.js';

const timeoutMs = 30 * 60_000;

export type HostBench = Pick<NetBench, 'nets' | 'backend' | 'vs' | 'browser' | 'rounds' | 'flags'>;

export async function runHost(bench: HostBench): Promise<HostBenchResult> {
  const { backend, vs, browser, rounds } = bench;
  const reference = vs.includes('webgl') ? 'webgl' : vs[0];
  const others = vs.filter((name) => name !== reference);
  const backends = [reference, backend, capturedSide(backend), ...others];
  const rows: HostRow[] = [];
  const failures: NetFailure[] = [];
  let device: HostPageResult['device'] | undefined;

  async function visit(net: string, query: Record<string, string>) {
    const result = (await runPage({
      page: 'host.html',
      query: { net, backends: backends.join(','), ...flagsQuery(bench.flags), ...query },
      browser,
      flags: ['--enable-precise-memory-info'],
      timeoutMs,
      onProgress: showProgress,
    })) as HostPageResult | PageError;
    if ('error' in result) throw new Failure(result.error);
    device = result.device;
    return result;
  }

  for (const net of bench.nets) {
    try {
      const timed = await visit(net, { rounds: String(rounds) });
      const counted = await visit(net, { rounds: '1', count: '1' });
      rows.push(...hostRows(net, timed, counted));
    } catch (error) {
      const reason = (error as Error).message.split('\n')[0];
      failures.push({ net, backend: backends.join(', '), reason });
    }
  }
  endProgress();
  if (device === undefined) throw new Failure(failures[0]?.reason ?? 'no net was run');
  return {
    suite: 'host',
    device,
    backend,
    reference,
    rounds,
    rows,
    failures,
    summary: hostSummaries(rows, reference),
  };
}
