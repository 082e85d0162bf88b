/** Recording of one prediction. */
import type { DataId, Tensor } from '@tensorflow/tfjs-core';
import { KernelWatch, watchingRandom } from '../../engine/kernelWatch.js';
import { Arena } from '../device/arena.js';
import { OutOfMemory } from '../device/memory.js';
import { type RecordedStep, Recorder } from '../device/recorder.js';
import type { StockInternals } from '../stock/stockInternals.js';
import type { CaptureHost } from './host.js';
import { type BoundInputs, type StandIn, standInFor } from './inputs.js';
import { describeOutput, type RecordedOutput, texturesOfOutput } from './outputs.js';
import { type Recorded, Recording } from './recording.js';

/** A prediction; its tensors are those that the model returns, in any order that stays the same. */
export type Predict = (inputs: readonly Tensor[]) => readonly Tensor[];

type Results = Pick<Recorded, 'outputs' | 'tensors'>;

/** A reason why a prediction cannot be made again. */
class Unrecordable extends Error {
  override name = 'Unrecordable';
}

/** Records a prediction, or returns why it cannot be made again. */
export function record(
  host: CaptureHost,
  predict: Predict,
  inputs: BoundInputs,
): Recording | string {
  host.flush();
  const { session } = host;
  const { memory } = session.device;
  const recorder = new Recorder(
    session.device,
    inputs.forms.flatMap(({ textures }) => textures),
  );
  const arena = new Arena((textures) => recorder.isConstant(textures));
  const standIns = inputs.tensors.map((x, i) => standInFor(host, x, inputs.forms[i]));
  const watch = new KernelWatch(new Set(standIns.map(({ tensor }) => tensor.dataId)));
  let results: Results = { outputs: [], tensors: [] };
  memory.arena = arena;
  try {
    results = predictWatched(host, predict, standIns, watch, recorder);
  } catch (error) {
    watch.spoil((error as Error).message);
  } finally {
    for (const standIn of standIns) standIn.dispose();
    memory.arena = null;
  }
  if (![...watch.external].every((dataId) => host.texData.has(dataId))) {
    watch.spoil('it disposes of a tensor that it does not make');
  }
  const reason = session === host.session ? (watch.reason ?? recorder.reason) : 'context lost';
  if (reason !== null) {
    arena.giveAllBack();
    return reason;
  }
  try {
    const { external } = watch;
    const parts = partsOf(host, recorder.steps, results.outputs, inputs, arena);
    return new Recording(host, { session, inputs, arena, external, ...results, ...parts });
  } catch (error) {
    arena.giveAllBack();
    if (error instanceof Unrecordable || error instanceof OutOfMemory) return error.message;
    throw error;
  }
}

/** Predicts, and disposes of the outputs. */
function predictWatched(
  host: CaptureHost,
  predict: Predict,
  standIns: readonly StandIn[],
  watch: KernelWatch,
  recorder: Recorder,
): Results {
  let returned: readonly Tensor[] = [];
  const copies: DataId[] = [];
  try {
    return recorder.record(() =>
      host.captures.watching(watch, () => {
        returned = watchingRandom(watch, () => predict(standIns.map(({ tensor }) => tensor)));
        const outputs = new Map<DataId, RecordedOutput>();
        for (const output of returned) {
          if (outputs.has(output.dataId)) continue;
          assertComputed(output, watch);
          const { recorded, copy } = describeOutput(host, output);
          if (copy !== null) copies.push(copy);
          outputs.set(output.dataId, recorded);
        }
        const ids = [...outputs.keys()];
        const tensors = returned.map(({ dataId, shape, dtype }) => ({
          output: ids.indexOf(dataId),
          shape,
          dtype,
        }));
        return { outputs: [...outputs.values()], tensors };
      }),
    );
  } finally {
    for (const copy of copies) host.disposeData(copy);
    for (const tensor of returned) tensor.dispose();
  }
}

function assertComputed({ dataId, dtype }: Tensor, watch: KernelWatch): void {
  if (!watch.hasMade(dataId)) {
    throw new Unrecordable('it returns a tensor that it does not compute');
  }
  if (dtype === 'string' || dtype === 'complex64') {
    throw new Unrecordable(`it returns a tensor of ${dtype}`);
  }
}

/** Decides which steps are made again, and what they read that they do not write. */
function partsOf(
  host: CaptureHost,
  all: readonly RecordedStep[],
  outputs: readonly RecordedOutput[],
  inputs: BoundInputs,
  arena: Arena,
) {
  const written = (step: RecordedStep) =>
    step.kind === 'draw' ? step.targets : [step.binding.texture];
  // A texture that some steps write depending on inputs must be written by all of them again.
  const changing = new Set(outputs.flatMap(texturesOfOutput));
  for (const step of all) {
    if (step.kind === 'draw' && !step.isConstant) for (const t of step.targets) changing.add(t);
  }
  const steps = all.filter((step) => written(step).some((texture) => changing.has(texture)));
  for (const output of outputs) {
    if (output.kind === 'tiles') arena.giveBack(output.planes.textures);
    if (output.kind === 'stock') arena.giveBack(output.texture);
  }
  for (const [identity, textures] of arena.busy()) {
    if (textures.some((texture) => changing.has(texture))) {
      throw new Unrecordable('it keeps a tensor that it computes');
    }
    arena.disown(identity);
  }
  const inputTextures = new Set(inputs.forms.flatMap(({ textures }) => textures));
  const constant = new Set(all.flatMap(written).filter((texture) => !changing.has(texture)));
  const owners = ownersOf(host);
  const pinned = new Set<object>();
  const drawn = new Set<WebGLTexture>();
  for (const step of steps) {
    for (const { texture } of step.kind === 'draw' ? step.bindings : []) {
      if (inputTextures.has(texture) || drawn.has(texture)) continue;
      const owner = owners.get(texture);
      // A texture that is drawn later on has other values when the steps are made again.
      if (changing.has(texture) || (owner === undefined && !constant.has(texture))) {
        throw new Unrecordable('it reads a texture whose values are not kept');
      }
      if (owner !== undefined) pinned.add(owner);
    }
    for (const texture of written(step)) drawn.add(texture);
  }
  return { steps, constants: all.length - steps.length, pinned: [...pinned] };
}

/** Returns what the pools call each texture that a tensor has. */
function ownersOf(host: CaptureHost): Map<WebGLTexture, object> {
  const owners = new Map<WebGLTexture, object>();
  for (const { textures } of host.session.device.planes.setsUsed()) {
    for (const texture of textures) owners.set(texture, textures);
  }
  const { usedTextures } = (host as unknown as StockInternals).textureManager;
  for (const list of Object.values(usedTextures)) {
    for (const owner of list) owners.set(owner.texture, owner);
  }
  return owners;
}
