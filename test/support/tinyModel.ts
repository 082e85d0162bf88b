/** Graph model of a few weights in place of a real one that examples load, and the host of that one. */

/** Beginning of the address of every file of the real model. */
export const modelHost = 'https://storage.googleapis.com/';

/** Class of which the model is most sure. */
export const likely = 3;
const classes = 5;

/**
 * Returns a graph model of one convolution and a mean. Its filter is ones, so its bias alone decides which
 * class is the most likely: a picture whose values are all v scores 27 v + 2 for that class, and 1 less for others.
 */
export function modelFiles(): Record<'model.json' | 'weights.bin', Buffer> {
  const filter = new Float32Array(9 * 3 * classes).fill(1);
  const bias = Float32Array.from({ length: classes }, (_, i) => (i === likely ? 2 : 1));
  const specs = [
    { name: 'filter', shape: [3, 3, 3, classes], dtype: 'float32' },
    { name: 'bias', shape: [classes], dtype: 'float32' },
    { name: 'axes', shape: [2], dtype: 'int32' },
  ];
  const text = (value: string) => ({ s: Buffer.from(value).toString('base64') });
  const ints = (values: number[]) => ({ list: { i: values.map(String) } });
  const type = (value: string) => ({ type: value });
  const shapeOf = (sizes: number[]) => ({
    shape: { dim: sizes.map((size) => ({ size: String(size) })) },
  });
  const constant = ({ name, dtype }: (typeof specs)[number]) => ({
    ...{ name, op: 'Const', input: [] },
    attr: { dtype: type(dtype === 'int32' ? 'DT_INT32' : 'DT_FLOAT') },
  });
  const node = [
    {
      ...{ name: 'images', op: 'Placeholder', input: [] },
      attr: { dtype: type('DT_FLOAT'), shape: shapeOf([-1, 224, 224, 3]) },
    },
    ...specs.map(constant),
    {
      ...{ name: 'conv', op: 'Conv2D', input: ['images', 'filter'] },
      attr: {
        strides: ints([1, 4, 4, 1]),
        dilations: ints([1, 1, 1, 1]),
        padding: text('SAME'),
        dataFormat: text('NHWC'),
      },
    },
    { name: 'sum', op: 'BiasAdd', input: ['conv', 'bias'], attr: {} },
    { name: 'mean', op: 'Mean', input: ['sum', 'axes'], attr: { keepDims: { b: false } } },
  ];
  const model = {
    format: 'graph-model',
    modelTopology: { node, versions: { producer: 1 } },
    weightsManifest: [{ paths: ['weights.bin'], weights: specs }],
  };
  const axes = Int32Array.of(1, 2);
  return {
    'model.json': Buffer.from(JSON.stringify(model)),
    'weights.bin': Buffer.concat([filter, bias, axes].map(({ buffer }) => Buffer.from(buffer))),
  };
}
