/**
 * Stock cpu backend whose kernels all err as much as float32 kernels may, in random directions. It
 * measures how errors grow in computations of so many steps that no bound derived beforehand is of
 * use (a stochastic arithmetic, as in J. Vignes, A stochastic arithmetic for reliable scientific
 * computation, 1993, by kernel instead of by operation).
 */
import { type Stream, stream, sumBound, UNIT } from '../../src/validator/index.js';
import { DIVISION, exponentialError, ROUNDING } from './rounding.js';
import { tf } from './setup.js';

type Inputs = Record<string, tf.TensorInfo>;
type Attrs = Record<string, unknown>;
type Values = Float32Array;

/** Parts of stock's cpu backend that are used here. */
interface Backend {
  readSync(dataId: object): Values;
  makeTensorInfo(shape: readonly number[], dtype: 'float32', values: Values): tf.TensorInfo;
  disposeIntermediateTensorInfo(x: tf.TensorInfo): void;
}

interface Call {
  readonly inputs: Inputs;
  readonly attrs: Attrs;
  readonly backend: Backend;
}

type Run = (call: Call) => tf.TensorInfo | tf.TensorInfo[];

const size = (shape: readonly number[]) => shape.reduce((a, b) => a * b, 1);
const perResult = ({ x }: Inputs, _attrs: Attrs, results: number) => size(x.shape) / results;

/** Number of terms that each of `results` sums of a kernel has; it is linear in every input. */
const terms: Record<string, (inputs: Inputs, attrs: Attrs, results: number) => number> = {
  Conv2D: ({ filter }) => size(filter.shape.slice(0, 3)),
  Conv2DBackpropInput: ({ filter: { shape } }) => shape[0] * shape[1] * shape[3],
  Conv2DBackpropFilter: ({ dy }) => size(dy.shape.slice(0, 3)),
  BatchMatMul: ({ a }, { transposeA }) => a.shape[a.shape.length - (transposeA ? 2 : 1)],
  Sum: perResult,
  // The division is that of three roundings at most.
  Mean: (inputs, attrs, results) => perResult(inputs, attrs, results) + 3,
};

/** Kernels that move, choose or compare values, and so round none. */
const exact =
  /^(Reshape|Identity|Cast|Relu|MaxPool|MaxPoolGrad|Max|Transpose|Tile|Fill|ZerosLike|OnesLike|Step|Neg|Greater|GreaterEqual|LogicalAnd|OneHot|Select)$/;

/** Error that each element-wise kernel may make, by its result; the sources are as in rounding.ts. */
const errors: Record<string, (y: number) => number> = {
  Exp: (y) => exponentialError(Math.log(y)) * y,
  // 3 ulp, or 2^-21 near log(1).
  Log: (y) => Math.max(3 * 2 * UNIT * Math.abs(y), 2 ** -21),
  // Reciprocal of inversesqrt.
  Sqrt: (y) => 4.5 * 2 * UNIT * y,
};
const usualError = (y: number) => DIVISION * Math.abs(y);

/** Sums of the magnitudes of what a linear kernel sums up. */
function magnitudes(run: Run, { inputs, attrs, backend }: Call): Values {
  const absolute = Object.entries(inputs).map(([name, { shape, dataId }]) => {
    const values = backend.readSync(dataId).map(Math.abs);
    return [name, backend.makeTensorInfo(shape, 'float32', values)] as const;
  });
  const y = run({ inputs: Object.fromEntries(absolute), attrs, backend }) as tf.TensorInfo;
  const values = Float32Array.from(backend.readSync(y.dataId));
  for (const x of [y, ...absolute.map(([, input]) => input)]) {
    backend.disposeIntermediateTensorInfo(x);
  }
  return values;
}

/** Returns the bound on the error of each of the kernel's results y. */
function bounds(kernel: string, run: Run, call: Call, y: Values): ArrayLike<number> {
  const { inputs, attrs, backend } = call;
  if (kernel in terms) {
    const count = terms[kernel](inputs, attrs, y.length);
    return magnitudes(run, call).map((magnitude) => sumBound(count, magnitude));
  }
  if (kernel === 'FusedBatchNorm') {
    // Six roundings of (x - mean) * scale * inversesqrt(variance + epsilon) + offset.
    const offset = Math.max(...backend.readSync(inputs.offset.dataId).map(Math.abs));
    return y.map((value) => 6 * ROUNDING * (Math.abs(value) + offset));
  }
  return y.map(errors[kernel] ?? usualError);
}

function addErrors(values: Values, most: ArrayLike<number>, next: Stream): void {
  for (let i = 0; i < values.length; i++) values[i] += next() < 0.5 ? most[i] : -most[i];
}

/** Runs `body` on such a backend. Each seed has errors in other directions. */
export async function onErringBackend<T>(
  seed: number,
  body: (name: string) => Promise<T>,
): Promise<T> {
  const name = `erring-cpu-${seed}`;
  tf.registerBackend(name, tf.findBackendFactory('cpu'), 0);
  const next = stream(seed, 'directions of errors');
  for (const config of tf.getKernelsForBackend('cpu')) {
    const kernel = config.kernelName;
    const run = config.kernelFunc as unknown as Run;
    const erring: Run = (call) => {
      const result = run(call);
      for (const { dtype, dataId } of exact.test(kernel) ? [] : [result].flat()) {
        if (dtype !== 'float32') continue;
        const values = call.backend.readSync(dataId);
        addErrors(values, bounds(kernel, run, call, values), next);
      }
      return result;
    };
    tf.registerKernel({ ...config, backendName: name, kernelFunc: erring as never });
  }
  try {
    return await body(name);
  } finally {
    await tf.setBackend('cpu');
    tf.removeBackend(name);
    for (const { kernelName } of tf.getKernelsForBackend(name)) {
      tf.unregisterKernel(kernelName, name);
    }
  }
}
