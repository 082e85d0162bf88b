/** Tests of tuning on a device: measured choices are used, and never break anything. */
import { expect } from 'chai';
import {
  clearTuning,
  exportTuning,
  loadTuning,
  type TuneProgress,
  tiledInfo,
  tune,
} from '../../../src/index.js';
import { leavingNothing, tiledBackend } from '../../support/residencySupport.js';
import { tf } from '../../support/setup.js';
import { answer, input, layer, name, predict, tuned, warningsOf } from './tuningSupport.js';

/** Counts how often each variant ran in `body`, by kernel. */
function variantsOf(body: () => void, backend = name): Record<string, Record<string, number>> {
  const before = tiledInfo(backend).variants;
  body();
  const grown: Record<string, Record<string, number>> = {};
  for (const [kernel, counts] of Object.entries(tiledInfo(backend).variants)) {
    for (const [variant, count] of Object.entries(counts)) {
      const more = count - (before[kernel]?.[variant] ?? 0);
      if (more > 0) grown[kernel] = { ...grown[kernel], [variant]: more };
    }
  }
  return grown;
}

/** Returns the record in use, with the general variants in place of the chosen ones. */
function slowRecord(): string {
  const record = JSON.parse(exportTuning());
  for (const key of Object.keys(record.choices)) {
    record.choices[key] = key.startsWith('conv2d') ? 'general' : 'depthwise-general';
  }
  return JSON.stringify(record);
}

async function rejection(promise: Promise<unknown>): Promise<Error> {
  try {
    await promise;
  } catch (error) {
    return error as Error;
  }
  throw new Error('nothing was thrown');
}

describe('tuning', () => {
  let expected: number[];

  before(async () => {
    await tf.setBackend('cpu');
    expected = answer();
  });

  beforeEach(async () => {
    await tf.setBackend(name);
    await clearTuning();
  });

  after(() => clearTuning(name));

  it('measures every convolution of a net once, and leaves nothing behind', () =>
    leavingNothing(async () => {
      const progress: TuneProgress[] = [];
      const report = await tuned({ onProgress: (step) => progress.push(step) });
      expect(report.renderer).to.equal(tiledInfo(name).renderer);
      // The net is said to be faster if and only if something was changed, and the record has all.
      const isChanged = report.entries.some(({ chosen, before }) => chosen !== before);
      expect(report.gain > 1, `changed, with a gain of ${report.gain}`).to.equal(isChanged);
      expect(JSON.parse(exportTuning()).choices).to.deep.equal(
        Object.fromEntries(report.entries.map(({ key, chosen }) => [key, chosen])),
      );
      expect(report.entries.length).to.be.at.least(3);
      for (const { key, chosen, before, measured } of report.entries) {
        expect(measured, key).to.include.keys(chosen, before);
        for (const ms of Object.values(measured)) expect(ms, key).to.be.above(0);
      }
      const first = report.entries[0];
      expect(first.key).to.match(/^conv2d:in=1x12x13x5;f=3x3x8;.*;relu\+bias;tile=none$/);
      expect(progress.length).to.be.at.least(report.entries.length);
      const last = progress[progress.length - 1];
      expect(last.done).to.equal(last.total);

      const choices = new Map(report.entries.map(({ key, chosen }) => [key, chosen]));
      const ran = variantsOf(() => expect(answer()).to.deep.equal(expected));
      expect(ran.FusedConv2D).to.deep.equal({ [choices.get(first.key) as string]: 1 });

      expect((await tuned()).entries, 'what is known').to.deep.equal([]);
    }));

  it('measures transposed convolutions, and its choice computes the same', () =>
    leavingNothing(async () => {
      const upsample = (x: tf.Tensor) =>
        tf.tidy(() => {
          const filter = tf.ones([2, 2, 3, 5]) as tf.Tensor4D;
          return tf.conv2dTranspose(x as tf.Tensor4D, filter, [1, 24, 26, 3], 2, 'same');
        });
      const run = () => tf.tidy(() => [...upsample(input()).dataSync()]);
      await tf.setBackend('cpu');
      const wanted = run();
      await tf.setBackend(name);
      const { entries } = await tuned({}, upsample as typeof predict);
      expect(entries).to.have.length(1);
      const [{ key, chosen, measured }] = entries;
      expect(key).to.match(/^conv2dTranspose:in=1x12x13x5;f=2x2x3;stride=2x2;/);
      expect(measured).to.have.all.keys('transposed-4x2x1', 'transposed-2x2x1');
      const ran = variantsOf(() => expect(run()).to.deep.equal(wanted));
      expect(ran).to.deep.equal({ Conv2DBackpropInput: { [chosen]: 1 } });
    }));

  it('gives back the memory of variants that were tried on the weights of a model', async () => {
    const gpuBytes = () => {
      const { numBytesInGPU, numBytesInGPUAllocated } = tf.memory() as tf.MemoryInfo & {
        numBytesInGPU: number;
        numBytesInGPUAllocated: number;
      };
      return { numBytesInGPU, numBytesInGPUAllocated };
    };
    await leavingNothing(async () => {
      const filter = tf.ones([3, 3, 5, 8]) as tf.Tensor4D;
      const net = (x: tf.Tensor) => tf.conv2d(x as tf.Tensor4D, filter, 1, 'same');
      const x = input();
      tf.dispose(net(x));
      const before = gpuBytes();
      await tune(net, x, { rounds: 1 });
      expect(gpuBytes().numBytesInGPU).to.be.at.most(before.numBytesInGPU);
      expect(gpuBytes().numBytesInGPUAllocated).to.be.at.most(before.numBytesInGPUAllocated);
      tf.dispose([x, filter]);
    });
  });

  it('uses the choices of a loaded record, and exports them again', () =>
    leavingNothing(async () => {
      await tuned();
      const record = exportTuning();
      expect(Object.keys(JSON.parse(record).choices).length).to.be.at.least(3);
      loadTuning(slowRecord());
      const ran = variantsOf(() => expect(answer()).to.deep.equal(expected));
      // Later layers get a different input than during tuning, so only the first is certain.
      expect(ran.FusedConv2D).to.deep.equal({ general: 1 });
      loadTuning(record);
      expect(exportTuning()).to.equal(record);
      await clearTuning();
      expect(JSON.parse(exportTuning()).choices).to.deep.equal({});
      expect(tiledBackend().runner.tuning, 'nothing to look up').to.equal(null);
      expect(variantsOf(answer).FusedConv2D).to.not.have.property('general');
    }));

  it('refuses a record of another device or of unknown variants, and changes nothing', async () => {
    await tuned({}, layer);
    const before = exportTuning();
    const record = JSON.parse(before);
    const [key] = Object.keys(record.choices);
    const refusals: [unknown, RegExp][] = [
      [{ ...record, renderer: 'Other' }, /^loadTuning: .* renderer "Other"; this is ".*/],
      [{ ...record, version: '0.0.1' }, /^loadTuning: .* version "0.0.1"; this is "\d+\.\d+\./],
      [{ ...record, choices: { [key]: 'fastest' } }, /^loadTuning: choices\[".*"\] is "fastest"/],
      ['', /^loadTuning: a tuning record must be/],
    ];
    for (const [wrong, message] of refusals) {
      expect(() => loadTuning(JSON.stringify(wrong))).to.throw(Error, message);
    }
    expect(exportTuning()).to.equal(before);
  });

  it('skips a recorded variant that does not take the shape, with one warning', () =>
    leavingNothing(async () => {
      await tuned({}, layer);
      const record = JSON.parse(exportTuning());
      const key = Object.keys(record.choices).find((k) => k.startsWith('conv2d')) as string;
      // The variant exists, but rejects a filter that is too wide to be unrolled.
      const wide = 'conv2d:in=1x9x300x8;f=1x65x8;stride=1x1;dil=1x1;pad=0,32;out=9x300';
      record.choices = { [`${wide};linear;tile=none`]: 'direct-2x2x1', [key]: record.choices[key] };
      loadTuning(JSON.stringify(record));
      const lines = await warningsOf(async () => {
        const sum = tf.tidy(() => {
          const x = tf.ones([1, 9, 300, 8]) as tf.Tensor4D;
          return tf.max(tf.conv2d(x, tf.ones([1, 65, 8, 8]) as tf.Tensor4D, 1, 'same'));
        });
        expect((await sum.data())[0]).to.equal(65 * 8);
        sum.dispose();
      });
      expect(lines).to.have.length(1);
      expect(lines[0]).to.include(wide);
    }));

  it('stops when its signal aborts, keeps what it measured, and can be started again', () =>
    leavingNothing(async () => {
      const controller = new AbortController();
      const stop = () => controller.abort();
      const error = await rejection(tuned({ signal: controller.signal, onProgress: stop }));
      expect(error.name).to.equal('AbortError');
      expect(Object.keys(JSON.parse(exportTuning()).choices)).to.have.length(1);
      expect(answer()).to.deep.equal(expected);
      expect((await tuned()).entries.length).to.be.at.least(2);
    }));

  it('says what is wrong with an argument', async () => {
    const x = input();
    const wrong: [Promise<unknown>, RegExp][] = [
      [tune({} as () => void, x), /model must be a function or have predict.*; got object/],
      [tune(predict, x, { rounds: 0 }), /rounds is 0; it must be a whole number of at least 1/],
      [tune(predict, x, { backend: 'cpu' }), /'cpu' is not a tiled backend/],
    ];
    for (const [call, message] of wrong) expect((await rejection(call)).message).to.match(message);
    const running = tune(layer, x, { rounds: 1 });
    expect((await rejection(tune(predict, x))).message).to.match(/still running on 'tiled-webgl'/);
    expect(() => loadTuning('{}')).to.throw(/tune\(\) is still running/);
    await running;
    // Starts the backend.
    tf.findBackend('tiled-cpu');
    expect(await tune(predict, x, { backend: 'tiled-cpu' })).to.deep.equal({
      renderer: null,
      entries: [],
      gain: 1,
    });
    expect(() => exportTuning('tiled-cpu')).to.throw(/computes on the CPU, where there is nothing/);
    x.dispose();
  });
});
