/** Tuning on a device: what is measured is used, kept between visits, and never breaks anything. */
import { expect } from 'chai';
import {
  clearTuning,
  exportTuning,
  loadTuning,
  type TuneProgress,
  tiledInfo,
  tune,
} from '../../src/index.js';
import { leavingNothing, tiledBackend, wholeNumbers } from './residencySupport.js';
import { tf } from './setup.js';

const name = 'tiled-webgl';

/** A small net in whole numbers, so that every variant gives the same bits. */
function predict(x: tf.Tensor): tf.Tensor4D {
  return tf.tidy(() => {
    const stem = tf.tensor4d(wholeNumbers([3, 3, 5, 8]), [3, 3, 5, 8]);
    const y = tf.fused.conv2d({
      x: x as tf.Tensor4D,
      filter: stem,
      strides: 1,
      pad: 'same',
      bias: tf.range(0, 8) as tf.Tensor1D,
      activation: 'relu',
    });
    const z = tf.depthwiseConv2d(y, tf.ones([3, 3, 8, 1]) as tf.Tensor4D, 2, 'same');
    return tf.conv2d(z, tf.ones([1, 1, 8, 12]) as tf.Tensor4D, 1, 'valid');
  });
}

/** One convolution, where more would only take longer. */
function layer(x: tf.Tensor): tf.Tensor4D {
  return tf.tidy(() => {
    const filter = tf.ones([3, 3, 5, 8]) as tf.Tensor4D;
    return tf.conv2d(x as tf.Tensor4D, filter, 1, 'same');
  });
}

const input = () => tf.tensor4d(wholeNumbers([1, 12, 13, 5]), [1, 12, 13, 5]);

function answer(): number[] {
  return tf.tidy(() => [...predict(input()).dataSync()]);
}

/** Tunes the net on an input that is gone afterwards. */
async function tuned(options: Parameters<typeof tune>[2] = {}, model = predict) {
  const x = input();
  try {
    return await tune(model, x, { rounds: 1, ...options });
  } finally {
    x.dispose();
  }
}

/** How often each variant ran in `body`, by kernel. */
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

/** The record in use with the general variants in place of what was chosen. */
function slowRecord(): string {
  const record = JSON.parse(exportTuning());
  for (const key of Object.keys(record.choices)) {
    record.choices[key] = key.startsWith('conv2d') ? 'general' : 'depthwise-general';
  }
  return JSON.stringify(record);
}

/** Lines of console.warn while `body` runs. */
async function warningsOf(body: () => Promise<void>): Promise<string[]> {
  const { warn } = console;
  const lines: string[] = [];
  console.warn = (line: string) => void lines.push(line);
  try {
    await body();
  } finally {
    console.warn = warn;
  }
  return lines;
}

async function rejection(promise: Promise<unknown>): Promise<Error> {
  try {
    await promise;
  } catch (error) {
    return error as Error;
  }
  throw new Error('nothing was thrown');
}

/** A store of what is remembered, as the browser has it. */
async function inStorage(ask: (store: IDBObjectStore) => IDBRequest): Promise<unknown> {
  const database = await new Promise<IDBDatabase>((resolve, reject) => {
    const request = indexedDB.open('tfjs-backend-tiled');
    request.onsuccess = () => resolve(request.result);
    request.onerror = () => reject(request.error);
  });
  try {
    return await new Promise((resolve, reject) => {
      const transaction = database.transaction('tuning', 'readwrite');
      const request = ask(transaction.objectStore('tuning'));
      transaction.oncomplete = () => resolve(request.result);
      transaction.onabort = () => reject(transaction.error);
    });
  } finally {
    database.close();
  }
}

let born = 0;

/** Runs `body` on a backend as a page gets it that is opened anew. */
async function onNextVisit(body: (name: string) => Promise<void>): Promise<void> {
  const own = `tiled-visit-${++born}`;
  tf.copyRegisteredKernels(name, own);
  tf.registerBackend(own, tf.findBackendFactory(name), 0);
  await tf.setBackend(own);
  try {
    await body(own);
  } finally {
    await tf.setBackend(name);
    tf.removeBackend(own);
  }
}

/** Waits for something that nobody announces; should it never come, the test's own limit ends it. */
async function until(done: () => boolean): Promise<void> {
  while (!done()) await new Promise((resolve) => setTimeout(resolve, 10));
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
      expect(report.gain).to.be.at.least(1);
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

  it('uses what a record says, and gives it back', () =>
    leavingNothing(async () => {
      await tuned();
      const record = exportTuning();
      expect(Object.keys(JSON.parse(record).choices).length).to.be.at.least(3);
      loadTuning(slowRecord());
      const ran = variantsOf(() => expect(answer()).to.deep.equal(expected));
      // Later layers get another input than when they were tuned, so only the first is sure.
      expect(ran.FusedConv2D).to.deep.equal({ general: 1 });
      loadTuning(record);
      expect(exportTuning()).to.equal(record);
      await clearTuning();
      expect(JSON.parse(exportTuning()).choices).to.deep.equal({});
      expect(tiledBackend().tuning, 'nothing to look up').to.equal(null);
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

  it('passes over a variant that does not take the shape', () =>
    leavingNothing(async () => {
      await tuned({}, layer);
      const record = JSON.parse(exportTuning());
      const key = Object.keys(record.choices).find((k) => k.startsWith('conv2d')) as string;
      // The variant exists, but not for a filter that is too wide to be spelled out.
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

  it('is remembered for the next visit', async () => {
    await tuned({}, layer);
    const record = exportTuning();
    await onNextVisit(async (visit) => {
      await until(() => exportTuning(visit) === record);
      expect(answer()).to.deep.equal(expected);
      expect((await tuned({}, layer)).entries, 'what is known').to.deep.equal([]);
      await clearTuning(visit);
    });
    await onNextVisit(async (visit) => {
      await tuned({ backend: visit, signal: AbortSignal.abort() }, layer).catch(() => {});
      expect(JSON.parse(exportTuning(visit)).choices, 'forgotten').to.deep.equal({});
    });
  });

  it('ignores what it remembers if that is damaged or of another device, with one warning', async () => {
    await tuned({}, layer);
    const { version, renderer } = JSON.parse(exportTuning());
    const other = JSON.stringify({ version, renderer: 'Other', choices: {} });
    for (const text of ['{', other]) {
      await inStorage((store) => store.put(text, [version, renderer]));
      const lines = await warningsOf(() =>
        onNextVisit(async (visit) => {
          expect(answer()).to.deep.equal(expected);
          await clearTuning(visit);
          expect(JSON.parse(exportTuning(visit)).choices).to.deep.equal({});
        }),
      );
      expect(lines, text).to.have.length(1);
      expect(lines[0]).to.match(/^tiled: the remembered tuning is ignored: /);
    }
  });

  it('forgets what other versions of the package remembered', async () => {
    await tuned({}, layer);
    await inStorage((store) => store.put('{}', ['0.0.0', 'Some GPU']));
    await clearTuning();
    await tuned({}, layer);
    const { version, renderer } = JSON.parse(exportTuning());
    expect(await inStorage((store) => store.getAllKeys())).to.deep.equal([[version, renderer]]);
  });

  it('goes on between the predictions of the page', () =>
    leavingNothing(async () => {
      let done = false;
      const tuning = tuned({ background: true }).finally(() => {
        done = true;
      });
      let predictions = 0;
      while (!done) {
        expect(answer()).to.deep.equal(expected);
        predictions++;
        await new Promise((resolve) => setTimeout(resolve, 5));
      }
      expect((await tuning).entries.length).to.be.at.least(3);
      expect(predictions).to.be.above(10);
      expect(answer()).to.deep.equal(expected);
    }));

  it('ends with the signal, keeps what it has, and can begin again', () =>
    leavingNothing(async () => {
      const controller = new AbortController();
      const stop = () => controller.abort();
      const error = await rejection(tuned({ signal: controller.signal, onProgress: stop }));
      expect(error.name).to.equal('AbortError');
      expect(Object.keys(JSON.parse(exportTuning()).choices)).to.have.length(1);
      expect(answer()).to.deep.equal(expected);
      expect((await tuned()).entries.length).to.be.at.least(2);
    }));

  it('takes models of every kind, from any active backend', () =>
    leavingNothing(async () => {
      const controlFlow = {
        predict: () => {
          throw new Error('use executeAsync()');
        },
        executeAsync: async (x: tf.Tensor) => [layer(x), x],
      };
      const models = [
        { predict: (x: tf.Tensor) => ({ scores: layer(x) }) },
        { execute: (x: tf.Tensor) => [layer(x)] },
        controlFlow,
      ];
      const x = input();
      for (const model of models) {
        await clearTuning();
        await tf.setBackend('cpu');
        const report = await tune(model as { predict(x: tf.Tensor): unknown }, x, {
          rounds: 1,
          backend: name,
        });
        expect(report.entries.length).to.equal(1);
        expect(tf.getBackend(), 'what was active').to.equal('cpu');
        expect(x.isDisposed, 'an input that is returned').to.equal(false);
        await tf.setBackend(name);
      }
      x.dispose();
    }));

  it('says what is wrong with an argument', async () => {
    const x = input();
    const wrong: [Promise<unknown>, RegExp][] = [
      [tune({} as () => void, x), /model must be a function or have predict.*; got object/],
      [tune(predict, x, { rounds: 0 }), /rounds is 0; it must be a whole number of at least 1/],
      [tune(predict, x, { backend: 'cpu' }), /'cpu' is no tiled backend/],
    ];
    for (const [call, message] of wrong) expect((await rejection(call)).message).to.match(message);
    const running = tune(layer, x, { rounds: 1 });
    expect((await rejection(tune(predict, x))).message).to.match(/still running on 'tiled-webgl'/);
    expect(() => loadTuning('{}')).to.throw(/tune\(\) is still running/);
    await running;
    // Starts it.
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
