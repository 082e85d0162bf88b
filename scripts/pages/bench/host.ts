/** Host overhead: what a call of a kernel costs the thread that makes it. */
import { engine, type Tensor, tensor1d, tensor4d } from '@tensorflow/tfjs-core';
import type { HostCost } from '../../reporting/results.js';
import { median } from '../../reporting/statistics.js';
import { useBackend } from '../lib/backends.js';
import type { Barrier } from './barrier.js';

const mostCalls = 500;
/** A slow device gets fewer calls, so that it is through with a sample in about this time. */
const sampleMs = 500;
const warmingCalls = 10;
const rounds = 5;
const size = 4;

/**
 * Median microseconds of a FusedConv2D call (1x1 on 4x4x4, bias, relu6) with its dispose, as the
 * engine runs it, over samples of up to 500 calls that nothing waits for. On a backend that
 * computes on the caller's thread the layer itself, 256 multiply-adds, is in it.
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
      // Compiles, uploads, packs.
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
      // The first round warms the engine's code.
      if (round >= 0) samples.set(name, [...(samples.get(name) ?? []), microseconds]);
    }
  }
  return [...samples].map(([backend, all]) => ({ backend, microseconds: median(all) }));
}
