/** Made-up report of a device. */
import type { HostPageResult } from '../../../../scripts/bench/report/host.js';
import type { NetPageResult, NetTimes } from '../../../../scripts/bench/report/nets.js';
import type {
  CheckResult,
  DeviceDescription,
  DeviceReport,
  JobResult,
} from '../../../../scripts/device/results.js';
import { benchResult, benchRow, failedRow } from '../bench/benchResult.js';

/** Returns a report with a result of every part; each name in it goes through `named`. */
export function deviceReport(named: (name: string) => string): DeviceReport {
  const device = { renderer: named('renderer'), userAgent: named('agent') };
  const description: DeviceDescription = {
    ...device,
    machine: {},
    limits: {},
    targets: { [named('RGBA32F')]: 8 },
    shaderBits: {},
    hasTimerQueries: true,
    extensions: [],
    clockMs: 0.1,
    tiledInfo: { device: named('family'), precision: named('half') },
    versions: {},
  };
  const check: CheckResult = {
    counts: {
      pass: 5,
      backendWrong: 1,
      stockWrong: 2,
      bothWrong: 0,
      skipped: 0,
      xfail: 0,
      xpass: 0,
    },
    grid: 'core',
    seed: 1,
    cases: 8,
    wrong: [{ id: named('case'), verdict: 'backendWrong', message: named('message') }],
  };
  const rows = [
    benchRow(named('layer'), 'webgl', 2),
    failedRow(named('broken'), 'webgl', named('error')),
  ];
  const variant = {
    id: named('layer'),
    kernel: 'conv2d' as const,
    chosen: named('chosen'),
    best: named('chosen'),
    chosenToBest: 1,
    ms: { [named('chosen')]: 3 },
    errors: { [named('other')]: named('refusal') },
  };
  const net = (backend: string): NetTimes => ({
    backend,
    firstMs: 9,
    warmUpMs: null,
    times: [5, 6, 7],
    programs: 9,
    conversions: null,
    conversionsBetween: null,
    stock: null,
    fallbacks: null,
    stockBetween: null,
    peakGpuBytes: 1000,
    maxRel: 0,
    repeats: true,
    predictions: 6,
    grown: { tensors: 0, bytes: 0, gpuBytes: 0, textures: 0 },
  });
  const nets: NetPageResult = {
    device,
    rows: [net(named('webgl')), net(named('tiled-webgl'))],
    failures: [{ net: named('net'), backend: named('cpu'), reason: named('reason') }],
  };
  const sample = { ms: 2, whole: 5, allocated: null, calls: { [named('drawArrays')]: 30 } };
  const host: HostPageResult = {
    device,
    sides: [named('webgl'), named('tiled-webgl')].map((backend) => ({
      backend,
      samples: [sample],
    })),
  };
  const job = (id: string, result: unknown, more: Partial<JobResult> = {}): JobResult => ({
    id,
    part: id.split('/')[0] as JobResult['part'],
    state: 'done',
    seconds: 3,
    wasHidden: false,
    result,
    ...more,
  });
  return {
    kind: 'tfjs-backend-tiled device report',
    format: 1,
    version: '0.1.0',
    amount: 'full',
    startedAt: '2026-05-04T03:02:01Z',
    finishedAt: '2026-05-04T03:12:01Z',
    jobs: [
      job('device', description),
      job('check', check, { wasHidden: true }),
      job('layers', benchResult(rows)),
      job('variants', benchResult(rows, [variant])),
      job(`nets/${named('net')}`, nets),
      job(`nets/${named('lost')}`, undefined, { state: 'failed', error: named('no memory') }),
      job(`host/${named('net')}/times`, host),
      job(`host/${named('net')}/calls`, host),
    ],
  };
}
