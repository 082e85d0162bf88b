/** Tests of kernel calls that are made again. */
import type { TensorInfo } from '@tensorflow/tfjs-core';
import { expect } from 'chai';
import { tiledKernel } from '../../../../kernels/webgl/fallback.js';
import type { Call } from '../../../../kernels/webgl/runner.js';

const tensor = (id: number): TensorInfo => ({ dataId: { id }, shape: [1], dtype: 'float32' });

describe('a kernel call', () => {
  for (const isList of [true, false]) {
    it(`is made again with ${isList ? 'a list of inputs' : 'inputs by name'}, some of them replaced`, () => {
      const [a, b, other] = [tensor(1), tensor(2), tensor(3)];
      const seen: unknown[] = [];
      const calls: Call[] = [];
      const kernel = tiledKernel<never, unknown>('Made up', (_, inputs) => {
        seen.push(inputs);
        return a;
      });
      const transaction = (_: unknown, body: () => TensorInfo, call: Call) => {
        calls.push(call);
        return body();
      };
      const inputs = (x: TensorInfo) => (isList ? [a, x] : { a, x, missing: undefined });
      const given = { inputs: inputs(b), attrs: {}, backend: { runner: { transaction } } };
      kernel.kernelFunc(given as never);
      expect(calls[0].inputs).to.deep.equal([a, b]);
      calls[0].again((x) => (x === b ? other : x));
      expect(seen).to.deep.equal([inputs(b), inputs(other)]);
    });
  }
});
