/** Faults such as gradients and kernels that are no convolutions have really had, in a correct backend. */
import type { Family } from '../../src/validator/index.js';
import type { Bug, Call } from './plantedBackend.js';
import { mapped, valuesOf } from './plantedBugs.js';

/** A fault in some tfjs kernels, and the family whose cases must find it. */
interface KernelBug {
  readonly family: Family;
  readonly kernels: readonly string[];
  readonly bug: Bug;
}

/** Makes a bug that changes attributes. */
const withAttrs =
  (change: Readonly<Record<string, unknown>>): Bug =>
  () =>
  (_call, right) =>
    right({ attrs: change });

type Change = (value: number, i: number, all: Float32Array, call: Call) => number;

/** Makes a bug that changes the values of the answer. */
const changed =
  (f: Change): Bug =>
  () =>
  (call, right) =>
    mapped(call, right(), (value, i, all) => f(value, i, all, call));

const input = ({ backend, inputs }: Call, name: string) => valuesOf(backend, inputs[name]);

/** Makes a bug in a function of x. */
const ofInput = (f: (x: number) => number): Bug =>
  changed((_value, i, _all, call) => f(input(call, 'x')[i]));

function half(value: number): number {
  const step = 2 ** (Math.floor(Math.log2(Math.abs(value))) - 10);
  return Number.isFinite(value) && value !== 0 ? Math.round(value / step) * step : value;
}

const firstPicture: Bug = changed((value, i, all, { inputs: { dy } }) =>
  i < all.length / dy.shape[0] ? value : 0,
);

export const kernelBugs: Readonly<Record<string, KernelBug>> = {
  'padding counts as 0 in a max pool': {
    family: 'pool',
    kernels: ['MaxPool'],
    bug: changed((value, _i, _all, { attrs }) =>
      attrs.pad === 'same' ? Math.max(0, value) : value,
    ),
  },
  'rounding mode of a pool ignored': {
    family: 'pool',
    kernels: ['MaxPool', 'AvgPool'],
    bug: withAttrs({ dimRoundingMode: undefined }),
  },
  'aligned corners ignored': {
    family: 'resize',
    kernels: ['ResizeBilinear'],
    bug: withAttrs({ alignCorners: false }),
  },
  'centers of pixels at their corners': {
    family: 'resize',
    kernels: ['ResizeNearestNeighbor'],
    bug: withAttrs({ halfPixelCenters: false }),
  },
  'every product of a batch is the first': {
    family: 'matMul',
    kernels: ['BatchMatMul'],
    bug: () => (call, right) => {
      const y = right();
      const size = (y.shape.at(-1) ?? 1) * (y.shape.at(-2) ?? 1);
      return mapped(call, y, (_value, i, all) => all[i % size]);
    },
  },
  'result of an einsum in the order of its factors': {
    family: 'matMul',
    kernels: ['Einsum'],
    bug: () => (call, right) => {
      const y = right();
      const [rows, columns] = [y.shape.at(-2) ?? 1, y.shape.at(-1) ?? 1];
      const size = rows * columns;
      return mapped(call, y, (_value, i, all) => {
        const [matrix, place] = [Math.floor(i / size), i % size];
        return all[matrix * size + (place % rows) * columns + Math.floor(place / rows)];
      });
    },
  },
  'softmax without the largest value taken off': {
    family: 'softmax',
    kernels: ['Softmax'],
    bug: changed((value, i, _all, call) => (input(call, 'logits')[i] > 88 ? Number.NaN : value)),
  },
  'last value left out of a sum': {
    family: 'reduce',
    kernels: ['Sum'],
    bug: changed((value, i, all, call) =>
      i === all.length - 1 ? value - (input(call, 'x').at(-1) ?? 0) : value,
    ),
  },
  'last of equal values is the largest': {
    family: 'reduce',
    kernels: ['ArgMax'],
    bug: changed((value, i, _all, call) => {
      const { x } = call.inputs;
      const size = x.shape.at(-1) ?? 1;
      if (Number(call.attrs.axis) !== x.shape.length - 1) return value;
      const row = [...input(call, 'x').slice(i * size, (i + 1) * size)];
      return row.lastIndexOf(Math.max(...row));
    }),
  },
  'last two axes the wrong way round': {
    family: 'transpose',
    kernels: ['Transpose'],
    bug: () => (call, right) => {
      const perm = call.attrs.perm as number[];
      const y = right();
      if (perm.length !== 4 || perm[3] !== 2) return y;
      const [rows, cols] = y.shape.slice(-2);
      return mapped(call, y, (_value, i, all) => {
        const at = i % (rows * cols);
        return all[i - at + (at % rows) * cols + Math.floor(at / rows)];
      });
    },
  },
  'padding by 0 whatever is asked for': {
    family: 'rearrange',
    kernels: ['PadV2'],
    bug: withAttrs({ constantValue: 0 }),
  },
  'edge doubled by a reflection': {
    family: 'rearrange',
    kernels: ['MirrorPad'],
    bug: withAttrs({ mode: 'symmetric' }),
  },
  'last value of a concatenation repeated': {
    family: 'rearrange',
    kernels: ['Concat'],
    bug: changed((value, i, all) => (i > 0 && i === all.length - 1 ? all[i - 1] : value)),
  },
  'halves rounded up': {
    family: 'unary',
    kernels: ['Round'],
    bug: ofInput((x) => Math.floor(x + 0.5)),
  },
  'NaN turned to 0 by relu': {
    family: 'unary',
    kernels: ['Relu'],
    bug: ofInput((x) => (x > 0 ? x : 0)),
  },
  'exp in half precision': {
    family: 'unary',
    kernels: ['Exp'],
    bug: changed(half),
  },
  'sum in half precision': {
    family: 'binary',
    kernels: ['Add'],
    bug: changed(half),
  },
  'remainder with the sign of the dividend': {
    family: 'binary',
    kernels: ['Mod'],
    bug: () => (call, right) => {
      const [a, b] = [input(call, 'a'), input(call, 'b')];
      return mapped(call, right(), (value, i, all) =>
        a.length === all.length && b.length === all.length ? a[i] % b[i] : value,
      );
    },
  },
  'greater where equal': {
    family: 'compare',
    kernels: ['Greater'],
    bug: () => (call, right) => {
      const [a, b] = [input(call, 'a'), input(call, 'b')];
      return mapped(call, right(), (value, i) => (a[i] === b[i] ? 1 : value));
    },
  },
  'choice by products': {
    family: 'select',
    kernels: ['Select'],
    bug: changed((value, i, _all, call) => {
      const [a, b] = [input(call, 't')[i], input(call, 'e')[i]];
      return Number.isNaN(a) || Number.isNaN(b) ? Number.NaN : value;
    }),
  },
  'cast to the nearest whole number': {
    family: 'cast',
    kernels: ['Cast'],
    bug: changed((value, i, _all, call) =>
      call.attrs.dtype === 'int32' ? Math.round(input(call, 'x')[i]) : value,
    ),
  },
  'gradient of the first picture of a batch alone': {
    family: 'gradient',
    kernels: ['MaxPoolGrad'],
    bug: firstPicture,
  },
  'gradient of a resized batch for its first picture alone': {
    family: 'gradient',
    kernels: ['ResizeBilinearGrad'],
    bug: firstPicture,
  },
  'last tap left out of the gradient of a depthwise filter': {
    family: 'depthwiseConv2dGradFilter',
    kernels: ['DepthwiseConv2dNativeBackpropFilter'],
    bug: changed((value, i, all) => (i === all.length - 1 ? 0 : value)),
  },
  'gradient of a depthwise input in half precision': {
    family: 'depthwiseConv2dGradInput',
    kernels: ['DepthwiseConv2dNativeBackpropInput'],
    bug: changed(half),
  },
};
