/** Nets as the models of a soak. */

import { useBackend } from '../../../scripts/lib/inPage/backends.js';
import { loadModel } from '../../../scripts/models/load.js';
import type { PictureNet } from '../../../scripts/models/net.js';
import { fractions, stream } from '../../../src/validator/index.js';
import type { Known, Model, Subject } from '../product.js';
import { modelOf } from './models.js';

const inputsEach = 3;

function randomInput({ side, white, name }: PictureNet, seed: number, i: number): Float32Array {
  const values = fractions(stream(seed, `${name} ${i}`), side * side * 3);
  return values.map((value) => ((value + 1) / 2) * white);
}

async function load(net: PictureNet): Promise<Model> {
  return modelOf(await loadModel(net), net.side);
}

/**
 * Returns a net with random inputs and the outputs that stock tfjs computes for them on the CPU.
 */
export async function subjectOf(net: PictureNet, seed: number): Promise<Subject> {
  await useBackend('cpu');
  const model = await load(net);
  const known: Known[] = [];
  for (let i = 0; i < inputsEach; i++) {
    const input = randomInput(net, seed, i);
    known.push({ input, outputs: await model.predict(input) });
  }
  model.dispose();
  return { name: net.name, known, load: () => load(net) };
}
