/** Predictions of one net on one backend, of which only the calling thread's own work is timed. */
import type { Tensor } from '@tensorflow/tfjs-core';
import { useBackend } from '../../../lib/inPage/backends.js';
import { captureModel } from '../../../models/captureModel.js';
import { loadModel } from '../../../models/load.js';
import type { LoadedModel } from '../../../models/model.js';
import type { Net } from '../../../models/net.js';
import { capturedBackend } from '../../sides.js';
import { type NetInput, tensorOf } from '../models/input.js';
import { type HostMeter, watchReads } from './reads.js';

export interface Host {
  /** Predicts, with `meter` running except while values are read. */
  predict(meter: HostMeter): Promise<void>;
  dispose(): Promise<void>;
}

/**
 * Loads the net on a backend, which must be registered.
 * @param side name of the backend; with ` captured` after it, predictions are recorded
 */
export async function openHost(side: string, net: Net, input: NetInput): Promise<Host> {
  const recorded = capturedBackend(side);
  const name = recorded ?? side;
  await useBackend(name);
  const model = await loadModel(net);
  const fast = recorded !== null ? await recordedOf(net.name, model, tensorOf(input)) : null;
  return {
    async predict(meter) {
      await useBackend(name);
      const end = watchReads(meter);
      try {
        meter.start();
        const x = tensorOf(input);
        const outputs = await (fast ?? { predict: model.run }).predict(x);
        for (const y of outputs) y.dataSync();
        x.dispose();
        for (const y of outputs) y.dispose();
      } finally {
        end();
      }
    },
    async dispose() {
      await useBackend(name);
      fast?.dispose();
      model.dispose();
    },
  };
}

async function recordedOf(net: string, model: LoadedModel, example: Tensor) {
  try {
    return await captureModel(net, model, example);
  } finally {
    example.dispose();
  }
}
