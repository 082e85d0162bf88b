/** Made-up figures of two runs. */
import type { LayerFigures } from '../../../../scripts/figures/layerFigures.js';
import type { NetFigures } from '../../../../scripts/figures/netFigures.js';
import type { Provenance } from '../../../../scripts/figures/provenance.js';

export const from: Provenance = {
  command: 'npm run bench -- --rounds 3',
  ranOn: 'swiftshader',
  date: '2026-01-31',
  commit: 'abc1234',
  browser: 'Chromium 156',
  renderer: 'a renderer',
  tfjs: '4.22.0',
  cores: 2,
};

const row: LayerFigures['rows'][number] = {
  id: 'conv3x3-56x56x64-64',
  vs: 'webgl',
  variant: 'direct-4x2x1',
  ms: 2,
  vsMs: 8,
  ratio: 4,
  spread: [3.5, 4.5],
  gflops: 17.44,
  share: 0.694,
  ok: true,
};

const slow = { ...row, id: 'conv1x1-7x7x960-320', vsMs: 1.5, ratio: 0.75, spread: null };
const failed = { ...row, id: 'conv3x3-7x7x512-512', ms: null, vsMs: null, ratio: null, ok: false };

const sum = { count: 2, geomean: 1.732, worst: 0.75, worstId: slow.id };

export const layerRun: LayerFigures = {
  suite: 'layers',
  from,
  backend: 'tiled-webgl',
  tuned: false,
  maddGflops: 25.2,
  fetchGtexels: 0.9,
  topGflops: 17.44,
  vs: { webgl: sum },
  classes: { webgl: { '1x1': { count: 1, geomean: 0.75, worst: 0.75, worstId: slow.id } } },
  host: [{ backend: 'tiled-webgl', microseconds: 17.8 }],
  choice: { count: 2, within10: 0.5, within25: 1, geomean: null },
  rows: [row, slow, failed],
  variants: [
    {
      id: row.id,
      kernel: 'conv2d',
      chosen: 'direct-2x2x2',
      best: 'direct-4x2x1',
      chosenToBest: 1.25,
      ms: { 'direct-4x2x1': 2, 'direct-2x2x2': 2.5 },
    },
  ],
};

const netRow: NetFigures['rows'][number] = {
  net: 'net-a',
  backend: 'webgl',
  firstMs: 2223,
  medianMs: 30,
  ratio: 1,
  programs: 88,
  conversionsBetween: null,
  peakGpuBytes: 97.2e6,
  maxRel: 0,
};

/** Its second net has no row on wasm. */
export const netRun: NetFigures = {
  suite: 'models',
  from,
  backend: 'tiled-webgl',
  reference: 'webgl',
  summary: {
    'tiled-webgl': {
      ratio: { count: 2, geomean: 2, worst: 1.5, worstId: 'net-a' },
      firstToReference: 0.4,
      gpuToReference: 0.5,
    },
  },
  rows: [
    netRow,
    {
      ...netRow,
      backend: 'tiled-webgl',
      firstMs: 812,
      medianMs: 20,
      ratio: 1.5,
      programs: 10,
      conversionsBetween: [
        { kernel: 'Concat', count: 2 },
        { kernel: 'Add', count: 1 },
      ],
      peakGpuBytes: 41e6,
      maxRel: 8.6e-8,
    },
    { ...netRow, backend: 'wasm', medianMs: 10, ratio: 3, programs: 0, peakGpuBytes: 0 },
    { ...netRow, net: 'net-b' },
    { ...netRow, net: 'net-b', backend: 'tiled-webgl', medianMs: 11.25, ratio: 2.667 },
  ],
};
