/** Work that no kernel has asked for, to test what happens to work without a GPU. */
import type { Step } from '../../../../../kernels/webgl/programs/steps.js';
import type { Call, Operand } from '../../../../../kernels/webgl/runner.js';
import {
  type AppliedStep,
  type Root,
  readingSpec,
  type Work,
  workOf,
} from '../../../../../src/webgl/fusion/work.js';

export const id = () => ({});
const tensor = (dataId: object) => ({ dataId, shape: [1, 1, 1, 4], dtype: 'float32' as const });
export const tile = { w: 2, h: 2, c: 2 };
export const relu: Step = { op: 'relu' };

function call(...inputs: object[]): Call {
  const tensors = inputs.map(tensor);
  return { kernelName: 'Made up', inputs: tensors, again: () => tensors[0] };
}

export function operand(textures: number): Operand {
  return { textures: Array(textures).fill({}), uniforms: {} };
}

export function convolution(x: object, filter: object): Work {
  const root: Root = {
    spec: readingSpec(tile),
    operands: { x: operand(8), weights: operand(1) },
    uniforms: {},
    output: { shape: [1, 1, 1, 4], layout: {} as never, format: 'NHWC' },
    call: call(x, filter),
    origin: {
      kernelName: 'Conv2D',
      variant: 'made up',
      layer: tensor(filter),
      geometry: {} as never,
    },
    reads: [],
    moved: null,
    arranges: null,
    drawn: null,
  };
  return workOf(root);
}

export function applied(before: object, step: Step = relu, ...others: object[]): AppliedStep {
  return { step, operands: {}, uniforms: {}, call: call(before, ...others), before, reads: [] };
}
