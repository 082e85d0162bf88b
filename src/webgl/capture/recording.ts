/**
 * A recorded prediction of the WebGL engine: its draws, the arena of textures between them, places for
 * the textures of inputs and outputs, and watches of everything else that the draws read.
 */
import type { TensorInfo } from '@tensorflow/tfjs-core';
import type { KernelWatch } from '../../engine/kernelWatch.js';
import { WeightWatch } from '../../engine/weightWatch.js';
import type { ContextSession } from '../contextSession.js';
import type { Arena } from '../device/arena.js';
import { DrawList, type TargetPlace, type TexturePlace } from '../device/drawList.js';
import type { RecordedDraw, RecordedStep } from '../device/recorder.js';
import type { CaptureHost } from './host.js';
import type { BoundInputs } from './inputs.js';
import { makeOutput, type OutputPlaces, type RecordedOutput, texturesOfOutput } from './outputs.js';

/** All that is known of a prediction when it has been recorded. */
export interface Recorded {
  readonly session: ContextSession;
  readonly inputs: BoundInputs;
  /** Steps that are made again. */
  readonly steps: readonly RecordedStep[];
  /** Number of steps that are not, because they depend on no input. */
  readonly constants: number;
  readonly outputs: readonly RecordedOutput[];
  /** Tensors that the model returned, each with the index of its output. */
  readonly tensors: readonly (Omit<TensorInfo, 'dataId'> & { readonly output: number })[];
  readonly arena: Arena;
  /** Textures that the steps read and did not write, as the pools know them. */
  readonly pinned: readonly object[];
  /** Notes of the kernels, which know the weights. */
  readonly watch: KernelWatch;
}

export class Recording {
  private readonly list: DrawList;
  private readonly inputPlaces: readonly (readonly TexturePlace[])[];
  private readonly outputPlaces: readonly OutputPlaces[];
  private readonly framebuffers: WebGLFramebuffer[] = [];
  private readonly weights: WeightWatch;
  private reason: string | null = null;
  private readonly onRelease = () => this.drop('a weight was disposed of, or moved on the GPU');

  /** @throws OutOfMemory */
  constructor(
    private readonly host: CaptureHost,
    private readonly recorded: Recorded,
  ) {
    const { inputs, outputs, session, steps, watch, pinned } = recorded;
    const places = new Map<WebGLTexture, TexturePlace>();
    const placeOf = (texture: WebGLTexture) => {
      const place = places.get(texture) ?? { texture };
      places.set(texture, place);
      return place;
    };
    this.inputPlaces = inputs.forms.map(({ textures }) => textures.map(placeOf));
    this.outputPlaces = outputs.map((output) => ({
      textures: texturesOfOutput(output).map(placeOf),
      target: targetOfOutput(output, session),
    }));
    const targets = new Map<object, TargetPlace>();
    for (const [i, output] of outputs.entries()) {
      const [texture] = texturesOfOutput(output);
      if (texture !== undefined) targets.set(texture, this.outputPlaces[i].target);
    }
    const targetOf = (draw: RecordedDraw) => {
      const key = targets.has(draw.targets[0])
        ? draw.targets[0]
        : (draw.attached ?? draw.framebuffer);
      const place = targets.get(key) ?? this.ownTarget(draw);
      targets.set(key, place);
      return place;
    };
    this.list = new DrawList(session.device, steps, { textureOf: placeOf, targetOf });
    const { pins } = session.device.memory;
    for (const texture of pinned) pins.watch(texture, this.onRelease);
    this.weights = new WeightWatch(host.captures.dataPins, watch, this.onRelease);
    host.captures.add(this);
  }

  get key(): string {
    return this.recorded.inputs.key;
  }

  get steps(): number {
    return this.list.length;
  }

  get constants(): number {
    return this.recorded.constants;
  }

  /** A recording that needs a kernel to be called again is refused on WebGL. */
  readonly hostSteps = {};

  /** Bytes of the textures that nobody else may use. */
  get bytes(): number {
    return this.reason === null ? this.recorded.arena.bytes : 0;
  }

  /** Why it cannot be made again; null if it can. */
  whyNot(): string | null {
    const { session } = this.recorded;
    if (this.reason !== null) return this.reason;
    const { device } = session;
    if (session !== this.host.session || device.isLost) this.drop('the context was lost');
    else if (device.memory.isOverLimit) this.drop('its memory was needed');
    const replaced = this.reason === null ? this.weights.replaced() : null;
    if (replaced !== null) this.drop(replaced);
    return this.reason;
  }

  /**
   * Makes the prediction again, with inputs of the same key.
   * @returns new tensors of the backend, in the order in which the model returned them
   * @throws OutOfMemory, Refusal if there is no room for the outputs
   */
  replay({ forms }: BoundInputs): TensorInfo[] {
    this.assertKept();
    const { outputs, tensors } = this.recorded;
    for (const [i, { textures }] of forms.entries()) {
      for (const [j, texture] of textures.entries()) this.inputPlaces[i][j].texture = texture;
    }
    const made: TensorInfo[] = [];
    try {
      for (const [i, output] of outputs.entries()) {
        made.push(makeOutput(this.host, output, this.outputPlaces[i]));
      }
      // Room for an output may have been made of a weight.
      this.assertKept();
    } catch (error) {
      for (const { dataId } of made) this.host.disposeData(dataId);
      throw error;
    }
    this.list.run();
    return tensors.map(({ output, shape, dtype }, i) => {
      const { dataId } = made[output];
      if (tensors.findIndex((other) => other.output === output) < i) this.host.incRef(dataId);
      return { dataId, shape, dtype };
    });
  }

  private assertKept(): void {
    if (this.reason !== null) throw new Error(this.reason);
  }

  /** Gives everything up. */
  drop(reason: string): void {
    if (this.reason !== null) return;
    this.reason = reason;
    const { host, recorded } = this;
    const { session, arena, pinned } = recorded;
    host.captures.remove(this);
    this.weights.end();
    const { device } = session;
    for (const texture of pinned) device.memory.pins.unwatch(texture, this.onRelease);
    if (session !== host.session || device.isLost) return;
    this.list.dispose();
    for (const framebuffer of this.framebuffers) device.gl.deleteFramebuffer(framebuffer);
    arena.giveAllBack();
  }

  /** Returns a target that stays the same: the framebuffer of a set, or one for a texture. */
  private ownTarget({ framebuffer, attached }: RecordedDraw): TargetPlace {
    if (attached === null) return { framebuffer, attached: null };
    const own = this.recorded.session.device.framebufferOf(attached);
    this.framebuffers.push(own);
    return { framebuffer: own, attached: null };
  }
}

/** Returns a target for draws into an output, whose texture changes from call to call. */
function targetOfOutput(output: RecordedOutput, { device }: ContextSession): TargetPlace {
  if (output.kind === 'tiles') return { framebuffer: output.planes.framebuffer, attached: null };
  const attached = output.kind === 'stock' ? output.texture.texture : null;
  return { framebuffer: device.singleTarget, attached };
}
