/** Parts of the device page: what is measured, by which page, and how long it takes. Plain data. */
import { layers } from '../bench/layers.js';
import type { BenchResult } from '../bench/results.js';
import { capturedSide } from '../bench/sides.js';

export const partTitles = {
  device: 'This device',
  check: 'Are results right?',
  layers: 'Single layers',
  variants: 'Every way to compute them',
  nets: 'Whole nets',
  host: 'Work of JavaScript',
} as const;

export type PartName = keyof typeof partTitles;
export const partNames = Object.keys(partTitles) as PartName[];

/** Results so far, by job; of one that failed, what there was. */
export type Results = Readonly<Record<string, unknown>>;

/** Work of one page in a frame of its own, so that it fails alone. */
export interface Job {
  readonly id: string;
  readonly part: PartName;
  /** Words that tell it from the other jobs of its part; empty if it is the only one. */
  readonly title: string;
  /** Seconds that it takes on a usual laptop. */
  readonly seconds: number;
  /** True if it fetches files, which a page that was opened from a file may not. */
  readonly fetches: boolean;
  /** Returns the options of its page, or why there is nothing to do. */
  query(done: Results): Readonly<Record<string, string>> | string;
}

/** Nets whose weights are beside the page: depthwise ones, the net of a detector, and dense ones. */
export const netsOfPage = ['mobilenet-v2-graph', 'face-ssd', 'esrgan-slim-64'];

const stock = 'webgl';
const ours = 'tiled-webgl';

/** Milliseconds of a layer up to which every variant is timed. */
const QUICK_MS = 50;

const patternOf = (ids: readonly string[]) => `^(${ids.join('|')})$`;

/** Returns the layers that were fast enough for every variant to be timed. */
function quickLayers(result: unknown): string[] {
  const { rows } = (result ?? { rows: [] }) as Pick<BenchResult, 'rows'>;
  return rows
    .filter(({ ok, ms, vsMs }) => ok && Math.max(ms ?? Infinity, vsMs ?? Infinity) <= QUICK_MS)
    .map(({ id }) => id);
}

function bench(
  rounds: number,
  ids: readonly string[],
  more: Readonly<Record<string, string>> = {},
) {
  return {
    page: 'bench',
    backend: ours,
    vs: stock,
    rounds: `${rounds}`,
    only: patternOf(ids),
    ...more,
  };
}

/** Amounts of work, of a run and of one that only shows that the page works. */
const amounts = {
  full: {
    cases: {},
    layers: layers.map(({ id }) => id),
    rounds: 5,
    variantRounds: 3,
    nets: netsOfPage,
    sides: [stock, ours, capturedSide(ours)],
    predictions: 7,
    seconds: { check: 90, layers: 60, variants: 150 },
  },
  quick: {
    cases: { q: 'conv2d:in=1x9x11x3;f=1x1x3x4;*;pad=same;dil=1;fmt=NHWC;seed=1' },
    layers: ['conv1x1-1x1x1280-1000', 'depthwise3x3-7x7x960'],
    rounds: 1,
    variantRounds: 1,
    nets: netsOfPage.slice(0, 1),
    // Without stock, whose programs take long to compile on a rasteriser.
    sides: [ours, capturedSide(ours)],
    predictions: 1,
    seconds: { check: 4, layers: 8, variants: 8 },
  },
} as const;

export type Amount = keyof typeof amounts;

/** Returns the jobs in the order in which they run. */
export function jobsOf(amount: Amount): Job[] {
  const { cases, layers: ids, rounds, variantRounds, nets, predictions, seconds } = amounts[amount];
  const job = (id: string, part: PartName, usual: number, query: Job['query']): Job => {
    return { id, part, title: '', seconds: usual, fetches: false, query };
  };
  const ofNet = (net: string, part: PartName, what: string, usual: number, query: object): Job => ({
    id: what === '' ? `${part}/${net}` : `${part}/${net}/${what}`,
    part,
    title: what === '' ? net : `${net}, ${what}`,
    seconds: usual,
    fetches: true,
    query: () => ({ net, ...query }),
  });
  const sides = amounts[amount].sides.join();
  return [
    job('device', 'device', 2, () => ({ page: 'describe' })),
    job('check', 'check', seconds.check, () => ({ page: 'check', ...cases })),
    job('layers', 'layers', seconds.layers, () => bench(rounds, ids)),
    job('variants', 'variants', seconds.variants, ({ layers: result }) => {
      const quick = quickLayers(result);
      if (quick.length === 0) return `no layer took less than ${QUICK_MS} ms`;
      return bench(variantRounds, quick, { variant: 'all' });
    }),
    ...nets.map((net) =>
      ofNet(net, 'nets', '', 12, {
        page: 'models',
        backends: `${stock},${ours}`,
        rounds: `${predictions}`,
      }),
    ),
    ...nets.flatMap((net) => [
      ofNet(net, 'host', 'times', 8, { page: 'host', backends: sides, rounds: `${predictions}` }),
      ofNet(net, 'host', 'calls', 6, { page: 'host', backends: sides, rounds: '1', count: '1' }),
    ]),
  ];
}
