import { expect } from 'chai';
import { profileNamed } from '../../../../kernels/webgl/devices.js';
import { layers } from '../../../../scripts/bench/layers.js';
import { deviceLimits } from '../../../../scripts/shaders/limits.js';
import { type ConvCall, netLayersOf } from '../../../../scripts/shaders/netLayers.js';
import { listingOf } from '../../../../scripts/shaders/plansOf.js';

const dense = (changes: Partial<ConvCall> = {}): ConvCall => ({
  kernel: 'conv2d',
  x: [1, 28, 28, 128],
  filter: [3, 3, 128, 128],
  attrs: { strides: 1, pad: 'same' },
  ...changes,
});
const depthwise = (filter: number[]): ConvCall => ({
  ...dense({ kernel: 'depthwiseConv2d', filter, x: [1, 9, 9, 8] }),
});

/** Returns the ids of the layers of one net with these convolutions. */
function idsOf(calls: readonly ConvCall[], known: readonly string[] = []): readonly string[] {
  return netLayersOf([{ net: 'net', calls }], known).index[0].layers;
}

describe('layers of nets', () => {
  it('have names that tell the net, the place and the shape', () => {
    const ids = idsOf([
      dense(),
      dense({ attrs: { strides: [2, 2], pad: 'same' } }),
      dense({ attrs: { strides: [2, 1], pad: 'valid', dilations: [1, 1] } }),
      dense({ attrs: { strides: 1, pad: 'same', dilations: 2 } }),
      dense({ attrs: { strides: 2, pad: 1 } }),
      dense({ x: [3, 28, 28, 128] }),
      depthwise([3, 3, 8, 1]),
      depthwise([3, 3, 8, 2]),
    ]);
    expect(ids).to.deep.equal([
      'net/1-conv3x3-28x28x128-128',
      'net/2-conv3x3-28x28x128-128-s2',
      'net/3-conv3x3-28x28x128-128-s2x1-valid',
      'net/4-conv3x3-28x28x128-128-d2',
      'net/5-conv3x3-28x28x128-128-s2-p1.1.1.1',
      'net/6-conv3x3-28x28x128-128-n3',
      'net/7-depthwise3x3-9x9x8',
      'net/8-depthwise3x3-9x9x8-16',
    ]);
  });

  it('are the same if padding is the same, in whatever way it is given', () => {
    const pad: [number, number][] = [
      [0, 0],
      [1, 1],
      [1, 1],
      [0, 0],
    ];
    const attrs = { strides: 1, pad } as unknown as ConvCall['attrs'];
    expect(
      new Set(idsOf([dense(), dense({ attrs }), dense({ attrs: { strides: 1, pad: 1 } })])),
    ).to.have.property('size', 1);
    const point = { filter: [1, 1, 128, 8] };
    const valid = { ...point, attrs: { strides: 1, pad: 'valid' } } as const;
    expect(new Set(idsOf([dense(point), dense(valid)]))).to.have.property('size', 1);
  });

  it('are listed once, and not if the suite has them', () => {
    const stride2 = dense({ attrs: { strides: 2, pad: 'same' } });
    const known = layers.map(({ id }) => id);
    expect(known).to.include('conv3x3-28x28x128-128');
    const { layers: own, index } = netLayersOf(
      [
        { net: 'a', calls: [dense(), stride2] },
        { net: 'b', calls: [stride2, dense(), stride2] },
      ],
      known,
    );
    const id = 'a/2-conv3x3-28x28x128-128-s2';
    expect(own.map((layer) => layer.id)).to.deep.equal([id]);
    expect(index).to.deep.equal([
      { net: 'a', layers: ['conv3x3-28x28x128-128', id] },
      { net: 'b', layers: [id, 'conv3x3-28x28x128-128', id] },
    ]);
  });

  it('have plans and programs like those of the suite', () => {
    const limits = deviceLimits(profileNamed('adreno'));
    const suite = listingOf(layers, limits);
    const calls = [
      dense({ attrs: { strides: 2, pad: 'valid' } }),
      depthwise([5, 5, 8, 2]),
      dense({ x: [2, 28, 28, 128] }),
    ];
    const { layers: own } = netLayersOf([{ net: 'net', calls }], []);
    const both = listingOf([...layers, ...own], limits);
    expect(both.plans.slice(0, suite.plans.length)).to.deep.equal(suite.plans);
    const keys = (row: object) => Object.keys(row).sort().join();
    for (const [i, { id }] of own.entries()) {
      const plans = both.plans.filter(({ layer }) => layer === id);
      expect(plans.filter(({ chosen }) => chosen)).to.have.length(1);
      expect(new Set(plans.map(keys))).to.deep.equal(new Set([keys(suite.plans[0])]));
      const multiplyAdds = [13 * 13 * 9 * 128 * 128, 9 * 9 * 16 * 25, 2 * 28 * 28 * 9 * 128 * 128];
      expect(new Set(plans.map((plan) => plan.multiplyAdds))).to.deep.equal(
        new Set([multiplyAdds[i]]),
      );
    }
    expect(new Set(both.programs.map(keys))).to.deep.equal(new Set([keys(suite.programs[0])]));
    expect(new Set(both.programs.map(({ name }) => name)).size).to.equal(both.programs.length);
  });
});
