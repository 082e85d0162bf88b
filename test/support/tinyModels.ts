/** Files of small models of TensorFlow.js, as its converter and its layers write them. */
import * as tf from '@tensorflow/tfjs-core';
import '@tensorflow/tfjs-backend-cpu';
import { layers, sequential } from '@tensorflow/tfjs-layers';
import { fractions, stream } from '../../src/validator/index.js';

/** Contents of files by name. */
export type Files = Readonly<Record<string, Buffer>>;

const text = (value: string) => ({ s: Buffer.from(value).toString('base64') });
const list = (...values: number[]) => ({ list: { i: values.map(String) } });
const float = { type: 'DT_FLOAT' };
const dims = (shape: readonly number[]) => ({
  shape: { dim: shape.map((size) => ({ size: String(size) })) },
});

const FILTER = [3, 3, 3, 8];
const BIAS = [8];

const sizeOf = (shape: readonly number[]) => shape.reduce((a, b) => a * b, 1);

/** Nodes that find where the convolution is above `threshold`, a scalar; only executeAsync() runs them. */
const whereNodes = [
  { name: 'threshold', op: 'Placeholder', attr: { dtype: float, shape: dims([]) } },
  { name: 'above', op: 'Sub', input: ['relu', 'threshold'], attr: { T: float } },
  { name: 'rest', op: 'Relu', input: ['above'], attr: { T: float } },
  { name: 'is', op: 'Cast', input: ['rest'], attr: { SrcT: float, DstT: { type: 'DT_BOOL' } } },
  { name: 'where', op: 'Where', input: ['is'], attr: { T: { type: 'DT_BOOL' } } },
];

/**
 * A graph model of one convolution with bias on `image`, ?x?x?x3, with its weights in two files.
 * @param isDynamic true to return where its values are above a second input, instead of the values
 */
export function graphFiles(isDynamic = false): Files {
  const attr = { T: float };
  const constant = (name: string, shape: readonly number[]) => ({
    ...{ name, op: 'Const' },
    attr: {
      dtype: float,
      value: { tensor: { dtype: 'DT_FLOAT', tensorShape: dims(shape).shape } },
    },
  });
  const node = [
    { name: 'image', op: 'Placeholder', attr: { dtype: float, shape: dims([-1, -1, -1, 3]) } },
    constant('filter', FILTER),
    constant('bias', BIAS),
    {
      ...{ name: 'conv', op: 'Conv2D', input: ['image', 'filter'] },
      attr: {
        ...{ ...attr, strides: list(1, 2, 2, 1), dilations: list(1, 1, 1, 1) },
        ...{ padding: text('SAME'), data_format: text('NHWC') },
      },
    },
    { name: 'sum', op: 'BiasAdd', input: ['conv', 'bias'], attr: { data_format: text('NHWC') } },
    { name: 'relu', op: 'Relu', input: ['sum'], attr },
    ...(isDynamic ? whereNodes : []),
  ];
  const weights = [
    { name: 'filter', shape: FILTER, dtype: 'float32' },
    { name: 'bias', shape: BIAS, dtype: 'float32' },
  ];
  const model = {
    format: 'graph-model',
    modelTopology: { node, library: {}, versions: {} },
    weightsManifest: [{ paths: ['weights1of2.bin', 'weights2of2.bin'], weights }],
  };
  const values = fractions(stream(1, 'weights'), sizeOf(FILTER) + sizeOf(BIAS));
  const bytes = Buffer.from(values.buffer);
  return {
    'model.json': Buffer.from(JSON.stringify(model)),
    'weights1of2.bin': bytes.subarray(0, 400),
    'weights2of2.bin': bytes.subarray(400),
  };
}

/** A layers model of a convolution, a pool and a dense layer on 16x16x3. */
export async function layersFiles(): Promise<Files> {
  await tf.setBackend('cpu');
  const model = sequential({
    layers: [
      layers.conv2d({ filters: 4, kernelSize: 3, activation: 'relu', inputShape: [16, 16, 3] }),
      layers.maxPooling2d({ poolSize: 2 }),
      layers.flatten(),
      layers.dense({ units: 5, activation: 'softmax' }),
    ],
  });
  const files: Record<string, Buffer> = {};
  await model.save(
    tf.io.withSaveHandler(async ({ modelTopology, weightSpecs, weightData }) => {
      const weightsManifest = [{ paths: ['weights.bin'], weights: weightSpecs }];
      const json = { format: 'layers-model', modelTopology, weightsManifest };
      files['model.json'] = Buffer.from(JSON.stringify(json));
      files['weights.bin'] = Buffer.from(weightData as ArrayBuffer);
      return { modelArtifactsInfo: tf.io.getModelArtifactsInfoForJSON({ modelTopology }) };
    }),
  );
  model.dispose();
  return files;
}
