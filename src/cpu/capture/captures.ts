/** Recording of predictions of the CPU engine. */
import {
  type DataId,
  engine,
  type KernelBackend,
  type Tensor,
  type TypedArray,
} from '@tensorflow/tfjs-core';
import { KernelWatch, watchingRandom } from '../../engine/kernelWatch.js';
import { Recordings } from '../../engine/recordings.js';
import type { Life } from './blocks.js';
import type { RecordingHost } from './host.js';
import { Recorder } from './recorder.js';
import { type BoundInputs, Recording } from './recording.js';

type Predict = (inputs: readonly Tensor[]) => readonly Tensor[];

/** Reason why a prediction was not recorded. */
interface Refusal {
  readonly reason: string;
  /** True if the same prediction can be recorded at no other time. */
  readonly isFinal: boolean;
}

export class Captures extends Recordings {
  /** True while tf.time() measures kernels. */
  isTimed = false;
  private watch: KernelWatch | null = null;

  constructor(private readonly host: RecordingHost & { recorder: Recorder | null }) {
    super();
  }

  get isRecording(): boolean {
    return this.watch !== null;
  }

  valuesOnCPU({ dataId }: Tensor): TypedArray | null {
    return this.host.data.get(dataId).values as TypedArray;
  }

  bind(tensors: readonly Tensor[]): BoundInputs {
    const key = tensors.map(({ shape, dtype }) => `${dtype} [${shape}]`).join('; ');
    return { key, tensors, release: () => {} };
  }

  /** Notes that values are about to be read. */
  noteRead(dataId: DataId): void {
    const { recorder } = this.host;
    if (recorder?.isDependent(dataId)) recorder.noteRead();
    else this.watch?.noteKnownRead(dataId);
  }

  /** Notes that a kernel has computed elsewhere for want of room, which other predictions may have. */
  noteHeapFull(): void {
    this.fallbacks++;
    this.watch?.spoil('the heap is full', false);
  }

  /** Records a prediction, or says why it cannot be made again. */
  record(predict: Predict, inputs: BoundInputs): Recording | Refusal {
    const first = this.recordOnce(predict, inputs, null);
    if ('isFinal' in first) return first;
    const lives = first.lives();
    first.drop('it is recorded once more');
    return this.recordOnce(predict, inputs, lives);
  }

  private recordOnce(
    predict: Predict,
    { tensors }: BoundInputs,
    lives: readonly Life[] | null,
  ): Recording | Refusal {
    const { host } = this;
    const standIns = tensors.map((x) => this.standInFor(x));
    const inputs = standIns.map(({ dataId }) => dataId);
    const watch = new KernelWatch(new Set(inputs));
    const recorder = new Recorder(host, watch, inputs, lives);
    let results: Pick<Recording['recorded'], 'outputs' | 'tensors'> | null = null;
    let returned: readonly Tensor[] = [];
    let isNothingKept = true;
    this.watch = watch;
    host.recorder = recorder;
    try {
      returned = watchingRandom(watch, () => predict(standIns));
      results = this.describe(returned, watch);
    } catch (error) {
      watch.spoil((error as Error).message, false);
    } finally {
      // An older tensor belongs to somebody else.
      const last = Math.max(...standIns.map(({ id }) => id));
      for (const tensor of returned) if (tensor.id > last) tensor.dispose();
      for (const standIn of standIns) if (!this.end(standIn)) isNothingKept = false;
      host.recorder = null;
      this.watch = null;
    }
    if (![...watch.external].every((dataId) => host.data.has(dataId))) {
      watch.spoil('it disposes of a tensor that it does not make');
    }
    for (const dataId of watch.allMade()) if (recorder.leave(dataId)) isNothingKept = false;
    recorder.end();
    if (!isNothingKept) watch.spoil('it keeps a tensor that it makes');
    const parts = results ?? { outputs: [], tensors: [] };
    recorder.prune([...parts.outputs, ...inputs]);
    const recording = new Recording(host, { recorder, inputs, watch, ...parts });
    const { reason, isFinal } = watch;
    if (reason === null) return recording;
    recording.drop(reason);
    return { reason, isFinal };
  }

  private standInFor(x: Tensor): Tensor {
    const { host } = this;
    const info = host.makeTensorInfo(
      x.shape,
      x.dtype,
      host.data.get(x.dataId).values as Float32Array,
    );
    // The model may dispose of its input.
    host.incRef(info.dataId);
    return engine().makeTensorFromTensorInfo(info, host as unknown as KernelBackend);
  }

  /** Returns false if the model keeps the data of a stand-in, which then stays as it is. */
  private end(standIn: Tensor): boolean {
    const { host } = this;
    const { dataId } = standIn;
    if (!standIn.isDisposed) standIn.dispose();
    if (host.disposeData(dataId)) {
      engine().removeDataId(dataId, host as unknown as KernelBackend);
      return true;
    }
    host.recorder?.leave(dataId);
    return false;
  }

  private describe(returned: readonly Tensor[], watch: KernelWatch) {
    for (const { dataId, dtype } of returned) {
      if (!watch.hasMade(dataId)) watch.spoil('it returns a tensor that it does not compute');
      if (dtype === 'string' || dtype === 'complex64') {
        watch.spoil(`it returns a tensor of ${dtype}`);
      }
    }
    const outputs = [...new Set(returned.map(({ dataId }) => dataId))];
    const tensors = returned.map(({ dataId, shape, dtype }) => ({
      output: outputs.indexOf(dataId),
      shape,
      dtype,
    }));
    return { outputs, tensors };
  }
}
