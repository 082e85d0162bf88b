/** Host overhead: the time that a kernel call takes on the calling thread. */
import { engine, type Tensor, tensor1d, tensor4d } from '@tensorflow/tfjs-core';
import { useBackend } from '../../../lib/inPage/backends.js';
import { median } from '../../../report/statistics.js';
import type { HostCost } from '../../results.js';
import type { Barrier } from './barrier.js';

const mostCalls = 500;
/** Milliseconds that a sample may take, roughly; a slow device makes fewer calls per sample. */
const sampleMs = 500;
const warmingCalls = 10;
const rounds = 5;
const size = 4;

/**
 * Returns the median microseconds of one FusedConv2D call (1x1 on 4x4x4, bias, relu6) with its
 * dispose, as the engine runs it. A sample is up to 500 calls without waiting for results. On a
 * backend that computes on the caller's thread, this includes the layer itself, 256 multiply-adds.
 */
export async function measureHost(barriers: ReadonlyMap<string, Barrier>): Promise<HostCost[]> {
  const attrs = {
    strides: 1,
    pad: 'same',
    dataFormat: 'NHWC',
    dilations: 1,
    activation: 'relu6',
  };
  const samples = new Map<string, number[]>();
  for (let round = -1; round < rounds; round++) {
    for (const [name, barrier] of barriers) {
      await useBackend(name);
      const values = new Float32Array(size * size * size).fill(0.5);
      const inputs = {
        x: tensor4d(values, [1, size, size, size]),
        filter: tensor4d(values.subarray(0, size * size), [1, 1, size, size]),
        bias: tensor1d(values.slice(0, size)),
      };
      const call = () => (engine().runKernel('FusedConv2D', inputs, attrs) as Tensor).dispose();
      const issue = (count: number): number => {
        const start = performance.now();
        for (let i = 0; i < count; i++) call();
        return performance.now() - start;
      };
      // The first call compiles, uploads and packs.
      call();
      await barrier();
      const start = performance.now();
      issue(warmingCalls);
      await barrier();
      const callsInTime = Math.ceil((sampleMs * warmingCalls) / (performance.now() - start));
      const calls = Math.min(mostCalls, callsInTime);
      const microseconds = (issue(calls) * 1000) / calls;
      await barrier();
      for (const input of Object.values(inputs)) input.dispose();
      // The first round warms up the JavaScript engine's code.
      if (round >= 0) samples.set(name, [...(samples.get(name) ?? []), microseconds]);
    }
  }
  return [...samples].map(([backend, all]) => ({ backend, microseconds: median(all) }));
}
