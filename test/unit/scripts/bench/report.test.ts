/** Tests of the benchmark's figures: classes, choice of variants, fetches, roofline, and text. */
import { expect } from 'chai';
import { convShape } from '../../../../kernels/shape/convShape.js';
import type { Tile } from '../../../../kernels/webgl/layout/tile.js';
import type { Plan } from '../../../../kernels/webgl/plan.js';
import { programText } from '../../../../kernels/webgl/programs/index.js';
import { fusionSteps } from '../../../../kernels/webgl/programs/steps.js';
import { windowOf } from '../../../../kernels/webgl/programs/window.js';
import { variantsBetween } from '../../../../scripts/bench/command/ran.js';
import { layers } from '../../../../scripts/bench/layers.js';
import { fetchedTexels } from '../../../../scripts/bench/report/fetches.js';
import { ridge, roof, ticks } from '../../../../scripts/bench/report/roofline.js';
import {
  choiceSummary,
  classSummaries,
  judgeChoice,
  layerClasses,
  ratioSummary,
} from '../../../../scripts/bench/report/summary.js';
import { benchText, failures, variantTables } from '../../../../scripts/bench/report/text.js';
import type { VariantRow } from '../../../../scripts/bench/results.js';
import { benchResult, benchRow, failedRow } from './benchResult.js';

const [small3x3, wide3x3] = ['conv3x3-112x112x32-64', 'conv3x3-56x56x64-64'];
const pointwise = 'conv1x1-14x14x512-256';

describe('bench: classes of layers', () => {
  it('puts every layer into one class, the wide 3x3 ones into one more', () => {
    for (const layer of layers) {
      const names = Object.keys(layerClasses).filter((name) => layerClasses[name](layer));
      const isWide = names.includes('3x3, 64+ channels');
      expect(names.length, layer.id).to.equal(isWide ? 2 : 1);
    }
    const wide = layers.filter(layerClasses['3x3, 64+ channels']).map(({ id }) => id);
    expect(wide).to.include(wide3x3).and.not.include(small3x3);
    const other = layers.filter(layerClasses.other).map(({ id }) => id);
    expect(other).to.include.members(['conv1x7-17x17x192-192', 'conv7x1-17x17x192-192']);
  });

  it('sums the rows that agree, by class', () => {
    const rows = [
      benchRow(small3x3, 'webgl', 2),
      benchRow(wide3x3, 'webgl', 8),
      benchRow(pointwise, 'webgl', 0.5),
      failedRow('conv1x1-1x1x1280-1000', 'webgl', 'lost'),
    ];
    const { geomean, ...all } = ratioSummary(rows);
    expect(all).to.deep.equal({ count: 3, worst: 0.5, worstId: pointwise });
    expect(geomean).to.be.closeTo(2, 1e-12);
    const classes = classSummaries(rows, layers);
    expect(Object.keys(classes)).to.deep.equal(['3x3', '3x3, 64+ channels', '1x1']);
    expect(classes['3x3'].geomean).to.be.closeTo(4, 1e-12);
    expect(classes['3x3, 64+ channels']).to.include({ count: 1, worstId: wide3x3 });
    expect(classes['1x1'].count).to.equal(1);
    expect(ratioSummary([rows[3]])).to.deep.equal({
      count: 0,
      geomean: null,
      worst: null,
      worstId: null,
    });
  });
});

describe('bench: choice of variants', () => {
  it('compares the chosen variant with the best', () => {
    expect(judgeChoice('a', { a: 3, b: 2, c: 9 })).to.deep.equal({ best: 'b', chosenToBest: 1.5 });
    expect(judgeChoice('b', { a: 3, b: 2 })).to.deep.equal({ best: 'b', chosenToBest: 1 });
    expect(judgeChoice('gone', { a: 3 })).to.deep.equal({ best: 'a', chosenToBest: null });
    expect(judgeChoice(null, {})).to.deep.equal({ best: null, chosenToBest: null });
  });

  it('counts the layers near the best, the limits included', () => {
    const rows = [1, 1.1, 1.25, 4, null].map((chosenToBest) => ({ chosenToBest }));
    const { geomean, ...rest } = choiceSummary(rows);
    expect(rest).to.deep.equal({ count: 4, within10: 0.5, within25: 0.75 });
    expect(geomean).to.be.closeTo((1.1 * 1.25 * 4) ** 0.25, 1e-12);
    expect(choiceSummary([]).within10).to.equal(null);
  });

  it('finds the variant that ran by its count', () => {
    const before = { Conv2D: { a: 2, b: 1 } };
    const after = { Conv2D: { a: 2, b: 3 }, FusedConv2D: { c: 1, b: 1 } };
    expect(variantsBetween(before, after)).to.deep.equal(['b', 'c']);
    expect(variantsBetween(after, after)).to.deep.equal([]);
  });
});

describe('bench: fetched texels', () => {
  const onePixel = { w: 1, h: 1, c: 1 };
  const steps = fusionSteps({ activation: 'relu6', bias: true });
  const planOf = (spec: Plan['spec'], outTile: Tile): Plan => ({
    variant: 'made up',
    inTile: onePixel,
    outTile,
    spec,
    uniforms: {},
    cost: 0,
  });
  const attrs = { strides: 1, pad: 'same' } as const;

  it('counts a 1x1 convolution by hand', () => {
    const tile = { w: 2, h: 2, c: 2 };
    const shape = convShape('conv2d', [1, 56, 56, 64], [1, 1, 64, 256], attrs);
    const window = windowOf(shape, tile, tile)!;
    const spec = { family: 'conv2d', ...window, lanes: 4, steps } as const;
    // 28 x 28 tiles x 32 pairs of slices; each of 16 input slices takes 4 pixels and 2 x 4 weights.
    const fragments = 28 * 28 * 32;
    expect(fetchedTexels(planOf(spec, tile), shape)).to.equal(fragments * (16 * (4 + 8) + 2));
  });

  it('agrees with the fetches of input that a program spells out', () => {
    const filters = [
      [3, 3],
      [5, 1],
    ];
    for (const [filterHeight, filterWidth] of filters) {
      const tile = { w: 4, h: 1, c: 1 };
      const depthwise = [filterHeight, filterWidth, 8, 1] as const;
      const shape = convShape('depthwiseConv2d', [1, 4, 4, 8], depthwise, attrs);
      const window = windowOf(shape, tile, tile)!;
      const spec = { family: 'depthwise', ...window, steps } as const;
      const { fragment } = programText(spec);
      const inputs = [...fragment.matchAll(/texture\(x\d/g)].length;
      const turns = filterHeight / window.filterRows;
      const taps = window.filterRows * filterWidth;
      // 4 rows of one tile x 2 slices.
      const expected = 8 * (turns * (inputs + taps) + 1);
      expect(fetchedTexels(planOf(spec, tile), shape)).to.equal(expected);
    }
  });

  it('knows the general conv2d, and says where it knows nothing', () => {
    const shape = convShape('conv2d', [1, 2, 2, 5], [3, 3, 5, 4], attrs);
    const spec = { family: 'generalConv2d', in: onePixel, steps } as const;
    expect(fetchedTexels(planOf(spec, onePixel), shape)).to.equal(4 * (9 * 2 * 5 + 1));
    const other = { family: 'generalDepthwise', in: onePixel, steps } as const;
    expect(fetchedTexels(planOf(other, onePixel), shape)).to.equal(null);
  });
});

describe('bench: roofline', () => {
  const ceilings = { maddGflops: 20, fetchGtexels: 0.5 };

  it('is the lower of the two ceilings, which meet at the ridge', () => {
    expect(ridge(ceilings)).to.equal(20);
    expect(roof(ceilings, 5)).to.equal(5);
    expect(roof(ceilings, ridge(ceilings))).to.equal(20);
    expect(roof(ceilings, 100)).to.equal(20);
  });

  it('has a scale that reaches past its values', () => {
    expect(ticks(0.3, 7)).to.deep.equal([0.2, 0.5, 1, 2, 5, 10]);
    expect(ticks(1, 1000)).to.deep.equal([1, 2, 5, 10, 20, 50, 100, 200, 500, 1000]);
    expect(ticks(0.03, 0.04)).to.deep.equal([0.02, 0.05]);
  });
});

describe('bench: text', () => {
  const variantRow: VariantRow = {
    id: wide3x3,
    kernel: 'conv2d',
    chosen: 'direct-2x2x2',
    best: 'direct-4x2x1',
    chosenToBest: 1.25,
    ms: { 'direct-4x2x1': 2, 'direct-2x2x2': 2.5 },
    errors: { general: 'differs from webgl' },
  };
  const depthwise: VariantRow = {
    ...variantRow,
    id: 'depthwise3x3-7x7x960',
    kernel: 'depthwise',
    chosen: 'depthwise-general',
    ms: { 'depthwise-2x2x2': 1 },
    best: 'depthwise-2x2x2',
    chosenToBest: null,
    errors: {},
  };

  it('gives each kernel a table of its variants', () => {
    const [conv, other] = variantTables([variantRow, depthwise]);
    expect(conv.split('\n')).to.deep.equal([
      'layer                direct-4x2x1  direct-2x2x2          best  chosen/best',
      '-------------------  ------------  ------------  ------------  -----------',
      'conv3x3-56x56x64-64         2.00          2.50*  direct-4x2x1         1.25',
    ]);
    expect(other)
      .to.match(/depthwise-2x2x2 +best/)
      .and.match(/1\.00 +depthwise-2x2x2 +-$/);
  });

  it('says what ran, what is absent and what failed', () => {
    const rows = [benchRow(wide3x3, 'webgl', 4), failedRow(pointwise, 'webgl', 'webgl: lost')];
    const absent = [{ backend: 'webgpu', reason: 'does not start' }];
    const result = benchResult(rows, [variantRow], { absent });
    const text = benchText(result);
    expect(text).to.match(/conv3x3-56x56x64-64 +webgl +direct-4x2x1 +2\.00 +8\.00 +4\.00x/);
    expect(text).to.contain(
      'Chosen (*) within 10% of the best on 0% of 1 layers, within 25% on 100%',
    );
    expect(text).to.contain('0.80 Gtexel/s');
    expect(text).to.contain('tiled-webgl 12.3');
    expect(text).to.contain('\nWITHOUT webgpu: does not start\n');
    const early = { ...result, rows: result.rows.map((row) => ({ ...row, share: 11 })) };
    expect(failures(early).filter((line) => line.includes('1100% of the ceiling'))).to.have.length(
      result.rows.length,
    );
    expect(failures(result)).to.deep.equal([
      `${pointwise}: webgl: lost`,
      `${wide3x3}, variant general: differs from webgl`,
    ]);
    expect(text).to.contain(`\nFAILED ${pointwise}: webgl: lost\n`);
    // Forced variants compile programs that no net needs.
    expect(text).to.not.contain('7 programs');
    expect(benchText(benchResult(rows))).to.contain('7 programs');
  });
});
