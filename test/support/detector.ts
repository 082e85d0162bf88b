/**
 * Small detector as a GraphModel: control flow, then a convolution, then non-max suppression and the boxes whose
 * scores are above a limit.
 */
import { type GraphModel, loadGraphModel } from '@tensorflow/tfjs-converter';
import { io } from '@tensorflow/tfjs-core';

type Attrs = Record<string, unknown>;

interface Constant {
  readonly shape: number[];
  readonly dtype: 'float32' | 'int32' | 'bool';
  readonly values: number[];
}

const text = (value: string) => ({ s: btoa(value) });
const list = (...values: number[]) => ({ list: { i: values.map(String) } });
const node = (name: string, op: string, input: string[], attr: Attrs = {}) => ({
  ...{ name, op, input, attr },
});

const float = (shape: number[], values: number[]): Constant => ({
  ...{ shape, values, dtype: 'float32' },
});
const int = (shape: number[], values: number[]): Constant => ({ shape, values, dtype: 'int32' });

const constants: Record<string, Constant> = {
  always: { shape: [], dtype: 'bool', values: [1] },
  first: int([1], [1]),
  second: int([1], [2]),
  two: float([], [2]),
  small: float([], [1 / 16]),
  filter: float(
    [2, 2, 3, 4],
    Array.from({ length: 48 }, (_, i) => ((i * 7) % 11) / 11 - 0.4),
  ),
  boxShape: int([2], [-1, 4]),
  channels: int([1], [1]),
  most: int([], [3]),
  overlap: float([], [0.5]),
  least: float([], [-9]),
  enough: float([], [0.1]),
  axis: int([], [0]),
};

const nodes = [
  node('x', 'Placeholder', [], {
    dtype: { type: 'DT_FLOAT' },
    shape: { shape: { dim: [1, -1, -1, 3].map((size) => ({ size: String(size) })) } },
  }),
  ...Object.keys(constants).map((name) => node(name, 'Const', [])),
  // Only executeAsync() runs a branch, which here always takes the height of the picture.
  node('size', 'Shape', ['x']),
  node('height', 'StridedSlice', ['size', 'first', 'second', 'channels'], {
    shrinkAxisMask: { i: '1' },
  }),
  node('branch', 'Switch', ['height', 'always']),
  node('chosen', 'Merge', ['branch:1']),
  node('limit', 'Cast', ['chosen'], { SrcT: { type: 'DT_INT32' }, DstT: { type: 'DT_FLOAT' } }),
  node('most4', 'Mul', ['limit', 'small']),
  node('y', 'Conv2D', ['x', 'filter'], {
    strides: list(1, 2, 2, 1),
    dilations: list(1, 1, 1, 1),
    padding: text('SAME'),
    dataFormat: text('NHWC'),
  }),
  node('all', 'Reshape', ['y', 'boxShape']),
  node('boxes', 'Minimum', ['all', 'most4']),
  node('scores', 'Mean', ['boxes', 'channels'], { keepDims: { b: false } }),
  node('found', 'NonMaxSuppressionV3', ['boxes', 'scores', 'most', 'overlap', 'least']),
  node('picked', 'GatherV2', ['boxes', 'found', 'axis']),
  // tfjs takes the comparison's operands by name, but not its result.
  node('above', 'Greater', ['scores', 'enough'], { T: { type: 'DT_FLOAT' } }),
  node('places', 'Where', ['above']),
  node('chosenBoxes', 'GatherNd', ['boxes', 'places']),
  node('both', 'ConcatV2', ['picked', 'chosenBoxes', 'axis'], { N: { i: '2' } }),
  node('double', 'Mul', ['most4', 'two']),
  node('result', 'Minimum', ['both', 'double']),
];

/**
 * Loads the detector: x [1, height, width, 3] to [found, 4]. Its results are limited by a part of the
 * height.
 */
export async function loadDetector(): Promise<GraphModel> {
  const weightSpecs = Object.entries(constants).map(([name, { shape, dtype }]) => ({
    ...{ name, shape, dtype },
  }));
  const data = Object.values(constants).map(({ dtype, values }) => {
    if (dtype === 'bool') return new Uint8Array(values);
    const typed = dtype === 'float32' ? Float32Array.from(values) : Int32Array.from(values);
    return new Uint8Array(typed.buffer);
  });
  const weightData = new Uint8Array(data.reduce((sum, { length }) => sum + length, 0));
  let at = 0;
  for (const bytes of data) {
    weightData.set(bytes, at);
    at += bytes.length;
  }
  const artifacts: io.ModelArtifacts = {
    ...{
      modelTopology: { node: nodes, versions: { producer: 1 } },
      format: 'graph-model',
      weightSpecs,
    },
    weightData: weightData.buffer,
  };
  return loadGraphModel(io.fromMemory(artifacts));
}
