/** Predictions of one net on one backend, of which only the calling thread's own work is timed. */
import { type Tensor4D, tensor4d } from '@tensorflow/tfjs-core';
import { useBackend } from '../../../lib/inPage/backends.js';
import { loadModel } from '../../../models/load.js';
import type { Net } from '../../../models/nets.js';
import { type HostMeter, watchReads } from './reads.js';

export interface Host {
  /** Predicts, with `meter` running except while values are read. */
  predict(meter: HostMeter): Promise<void>;
  dispose(): Promise<void>;
}

/** Loads the net on a backend, which must be registered. */
export async function openHost(name: string, net: Net, input: Float32Array): Promise<Host> {
  await useBackend(name);
  const model = await loadModel(net);
  return {
    async predict(meter) {
      await useBackend(name);
      const end = watchReads(meter);
      try {
        meter.start();
        const x: Tensor4D = tensor4d(input, [1, net.side, net.side, 3], net.dtype);
        const outputs = await model.run(x);
        for (const y of outputs) y.dataSync();
        x.dispose();
        for (const y of outputs) y.dispose();
      } finally {
        end();
      }
    },
    async dispose() {
      await useBackend(name);
      model.dispose();
    },
  };
}
