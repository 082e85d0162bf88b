/** Tests of tuning that is kept between visits, and that continues beside predictions. */
import { expect } from 'chai';
import { clearTuning, exportTuning, tune } from '../../../../src/index.js';
import {
  answer,
  input,
  layer,
  name,
  tuned,
  warningsOf,
} from '../../../conformance/src/tuningSupport.js';
import { leavingNothing } from '../../../support/residencySupport.js';
import { tf } from '../../../support/setup.js';

/** Runs a request on the browser's store of remembered tuning. */
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

/** Runs `body` on a backend such as a newly opened page gets. */
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

/** Polls until `done` holds, which no event announces; the test's own limit ends a vain wait. */
async function until(done: () => boolean): Promise<void> {
  while (!done()) await new Promise((resolve) => setTimeout(resolve, 10));
}

describe('tuning, from visit to visit', () => {
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

  it('ignores a remembered record that is damaged or of another device, with one warning', async () => {
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

  it('runs in the background between the predictions of the page', () =>
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

  it('accepts models of every kind, whichever backend is active', () =>
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
});
