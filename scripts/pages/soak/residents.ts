/** The models of a soak: loaded again and again, with inputs whose answers are known. */
import { dispose, type Tensor, type Tensor4D, tensor4d } from '@tensorflow/tfjs-core';
import { fractions, stream } from '../../../src/validator/index.js';
import { type LoadedModel, loadModel } from '../../models/load.js';
import type { Net } from '../../models/nets.js';
import { difference } from '../../reporting/statistics.js';
import { useBackend } from '../lib/backends.js';

/** An input and what the CPU makes of it. */
interface Known {
  readonly input: Float32Array;
  readonly outputs: readonly Float32Array[];
}

export interface Subject {
  readonly net: Net;
  readonly pool: readonly Known[];
}

const inputsEach = 3;

/** Of the largest value: deep nets differ by some 1e-5 from one engine to the other. */
const tolerance = 1e-3;

function randomInput({ side, white, name }: Net, seed: number, i: number): Float32Array {
  const values = fractions(stream(seed, `${name} ${i}`), side * side * 3);
  return values.map((value) => ((value + 1) / 2) * white);
}

function inputTensor({ side }: Net, values: Float32Array): Tensor4D {
  return tensor4d(values, [1, side, side, 3]);
}

/** Runs it and reads its outputs; leaves no tensor, whatever happens. */
export async function predict(
  model: LoadedModel,
  net: Net,
  input: Float32Array,
  on: { input?(): void; reading?(): void } = {},
): Promise<Float32Array[]> {
  const x = inputTensor(net, input);
  let outputs: Tensor[] = [];
  try {
    on.input?.();
    outputs = await model.run(x);
    const reads = outputs.map((y) => y.data());
    on.reading?.();
    return (await Promise.all(reads)).map((values) => Float32Array.from(values));
  } finally {
    dispose([x, ...outputs]);
  }
}

/** What the CPU engine answers to random inputs. */
export async function prepare(net: Net, seed: number): Promise<Subject> {
  await useBackend('tiled-cpu');
  const model = await loadModel(net);
  const pool: Known[] = [];
  for (let i = 0; i < inputsEach; i++) {
    const input = randomInput(net, seed, i);
    pool.push({ input, outputs: await predict(model, net, input) });
  }
  model.dispose();
  return { net, pool };
}

/** How far answers are from the known ones, relatively; Infinity where they are not numbers. */
export function errorOf(answers: readonly Float32Array[], { outputs }: Known): number {
  const errors = outputs.map((expected, i) => difference(answers[i], expected).maxRel ?? Infinity);
  return Math.max(...errors);
}

export const isWrong = (error: number): boolean => !(error <= tolerance);
