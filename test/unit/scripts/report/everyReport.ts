/** Every HTML report of made-up results. */
import { layers } from '../../../../scripts/bench/layers.js';
import { benchHtml } from '../../../../scripts/bench/report/layerHtml.js';
import { netBenchHtml } from '../../../../scripts/bench/report/netHtml.js';
import { netSummaries } from '../../../../scripts/bench/report/nets.js';
import type { NetRow, VariantRow } from '../../../../scripts/bench/results.js';
import { deviceStyle } from '../../../../scripts/device/page/style.js';
import { summaryOf } from '../../../../scripts/device/summary.js';
import type { KernelEvent } from '../../../../scripts/models/trace.js';
import { resultCards } from '../../../../scripts/ownModel/html.js';
import { pageStyle } from '../../../../scripts/ownModel/page/style.js';
import { profileHtml } from '../../../../scripts/profile/html.js';
import { profileRows } from '../../../../scripts/profile/profile.js';
import { htmlDocument } from '../../../../scripts/report/markup.js';
import { reportHtml } from '../../../../scripts/start/html.js';
import type { ModelRun, Outcome, StartRow } from '../../../../scripts/start/results.js';
import { benchResult, benchRow, failedRow } from '../bench/benchResult.js';
import { deviceReport } from '../device/deviceReport.js';
import { ownModelResult } from '../ownModel/ownModelResult.js';

/** Text of a result: its name with something appended. */
type Named = (name: string) => string;

const deviceOf = (named: Named) => ({ renderer: named('renderer'), userAgent: named('agent') });

function bench(named: Named): string {
  const [{ id, kernel }] = layers;
  const [chosen, best, vs] = [named('chosen'), named('best'), named('webgl')];
  const variantRow: VariantRow = {
    id: named('layer'),
    kernel,
    chosen,
    best,
    chosenToBest: 1.5,
    ms: { [chosen]: 3, [best]: 2 },
    errors: { [named('third')]: named('error') },
  };
  const rows = [
    benchRow(id, vs, 2, { variant: chosen }),
    failedRow(named('layer'), vs, named('error')),
  ];
  const result = benchResult(rows, [variantRow], {
    suite: named('suite'),
    backend: named('tiled-webgl'),
    absent: [{ backend: named('webgpu'), reason: named('reason') }],
    host: [{ backend: named('tiled-webgl'), microseconds: 12 }],
  });
  return benchHtml({ ...result, device: { ...result.device, ...deviceOf(named) } });
}

function nets(named: Named): string {
  const reference = named('webgl');
  const conversions = [{ kind: 'tile', kernel: named('Conv2D'), count: 1, texels: 8 }] as const;
  const row = (backend: string, more: Partial<NetRow> = {}): NetRow => ({
    net: named('net'),
    backend,
    reference: named('cpu'),
    firstMs: 9,
    warmUpMs: null,
    medianMs: 5,
    p90Ms: 6,
    ratio: 2,
    firstToReference: 1,
    gpuToReference: null,
    programs: 9,
    conversions: null,
    conversionsBetween: null,
    stockBetween: null,
    stock: null,
    fallbacks: null,
    peakGpuBytes: 1000,
    maxRel: 0,
    repeats: true,
    predictions: 6,
    grown: { tensors: 0, bytes: 0, gpuBytes: 0, textures: 0 },
    ...more,
  });
  const rows = [
    row(reference),
    row(named('tiled-webgl'), {
      conversions: [...conversions],
      conversionsBetween: [...conversions],
      stockBetween: { [named('Concat')]: 2 },
      stock: { [named('Softmax')]: 2 },
      fallbacks: [
        {
          kernel: named('Pad'),
          from: named('tiles'),
          to: named('stock'),
          reason: named('why'),
          count: 4,
        },
      ],
    }),
  ];
  return netBenchHtml({
    suite: 'models',
    device: deviceOf(named),
    backend: named('tiled-webgl'),
    reference,
    rounds: 3,
    isCaptured: false,
    rows,
    failures: [{ net: named('net'), backend: named('wasm'), reason: named('reason') }],
    absent: [{ net: named('net'), backend: named('wasm'), reason: named('reason') }],
    summary: netSummaries(rows, reference),
  });
}

function profile(named: Named): string {
  const event: KernelEvent = {
    kernel: named('Conv2D'),
    ran: 'tiles',
    variant: named('direct'),
    shape: [1, 2],
    conversions: [{ kind: 'tile', texels: 8 }],
    ms: 5,
  };
  const events = [event, { ...event, kernel: named('Concat'), variant: null, shape: null }];
  const conversions = [{ kind: 'tile', kernel: named('Conv2D'), count: 1, texels: 8 }] as const;
  return profileHtml({
    device: deviceOf(named),
    net: named('net'),
    backend: named('tiled-webgl'),
    rounds: 1,
    how: named('a read'),
    steadyMs: 12,
    rows: profileRows([events]),
    conversions: [...conversions],
    conversionsBetween: [...conversions],
    events,
  });
}

/** Reports a model of each kind of output, and one that the table of models does not have. */
function start(named: Named): string {
  const backends = ['webgl', 'tiled-webgl'].map(named);
  const row = (model: string, backend: string): StartRow => ({
    model,
    backend,
    firstMs: 30,
    medianMs: 10,
    ratio: 2,
    maxAbs: 1e-6,
    maxRel: 1e-6,
    programs: 9,
    gpuBytes: 1000,
    leakedTensors: 0,
  });
  const run = (model: string, more: Partial<Outcome>): ModelRun => ({
    device: deviceOf(named),
    choice: { engine: 'webgl', reason: named('reason') },
    rows: backends.map((backend) => row(model, backend)),
    missing: [
      { model, backend: named('cpu'), failed: false, reason: named('reason') },
      { model, backend: named('tiled-cpu'), failed: true, reason: named('reason') },
    ],
    view: {
      model,
      input: named('data:,'),
      side: 4,
      amplification: 10,
      outcomes: backends.map((backend) => ({ backend, ...more })),
      variants: [{ kernel: named('Conv2D'), variant: named('direct'), count: 2 }],
      ladder: [named('step')],
    },
  });
  const picture = { url: named('data:,'), width: 8, height: 8 };
  const box = { score: 0.9, x: 1, y: 1, width: 2, height: 2 };
  const faces = [{ ...box, points: [{ x: 1.5, y: 2 }] }];
  return reportHtml([
    run('esrgan-slim', { picture, difference: named('data:,') }),
    run('face-detector', { faces }),
    run(named('model'), { faces }),
  ]);
}

function device(named: Named): string {
  return htmlDocument('device', deviceStyle, summaryOf(deviceReport(named)));
}

function ownModel(named: Named): string {
  return htmlDocument('own model', pageStyle, resultCards(ownModelResult(named)));
}

/** Returns the text of every report, by the name of the report. */
export function everyReport(named: Named): Record<string, string> {
  return {
    bench: bench(named),
    nets: nets(named),
    profile: profile(named),
    start: start(named),
    device: device(named),
    'own model': ownModel(named),
  };
}
