/** A user's model, read once, which loads into any backend. */
import { type GraphModel, loadGraphModel } from '@tensorflow/tfjs-converter';
import { io, type Tensor } from '@tensorflow/tfjs-core';
import { type LayersModel, loadLayersModel } from '@tensorflow/tfjs-layers';
import { loadTflite } from '../../bench/page/peers/runTflite.js';
import { readTflite, type TfliteNet } from '../../bench/tflite/tflite.js';
import { useBackend } from '../../lib/inPage/backends.js';
import type { LoadedModel } from '../../models/model.js';
import type { ModelFacts } from '../results.js';
import type { InputInfo } from '../shapes.js';
import type { ModelSource } from './source.js';

export interface OwnModel extends ModelFacts {
  /** Inputs in the order in which a prediction takes them. */
  readonly inputs: readonly InputInfo[];
  /** Loads the model into the current backend. */
  load(): Promise<LoadedModel<Tensor[]>>;
}

/**
 * Reads a model, and its inputs from its signature.
 * @throws Error that says what is wrong with the model's file, or which weight files are missing
 */
export async function openModel(source: ModelSource): Promise<OwnModel> {
  const bytes = await source.read();
  if (source.isTflite) return openTflite(source.name, bytes);
  const artifacts = await artifactsOf(source, bytes);
  const isGraph = artifacts.format === 'graph-model' || 'node' in artifacts.modelTopology!;
  // The models of tfjs tell their inputs once they are loaded, on the one backend that is always there.
  await useBackend('cpu');
  return isGraph ? openGraph(source.name, artifacts) : openLayers(source.name, artifacts);
}

async function artifactsOf({ name, weights }: ModelSource, bytes: ArrayBuffer) {
  const json = parse(name, bytes);
  if (json?.modelTopology == null) {
    throw new Error(`${name} is not a model of TensorFlow.js: it has no modelTopology.`);
  }
  return io.getModelArtifactsForJSON(json, async (groups) => [
    io.getWeightSpecs(groups),
    await weights(groups),
  ]);
}

function parse(name: string, bytes: ArrayBuffer): io.ModelJSON | null {
  try {
    return JSON.parse(new TextDecoder().decode(bytes));
  } catch (error) {
    throw new Error(`${name} is not JSON: ${(error as Error).message}`);
  }
}

const bytesOf = ({ weightData }: io.ModelArtifacts) =>
  [weightData ?? []].flat().reduce((sum, { byteLength }) => sum + byteLength, 0);

const asList = (y: Tensor | Tensor[]): Tensor[] => (Array.isArray(y) ? y : [y]);

async function openGraph(name: string, artifacts: io.ModelArtifacts): Promise<OwnModel> {
  const load = () => loadGraphModel(io.fromMemory(artifacts));
  const model = await load();
  const { inputNodes } = model;
  const inputs = model.inputs.map(({ shape, dtype }, i) => ({
    name: inputNodes[i],
    shape: (shape as number[] | undefined) ?? null,
    dtype,
  }));
  const isDynamic = hasControlFlow(model);
  model.dispose();
  return {
    ...{ name, format: 'graph', weightBytes: bytesOf(artifacts), inputs },
    load: async () => loadedGraph(await load(), isDynamic),
  };
}

function loadedGraph(model: GraphModel, isDynamic: boolean): LoadedModel<Tensor[]> {
  return {
    ...(isDynamic ? { graph: model } : {}),
    run: (xs) => (isDynamic ? model.executeAsync(xs).then(asList) : asList(model.execute(xs))),
    weights: () => Object.values(model.weights).flat(),
    dispose: () => model.dispose(),
  };
}

/** True for a graph that only executeAsync() runs: tfjs refuses to compile it, and says so. */
function hasControlFlow(model: GraphModel): boolean {
  const { executor } = model as unknown as {
    executor: { compile(inputs: object, outputs: object): unknown; graph: Graph };
  };
  const { inputs, outputs } = executor.graph;
  try {
    executor.compile(Object.fromEntries(inputs.map((input) => [input.name, null])), outputs);
    return false;
  } catch (error) {
    return /executeAsync/.test((error as Error).message);
  }
}

interface Graph {
  readonly inputs: readonly { readonly name: string }[];
  readonly outputs: readonly object[];
}

async function openLayers(name: string, artifacts: io.ModelArtifacts): Promise<OwnModel> {
  const load = () => loadLayersModel(io.fromMemory(artifacts));
  const model = await load();
  const inputs = model.inputs.map(({ name, shape, dtype }) => ({ name, shape, dtype }));
  model.dispose();
  return {
    ...{ name, format: 'layers', weightBytes: bytesOf(artifacts), inputs },
    load: async () => loadedLayers(await load()),
  };
}

function loadedLayers(model: LayersModel): LoadedModel<Tensor[]> {
  return {
    run: (xs) => asList(model.predict(xs) as Tensor | Tensor[]),
    weights: () => model.weights.map((variable) => variable.read()),
    dispose: () => model.dispose(),
  };
}

function openTflite(name: string, bytes: ArrayBuffer): OwnModel {
  const net = netOf(name, bytes);
  const inputs = net.inputs.map((tensor, i) => {
    const { name: given, shape, isFloat } = net.tensors[tensor];
    return { name: given || `input ${i}`, shape, dtype: isFloat ? 'float32' : 'int32' };
  });
  return {
    ...{ name, format: 'tflite', weightBytes: bytes.byteLength, inputs },
    async load() {
      const { predict, weights, dispose } = loadTflite(net);
      return { run: (xs) => predict(...xs), weights: () => [...weights], dispose };
    },
  };
}

function netOf(name: string, bytes: ArrayBuffer): TfliteNet {
  try {
    return readTflite(new Uint8Array(bytes));
  } catch (error) {
    const { message } = error as Error;
    if (message.startsWith('tflite: ')) throw new Error(`${name}: ${message.slice(8)}.`);
    throw new Error(`${name} is not a TensorFlow Lite model, or it is cut off.`);
  }
}
