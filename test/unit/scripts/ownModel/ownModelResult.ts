/** A made-up result of a comparison. */
import type { OwnModelResult, SideRow } from '../../../../scripts/ownModel/results.js';

export const sideRow = (side: string, medianMs: number, more: Partial<SideRow> = {}): SideRow => ({
  ...{ side, firstMs: 3 * medianMs, times: [medianMs], medianMs, bytes: 2e6, bytesOf: 'tensors' },
  ...{ maxRel: 1e-7, account: null, ...more },
});

/** @param named returns the text of a name */
export function ownModelResult(
  named: (name: string) => string,
  more: Partial<OwnModelResult> = {},
): OwnModelResult {
  const account: SideRow['account'] = {
    kernels: [
      {
        ...{ kernel: named('Conv2D'), variant: named('direct'), ran: 'tiles' },
        ...{ calls: 2, ms: 3, share: 1, conversions: 1, texels: 8 },
      },
    ],
    how: named('the clock'),
    conversions: [{ kind: 'tile', kernel: named('Conv2D'), count: 1, texels: 8 }],
    stock: { [named('Softmax')]: 1 },
    ladder: [
      {
        ...{ kernel: named('Pad'), from: named('tiles'), to: named('stock') },
        ...{ reason: named('why'), count: 4 },
      },
    ],
  };
  return {
    kind: 'tfjs-backend-tiled own model',
    format: 1,
    version: '0.1.0',
    finishedAt: '2026-01-02T03:04:05.000Z',
    device: { renderer: named('renderer'), userAgent: named('agent') },
    model: { name: named('net/model.json'), format: 'graph', weightBytes: 1e6 },
    inputs: [{ name: named('x'), shape: [1, 8, 8, 3], dtype: 'float32', from: 'random' }],
    outputs: [10],
    tiled: {
      engine: 'cpu',
      reason: named('no WebGL2'),
      device: null,
      build: { name: 'simd', reason: named('no relaxed SIMD') },
      threads: { count: 1, reason: named('the flag is 1') },
    },
    hasReference: true,
    rows: [
      sideRow('cpu', 90, { maxRel: 0 }),
      sideRow('wasm', 12),
      sideRow('tiled-webgl', 8, { account }),
      sideRow('tiled-cpu captured', 4),
    ],
    failures: [{ side: 'webgl', reason: named('reason') }],
    ...more,
  };
}
