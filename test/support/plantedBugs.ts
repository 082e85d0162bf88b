/** Faults such as kernels have really had, each a small change to a correct backend. */
import type { MathBackendCPU } from '@tensorflow/tfjs-backend-cpu';
import type * as tf from '@tensorflow/tfjs-core';
import type { Bug, Call } from './plantedBackend.js';

type Shape4 = [number, number, number, number];

export function valuesOf(backend: MathBackendCPU, { dataId }: tf.TensorInfo): Float32Array {
  return backend.data.get(dataId).values as Float32Array;
}

/** Changes the values of an answer; `f` gets the value, its flat index and all original values. */
export function mapped(
  call: Call,
  y: tf.TensorInfo,
  f: (value: number, i: number, all: Float32Array) => number,
): tf.TensorInfo {
  const values = valuesOf(call.backend, y);
  values.set(values.slice().map(f));
  return y;
}

/** Makes a tensor from another one; `f` computes each value from its index and the other values. */
function derived(
  { backend }: Call,
  from: tf.TensorInfo,
  f: (i: number, values: Float32Array) => number,
): tf.TensorInfo {
  const values = valuesOf(backend, from);
  return backend.makeTensorInfo(
    from.shape,
    'float32',
    values.map((_, i) => f(i, values)),
  );
}

const isForward = ({ kernel }: Call) => !kernel.includes('Backprop');
const isDepthwise = ({ kernel }: Call) => kernel.includes('Depthwise');
const isFirst = ({ attrs }: Call) => attrs.dataFormat === 'NCHW';
const activationOf = ({ attrs }: Call) => attrs.activation;
const pairOf = (value: unknown) => (Array.isArray(value) ? value : [value, value]) as number[];

/** Returns row, column and channel of element i of a tensor of rank 4, in the call's format. */
function placeOf(call: Call, { shape }: tf.TensorInfo, i: number) {
  const [, a, b, c] = shape as Shape4;
  const [n, p, q, r] = [
    Math.floor(i / (a * b * c)),
    Math.floor(i / (b * c)) % a,
    Math.floor(i / c) % b,
    i % c,
  ];
  return isFirst(call)
    ? { n, row: q, col: r, channel: p, rows: b, cols: c, channels: a }
    : { n, row: p, col: q, channel: r, rows: a, cols: b, channels: c };
}

/** Makes a bug that changes the answer by place. */
function byPlace(
  f: (
    value: number,
    place: ReturnType<typeof placeOf>,
    neighbour: (step: number) => number,
  ) => number,
): Bug {
  return () => (call, right) => {
    const y = right();
    if (!isForward(call)) return y;
    return mapped(call, y, (value, i, all) =>
      f(value, placeOf(call, y, i), (step) => all[i + step]),
    );
  };
}

/** Makes a bug that changes attributes of the convolutions. */
function withAttrs(change: (call: Call) => Record<string, unknown>): Bug {
  return () => (call, right) =>
    isForward(call) ? right({ attrs: { ...call.attrs, ...change(call) } }) : right();
}

/** Makes a bug that changes the values of one input by place. */
function withInput(
  name: string,
  applies: (call: Call) => boolean,
  f: (i: number, values: Float32Array, shape: readonly number[]) => number,
): Bug {
  return () => (call, right) => {
    const input = call.inputs[name];
    if (input == null || !applies(call)) return right();
    const wrong = derived(call, input, (i, values) => f(i, values, input.shape));
    const y = right({ inputs: { [name]: wrong } });
    call.backend.disposeIntermediateTensorInfo(wrong);
    return y;
  };
}

/** Returns element i of the filter rotated by 180 degrees: convolution, not cross-correlation. */
function turned(i: number, values: Float32Array, [h, w, c, k]: readonly number[]): number {
  const perTap = c * k;
  const tap = Math.floor(i / perTap);
  return values[(h * w - 1 - tap) * perTap + (i % perTap)];
}

export const bugs: Readonly<Record<string, Bug>> = {
  'explicit padding one to the side': withAttrs(({ attrs: { pad } }) => {
    if (!Array.isArray(pad)) return {};
    return {
      pad: pad.map(([before, after]) => (after > 0 ? [before + 1, after - 1] : [before, after])),
    };
  }),
  'padding same taken for valid where the sizes agree': withAttrs(({ attrs, inputs }) => {
    const [h, w] = inputs.filter.shape;
    return attrs.pad === 'same' && h === 1 && w > 1 ? { pad: 'valid' } : {};
  }),
  'swapped strides': withAttrs(({ attrs }) => ({ strides: pairOf(attrs.strides).toReversed() })),
  'swapped dilations': withAttrs(({ attrs }) => ({
    dilations: pairOf(attrs.dilations).toReversed(),
  })),
  'rounding mode ignored': withAttrs(() => ({ dimRoundingMode: undefined })),
  'relu6 as relu': withAttrs((call) =>
    activationOf(call) === 'relu6' ? { activation: 'relu' } : {},
  ),
  'leakyrelu with the default slope': withAttrs(() => ({ leakyreluAlpha: 0.2 })),
  'activation forgotten in depthwise': withAttrs((call) =>
    isDepthwise(call) ? { activation: 'linear' } : {},
  ),
  'stride of a 1x1 filter ignored': () => (call, right) => {
    const { filter, x } = call.inputs;
    const [down, across] = pairOf(call.attrs.strides);
    if (filter.shape[0] * filter.shape[1] > 1 || isFirst(call) || !isForward(call)) return right();
    const y = right();
    const dense = right({ attrs: { strides: [1, 1] } });
    const all = valuesOf(call.backend, dense);
    const width = dense.shape[2];
    if (down * across > 1 && x.shape[0] === 1) {
      mapped(call, y, (_, i) => {
        const { row, col, channel, channels } = placeOf(call, y, i);
        return all[(row * width + col) * channels + channel];
      });
    }
    call.backend.disposeIntermediateTensorInfo(dense);
    return y;
  },
  'output channels beyond a multiple of 4 dropped': byPlace((value, { channel, channels }) =>
    channels > 4 && channel >= channels - (channels % 4) ? 0 : value,
  ),
  'input channels beyond a multiple of 4 dropped': withInput(
    'filter',
    (call) => !isDepthwise(call),
    (i, values, [, , c, k]) => {
      const d = Math.floor(i / k) % c;
      return c > 4 && d >= c - (c % 4) ? 0 : values[i];
    },
  ),
  'last row dropped': byPlace((value, { row, rows }) => (row === rows - 1 ? 0 : value)),
  'odd last column repeated from its neighbour': byPlace(
    (value, { col, cols, channels }, neighbour) =>
      cols > 8 && cols % 8 === 1 && col === cols - 1 ? neighbour(-channels) : value,
  ),
  'every image is the first': () => (call, right) => {
    const y = right();
    const size = valuesOf(call.backend, y).length / y.shape[0];
    return isForward(call) ? mapped(call, y, (_, i, all) => all[i % size]) : y;
  },
  'filter reversed': withInput('filter', isForward, turned),
  'filter not turned round in the transposed convolution': withInput(
    'filter',
    ({ kernel }) => kernel === 'Conv2DBackpropInput',
    turned,
  ),
  'one image left out of the gradient to the filter': withInput(
    'dy',
    ({ kernel, inputs }) => kernel === 'Conv2DBackpropFilter' && inputs.dy.shape[0] > 1,
    (i, values, shape) => (i < values.length / shape[0] ? 0 : values[i]),
  ),
  'bias of the next channel': withInput(
    'bias',
    () => true,
    (i, values) => values[(i + 1) % values.length],
  ),
  'bias ignored in the last channel': withInput(
    'bias',
    () => true,
    (i, values) => (values.length > 1 && i === values.length - 1 ? 0 : values[i]),
  ),
  'bias of a whole output read at its first pixel': withInput(
    'bias',
    ({ inputs }) => inputs.bias.shape.length === 4,
    (i, values, shape) => values[i % shape[3]],
  ),
  'prelu slope of the neighbour': withInput(
    'preluActivationWeights',
    () => true,
    (i, values) => values[(i + 1) % values.length],
  ),
  'channels first read as channels last': () => (call, right) => {
    const { x } = call.inputs;
    if (call.kernel !== 'Conv2D' || !isFirst(call)) return right();
    const [n, c, h, w] = x.shape;
    const y = right({
      inputs: { x: { ...x, shape: [n, h, w, c] } },
      attrs: { dataFormat: 'NHWC', pad: lastPad(call.attrs.pad) },
    });
    const [, rows, cols, channels] = y.shape;
    return { ...y, shape: [n, channels, rows, cols] };
  },
  'multiplier before channel in depthwise': () => (call, right) => {
    const y = right();
    if (!isDepthwise(call)) return y;
    const [, , depth, multiplier] = call.inputs.filter.shape;
    return mapped(call, y, (_, i, all) => {
      const k = i % (depth * multiplier);
      return all[i - k + (k % depth) * multiplier + Math.floor(k / depth)];
    });
  },
  'the answer of the call before, if its size is the same': () => {
    let before: Float32Array | null = null;
    return (call, right) => {
      const y = right();
      const own = valuesOf(call.backend, y).slice();
      const stale = before?.length === own.length ? before : own;
      before = own;
      return mapped(call, y, (_, i) => stale[i]);
    };
  },
  'second use of a filter finds it spoilt': () => {
    const used = new WeakSet<object>();
    return (call, right) => {
      const y = right();
      const { filter } = call.inputs;
      if (filter == null) return y;
      const again = used.has(filter.dataId);
      used.add(filter.dataId);
      return again ? mapped(call, y, (value, i) => (i === 0 ? value + 1 : value)) : y;
    };
  },
  'a tensor left behind': () => (call, right) => {
    if (call.kernel === 'FusedDepthwiseConv2D') call.backend.makeTensorInfo([1], 'float32');
    return right();
  },
  'one column too few': () => (call, right) => {
    const y = right();
    const [n, rows, cols, channels] = y.shape;
    if (call.kernel !== 'Conv2D' || isFirst(call) || cols % 2 === 0 || cols < 3) return y;
    const shape = [n, rows, cols - 1, channels];
    const values = valuesOf(call.backend, y).slice(0, n * rows * (cols - 1) * channels);
    call.backend.disposeIntermediateTensorInfo(y);
    return call.backend.makeTensorInfo(shape, 'float32', values);
  },
  'NaN turned to 0': byPlace((value) => (Number.isNaN(value) ? 0 : value)),
  'Infinity turned to the largest number': byPlace((value) =>
    Math.abs(value) === Infinity ? Math.sign(value) * 3.4e38 : value,
  ),
  'one unit in the last place off': byPlace((value) => Math.fround(value * (1 + 2 ** -23))),
  'kept in half precision': byPlace((value) => {
    const step = 2 ** (Math.floor(Math.log2(Math.abs(value))) - 10);
    return Number.isFinite(value) && value !== 0 ? Math.round(value / step) * step : value;
  }),
  'elu as its first-order approximation': () => (call, right) => {
    if (activationOf(call) !== 'elu') return right();
    const y = right({ attrs: { activation: 'linear' } });
    return mapped(call, y, (value) => Math.max(-1, value));
  },
  'throws at a filter wider than 5': () => (call, right) => {
    if ((call.inputs.filter?.shape[1] ?? 0) > 5) throw new Error('too wide');
    return right();
  },
};

function lastPad(pad: unknown): unknown {
  return Array.isArray(pad) ? [pad[0], pad[2], pad[3], pad[1]] : pad;
}
