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

/** Reason why a prediction was not recorded. */
export interface Refusal {
  readonly reason: string;
  /** True if the same prediction can be recorded at no other time. */
  readonly isFinal: boolean;
}

/** A reason why a prediction cannot be made again. */
class Unrecordable extends Error {
  override name = 'Unrecordable';
}

export function record(
  host: CaptureHost,
  predict: Predict,
  inputs: BoundInputs,
): Recording | Refusal {
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
    watch.spoil((error as Error).message, error instanceof Unrecordable);
  } finally {
    try {
      if (!giveBack(host, standIns, watch)) watch.spoil('it keeps a tensor that it makes');
    } finally {
      memory.arena = null;
    }
  }
  noteDoubts(host, inputs, watch);
  if (recorder.reason !== null) watch.spoil(recorder.reason, false);
  const isLost = session !== host.session || session.device.isLost;
  if (isLost) return { reason: 'the context was lost', isFinal: false };
  const { reason, isFinal } = watch;
  if (reason !== null) {
    arena.giveAllBack();
    return { reason, isFinal };
  }
  try {
    const parts = partsOf(host, recorder.steps, results.outputs, inputs, arena);
    return new Recording(host, { session, inputs, arena, watch, ...results, ...parts });
  } catch (error) {
    arena.giveAllBack();
    if (error instanceof OutOfMemory) return { reason: error.message, isFinal: false };
    if (error instanceof Unrecordable) return { reason: error.message, isFinal: true };
    throw error;
  }
}

/**
 * Ends the stand-ins.
 * @returns false if the model keeps one, or a tensor that it has computed; those stay as they are
 */
function giveBack(host: CaptureHost, standIns: readonly StandIn[], watch: KernelWatch): boolean {
  const kept = [...watch.allMade()].filter((dataId) => host.texData.has(dataId));
  // Pending ones would read the textures of the inputs later.
  if (!host.session.device.isLost) {
    for (const dataId of kept) host.session.store.materialize(dataId);
  }
  let isNothingKept = kept.length === 0;
  for (const standIn of standIns) if (!standIn.dispose()) isNothingKept = false;
  return isNothingKept;
}

/** Notes what makes a recording impossible, now that the prediction has ended. */
function noteDoubts(host: CaptureHost, { tensors }: BoundInputs, watch: KernelWatch): void {
  const { external } = watch;
  if (![...external].every((dataId) => host.texData.has(dataId))) {
    watch.spoil('it disposes of a tensor that it does not make');
  }
  // The draws cannot tell the input from the weight.
  if (tensors.some(({ dataId }) => external.has(dataId))) {
    watch.spoil('an input is a weight as well', false);
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
  const last = Math.max(...standIns.map(({ tensor }) => tensor.id));
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
    // An older tensor belongs to somebody else.
    for (const tensor of returned) if (tensor.id > last) tensor.dispose();
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
    if (step.kind === 'draw' && step.weights !== null) {
      const { block } = step.weights;
      if (!host.session.device.weights.has(block)) {
        throw new OutOfMemory('the memory of its weights was needed');
      }
      pinned.add(block);
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
