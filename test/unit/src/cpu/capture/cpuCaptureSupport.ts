/** Nets on tiled-cpu, and checks that a body leaves nothing of them behind. */
import { expect } from 'chai';
import type { Captured, TiledCPUBackend } from '../../../../../src/index.js';
import {
  expectSame,
  makeWeights,
  net,
  random,
  type Several,
  settle,
  type Weights,
} from '../../../../conformance/src/capture/captureSupport.js';
import { tf } from '../../../../support/setup.js';

export const name = 'tiled-cpu';

export type Model = (x: tf.Tensor) => tf.Tensor;

/** Loads tfjs-layers, and with it all gradients: late, because cases of the fuzz depend on what is loaded. */
export const loadLayers = () => import('@tensorflow/tfjs-layers');

export function cpuBackend(): TiledCPUBackend {
  return tf.backend() as unknown as TiledCPUBackend;
}

/** Returns the recordings of the active backend that were not given up. */
export function recordings(): ReadonlySet<object> {
  return (cpuBackend().captures as unknown as { all: Set<object> }).all;
}

/** Counts that only grow if something leaks. */
export function held() {
  const { numTensors, numDataBuffers, numBytes } = tf.memory();
  const backend = cpuBackend();
  const pins = backend.captures.dataPins as unknown as { watchers: Map<object, unknown> };
  return {
    numTensors,
    numDataBuffers,
    numBytes,
    dataIds: backend.numDataIds(),
    records: (backend as unknown as { residents: { all: Map<object, unknown> } }).residents.all
      .size,
    usedBytes: backend.heap?.usedBytes() ?? 0,
    recordings: recordings().size,
    watched: pins.watchers.size,
  };
}

/** Runs `body` on tiled-cpu, or on this backend; it must leave no tensor, record, block and recording. */
export async function leavingNothing(
  body: () => void | Promise<void>,
  backendName = name,
): Promise<void> {
  await tf.setBackend(backendName);
  // Frees what trim() in the body would free of tensors that other tests have left.
  cpuBackend().trim();
  const before = held();
  await body();
  expect(held()).to.deep.equal(before);
}

/** Runs `body` with a net of two weights, of our kernels and stock's; it must leave nothing. */
export function withNet(
  body: (model: Model, weights: Weights) => void | Promise<void>,
  backendName = name,
): Promise<void> {
  return leavingNothing(async () => {
    const weights = makeWeights();
    await body((x) => net(weights, x), weights);
    tf.dispose([weights.filter, weights.bias]);
  }, backendName);
}

/** Expects the bits of the model for fresh inputs right after an event, and from a new recording later. */
export async function expectRecordedAnew(
  fast: Captured<tf.Tensor, Several>,
  model: (x: tf.Tensor) => Several,
  make: () => tf.Tensor = random,
): Promise<void> {
  const { replays } = fast.info;
  const x = make();
  await expectSame(fast, model, x);
  expect(fast.info.replays, 'a recording was used after the event').to.equal(replays);
  x.dispose();
  await settle(fast, model, make);
}

/** Returns the reasons why recordings were given up. */
export function reasonsOf(fast: { readonly info: Captured<never, never>['info'] }): string {
  return Object.keys(fast.info.dropped).join('; ');
}
