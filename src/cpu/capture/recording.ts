/** A recorded prediction of the CPU engine: its steps, and the blocks and records that they use. */
import type { DataId, Tensor, TensorInfo } from '@tensorflow/tfjs-core';
import type { KernelWatch } from '../../engine/kernelWatch.js';
import { WeightWatch } from '../../engine/weightWatch.js';
import type { Life } from './blocks.js';
import type { RecordingHost } from './host.js';
import { Program } from './program.js';
import type { Recorder } from './recorder.js';

export interface BoundInputs {
  readonly key: string;
  readonly tensors: readonly Tensor[];
  release(): void;
}

/** All that is known of a prediction when it has been recorded. */
export interface Recorded {
  readonly recorder: Recorder;
  /** Data that stands for the inputs. */
  readonly inputs: readonly DataId[];
  readonly outputs: readonly DataId[];
  /** Tensors that the model returned, each with the index of its output. */
  readonly tensors: readonly (Omit<TensorInfo, 'dataId'> & { readonly output: number })[];
  readonly watch: KernelWatch;
}

export class Recording {
  private readonly weights: WeightWatch;
  /** Null before the first replay. */
  private program: Program | null = null;
  private reason: string | null = null;

  constructor(
    private readonly host: RecordingHost,
    private readonly recorded: Recorded,
  ) {
    const onRelease = () => this.drop('a weight was disposed of');
    this.weights = new WeightWatch(host.captures.dataPins, recorded.watch, onRelease);
    host.captures.add(this);
  }

  get steps(): number {
    return this.recorded.recorder.steps.length;
  }

  get constants(): number {
    return this.recorded.recorder.constants;
  }

  get hostSteps(): Readonly<Record<string, number>> {
    return Object.fromEntries(this.recorded.recorder.hostKernels);
  }

  get bytes(): number {
    return this.reason === null ? this.recorded.recorder.blocks.bytes : 0;
  }

  /** Returns the lives of its blocks, for the second recording. */
  lives(): Life[] {
    const { recorder, outputs } = this.recorded;
    return recorder.blocks.livesOf(outputs);
  }

  whyNot(): string | null {
    const replaced = this.reason === null ? this.weights.replaced() : null;
    if (replaced !== null) this.drop(replaced);
    return this.reason;
  }

  replay({ tensors }: BoundInputs): TensorInfo[] {
    const { host, recorded } = this;
    if (this.reason !== null) throw new Error(this.reason);
    for (const [i, dataId] of recorded.inputs.entries()) {
      host.data.get(dataId).values = host.data.get(tensors[i].dataId).values;
    }
    const { steps, blocks } = recorded.recorder;
    this.program ??= new Program(host.sharing, steps, (bytes) => blocks.keep(bytes));
    this.program.run();
    const made: TensorInfo[] = [];
    try {
      for (const [i, { output, shape, dtype }] of recorded.tensors.entries()) {
        const first = recorded.tensors.findIndex((other) => other.output === output);
        if (first < i) {
          const { dataId } = made[first];
          host.incRef(dataId);
          made.push({ dataId, shape, dtype });
        } else {
          made.push(host.copyOf({ dataId: recorded.outputs[output], shape, dtype }));
        }
      }
    } catch (error) {
      for (const { dataId } of made) host.disposeData(dataId);
      throw error;
    }
    return made;
  }

  drop(reason: string): void {
    if (this.reason !== null) return;
    this.reason = reason;
    const { host, recorded } = this;
    const { recorder } = recorded;
    host.captures.remove(this);
    this.weights.end();
    for (const dataId of recorder.kept) host.forget(dataId);
    for (const address of recorder.blocks.addresses) host.free(address);
  }
}
