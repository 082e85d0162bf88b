/** Tests of what the report of a comparison says. */
import { expect } from 'chai';
import { fastestStock, resultCards } from '../../../../scripts/ownModel/html.js';
import { fileName, type OwnModelResult } from '../../../../scripts/ownModel/results.js';
import { toHTML } from '../../../../scripts/report/html.js';
import { ownModelResult, sideRow } from './ownModelResult.js';

const resultOf = (more: Partial<OwnModelResult> = {}) => ownModelResult((name) => name, more);

/** Returns the text of the report, without its elements. */
const textOf = (result: OwnModelResult) =>
  resultCards(result)
    .map(toHTML)
    .join('')
    .replace(/<[^>]*>/g, '|');

describe('own model: report', () => {
  it('compares the fastest tiled backend with the fastest stock one', () => {
    expect(fastestStock(resultOf())?.side).to.equal('wasm');
    expect(textOf(resultOf())).to.contain(
      'tiled-cpu captured takes 4.00 ms a prediction, the fastest stock backend (wasm) 12.0 ms: 3.00 times as fast.',
    );
    const alone = textOf(resultOf({ rows: [sideRow('tiled-cpu', 5)], hasReference: false }));
    expect(alone)
      .to.contain('tiled-cpu: 5.00 ms a prediction.')
      .and.contain('stock cpu did not take part');
  });

  it('says who agrees, and who does not', () => {
    expect(textOf(resultOf())).to.contain('All agree with stock cpu within 1.0e-7');
    const rows = [
      sideRow('cpu', 9),
      sideRow('wasm', 9, { maxRel: 0.25 }),
      sideRow('tiled-cpu', 9, { maxRel: null }),
      sideRow('tiled-webgl', 9),
    ];
    const text = textOf(resultOf({ rows }));
    expect(text).to.contain(
      'Not like the answer of stock cpu: wasm (2.5e-1), tiled-cpu (not alike).',
    );
  });

  it('tells the choice of tiled, fallbacks, conversions and failures', () => {
    const text = textOf(resultOf());
    expect(text).to.contain('|tiled chooses tiled-cpu|: no WebGL2.');
    expect(text).to.contain('webgl does not compute this model: reason');
    expect(text).to.contain('Conversions: tile 1 Conv2D (0.000 MB).');
    expect(text).to.contain('Computed by stock’s kernels: 1 Softmax.');
    expect(text).to.contain('Fallback, 4 times: Pad, stock for tiles: why');
    expect(textOf(resultOf({ tiled: null }))).to.contain('tiled does not start');
  });

  it('has a file by the name of its model', () => {
    expect(fileName(resultOf())).to.equal('tiled-net-model-2026-01-02.json');
  });
});
